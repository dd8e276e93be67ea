"""What a machine renders pages with. Two machines give the same bytes for the same page when all of it is equal."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import PIL
from PIL import features

from signage import __version__
from signage.rendering.browser import browser_version, find_browser
from signage.rendering.picture_key import RENDERING

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_FILES = (".ttf", ".otf", ".ttc", ".otc", ".pfb", ".woff", ".woff2")
MOST_NAMED = 3  # fonts that a sentence can carry


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one machine. `fonts`: the system's font files, each with its size, "DejaVuSans.ttf 757076"."""

    program: str
    machine: str
    browser: str
    pillow: str
    webp: str
    script: str
    fonts: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Equal for equal tools."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """For another machine."""
        return {**asdict(self), "fonts": list(self.fonts)}


def from_dict(data: object) -> Tools | None:
    """The inverse of `as_dict`; None for anything else, such as a worker that isn't ours."""
    if not isinstance(data, Mapping):
        return None
    try:
        return Tools(**{**data, "fonts": tuple(map(str, data["fonts"]))})
    except (KeyError, TypeError):
        return None


def own_tools(fit_script: str, browser: Path | None = None) -> Tools:
    """This machine's. Raises NoBrowser."""
    script = hashlib.sha256(fit_script.encode()).hexdigest()
    version = browser_version(browser or find_browser()).split(" built")[0].strip()
    webp = features.version("webp") or ""
    program = f"{__version__}, rendering {RENDERING}"
    return Tools(program, platform.machine(), version, PIL.__version__, webp, script, system_fonts(FONT_FOLDERS))


@lru_cache(2)
def system_fonts(folders: tuple[str, ...]) -> tuple[str, ...]:
    """The font files in these folders, with their sizes."""
    found = set()
    for folder in folders:
        for place, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name.lower().endswith(FONT_FILES):
                    path = Path(place, name)
                    found.add(f"{name} {path.stat().st_size if path.exists() else 0}")
    return tuple(sorted(found))


def differences(worker: Tools, renderer: Tools) -> list[str]:
    """What another machine has that differs, each in words that follow "It has"; empty when all is equal."""
    found = []
    for name, what in (
        ("program", "signage"),
        ("machine", "a processor of the type"),
        ("browser", "the browser"),
        ("pillow", "Pillow"),
        ("webp", "libwebp"),
    ):
        theirs, ours = getattr(worker, name), getattr(renderer, name)
        if theirs != ours:
            found.append(f"{what} {theirs or 'none'} instead of {ours or 'none'}")
    if worker.script != renderer.script and worker.program == renderer.program:
        found.append("another script that measures pages")
    if worker.fonts != renderer.fonts:
        found.append(f"other fonts ({_fonts(worker.fonts, renderer.fonts)})")
    return found


def _fonts(worker: Iterable[str], renderer: Iterable[str]) -> str:
    theirs, ours = set(worker), set(renderer)
    parts = [(f"without {_some(ours - theirs)}", ours - theirs), (f"with {_some(theirs - ours)}", theirs - ours)]
    return ", ".join(words for words, fonts in parts if fonts)


def _some(fonts: set[str]) -> str:
    names = sorted({font.rpartition(" ")[0] for font in fonts})
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


SAME = "install the same versions of signage, the browser and the fonts on all machines (docs/several-machines.md)."
