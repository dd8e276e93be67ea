"""Read a layout's folder: templates, a stylesheet with its typefaces inlined, the clock's typeface, capacities.

A layout may build on another one (`based_on`): what it lacks comes from there, and its stylesheet comes after that
one's. The other one is beside it, or built in; a layout may also build on the built-in one of its own name.
"""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from signage.config.built_in import LAYOUT_FILE, base_of, places_searched
from signage.config.models import Fonts
from signage.domain.page_plan import Capacity
from signage.domain.page_shapes import shape
from signage.errors import SignageError

SHORT_SIDE = 1080  # px; `smallest` in layout.toml is given for a page of this size
WOFF2 = b"wOF2"  # how every file of that kind begins (WOFF File Format 2.0, section 4)
# How templates named a picture before it was a value. Still understood, in templates and nowhere else.
_OLD_PICTURE = re.compile(r"picture:\{\{\s*(?P<picture>[\w.]+)\.sha256\s*\}\}")
_URL = re.compile(r"url\((?P<name>[\w./-]+\.woff2)\)")


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout, complete. `templates` are by file name; `fingerprint` is the sha256 of everything in it. `notes`: a
    sentence for each thing that anyone who looks after it should change. `palette`: the only colours ("#rrggbb") that
    its pictures have, for smaller files; all if empty.
    """

    name: str
    templates: Mapping[str, str]
    css: str
    clock_font: bytes
    smallest: float
    capacities: Mapping[str, Capacity]
    fingerprint: str
    title: str = ""
    notes: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()

    def capacity(self, width: int, height: int, smallest_text: int = 0) -> Capacity:
        """How much a page of this size holds; less when a screen asks for larger letters than the layout's own."""
        form = shape(width, height)
        usual = self.capacities.get(form) or self.capacities["portrait" if form == "portrait" else "landscape"]
        larger = smallest_text / (self.smallest * min(width, height) / SHORT_SIDE)
        if larger <= 1:
            return usual
        today, agenda, week = (max(1, int(rows / larger)) for rows in (usual.today, usual.agenda, usual.week))
        return Capacity(today, max(agenda, usual.heading + 1), usual.heading, week)

    def with_typefaces(self, css: str) -> Layout:
        """The layout with more at the end of its stylesheet: a municipality's own typefaces."""
        if not css:
            return self
        digest = hashlib.sha256((self.fingerprint + css).encode()).hexdigest()
        return replace(self, css=self.css + css, fingerprint=digest)


def load_layout(folder: Path, kinds: Iterable[str] = ()) -> Layout:
    """Read the layout in `folder`, which must have a template for each of `kinds`. Raises SignageError that names the
    file and what to do.
    """
    about, written, css, clock_font = _read(folder, ())
    templates = {name: _OLD_PICTURE.sub(r"{{ \g<picture>.src }}", text) for name, text in written.items()}
    about_file = folder / "layout.toml"
    try:
        capacities = {name: Capacity(**values) for name, values in about["capacity"].items()}
        smallest = float(about["smallest"])
    except (KeyError, TypeError, ValueError) as error:
        raise _layout_error(f"The layout's setting {error} is missing or wrong.", about_file) from error
    if clock_font is None:
        raise _layout_error("The layout's setting 'clock_font' is missing.", about_file)
    missing = [f"{kind}.html" for kind in kinds if f"{kind}.html" not in templates]
    if missing:
        raise _layout_error(f"The layout has no {', '.join(missing)}.", folder)
    for orientation in ("landscape", "portrait"):
        if orientation not in capacities:
            raise _layout_error(f"The layout has no [capacity.{orientation}].", about_file)
    digest = _digest(tuple(sorted(templates.items())), css, clock_font, repr(about))
    title = str(about.get("name", folder.name))
    notes = tuple(_old_pictures(folder))
    return Layout(folder.name, templates, css, clock_font, smallest, capacities, digest, title, notes)


