"""Motifs from outside: fjord, sea, forest, mountain, boathouses, road."""

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
    PINE,
    RUST,
    SAND,
    WATER,
    WIDTH,
    Canvas,
    curve,
    wave,
)  # fmt: skip


def fjord() -> Canvas:
    """Evening: the sun behind three ridges, its path on the water, a rowing boat."""
    c = Canvas(FJORD)
    c.bands(0, 430, ["#123b53", "#1d4c66", "#376880", "#6d8a92", "#b59c86", "#e3a877"])
    c.circle(820, 342, 82, "#f7cf7f")
    c.peaks(
        [(-10, 330), (120, 250), (215, 300), (380, 170), (520, 290), (610, 255), (760, 385), (860, 430)], "#35596b", 430
    )
    c.peaks([(700, 430), (900, 330), (985, 372), (1120, 245), (1230, 320), (1300, 280)], "#2c5064", 430)
    c.peaks([(-10, 395), (160, 345), (300, 400), (430, 430)], "#1d4257", 430)
    c.peaks([(960, 430), (1120, 362), (1300, 400)], "#1d4257", 430)
    c.bands(430, HEIGHT, ["#8f8478", "#54717c", "#2d5a70", "#1b465d", "#123b53"])
    c.glints(820, 446, 640, [190, 240, 170, 210, 130, 150, 84, 96, 44], "#f7cf7f", 8)
    c.glints(330, 470, 560, [240, 150, 190, 90], "#ffffff22", 6)
    hull = [(470, 588), (650, 588), (622, 622), (505, 622)]
    c.poly(hull, INK)
    c.circle(548, 545, 15, INK)
    c.poly([(526, 590), (532, 562), (565, 562), (574, 590)], INK)
    c.line([(560, 572), (660, 618)], INK, 5)
    c.glints(560, 634, 652, [210, 120], "#0c1f2c66", 6)
    c.hills([(-20, 640), (140, 655), (300, 700), (420, 730)], DEEP)
    return c


def aurora() -> Canvas:
    """Northern light over a ridge, stars, one cabin with light in its window."""
    c = Canvas("#071a28")
    c.bands(0, 560, ["#06151f", "#081b29", "#0a2333", "#0d2c3e", "#123a4b"])
    for number in range(90):  # golden-ratio steps scatter evenly without looking like a grid
        x, y = (number * 0.61803 % 1) * WIDTH, (number * 0.75488 % 1) ** 1.3 * 440
        c.circle(x, y, 1.1 + (number * 7 % 5) * 0.35, "#f6f1e7" + ("80" if number % 3 else "e0"))
    _curtain(c, 330, 40, 1.2, "#2c7a86", 230)
    _curtain(c, 420, 56, 4.0, "#5fae93", 300)
    _curtain(c, 470, 34, 2.3, "#bfe3b4", 120)
    c.peaks(
        [(-10, 520), (150, 430), (260, 486), (470, 370), (600, 470), (730, 420), (910, 540), (1300, 470)], "#0d3044"
    )
    c.peaks([(-10, 600), (240, 540), (430, 590), (700, 530), (980, 600), (1300, 545)], "#0a2535")
    c.hills([(-20, 650), (300, 622), (640, 655), (960, 626), (1300, 660)], "#06161f")
    c.poly([(590, 640), (590, 600), (636, 566), (682, 600), (682, 640)], INK)
    c.rect(618, 604, 654, 632, LIGHT, 2)
    c.rect(634, 604, 638, 632, INK)
    for x, height in (
        (520, 96),
        (552, 66),
        (730, 110),
        (766, 74),
        (96, 120),
        (150, 84),
        (1120, 130),
        (1176, 90),
        (1216, 112),
    ):
        c.spruce(x, 662, height, "#04111a")
    return c


def _curtain(c: Canvas, base: float, swing: float, phase: float, colour: str, height: float) -> None:
    """Rays of light that stand on a swinging line, fade upwards, and fade quickly below it."""
    for x in range(-10, WIDTH + 10, 10):
        foot = base + swing * math.sin(phase + x / 250) + swing * 0.4 * math.sin(phase * 2 + x / 97)
        tall = height * (0.72 + 0.28 * math.sin(x / 31 + phase) * math.sin(x / 83))
        for part in range(20):
            alpha = round(104 * (1 - part / 20) ** 1.5)
            c.rect(x, foot - tall * (part + 1) / 20, x + 10, foot - tall * part / 20, f"{colour}{alpha:02x}")
        for part in range(6):
            c.rect(x, foot + part * 5, x + 10, foot + part * 5 + 5, f"{colour}{round(96 * (1 - part / 6) ** 2):02x}")


