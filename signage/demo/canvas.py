"""A sheet of paper to draw flat posters on: coordinates are 1280 x 720, edges are smooth, the same strokes give the
same picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1280, 720
SCALE = 2  # drawn twice as large and made smaller: smooth edges without a drawing library
QUALITY = 90  # flat colours show JPEG's dirt below that

# The colours of the house (signage.config.models.Colours) and their kin.
PAPER, INK, DEEP, FJORD, LIGHT = "#f6f1e7", "#0c1f2c", "#0b2433", "#123b53", "#f2b84b"
WATER, MIST, HAZE, SAND = "#2c6480", "#8fb3bd", "#c9d8d6", "#e6d5b2"
PEACH, RUST, BARN = "#eba06b", "#c4573a", "#8f3326"
PINE, MOSS, LEAF = "#17383a", "#3c6353", "#87a57b"

Point = tuple[float, float]


class Canvas:
    """What the motifs draw on. Colours are "#rrggbb", or "#rrggbbaa" to let what is under it through."""

    def __init__(self, ground: str) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), ground)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def jpeg(self) -> bytes:
        """The finished picture, 1280 x 720."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
        return out.getvalue()

    def bands(self, top: float, bottom: float, colours: Sequence[str]) -> None:
        """Even horizontal bands of colour."""
        step = (bottom - top) / len(colours)
        for number, colour in enumerate(colours):
            self.rect(
                0,
                top + number * step,
                WIDTH,
                bottom if number == len(colours) - 1 else top + (number + 1) * step,
                colour,
            )

    def poly(self, points: Sequence[Point], colour: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def rect(self, left: float, top: float, right: float, bottom: float, colour: str, radius: float = 0) -> None:
        box = (left * SCALE, top * SCALE, right * SCALE - 1, bottom * SCALE - 1)
        self._draw.rounded_rectangle(box, radius * SCALE, fill=colour)

    def circle(self, x: float, y: float, r: float, colour: str) -> None:
        self.ellipse(x, y, r, r, colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: str) -> None:
        self._draw.ellipse(((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE), fill=colour)

    def ring(self, x: float, y: float, r: float, width: float, colour: str) -> None:
        box = ((x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE)
        self._draw.ellipse(box, outline=colour, width=round(width * SCALE))

    def arc(self, x: float, y: float, r: float, start: float, end: float, width: float, colour: str) -> None:
        """Degrees clockwise from three o'clock."""
        box = ((x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE)
        self._draw.arc(box, start, end, fill=colour, width=round(width * SCALE))

    def slice(self, x: float, y: float, r: float, start: float, end: float, colour: str) -> None:
        box = ((x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE)
        self._draw.pieslice(box, start, end, fill=colour)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A stroke with round ends and corners; for opaque colours."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle(x, y, width / 2, colour)

    def hills(self, points: Sequence[Point], colour: str, bottom: float = HEIGHT) -> None:
        """Land with a soft upper edge through `points`, down to `bottom`."""
        self.poly([*curve(points), (points[-1][0], bottom), (points[0][0], bottom)], colour)

    def peaks(self, points: Sequence[Point], colour: str, bottom: float = HEIGHT) -> None:
        """Mountains with straight flanks, down to `bottom`."""
        self.poly([*points, (points[-1][0], bottom), (points[0][0], bottom)], colour)

    def spruce(self, x: float, foot: float, height: float, colour: str) -> None:
        """A spruce of three skirts."""
        for part, (top, base, half) in enumerate(((0.0, 0.45, 0.13), (0.22, 0.72, 0.18), (0.48, 1.0, 0.23))):
            del part
            crown, skirt, wide = foot - height * (1 - top), foot - height * (1 - base), height * half
            self.poly([(x, crown), (x + wide, skirt), (x - wide, skirt)], colour)

    def glints(
        self, x: float, top: float, bottom: float, widths: Sequence[float], colour: str, thick: float = 7
    ) -> None:
        """A light's path on water: short strokes, one under the other."""
        step = (bottom - top) / max(1, len(widths) - 1)
        for number, width in enumerate(widths):
            shift = math.sin(number * 2.1) * width * 0.16
            y = top + number * step
            self.rect(x - width / 2 + shift, y - thick / 2, x + width / 2 + shift, y + thick / 2, colour, thick / 2)


def curve(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """A smooth line through `points` (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    line: list[Point] = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append((_spline(t, p0[0], p1[0], p2[0], p3[0]), _spline(t, p0[1], p1[1], p2[1], p3[1])))
    return [*line, points[-1]]


def _spline(t: float, a: float, b: float, c: float, d: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def wave(
    y: float, height: float, length: float, phase: float = 0.0, left: float = -20, right: float = WIDTH + 20
) -> list[Point]:
    """A sine line from `left` to `right`."""
    count = int((right - left) / 8) + 1
    return [
        (
            left + n * (right - left) / count,
            y + height * math.sin(phase + (left + n * (right - left) / count) / length * math.tau),
        )
        for n in range(count + 1)
    ]
