"""Read a layout's folder: templates, a stylesheet with its typefaces inlined, the clock's typeface, capacities."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from signage.errors import SignageError
from signage.pages.plans import Capacity

KINDS = ("today", "agenda", "week", "event", "notice", "evergreen", "dark")
SHORT_SIDE = 1080  # px; `smallest` in layout.toml is given for a page of this size
_URL = re.compile(r"url\((?P<name>[\w./-]+\.woff2)\)")


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout, complete. `templates` are by file name; `fingerprint` is the sha256 of everything in it."""

    name: str
    templates: Mapping[str, str]
    css: str
    clock_font: bytes
    smallest: float
    capacities: Mapping[str, Capacity]
    fingerprint: str

    def capacity(self, width: int, height: int, smallest_text: int = 0) -> Capacity:
        """How much a page of this size holds; less when a screen asks for larger letters than the layout's own."""
        usual = self.capacities["landscape" if width >= height else "portrait"]
        larger = smallest_text / (self.smallest * min(width, height) / SHORT_SIDE)
        if larger <= 1:
            return usual
        today, agenda, week = (max(1, int(rows / larger)) for rows in (usual.today, usual.agenda, usual.week))
        return Capacity(today, max(agenda, usual.heading + 1), usual.heading, week)


def load_layout(folder: Path) -> Layout:
    """Read the layout in `folder`. Raises SignageError that names the file and what to do."""
    about_file = folder / "layout.toml"
    try:
        about = tomllib.loads(about_file.read_text("utf-8"))
        capacities = {name: Capacity(**values) for name, values in about["capacity"].items()}
        templates = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}
        clock_font = (folder / about["clock_font"]).read_bytes()
        css = _URL.sub(lambda match: _inline(folder / match["name"]), (folder / "style.css").read_text("utf-8"))
        smallest = float(about["smallest"])
    except OSError as error:
        raise SignageError(f"{error.filename}: a layout needs this file: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SignageError(f"{about_file}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SignageError(f"{about_file}: a key is missing or wrong: {error}; see docs/layouts.md") from error
    missing = [f"{kind}.html" for kind in KINDS if f"{kind}.html" not in templates]
    if missing:
        raise SignageError(f"{folder}: the layout has no {', '.join(missing)}; see docs/layouts.md")
    for orientation in ("landscape", "portrait"):
        if orientation not in capacities:
            raise SignageError(f"{about_file}: no [capacity.{orientation}]; see docs/layouts.md")
    digest = hashlib.sha256(repr((sorted(templates.items()), css, clock_font, about)).encode())
    return Layout(folder.name, templates, css, clock_font, smallest, capacities, digest.hexdigest())


def _inline(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"url(data:font/woff2;base64,{data})"
