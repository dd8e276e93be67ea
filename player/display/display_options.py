"""What somebody decided about the display: which way to the pixels, which size, turned how, with which margin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

OUTPUTS = ("auto", "kms", "sdl", "framebuffer", "window")
DISPLAYS = ("auto", "cec", "dpms", "black")
TURNS = (0, 90, 180, 270)
MOST_OVERSCAN = 15.0  # percent of a side; televisions hide 2 to 5
_RESOLUTION = re.compile(r"(\d{3,4})x(\d{3,4})(?:@(\d{2,3}))?")


class Resolution(NamedTuple):
    """Pixels across and down, and pictures a second; 0: any rate."""

    width: int
    height: int
    hertz: int = 0

    def __str__(self) -> str:
        return f"{self.width}x{self.height}" + (f"@{self.hertz}" if self.hertz else "")


def parse_resolution(text: str) -> Resolution:
    """Read "1920x1080" or "1920x1080@60". Raises ValueError."""
    found = _RESOLUTION.fullmatch(text.strip())
    if not found:
        raise ValueError(f'Invalid resolution "{text}". Hint: write it like 1920x1080 or 1920x1080@60.')
    return Resolution(int(found[1]), int(found[2]), int(found[3] or 0))


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """The display's settings.

    `output`: one of OUTPUTS. `resolution`: overrides the panel's own. `rotate`: degrees clockwise, overrides the
    bundle's. `overscan`: percent of each side that the panel hides. `display`: how it is turned off when the house is
    closed, one of DISPLAYS. `fullscreen` and `size` are for windows only.
    """

    output: str = "auto"
    resolution: Resolution | None = None
    rotate: int | None = None
    overscan: float = 0.0
    display: str = "auto"
    fullscreen: bool = True
    size: tuple[int, int] | None = None
