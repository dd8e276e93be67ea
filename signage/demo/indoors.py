"""Motifs from inside: books, hall, pool, chess, coffee, and a lit house."""

from __future__ import annotations

import math

from signage.demo.canvas import (
    BARN,
    DEEP,
    FJORD,
    HAZE,
    HEIGHT,
    INK,
    LIGHT,
    MIST,
    MOSS,
    PAPER,
    PEACH,
    PINE,
    RUST,
    SAND,
    WATER,
    WIDTH,
    Canvas,
    curve,
)


def books() -> Canvas:
    """A shelf, a lamp, and a gap where somebody has just taken a book out."""
    c = Canvas("#17465f")
    c.poly([(1000, 190), (1330, 760), (560, 760)], "#1f5670")
    c.rect(0, 560, WIDTH, 592, "#c98f4c")
    c.rect(0, 592, WIDTH, HEIGHT, "#0f3347")
    x = 70.0
    spines = (
        (56, 330, RUST),
        (40, 380, PAPER),
        (70, 300, LIGHT),
        (48, 360, MOSS),
        (36, 400, "#0d2a3b"),
        (60, 340, PEACH),
        (44, 310, HAZE),
        (74, 370, BARN),
        (40, 330, SAND),
        (56, 390, WATER),
        (46, 350, LIGHT),
    )
    for width, height, colour in spines:
        c.rect(x, 560 - height, x + width, 560, colour)
        band = INK if colour in (PAPER, LIGHT, HAZE, SAND, PEACH) else SAND
        c.rect(x, 560 - height + 46, x + width, 560 - height + 54, band)
        c.rect(x, 560 - height + 64, x + width, 560 - height + 68, band)
        x += width + 5
    c.poly([(x + 38, 560), (x - 62 + 98, 560), (x + 118, 220), (x + 164, 232), (x + 92, 560)], RUST)
    c.line([(1130, 560), (1130, 470)], INK, 12)
    c.ellipse(1130, 556, 86, 16, INK)
    c.line([(1130, 470), (1086, 300), (1012, 212)], INK, 12)
    c.poly([(962, 246), (1056, 156), (1092, 268), (1010, 318)], LIGHT)
    c.circle(1130, 468, 14, LIGHT)
    c.circle(1086, 302, 12, LIGHT)
    return c


def lanes() -> Canvas:
    """A pool from above: lane ropes, ripples, and one swimmer who is ahead."""
    c = Canvas("#4f97a8")
    for number in range(6):
        top = number * 120
        c.rect(0, top, WIDTH, top + 120, ("#4f97a8", "#478d9f")[number % 2])
        c.rect(0, top + 52, WIDTH, top + 68, "#2c6480")
    for number in range(26):
        x, up = (number * 311) % 1240, (number * 97) % 700 + 12
        c.line(curve([(x, up), (x + 26, up - 9), (x + 52, up), (x + 78, up - 9), (x + 104, up)]), "#8cc0c8", 4)
    for number in range(1, 6):
        rope = number * 120
        for piece, x in enumerate(range(0, WIDTH, 40)):
            c.rect(x + 2, rope - 8, x + 36, rope + 8, (PAPER, RUST, PAPER, LIGHT)[piece % 4], 8)
    y = 300.0
    c.poly([(120, y - 8), (700, y - 46), (700, y + 46), (120, y + 8)], "#8cc0c855")
    for length in (0, 1):
        c.line(
            [(560 - length * 10, y + (20 if length else -20)), (420 - length * 40, y + (30 if length else -22))],
            "#e0a87c",
            30,
        )
    c.rect(560, y - 34, 760, y + 34, INK, 34)
    c.rect(600, y - 36, 760, y + 36, "#e0a87c", 36)
    c.rect(560, y - 34, 664, y + 34, INK, 26)
    c.line(curve([(716, y - 26), (790, y - 46), (880, y - 34)]), "#e0a87c", 24)
    c.line(curve([(716, y + 30), (660, y + 46), (570, y + 40)]), "#e0a87c", 24)
    c.circle(790, y, 36, RUST)
    c.arc(790, y, 24, 200, 330, 5, "#dd7a5c")
    for radius, start, end in ((96, 300, 60), (128, 312, 48)):
        c.arc(800, y, radius, start, end, 6, PAPER)
    return c


