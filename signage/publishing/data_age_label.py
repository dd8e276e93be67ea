"""The line by which a player says that its data is old: its text, and how it looks (docs/bundle-format.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from signage.publishing.bundle_format import UpdatedLine

FONT = Path(__file__).parent / "data_age_label.ttf"  # layouts/make_player_fonts.py: the letters of all languages
SIZE = 26  # px on a page whose short side is 1080 px: the bottom margin of every page has room for it
MEASURED = 200  # px of type that widths are measured at
PAPER, INK = "#f6f1e7", "#0c1f2c"  # where screens.toml says nothing


@dataclass(frozen=True, slots=True)
class DataAgeLabel:
    """`text` with %d, %m, %H and %M in it; `color` and `ground` are "#rrggbb"; `size` in picture pixels."""

    after_seconds: int
    text: str
    color: str
    ground: str
    size: int

    def manifest(self) -> UpdatedLine:
        """As in the manifest."""
        return {
            "after_seconds": self.after_seconds,
            "text": self.text,
            "color": self.color,
            "ground": self.ground,
            "font": font()[0],
            "size": self.size,
        }


def size_for(width: int, height: int) -> int:
    """The type's size on a page of this many pixels."""
    return max(10, round(SIZE * min(width, height) / 1080))


@cache
def width_of(text: str) -> float:
    """How wide a text is in this typeface, in parts of its type size."""
    return ImageFont.truetype(str(FONT), MEASURED).getlength(text) / MEASURED


@cache
def font() -> tuple[str, int]:
    """The typeface's sha256, and its size in bytes."""
    data = FONT.read_bytes()
    return hashlib.sha256(data).hexdigest(), len(data)
