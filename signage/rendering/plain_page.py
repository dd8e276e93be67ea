"""The plainest page there is: what the screen is, where the calendar is, and a QR code to it. Drawn without a browser,
a layout or a template, for when none of them can make the fallback page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

LARGEST_TEXT = 0.08  # of the page's short side is the type of the heading
SMALLEST_TEXT = 8  # px: then it is cut rather than set smaller
SMALLER = 0.92  # from one size to the next that is tried
MARGIN = 0.07  # of the short side
CODE = 0.34  # of the short side
QUIET_ZONE = 4  # modules around a QR code (ISO/IEC 18004)
LEADING = 1.3  # from line to line, in sizes of type


@dataclass(frozen=True, slots=True)
class PlainPage:
    """What is on it. `address`: what its QR code leads to; colours as "#rrggbb"; `font` is a typeface's file."""

    width: int
    height: int
    heading: str
    text: str
    address: str
    paper: str
    ink: str
    font: Path

    @property
    def alt(self) -> str:
        """All of its text, in reading order."""
        return "\n".join(part for part in (self.heading, self.text) if part)


def draw_plain(page: PlainPage) -> Image.Image:
    """The page's picture. Its type is as large as fits."""
    image = Image.new("RGB", (page.width, page.height), page.paper)
    pen = ImageDraw.Draw(image)
    short = min(page.width, page.height)
    margin, side = round(MARGIN * short), round(CODE * short)
    room = (page.width - 2 * margin, page.height - 3 * margin - side)
    size = LARGEST_TEXT * short
    lines = _set(page, size, room[0])
    while size * SMALLER >= SMALLEST_TEXT and (
        sum(step for _, _, step in lines) > room[1] or any(font.getlength(line) > room[0] for line, font, _ in lines)
    ):
        size *= SMALLER
        lines = _set(page, size, room[0])
    top = float(margin)
    for line, font, step in lines:
        pen.text((margin, top), line, font=font, fill=page.ink)
        top += step
    code = _code(page.address, side)
    if code is not None:
        image.paste(code, (margin, page.height - margin - side))
    return image


def _set(page: PlainPage, size: float, width: int) -> list[tuple[str, ImageFont.FreeTypeFont, float]]:
    """Lines with their type and what they take of the height."""
    lines = []
    for text, part in ((page.heading, 1.0), (page.text, 0.6)):
        font = ImageFont.truetype(page.font, max(SMALLEST_TEXT, round(size * part)))
        lines += [(line, font, LEADING * font.size) for line in _wrapped(text, font, width)]
    return lines


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in filter(None, re.split(r"[ \n]", text)):  # no-break spaces hold words together
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _code(address: str, side: int) -> Image.Image | None:
    """The QR code in a square of this many pixels; None for an address that no code can hold."""
    try:
        matrix = segno.make(address, error="m", micro=False).matrix
    except ValueError:
        return None
    modules = len(matrix)
    code = Image.new("L", (modules + 2 * QUIET_ZONE,) * 2, 255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                code.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    return code.resize((side, side), Image.Resampling.NEAREST).convert("RGB")