def trail() -> Canvas:
    """A path that winds into a spruce forest in morning haze."""
    c = Canvas("#dfe3d3")
    c.bands(0, 420, ["#e9e2cb", "#e3e1cc", "#d6dcc9"])
    c.circle(860, 150, 70, "#f6d58f")
    c.hills([(-20, 330), (250, 250), (520, 320), (820, 230), (1060, 300), (1300, 240)], "#b9cbb6")
    for x in range(-10, 1300, 44):
        c.spruce(x, 420 + math.sin(x) * 8, 120 + 46 * math.sin(x * 0.7), "#9fb8a0")
    c.hills([(-20, 410), (300, 388), (640, 420), (980, 384), (1300, 410)], "#9fb8a0")
    for x in range(10, 1300, 66):
        if not 560 < x < 720:
            c.spruce(x, 500 + math.sin(x * 1.3) * 10, 190 + 60 * math.sin(x * 0.9), "#6d9180")
    c.hills([(-20, 490), (300, 470), (640, 500), (980, 466), (1300, 492)], "#6d9180")
    for x, height in ((40, 330), (160, 270), (300, 300), (430, 210), (850, 220), (960, 300), (1090, 260), (1210, 340)):
        c.spruce(x, 590, height, MOSS)
    c.hills([(-20, 575), (320, 548), (640, 580), (960, 545), (1300, 572)], MOSS)
    left = curve([(628, 494), (700, 520), (742, 552), (640, 590), (470, 640), (430, 740)])
    right = curve([(640, 494), (722, 516), (796, 550), (730, 600), (660, 650), (720, 740)])
    c.poly([*left, *reversed(right)], "#e6d5b2")
    c.hills([(-20, 690), (120, 650), (300, 690), (400, 740)], PINE)
    c.hills([(860, 740), (1010, 680), (1160, 650), (1300, 676)], PINE)
    for x, foot, height in ((70, 720, 520), (1180, 730, 560), (1275, 720, 430)):
        c.spruce(x, foot, height, PINE)
    return c


def boathouses() -> Canvas:
    """A row of boathouses by still water, and themselves upside down in it."""
    c = Canvas(HAZE)
    c.bands(0, 400, ["#e9e0c9", "#e6d9c0", "#e2cfb2"])
    c.hills([(-20, 300), (240, 200), (470, 280), (760, 170), (1020, 260), (1300, 190)], "#a8c0bd")
    c.hills([(-20, 350), (300, 310), (640, 350), (980, 300), (1300, 340)], "#7fa3a3")
    c.rect(0, 400, WIDTH, HEIGHT, WATER)
    houses = (
        (130, 150, RUST),
        (300, 175, BARN),
        (495, 150, "#d9a24a"),
        (665, 180, FJORD),
        (865, 150, RUST),
        (1035, 165, PAPER),
    )
    for x, width, colour in houses:
        _boathouse(c, x, width, colour, 400, 1)
        _boathouse(c, x, width, colour, 412, -1)
    c.rect(0, 412, WIDTH, HEIGHT, "#2c6480a0")
    c.rect(70, 398, 1250, 412, INK)
    for x in range(90, 1250, 62):
        c.rect(x, 408, x + 8, 440, INK)
    for number, y in enumerate(range(452, 710, 26)):
        for x in range(60 + number * 53 % 170, 1240, 320):
            c.rect(x, y, x + 90 + number * 9, y + 4, "#c9d8d640", 2)
    c.line([(420, 640), (420, 506)], INK, 5)
    c.poly([(427, 506), (427, 628), (520, 628)], PAPER)
    c.poly([(413, 530), (413, 628), (362, 628)], SAND)
    c.poly([(334, 636), (526, 636), (496, 672), (366, 672)], INK)
    return c


def _boathouse(c: Canvas, x: float, width: float, colour: str, foot: float, way: int) -> None:
    """`way` 1 stands on its foot, -1 hangs from it."""
    wall, peak, eaves = foot - way * 100, foot - way * 178, 12
    c.poly([(x, foot), (x, wall), (x + width / 2, peak), (x + width, wall), (x + width, foot)], colour)
    c.line([(x - eaves, wall + way * 8), (x + width / 2, peak), (x + width + eaves, wall + way * 8)], INK, 9)
    trim = INK if colour == PAPER else PAPER
    low, high = sorted((foot, foot - way * 74))
    c.rect(x + width * 0.3, low, x + width * 0.7, high, INK)
    low, high = sorted((foot - way * 128, foot - way * 104))
    c.rect(x + width / 2 - 12, low, x + width / 2 + 12, high, trim)


