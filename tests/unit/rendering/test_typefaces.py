"""The typefaces that come with the program: layouts/*/fonts, the web pages' and the player's."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.fixtures.paths import ROOT

SIZE = 90  # px: the stroke of the lightest weight is a few pixels wide
FONTS = sorted(
    path
    for folder in ("layouts", "signage", "player")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".woff2", ".ttf")
    and "-ext" not in path.stem
    and "cyrillic" not in path.stem
    and "emoji" not in path.stem
)


def faces(path: Path) -> list[ImageFont.FreeTypeFont]:
    """The font in its lightest, its usual and its boldest weight."""
    font = ImageFont.truetype(path, SIZE)
    try:
        (*_, weight) = (axis for axis in font.get_variation_axes() if b"eight" in axis["name"])
    except OSError:
        return [font]
    made = []
    for value in (weight["minimum"], weight["default"], weight["maximum"]):
        face = ImageFont.truetype(path, SIZE)
        face.set_variation_by_axes(
            [value if b"eight" in axis["name"] else axis["default"] for axis in face.get_variation_axes()]
        )
        made.append(face)
    return made


def holes(letter: str, face: ImageFont.FreeTypeFont) -> int:
    """How many areas a letter encloses."""
    left, top, right, bottom = map(int, face.getbbox(letter))
    picture = Image.new("L", (right - left + 4, bottom - top + 4), 255)
    ImageDraw.Draw(picture).text((2 - left, 2 - top), letter, font=face, fill=0)
    picture = picture.point(lambda value: 255 if value > 127 else 0)
    ImageDraw.floodfill(picture, (0, 0), 128)
    found = 0
    for y in range(picture.height):
        for x in range(picture.width):
            if picture.getpixel((x, y)) == 255:
                ImageDraw.floodfill(picture, (x, y), 128)
                found += 1
    return found


@pytest.mark.parametrize("path", FONTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_zeros_have_no_stroke_that_would_make_them_an_oe(path: Path) -> None:
    for face in faces(path):
        if face.getbbox("0") != face.getbbox("\U000effff"):
            assert holes("0", face) == holes("O", face) == 1, "python layouts/make_plain_zeros.py"
