"""Take the stroke out of the zeros of Atkinson Hyperlegible Next: in Norwegian, a zero with a stroke reads as an Ø.

    python layouts/make_plain_zeros.py       needs fonttools and brotli; rewrites atkinson-latin.woff2 in
                                             layouts/fjord/fonts/ and its copy in signage/web/static/

The typeface has no other zero to choose by a font feature. Its zero is an outline and the two halves of the space
inside, on either side of the stroke. Both become one: the outline, made as much smaller as the halves together are. Its
licence allows this under its name. Run layouts/make_player_fonts.py after it.
"""

import shutil
from pathlib import Path

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib.instancer import instantiateVariableFont
from fontTools.varLib.models import VariationModel, piecewiseLinearMap

TARGET = Path(__file__).parent / "fjord" / "fonts" / "atkinson-latin.woff2"
COPY = Path(__file__).parents[1] / "signage" / "web" / "static" / TARGET.name
ZERO = "zero"
STROKED = 3  # contours

Point = tuple[float, float]


def plain(points: list[Point], ends: list[int]) -> list[Point]:
    """The points of a zero without its stroke: the outline, and a smaller one turned the other way."""
    outline, inside = points[: ends[0] + 1], points[ends[0] + 1 :]
    (left, right), (bottom, top) = ((min(side), max(side)) for side in zip(*outline, strict=True))
    (inner_left, inner_right), (inner_bottom, inner_top) = (
        (min(side), max(side)) for side in zip(*inside, strict=True)
    )
    across, up = (inner_right - inner_left) / (right - left), (inner_top - inner_bottom) / (top - bottom)
    smaller = [(round(inner_left + across * (x - left)), round(inner_bottom + up * (y - bottom))) for x, y in outline]
    return [*outline, smaller[0], *reversed(smaller[1:])]


def main() -> None:
    font = TTFont(TARGET, recalcTimestamp=False)
    glyphs, (axis,) = font["glyf"], font["fvar"].axes
    if glyphs[ZERO].numberOfContours != STROKED:
        raise SystemExit("The zero has no stroke.")
    peaks = sorted({0.0, *(variation.axes["wght"][1] for variation in font["gvar"].variations[ZERO])})
    back = {there: here for here, there in font["avar"].segments["wght"].items()}
    drawn, widths = [], []
    for peak in peaks:
        here = piecewiseLinearMap(peak, back)
        side = axis.maxValue - axis.defaultValue if here > 0 else axis.defaultValue - axis.minValue
        weight = axis.defaultValue + here * side
        one = instantiateVariableFont(TTFont(TARGET), {"wght": weight})
        points, ends, _ = one["glyf"][ZERO].getCoordinates(one["glyf"])
        drawn.append(plain(list(points), list(ends)))
        widths.append(one["hmtx"][ZERO][0])
    model = VariationModel([{"wght": peak} if peak else {} for peak in peaks], ["wght"])
    # four more points than a glyph is drawn with: its width and its height
    values = [[*points, (0, 0), (width, 0), (0, 0), (0, 0)] for points, width in zip(drawn, widths, strict=True)]
    flat = [[part for point in points for part in point] for points in values]
    deltas = list(zip(*(model.getDeltas([points[n] for points in flat]) for n in range(len(flat[0]))), strict=True))
    default, *more = ([(round(d[n]), round(d[n + 1])) for n in range(0, len(d), 2)] for d in deltas)
    _, ends, flags = glyphs[ZERO].getCoordinates(glyphs)
    on = [flag & 1 for flag in flags[: ends[0] + 1]]
    redraw(font, default[:-4], [*on, on[0], *reversed(on[1:])])
    font["gvar"].variations[ZERO] = [
        TupleVariation({tag: tuple(edges) for tag, edges in support.items()}, list(delta))
        for support, delta in zip(model.supports[1:], more, strict=True)
    ]
    font.save(TARGET, reorderTables=True)
    shutil.copy(TARGET, COPY)


def redraw(font: TTFont, points: list[Point], on: list[int]) -> None:
    """Put these points in the place of the zero's: two contours of equal length; `on`: which are on the curve."""
    glyph = font["glyf"][ZERO]
    old = font["hmtx"][ZERO]
    half = len(points) // 2
    pen = TTGlyphPen(None)
    for start in (0, half):
        contour = list(zip(points[start : start + half], on[start : start + half], strict=True))
        first, *rest = contour
        assert first[1], "a contour begins on the curve"
        pen.moveTo(first[0])
        between: list[Point] = []
        for point, is_on in [*rest, first]:
            between.append(point)
            if is_on:
                pen.qCurveTo(*between) if len(between) > 1 else pen.lineTo(point)
                between = []
        pen.closePath()
    made = pen.glyph()
    assert len(made.coordinates) == len(points), "no point may be merged with another"
    glyph.numberOfContours, glyph.coordinates = made.numberOfContours, made.coordinates
    glyph.flags, glyph.endPtsOfContours = made.flags, made.endPtsOfContours
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][ZERO] = (old[0], glyph.xMin)


if __name__ == "__main__":
    main()