def sea() -> Canvas:
    """A square sail on big, slow waves."""
    c = Canvas("#f0d9a8")
    c.bands(0, 470, ["#f3e6c8", "#f2dfb6", "#f0d3a0", "#ecc188"])
    c.circle(930, 250, 96, "#f7f0dd")
    c.poly([*wave(446, 16, 520, 0.5), (WIDTH, HEIGHT), (0, HEIGHT)], "#7fa9ae")
    mast = 590
    c.line([(mast, 120), (mast, 470)], INK, 9)
    sail = (
        curve([(452, 170), (590, 162), (728, 170)])
        + curve([(728, 170), (748, 280), (714, 392)])
        + curve([(714, 392), (590, 420), (466, 392)])
        + curve([(466, 392), (432, 280), (452, 170)])
    )
    c.poly(sail, RUST)
    for x in (500, 590, 680):
        c.line(curve([(x, 168), (x + (x - 590) * 0.14, 290), (x - (x - 590) * 0.02, 402)]), "#a8452d", 5)
    c.line([(440, 168), (740, 168)], INK, 10)
    c.poly([(mast, 120), (mast, 96), (654, 108)], LIGHT)
    hull = [
        *curve([(350, 424), (420, 470), (590, 486), (770, 468), (846, 414)]),
        *curve([(846, 414), (770, 540), (590, 560), (430, 540), (350, 424)]),
    ]
    c.poly(hull, INK)
    c.line(curve([(382, 470), (590, 512), (812, 462)]), SAND, 6)
    c.poly([*wave(530, 26, 470, 2.2), (WIDTH, HEIGHT), (0, HEIGHT)], WATER)
    c.poly([*wave(600, 28, 560, 4.2), (WIDTH, HEIGHT), (0, HEIGHT)], FJORD)
    c.poly([*wave(674, 24, 430, 0.8), (WIDTH, HEIGHT), (0, HEIGHT)], DEEP)
    for x, y in ((230, 180), (300, 230), (1060, 120)):
        c.line(curve([(x - 26, y - 10), (x - 12, y - 14), (x, y), (x + 12, y - 14), (x + 26, y - 10)]), INK, 5)
    return c


def road() -> Canvas:
    """A small racing car on a road through round hills."""
    c = Canvas("#f3e6c8")
    c.bands(0, 380, ["#f4ead0", "#f3e2bd"])
    c.circle(300, 190, 84, LIGHT)
    c.peaks([(-10, 380), (150, 280), (260, 330), (520, 120), (700, 300), (820, 220), (1010, 360), (1300, 290)], MIST)
    c.poly([(520, 120), (584, 184), (548, 176), (520, 206), (494, 178), (462, 174)], PAPER)
    c.hills([(-20, 430), (220, 350), (500, 430), (800, 360), (1080, 430), (1300, 370)], LEAF)
    c.hills([(-20, 520), (320, 430), (700, 520), (1020, 440), (1300, 500)], MOSS)
    c.poly(
        [
            *curve([(-20, 560), (300, 545), (640, 585), (980, 560), (1300, 580)]),
            *curve([(1300, 690), (980, 668), (640, 694), (300, 656), (-20, 676)]),
        ],
        "#3a4a50",
    )
    for x in range(20, 1300, 120):
        y = 620 + 12 * math.sin(x / 190)
        c.rect(x, y, x + 62, y + 8, PAPER, 4)
    c.hills([(-20, 690), (320, 672), (640, 706), (980, 684), (1300, 700)], PINE)
    body = [
        *curve([(420, 560), (440, 520), (560, 502), (640, 500)]),
        *curve([(640, 500), (780, 508), (880, 532), (902, 570)]),
        (896, 594),
        (420, 594),
    ]
    c.poly(body, RUST)
    c.rect(432, 548, 892, 560, LIGHT)
    c.poly([(560, 504), (584, 462), (600, 462), (612, 502)], HAZE)
    c.circle(652, 476, 26, PAPER)
    c.slice(652, 474, 28, 180, 360, INK)
    c.rect(650, 470, 690, 480, INK, 4)
    for x in (516, 806):
        c.circle(x, 596, 52, INK)
        c.circle(x, 596, 22, SAND)
        c.circle(x, 596, 8, INK)
    for y, left in ((530, 250), (562, 200), (594, 270)):
        c.rect(left, y, left + 110, y + 7, PAPER, 3)
    return c


MOTIFS = {"fjord": fjord, "aurora": aurora, "trail": trail, "boathouses": boathouses, "sea": sea, "road": road}
