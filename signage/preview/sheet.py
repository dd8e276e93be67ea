"""Many pictures on one sheet, each with a caption."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from signage.preview.shots import Shot

LONG_SIDE = 480  # px of a picture on the sheet
ROW = 4 * LONG_SIDE
GAP = 24
LINE = 19  # px from one line of a caption to the next
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
    font = ImageFont.load_default(15)
    captions = {name: _wrapped(_caption(name, shots[name]), font, picture.width) for name, picture in small.items()}
    heights = [max(small[name].height + LINE * len(captions[name]) for name in row) + GAP for row in rows]
    made = Image.new("RGB", (ROW + 2 * GAP, sum(heights) + GAP), GROUND)
    ink = ImageDraw.Draw(made)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        left = GAP
        for name in row:
            colour = FAULT if shots[name].report.problems else INK
            made.paste(small[name], (left, top))
            for number, line in enumerate(captions[name]):
                ink.text((left, top + small[name].height + 4 + number * LINE), line, font=font, fill=colour)
            left += small[name].width + GAP
        top += height
    return made


def _caption(name: str, shot: Shot) -> str:
    report = shot.report
    letters = f"letters {report.smallest_px:g} px, scale {report.scale:.2f}" if report.smallest_px else ""
    return ": ".join(filter(None, (name, "; ".join(report.problems) or letters)))


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: int) -> list[str]:
    """The text in lines of at most `room` pixels. A word that is wider by itself is broken."""
    lines = [""]
    for word in text.split():
        if lines[-1] and font.getlength(f"{lines[-1]} {word}") > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
        while font.getlength(lines[-1]) > room:
            fits = next(n for n in range(len(lines[-1]) - 1, 0, -1) if font.getlength(lines[-1][:n]) <= room or n == 1)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return lines


def _small(shot: Shot) -> Image.Image:
    if shot.picture is None:
        return Image.new("RGB", (LONG_SIDE, LONG_SIDE // 2), "#ffffff")
    picture = shot.picture.copy()
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return picture
