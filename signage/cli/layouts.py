"""`signage layouts`: which there are, and a folder to start one's own with."""

from __future__ import annotations

import re
import tomllib
from argparse import Namespace
from pathlib import Path

from rich.console import Console

from signage.cli.output import say
from signage.cli.shared import layouts_folder
from signage.config.load import available_layouts
from signage.errors import EXIT_OK, NotFound, NotWritable
from signage.rendering.layouts import load_layout

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ABOUT = """\
# A layout of your own. What it doesn't say comes from {base}. See docs/making-a-layout.md.
name = "{title}"
based_on = "{base}"
"""
STYLE = """\
/* {title}. What stands here comes after the stylesheet of {base}, and wins. Take the marks around a line away to
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
  /* --headings: Bricolage, sans-serif; */
  /* --texts: Atkinson, sans-serif; */
  /* --huge: calc(116 * var(--u)); */   /* the weekday */
  /* --large: calc(68 * var(--u)); */
  /* --body: calc(42 * var(--f)); */
  /* --small: calc(28 * var(--f)); */
  /* --- Space */
  /* --margin: calc(64 * var(--u)); */
}}
"""


def layouts(options: Namespace, console: Console) -> int:
    """List the layouts, or begin a new one."""
    folder = layouts_folder(options)
    if options.doing == "new":
        return _new(folder, options.name, options.based_on, console)
    for name in available_layouts(folder):
        about = tomllib.loads((folder / name / "layout.toml").read_text("utf-8"))
        base = f", based on {about['based_on']}" if "based_on" in about else ""
        say(f"{name}  ({load_layout(folder / name).title}{base})")
    return EXIT_OK


def _new(folder: Path, name: str, base: str, console: Console) -> int:
    if not NAME.fullmatch(name):
        raise NotFound(
            f'"{name}" is no name for a layout; take small letters a-z, digits and hyphens, like "kulturhus"'
        )
    there = available_layouts(folder)
    if base not in there:
        raise NotFound(f'there is no layout "{base}" to build on; there is {", ".join(there) or "none"}')
    target = folder / name
    if target.exists():
        raise NotFound(f"{target} is there already; choose another name")
    title = name.replace("-", " ").capitalize()
    try:
        target.mkdir(parents=True)
        (target / "layout.toml").write_text(ABOUT.format(title=title, base=base), "utf-8")
        (target / "style.css").write_text(STYLE.format(title=title, base=base), "utf-8")
    except OSError as error:
        raise NotWritable(f"{target}: can't be written: {error.strerror}") from error
    load_layout(target)
    console.print(f"[green]✓[/] {target}: edit style.css, then look at it: signage preview --layout {name} --sheet")
    console.print(f'to use it, write layout = "{name}" under a screen in screens.toml')
    return EXIT_OK