@lru_cache(maxsize=8)  # layouts are read for each build, with a megabyte of typefaces that hardly ever change
def _digest(templates: tuple[tuple[str, str], ...], css: str, clock_font: bytes, about: str) -> str:
    """The sha256 of everything in a layout."""
    parts = (repr(list(templates)), repr(css), repr(clock_font), about)
    return hashlib.sha256(f"({', '.join(parts)})".encode()).hexdigest()


def _layout_error(message: str, path: Path | str) -> SignageError:
    return SignageError(message, f"It is in {path}.", "docs/layouts.md describes what a layout needs.")


def _old_pictures(folder: Path) -> Iterator[str]:
    """A sentence for each line of the layout's own templates that names a picture in the old way."""
    for path in sorted(folder.glob("*.html")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if found := _OLD_PICTURE.search(line):
                better = f'src="{{{{ {found["picture"]}.src }}}}"'
                yield f"{path}:{number}: this is the old way of naming a picture. Hint: write {better} instead."
            elif "picture:" in line and "--picture:" not in line:
                yield (
                    f'{path}:{number}: no picture is shown here: "picture:" is no longer replaced. '
                    'Hint: write src="{{ page.picture.src }}".'
                )


def own_typefaces(fonts: Fonts) -> str:
    """A stylesheet for the typefaces that screens.toml names; empty when it names none. Raises SignageError."""
    rules = []
    for use, path in (("headings", fonts.headings), ("texts", fonts.texts)):
        if not path:
            continue
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise SignageError(
                f"The font {path} can't be read: {error.strerror}.", f"It is the value of site.fonts.{use}."
            ) from error
        if not data.startswith(WOFF2):
            raise SignageError(
                f"{path} isn't a .woff2 file.",
                f"It is the value of site.fonts.{use}.",
                "many websites convert other fonts to .woff2.",
            )
        source = f'url(data:font/woff2;base64,{base64.b64encode(data).decode("ascii")}) format("woff2")'
        rules.append(f'@font-face {{ font-family: "own {use}"; src: {source}; font-weight: 200 900; }}')
        rules.append(f'.page {{ --own-{use}: "own {use}"; }}')
    return "\n".join(rules)


def _read(folder: Path, above: tuple[Path, ...]) -> tuple[dict[str, Any], dict[str, str], str, bytes | None]:
    """layout.toml, templates, stylesheet and clock typeface of a layout, on top of what it builds on."""
    about_file = folder / "layout.toml"
    try:
        own = tomllib.loads(about_file.read_text("utf-8"))
        templates = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}
        clock_font = (folder / own["clock_font"]).read_bytes() if "clock_font" in own else None
        css = inline_typefaces(folder, (folder / "style.css").read_text("utf-8"))
    except OSError as error:
        raise _layout_error(f"A file of the layout can't be read: {error.strerror}.", error.filename) from error
    except tomllib.TOMLDecodeError as error:
        raise _layout_error(f"This isn't valid TOML: {error}.", about_file) from error
    base = own.get("based_on")
    if base is None:
        return own, templates, css, clock_font
    base_folder = base_of(folder, str(base))
    route = (*above, folder.resolve())
    if base_folder.resolve() in route:
        names = " -> ".join(each.name for each in (*route, base_folder))
        raise _layout_error(f"based_on goes in a circle: {names}.", about_file)
    if not (base_folder / LAYOUT_FILE).is_file():
        places = places_searched(folder.parent)
        raise _layout_error(f'There is no layout "{base}", which based_on names. Looked in {places}.', about_file)
    about, below, css_below, clock_below = _read(base_folder, route)
    merged = {**about, **own, "capacity": {**about.get("capacity", {}), **own.get("capacity", {})}}
    return merged, {**below, **templates}, css_below + "\n" + css, clock_font or clock_below


def inline_typefaces(folder: Path, css: str) -> str:
    """A stylesheet with the typefaces that it names in it. Raises OSError."""
    return _URL.sub(lambda match: _inline(folder / match["name"]), css)


def _inline(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"url(data:font/woff2;base64,{data})"
