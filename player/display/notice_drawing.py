"""Draws the player's own pages, so that they can be read from four metres: one glance, one answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from player.display.labels import printable
from player.display.notices import NoticePicture
from player.display.slim_pygame import pygame

FONTS = Path(__file__).parent / "fonts"
WHITE, PALE, LIGHT, PAPER, INK = (246, 241, 231), (186, 202, 210), (242, 184, 75), (255, 255, 255), (11, 36, 51)
# Type sizes on a page whose short side is 1080 pixels: the text's capitals are 15 mm high on a 40 inch television
CODE, HEADLINE, TEXT, SMALL = 176, 96, 46, 33
MARGIN, TOP, GUTTER = 0.075, 0.12, 0.06  # shares of the width, of the height, of the short side
QUIET = 4  # modules of quiet zone around a QR code, ISO/IEC 18004
QR_SHARE = 0.40  # of the short side
SHRINK, SMALLEST = 0.92, 0.2  # when a long text would not fit
NO_BREAK = "\u00a0"
InLines = Callable[[str, pygame.font.Font, int], list[str]]  # a text, its font, pixels across
DEEP, FAR, NEAR, HOUSE = (11, 36, 51), (14, 46, 66), (18, 59, 83), (8, 27, 39)  # colours of the background
# x and y of the ridges as shares of the picture
FAR_RIDGE = (
    *((0, 0.76), (0.10, 0.70), (0.19, 0.735), (0.31, 0.64), (0.38, 0.68)),
    *((0.49, 0.615), (0.62, 0.71), (0.74, 0.66), (0.88, 0.735), (1, 0.72)),
)
NEAR_RIDGE = (
    *((0, 0.87), (0.16, 0.82), (0.30, 0.865), (0.45, 0.80), (0.60, 0.868)),
    *((0.70, 0.845), (0.78, 0.852), (0.90, 0.795), (1, 0.83)),
)
HOUSE_AT = (0.735, 0.848)  # the middle of its foot, on the near ridge


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text that is set: `above` is the room to the line before."""

    written: pygame.Surface
    above: int


