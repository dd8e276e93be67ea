"""Motifs of music, film and feast."""

from __future__ import annotations

import math

from signage.demo.canvas import (
    BARN,
    DEEP,
    FJORD,
    HAZE,
    HEIGHT,
    INK,
    LEAF,
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
    wave,
)


def cinema() -> Canvas:
    """The projector's cone of light over the heads of the rows."""
    c = Canvas(DEEP)
    c.bands(0, HEIGHT, ["#0b2433", "#0a202e", "#091c28", "#081822"])
    c.rect(120, 70, 760, 430, PAPER)
    c.circle(560, 230, 92, LIGHT)
    c.peaks([(120, 360), (260, 270), (340, 330), (480, 210), (620, 340), (700, 300), (760, 345)], FJORD, 430)
    c.peaks([(120, 410), (300, 350), (470, 405), (640, 362), (760, 400)], DEEP, 430)
    for inner, colour in ((0, "#f2b84b30"), (36, "#f2b84b2c"), (84, "#f6f1e724")):
        c.poly([(1216, 96), (760, 70 + inner), (760, 430 - inner), (1216, 116)], colour)
    c.rect(1200, 74, 1280, 138, INK, 10)
    c.circle(1204, 106, 18, LIGHT)
    for row, (y, size, colour) in enumerate(((520, 34, "#12354a"), (600, 44, "#0d2a3b"), (700, 56, "#06141d"))):
        for number in range(-1, 14):
            x = number * size * 2.9 + (row % 2) * size * 1.4 + 20
            if (number * 5 + row * 3) % 7 != 3:
                c.circle(x, y - size * 1.15, size * 0.62, colour)
            c.rect(x - size * 1.12, y - size * 0.66, x + size * 1.12, y + size * 3, colour, size * 0.5)
    return c


def record() -> Canvas:
    """A record on a turntable, seen from straight above."""
    c = Canvas(RUST)
    c.rect(0, 0, WIDTH, HEIGHT, "#c4573a")
    c.poly([(0, 470), (WIDTH, 250), (WIDTH, HEIGHT), (0, HEIGHT)], "#b34b31")
    c.circle(600, 372, 316, "#8f3326")
    c.circle(590, 360, 316, INK)
    for radius in range(140, 306, 15):
        c.ring(590, 360, radius, 1.6, "#24404f")
    for start in (200, 20):
        for number, radius in enumerate(range(150, 300, 15)):
            c.arc(590, 360, radius, start + number, start + 34 - number, 3, "#3d6072")
    c.circle(590, 360, 116, LIGHT)
    c.slice(590, 360, 116, 20, 200, "#e39f38")
    c.circle(590, 360, 64, PAPER)
    c.circle(590, 360, 11, INK)
    c.circle(1060, 150, 66, BARN)
    c.circle(1054, 144, 62, SAND)
    c.circle(1054, 144, 26, INK)
    c.line([(1054, 144), (1040, 400), (890, 540)], PAPER, 16)
    c.line([(906, 524), (846, 580)], PAPER, 34)
    c.line([(1054, 96), (1054, 144)], PAPER, 26)
    c.circle(1130, 600, 40, BARN)
    c.circle(1126, 596, 38, PAPER)
    c.line([(1126, 596), (1146, 572)], INK, 6)
    return c


def waves() -> Canvas:
    """Five lines of a stave that begin to swing, with notes on them."""
    c = Canvas(FJORD)
    c.circle(960, 300, 210, LIGHT)
    c.poly([*wave(520, 46, 900, 0.4), (WIDTH, HEIGHT), (0, HEIGHT)], "#0f3247")
    c.poly([*wave(610, 40, 760, 2.4), (WIDTH, HEIGHT), (0, HEIGHT)], DEEP)
    for number in range(5):
        c.line(_stave(number), PAPER, 6)
    for x, line, stem in ((240, 3, -1), (400, 2.5, -1), (560, 1.5, 1), (720, 2, 1), (880, 1, 1), (1060, 2.5, -1)):
        y = _stave_y(x, line)
        c.ellipse(x, y, 35, 25, PAPER if x < 760 else INK)
        shade = PAPER if x < 760 else INK
        edge = x + 31 if stem < 0 else x - 31
        c.line([(edge, y), (edge, y + stem * 146)], shade, 8)
        if x in (400, 1060):
            c.line(curve([(edge, y + stem * 146), (edge + 26, y + stem * 112), (edge + 46, y + stem * 70)]), shade, 10)
    return c


def _stave_y(x: float, line: float) -> float:
    return 208 + line * 54 + math.sin(x / WIDTH * math.tau * 0.9 + 0.6) * 62


def _stave(line: int) -> list[tuple[float, float]]:
    return [(x, _stave_y(x, line)) for x in range(-20, WIDTH + 30, 10)]