def hall() -> Canvas:
    """The floor of a sports hall from above, with its many lines and one ball."""
    c = Canvas("#d9a86a")
    for number in range(0, HEIGHT, 36):
        c.rect(0, number, WIDTH, number + 2, "#cf9b5b")
        for x in range((number * 7) % 240, WIDTH, 320):
            c.rect(x, number, x + 2, number + 36, "#cf9b5b")
    c.rect(60, 50, 1220, 58, PAPER)
    c.rect(60, 662, 1220, 670, PAPER)
    c.rect(60, 50, 68, 670, PAPER)
    c.rect(1212, 50, 1220, 670, PAPER)
    c.rect(636, 50, 644, 670, PAPER)
    c.ring(640, 360, 118, 8, PAPER)
    for x, start, end in ((64, 270, 90), (1216, 90, 270)):
        c.slice(x, 360, 212, start, end, "#1f566f")
        c.arc(x, 360, 216, start, end, 8, PAPER)
        c.arc(x, 360, 292, start, end, 5, RUST)
    c.rect(200, 132, 1080, 137, FJORD)
    c.rect(200, 583, 1080, 588, FJORD)
    c.rect(400, 132, 405, 588, FJORD)
    c.rect(875, 132, 880, 588, FJORD)
    c.ellipse(784, 262, 70, 66, "#8a5a2a66")
    c.circle(764, 236, 68, PAPER)
    for ring, count in ((0, 1), (27, 6), (51, 11)):
        for hole in range(count):
            angle = math.tau * hole / count + ring
            c.circle(764 + ring * math.cos(angle), 236 + ring * math.sin(angle), 8.5 - ring * 0.04, "#9fb0b2")
    return c


def chess() -> Canvas:
    """A king on a board that runs away into the dark."""
    c = Canvas(DEEP)
    c.circle(640, 330, 270, "#133a52")
    c.circle(640, 330, 190, "#1a4a66")
    horizon, near = 400.0, 760.0
    for row in range(7):
        y0 = horizon + (near - horizon) * (row / 7) ** 1.7
        y1 = horizon + (near - horizon) * ((row + 1) / 7) ** 1.7
        for column in range(-9, 9):
            light = (row + column) % 2 == 0
            edges = [
                640 + (column + side) * (52 + 168 * ((y - horizon) / (near - horizon)))
                for y in (y0, y1)
                for side in (0, 1)
            ]
            c.poly([(edges[0], y0), (edges[1], y0), (edges[3], y1), (edges[2], y1)], SAND if light else "#1d4a61")
    c.ellipse(690, 622, 210, 34, "#0b243388")
    c.poly(
        [
            *curve([(556, 606), (600, 560), (612, 470), (606, 380)]),
            (674, 380),
            *curve([(674, 380), (668, 470), (680, 560), (724, 606)]),
        ],
        LIGHT,
    )
    c.rect(530, 598, 750, 640, LIGHT, 12)
    c.rect(552, 566, 728, 590, "#d99c33", 10)
    c.rect(584, 352, 696, 378, "#d99c33", 8)
    c.poly([(604, 352), (572, 236), (708, 236), (676, 352)], LIGHT)
    c.rect(566, 216, 714, 240, "#d99c33", 10)
    c.slice(640, 220, 48, 180, 360, LIGHT)
    c.rect(630, 108, 650, 180, LIGHT, 4)
    c.rect(608, 128, 672, 148, LIGHT, 4)
    for x, size in ((270, 1.0), (1010, 1.0), (420, 0.62), (872, 0.62)):
        _pawn(c, x, 470 + 110 * size, size)
    return c


def _pawn(c: Canvas, x: float, foot: float, size: float) -> None:
    c.poly(
        [
            (x - 52 * size, foot),
            (x - 22 * size, foot - 110 * size),
            (x + 22 * size, foot - 110 * size),
            (x + 52 * size, foot),
        ],
        INK,
    )
    c.rect(x - 66 * size, foot - 14 * size, x + 66 * size, foot + 12 * size, INK, 8)
    c.circle(x, foot - 136 * size, 40 * size, INK)


