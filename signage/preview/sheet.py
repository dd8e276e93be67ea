"""Many pictures on one sheet, each with a caption."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from signage.preview.shots import Shot

LONG_SIDE = 480  # px of a picture on the sheet
ROW = 4 * LONG_SIDE
GAP = 24
CAPTION = 26
GROUND, INK, FAULT = "#d9d9d6", "#222222", "#a01010"


def sheet(shots: Mapping[str, Shot]) -> Image.Image:
    """One picture of all of them, in their order, with name, letter size and scale, or what is wrong."""
    small = {name: _small(shot) for name, shot in shots.items()}
    rows: list[list[str]] = [[]]
    width = GAP
    for name, picture in small.items():
        if width + picture.width + GAP > ROW + GAP and rows[-1]:
            rows.append([])
            width = GAP
        rows[-1].append(name)
        width += picture.width + GAP
    heights = [max(small[name].height for name in row) + CAPTION + GAP for row in rows]
    made = Image.new("RGB", (ROW + 2 * GAP, sum(heights) + GAP), GROUND)
    ink, font = ImageDraw.Draw(made), ImageFont.load_default(15)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        left = GAP
        for name in row:
            report = shots[name].report
            fault = "; ".join(report.problems)[:60]
            figures = f"letters {report.smallest_px:g} px, scale {report.scale:.2f}"
            made.paste(small[name], (left, top))
            text = f"{name}: {fault or figures}"
            ink.text((left, top + small[name].height + 4), text, font=font, fill=FAULT if fault else INK)
            left += small[name].width + GAP
        top += height
    return made


def _small(shot: Shot) -> Image.Image:
    if shot.picture is None:
        return Image.new("RGB", (LONG_SIDE, LONG_SIDE // 2), "#ffffff")
    picture = shot.picture.copy()
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return picture