def choir() -> Canvas:
    """A choir as rows of rounded shapes that open their mouths."""
    c = Canvas("#f3e3c1")
    c.slice(640, 720, 690, 180, 360, "#f0d49a")
    c.slice(640, 720, 560, 180, 360, "#eec578")
    coats = (FJORD, RUST, WATER, MOSS, BARN, "#d9a24a", PINE)
    for row, (y, size, count) in enumerate(((330, 58, 7), (430, 66, 8), (548, 76, 7))):
        spread = size * 2.36
        for number in range(count):
            x = 640 + (number - (count - 1) / 2) * spread
            colour = coats[(number * 3 + row * 2) % len(coats)]
            c.rect(x - size * 1.1, y + size * 0.72, x + size * 1.1, HEIGHT + 100, colour, size * 0.9)
            c.circle(x, y, size * 0.72, ("#f1cfa5", "#d99f74", "#f6dcbc", "#b9794f")[(number + row) % 4])
            c.slice(
                x,
                y - size * 0.06,
                size * 0.76,
                180,
                360,
                (INK, "#5a3a26", "#d8b062", "#8c8f8c")[(number * 2 + row) % 4],
            )
            c.ellipse(x, y + size * 0.36, size * 0.13, size * 0.18, "#7a2c22")
            c.poly(
                [
                    (x, y + size * 1.72),
                    (x - size * 0.72, y + size * 1.5),
                    (x - size * 0.72, y + size * 2.1),
                    (x, y + size * 2.3),
                ],
                PAPER,
            )
            c.poly(
                [
                    (x, y + size * 1.72),
                    (x + size * 0.72, y + size * 1.5),
                    (x + size * 0.72, y + size * 2.1),
                    (x, y + size * 2.3),
                ],
                SAND,
            )
    return c


def stage() -> Canvas:
    """A curtain that is about to open, and the light under it."""
    c = Canvas(DEEP)
    c.rect(0, 0, WIDTH, 560, "#0a1f2c")
    c.poly([(640, 60), (930, 600), (350, 600)], "#f2b84b")
    c.poly([(640, 60), (860, 600), (420, 600)], "#f7cf7f")
    for side in (-1, 1):
        for number in range(7):
            near, far = 640 + side * (190 + number * 82), 640 + side * (272 + number * 82)
            hang = 640 + side * (20 + number * 105), 640 + side * (125 + number * 105)
            c.poly(
                [
                    (hang[0], -4),
                    (hang[1], -4),
                    *curve([(far + side * 6, 300), (far, 600)]),
                    (near, 600),
                    *curve([(near, 600), (near + side * 6, 300)]),
                ],
                (RUST, "#a8452d")[number % 2],
            )
    c.rect(0, 0, WIDTH, 64, BARN)
    for x in range(0, WIDTH + 60, 128):
        c.slice(x + 64, 60, 70, 0, 180, BARN)
        c.arc(x + 64, 60, 62, 0, 180, 6, LIGHT)
    c.poly([(0, 600), (WIDTH, 600), (WIDTH, HEIGHT), (0, HEIGHT)], "#7a4a2b")
    for x in range(-400, 1700, 120):
        c.line([(640 + (x - 640) * 0.8, 600), (x, HEIGHT)], "#6a3f24", 4)
    c.ellipse(640, 648, 250, 40, "#f7cf7faa")
    c.rect(632, 420, 648, 640, INK, 4)
    c.ellipse(640, 642, 66, 14, INK)
    c.line([(640, 424), (612, 396)], INK, 12)
    c.line([(606, 390), (584, 368)], INK, 34)
    return c


def bunting() -> Canvas:
    """Pennants and lamps over a long table in the evening."""
    c = Canvas("#1b4a63")
    c.bands(0, 520, ["#123b53", "#1a4a63", "#2a5c73", "#49737f"])
    c.hills([(-20, 470), (300, 390), (600, 460), (900, 380), (1300, 450)], "#123b53")
    c.hills([(-20, 540), (420, 510), (860, 535), (1300, 505)], DEEP)
    colours = (LIGHT, RUST, PAPER, LEAF, PEACH, MIST)
    for row, (left, dip, right) in enumerate(((60, 210, 120), (190, 350, 230))):
        rope = curve([(-30, left), (640, dip), (1310, right)], 120)
        c.line(rope, INK, 5)
        for number, index in enumerate(range(8, len(rope) - 14, 17)):
            (x0, y0), (x1, y1) = rope[index], rope[index + 11]
            if row == 0:
                c.poly([(x0, y0), (x1, y1), ((x0 + x1) / 2 + 2, (y0 + y1) / 2 + 92)], colours[(number * 5) % 6])
            else:
                c.circle((x0 + x1) / 2, (y0 + y1) / 2 + 22, 40, "#f2b84b2e")
                c.circle((x0 + x1) / 2, (y0 + y1) / 2 + 22, 17, "#f9d98f")
    c.rect(130, 566, 1150, 596, PAPER, 6)
    c.poly([(130, 590), (1150, 590), (1126, 640), (154, 640)], HAZE)
    for x in (220, 640, 1060):
        c.rect(x - 8, 640, x + 8, HEIGHT, INK)
    for number, x in enumerate(range(190, 1120, 118)):
        c.rect(x, 532, x + 34, 568, (RUST, WATER, LIGHT)[number % 3], 6)
    c.rect(600, 486, 668, 568, PEACH, 10)
    c.line(curve([(668, 504), (700, 524), (668, 548)]), PEACH, 9)
    return c


MOTIFS = {"cinema": cinema, "record": record, "waves": waves, "choir": choir, "stage": stage, "bunting": bunting}
