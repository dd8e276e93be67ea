"""What form a page has, and how a split page is divided. Lengths in picture pixels. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SQUARE = 1.5  # pages less wide than this, in relation to their height, are called square: 4:3, 5:4
STRIP = 2.4  # and wider ones a strip: 32:9, 1920x540
COLUMN = 0.34  # of a wide split page's width is the column
BELOW = 0.36  # of an upright split page's height is below the main zone


@dataclass(frozen=True, slots=True)
class ZoneSize:
    """One zone of a split page; `orientation` and `shape` as layouts call them."""

    width: int
    height: int
    orientation: str
    shape: str


def shape(width: int, height: int) -> str:
    """What a layout calls a page of this size: "portrait", "square" (4:3), "landscape" (16:9) or "strip"."""
    if width < height:
        return "portrait"
    aspect = width / height
    return "square" if aspect < SQUARE else "strip" if aspect > STRIP else "landscape"


def zone_sizes(width: int, height: int) -> tuple[ZoneSize, ZoneSize]:
    """The main zone and the column of a split page: side by side, or on an upright page one above the other."""
    if width < height:
        below = round(height * BELOW)
        main = ZoneSize(width, height - below, "portrait", "portrait")
        return main, ZoneSize(width, below, "column", "below")
    column = round(width * COLUMN)
    form = "strip" if shape(width, height) == "strip" else shape(width - column, height)
    orientation = "portrait" if form == "portrait" else "landscape"
    return ZoneSize(width - column, height, orientation, form), ZoneSize(column, height, "column", "column")