def coffee() -> Canvas:
    """A laid table from above: two cups, a cake with a piece gone."""
    c = Canvas("#efe3c8")
    for x in range(0, WIDTH, 80):
        c.rect(x, 0, x + 40, HEIGHT, "#c4573a1c")
    for y in range(0, HEIGHT, 80):
        c.rect(0, y, WIDTH, y + 40, "#c4573a1c")
    c.circle(470, 372, 272, "#d8c6a0")
    c.circle(462, 360, 268, PAPER)
    c.ring(462, 360, 244, 5, MIST)
    c.slice(468, 372, 206, 2, 302, "#d9b98f")
    c.slice(462, 360, 206, 0, 300, "#7a4a33")
    c.slice(462, 360, 196, 0, 300, "#e9b9a4")
    for number in range(10):
        angle = math.radians(15 + number * 30)
        c.circle(462 + 168 * math.cos(angle), 360 + 168 * math.sin(angle), 22, PAPER)
        c.circle(462 + 168 * math.cos(angle), 360 + 168 * math.sin(angle), 9, RUST)
    for number in range(5):
        angle = math.radians(30 + number * 60)
        c.line([(462, 360), (462 + 128 * math.cos(angle), 360 + 128 * math.sin(angle))], "#dfa58d", 4)
    c.slice(462, 360, 54, 0, 300, PAPER)
    for x, y, handle in ((930, 230, 30), (1010, 540, 330)):
        c.circle(x + 8, y + 10, 128, "#d8c6a0")
        c.circle(x, y, 126, WATER)
        c.ring(x, y, 108, 4, HAZE)
        angle = math.radians(handle)
        c.line([(x, y), (x + 118 * math.cos(angle), y + 118 * math.sin(angle))], PAPER, 30)
        c.circle(x, y, 86, PAPER)
        c.circle(x, y, 68, "#4a2a1b")
        c.arc(x, y, 48, 190, 260, 7, "#7b4c31")
    c.line([(742, 620), (800, 500)], "#9aa7a8", 12)
    c.ellipse(808, 482, 26, 36, "#9aa7a8")
    return c


def house() -> Canvas:
    """An old house at dusk with light in all its windows."""
    c = Canvas("#24506a")
    c.bands(0, 560, ["#17425a", "#23536b", "#39687c", "#5e828c", "#95978d"])
    c.hills([(-20, 430), (260, 330), (520, 420), (830, 310), (1080, 400), (1300, 340)], "#1d4a61")
    c.hills([(-20, 560), (320, 520), (640, 545), (980, 515), (1300, 550)], "#0f3144")
    c.rect(356, 330, 924, 590, PAPER)
    for y in range(348, 590, 22):
        c.rect(356, y, 924, y + 2, "#ddd5c4")
    c.poly([(320, 336), (410, 190), (870, 190), (960, 336)], "#37424a")
    for x in (500, 740):
        c.rect(x, 148, x + 46, 214, BARN)
        c.rect(x - 6, 142, x + 52, 156, INK)
    c.poly([(576, 336), (576, 252), (640, 196), (704, 252), (704, 336)], PAPER)
    c.line([(562, 262), (640, 192), (718, 262)], "#2b343a", 12)
    _window(c, 640, 290, 44, 56)
    for x in (424, 524, 756, 856):
        _window(c, x, 420, 56, 84)
    c.rect(606, 440, 674, 590, RUST)
    c.rect(618, 456, 662, 506, LIGHT)
    c.rect(590, 424, 690, 440, PAPER)
    c.rect(590, 582, 690, 600, "#8e9a98")
    c.rect(350, 584, 930, 604, "#51606a")
    c.hills([(-20, 640), (320, 596), (640, 604), (980, 594), (1300, 630)], DEEP)
    c.poly([(606, 604), (674, 604), (790, 740), (500, 740)], "#f2b84b55")
    c.line([(1090, 640), (1090, 400)], INK, 16)
    for x, y, r in ((1090, 340, 96), (1030, 400, 66), (1150, 396, 70)):
        c.circle(x, y, r, PINE)
    return c


def _window(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    c.rect(x - width / 2 - 8, y - 8, x + width / 2 + 8, y + height + 8, "#cfc6b2")
    c.rect(x - width / 2, y, x + width / 2, y + height, LIGHT)
    c.rect(x - 2.5, y, x + 2.5, y + height, PAPER)
    c.rect(x - width / 2, y + height * 0.36, x + width / 2, y + height * 0.36 + 5, PAPER)


MOTIFS = {"books": books, "lanes": lanes, "hall": hall, "chess": chess, "coffee": coffee, "house": house}
