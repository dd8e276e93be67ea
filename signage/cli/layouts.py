"""`signage layouts`: list them, and create one of your own."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated

import typer

from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    ConfigFile,
    LayoutsFolder,
    UnusedState,
    layouts_folder,
    new_app,
    unknown,
)
from signage.cli.output import print_line, print_message, print_success, print_warning
from signage.config.built_in import (
    LAYOUT_FILE,
    LAYOUTS,
    available_layouts,
    built_in,
    find_layout,
    layouts_in,
    places_searched,
)
from signage.errors import EXIT_OK, NotWritable, UsageError
from signage.planning.kinds import TEMPLATES
from signage.rendering.layouts import load_layout

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ABOUT = """\
# A layout of your own. What it doesn't say comes from {base}. See docs/making-a-layout.md.
name = "{title}"
based_on = "{base}"
"""
STYLE = """\
/* {title}. These rules come after the stylesheet of {base}, and win. Remove the comment marks around a line to
   use it.
   Lengths: calc(40 * var(--u)) is 40 px of a page whose short side is 1080; var(--f) instead of var(--u) grows and
   shrinks with how much there is to say. */
.page {{
  /* --- Colours: five that screens.toml may change, and what they are for */
  /* --paper: #f6f1e7; */          /* calm ground */
  /* --ink: #0c1f2c; */            /* text on it */
  /* --deep: #0b2433; */           /* dark ground: the rail, notices */
  /* --fjord: #123b53; */          /* second dark tone: posters, headings */
  /* --light: #f2b84b; */          /* the one warm accent */
  /* --ground: var(--paper); */    /* behind text, on lists */
  /* --text: var(--ink); */        /* text on lists */
  /* --strong: var(--fjord); */    /* headings, times */
  /* --on-dark: #fff; */           /* text on dark ground */
  /* --- Type: the families, and four sizes, far apart */
  /* --headings: Bricolage, "Noto Emoji", sans-serif; */
  /* --texts: Atkinson, "Noto Emoji", sans-serif; */
  /* --huge: calc(116 * var(--u)); */   /* the weekday */
  /* --large: calc(68 * var(--u)); */
  /* --body: calc(42 * var(--f)); */
  /* --small: calc(28 * var(--f)); */
  /* --- Space */
  /* --margin: calc(64 * var(--u)); */
}}
"""


app = new_app()


@app.callback()
def layouts() -> None:
    """List the layouts, or create one of your own: list, new."""


@app.command(name="list")
def list_layouts(
    config: ConfigFile = DEFAULT_CONFIG, layouts: LayoutsFolder = None, var: UnusedState = DEFAULT_STATE
) -> int:
    """List the layouts."""
    folder = layouts_folder(layouts, config)
    for name in available_layouts(folder):
        about = tomllib.loads((find_layout(folder, name) / LAYOUT_FILE).read_text("utf-8"))
        base = f", based on {about['based_on']}" if "based_on" in about else ""
        print_line(f"{name}  ({load_layout(find_layout(folder, name), TEMPLATES).title}{base})")
    return EXIT_OK


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: small letters, digits and hyphens.")],
    base: Annotated[str, typer.Option("--from", metavar="LAYOUT", help="The layout to build on.")] = "fjord",
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: UnusedState = DEFAULT_STATE,
) -> int:
    """Create a layout of your own."""
    if not NAME.fullmatch(name):
        raise UsageError(f"\"{name}\" can't be a layout's name.", hint="use a-z, digits and hyphens, like kulturhus.")
    folder = layouts_folder(layouts, config)
    known = available_layouts(folder)
    if base not in known:
        raise unknown("layout", base, known, f"Looked in {places_searched(folder)}.")
    target = folder / name
    if target.exists():
        raise UsageError(f"{target} exists already.", hint="choose another name.")
    title = name.replace("-", " ").capitalize()
    try:
        target.mkdir(parents=True)
        (target / "layout.toml").write_text(ABOUT.format(title=title, base=base), "utf-8")
        (target / "style.css").write_text(STYLE.format(title=title, base=base), "utf-8")
    except OSError as error:
        raise NotWritable.from_os_error("The layout", target, error) from error
    load_layout(target, TEMPLATES)
    print_success(f"{target}: edit style.css, then look at it: signage preview --layout {name} --sheet")
    if name in layouts_in(built_in(LAYOUTS)):
        print_warning(f"From now on it takes the place of the built-in {name}, on all screens that use it.")
    else:
        print_message(f'To use it, write layout = "{name}" under a screen in screens.toml.')
    return EXIT_OK