def draw(surface: pygame.Surface, notice: NoticePicture) -> None:
    """Fill `surface` with a notice; any size, upright."""
    draw_background(surface)
    width, height = surface.get_size()
    short = min(width, height)
    left, top = round(width * MARGIN), round(height * TOP)
    lying = width > height
    side = round(short * QR_SHARE) if notice.qr else 0
    room = width - 2 * left - (side + round(short * GUTTER) if side and lying else 0)
    high = height - 2 * top - (side + round(short * GUTTER) if side and not lying else 0)
    scale = 1.0
    lines = list(_set(notice, room, scale * short / 1080, wrapped))
    while _height(lines) > high and scale > SMALLEST:
        scale *= SHRINK
        lines = list(_set(notice, room, scale * short / 1080, wrapped))
    lines = list(_set(notice, room, scale * short / 1080, balanced))
    bar = pygame.Rect(left, top, round(short * 0.09), max(2, short // 120))
    pygame.draw.rect(surface, LIGHT, bar)
    y = bar.bottom
    for line in lines:
        y += line.above
        surface.blit(line.written, (left, y))
        y += line.written.get_height()
    if notice.qr:
        at = (width - left - side, top) if lying else (left, max(y + round(short * GUTTER), top))
        _qr(surface, notice.qr, pygame.Rect(*at, side, side))


def _height(lines: list[_Line]) -> int:
    return sum(line.above + line.written.get_height() for line in lines)


def _set(notice: NoticePicture, room: int, unit: float, in_lines: InLines) -> Iterator[_Line]:
    """All lines of a notice. `room`: pixels across; `unit`: pixels of a unit of type size."""
    parts = [
        ("headline.ttf", HEADLINE, WHITE, notice.headline[0], 30),
        ("code.ttf", CODE, LIGHT, notice.code, 6),
        ("text.ttf", TEXT, WHITE, notice.text[0], 22),
        ("code.ttf", TEXT, PALE, notice.headline[1], 44),
        ("text.ttf", TEXT, PALE, notice.text[1], 4),
        ("text.ttf", TEXT if notice.code else SMALL, PALE, notice.address, 40),
    ]
    for file, size, color, given, above in parts:
        text = NO_BREAK.join(map(printable, given.split(NO_BREAK))).strip()
        if not text:
            continue
        font = _font(file, max(8, round(size * unit)))
        if file == "code.ttf" and size == CODE and font.size(text)[0] > room:
            font = _font(file, max(8, int(size * unit * room / font.size(text)[0])))
        for number, words in enumerate(in_lines(text, font, room)):
            yield _Line(font.render(words, True, color), round(above * unit) if number == 0 else 0)


def _font(file: str, pixels: int) -> pygame.font.Font:
    if not pygame.font.get_init():
        pygame.font.init()
    path = FONTS / file
    return pygame.font.Font(str(path) if path.exists() else None, pixels)


def wrapped(text: str, font: pygame.font.Font, room: int) -> list[str]:
    """The text in lines that are at most `room` pixels wide; a word that is wider by itself is broken.

    Words that are joined by U+00A0 stay on one line where there is one that can hold them.
    """
    lines: list[str] = []
    line = ""
    for word in _words(text, font, room):
        longer = f"{line} {word}" if line else word
        if font.size(longer)[0] <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        while font.size(word)[0] > room and len(word) > 1:
            fits = next((n for n in range(len(word) - 1, 0, -1) if font.size(word[:n])[0] <= room), 1)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines


def balanced(text: str, font: pygame.font.Font, room: int) -> list[str]:
    """The text in no more lines than `wrapped` takes, of about the same length: no word is alone in the last one."""
    lines = wrapped(text, font, room)
    widest = max((font.size(words)[0] for words in _words(text, font, room)), default=0)
    if len(lines) < 2 or widest > room:
        return lines
    for narrower in range(room, max(widest, room // 2), -max(1, room // 40)):
        tried = wrapped(text, font, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def _words(text: str, font: pygame.font.Font, room: int) -> Iterator[str]:
    for joined in re.split("[ \t\r\n]+", text.strip()):
        words = joined.replace(NO_BREAK, " ")
        yield from [words] if font.size(words)[0] <= room else words.split()


def _qr(surface: pygame.Surface, modules: tuple[tuple[bool, ...], ...], box: pygame.Rect) -> None:
    """A QR code as large as the box allows in whole pixels a module, on paper, with its quiet zone."""
    count = len(modules) + 2 * QUIET
    pixel = max(1, box.width // count)
    plate = pygame.Rect(0, 0, pixel * count, pixel * count)
    plate.topright = box.topright if box.x > surface.get_width() / 2 else (box.x + plate.width, box.y)
    pygame.draw.rect(surface, PAPER, plate)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                corner = (plate.x + (x + QUIET) * pixel, plate.y + (y + QUIET) * pixel)
                pygame.draw.rect(surface, INK, (*corner, pixel, pixel))


def draw_background(surface: pygame.Surface) -> None:
    """Fill a surface with deep fjord, the hills across the Hemnfjord, and one house with the light on."""
    width, height = surface.get_size()
    surface.fill(DEEP)
    for color, line in ((FAR, FAR_RIDGE), (NEAR, NEAR_RIDGE)):
        points = [(x * width, y * height) for x, y in line]
        pygame.draw.polygon(surface, color, [*points, (width, height), (0, height)])
    _house(surface, (HOUSE_AT[0] * width, HOUSE_AT[1] * height), min(width, height) / 1080)


def _house(surface: pygame.Surface, foot: tuple[float, float], unit: float) -> None:
    """A gable, and a window with light in it: "lys i gamle hus"."""
    x, y = foot
    wide, high, roof = 46 * unit, 30 * unit, 24 * unit
    walls = [(x - wide / 2, y + 8 * unit), (x - wide / 2, y - high), (x, y - high - roof)]
    pygame.draw.polygon(surface, HOUSE, [*walls, (x + wide / 2, y - high), (x + wide / 2, y + 8 * unit)])
    pane = pygame.Rect(0, 0, max(2, round(13 * unit)), max(2, round(17 * unit)))
    pane.center = (round(x), round(y - high * 0.55))
    pygame.draw.rect(surface, LIGHT, pane)
