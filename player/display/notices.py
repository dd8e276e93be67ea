"""The player's own pages: it waits for content, wants to be paired, or says what is wrong and what to do.

Readable from four metres: one glance, one answer. Norwegian first, English second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from player.display import background
from player.display.labels import printable
from player.display.slim_pygame import pygame

FONTS = Path(__file__).parent / "fonts"
WHITE, PALE, LIGHT, PAPER, INK = (246, 241, 231), (186, 202, 210), background.LIGHT, (255, 255, 255), (11, 36, 51)
# Type sizes on a page whose short side is 1080 pixels: the text's capitals are 15 mm high on a 40 inch television
CODE, HEADLINE, TEXT, SMALL = 176, 96, 46, 33
MARGIN, TOP, GUTTER = 0.075, 0.12, 0.06  # shares of the width, of the height, of the short side
QUIET = 4  # modules of quiet zone around a QR code, ISO/IEC 18004
QR_SHARE = 0.40  # of the short side
SHRINK, SMALLEST = 0.92, 0.2  # when a long text would not fit
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class NoticePicture:
    """One of the player's own pages. `headline` and `text` are Norwegian and English.

    `kind` is "waiting", "pairing" or "fault". `code` is shown large, `address` small; `qr` are rows of modules, True
    for dark, without quiet zone.
    """

    kind: str
    headline: tuple[str, str]
    text: tuple[str, str]
    code: str = ""
    address: str = ""
    qr: tuple[tuple[bool, ...], ...] | None = None


def waiting(server: str) -> NoticePicture:
    """Before the first bundle has come; `server` is where it is expected from."""
    headline = ("Venter på innhold", "Waiting for content")
    text = (
        "Skjermen henter sidene sine. Blir det stående slik, se etter nettverket.",
        "The screen is fetching its pages. If this stays, look after the network.",
    )
    return NoticePicture("waiting", headline, text, address=server)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text that is set: `above` is the room to the line before."""

    written: pygame.Surface
    above: int


def draw(surface: pygame.Surface, notice: NoticePicture) -> None:
    """Fill `surface` with a notice; any size, upright."""
    background.draw(surface)
    width, height = surface.get_size()
    short = min(width, height)
    left, top = round(width * MARGIN), round(height * TOP)
    lying = width > height
    side = round(short * QR_SHARE) if notice.qr else 0
    room = width - 2 * left - (side + round(short * GUTTER) if side and lying else 0)
    high = height - 2 * top - (side + round(short * GUTTER) if side and not lying else 0)
    scale = 1.0
    lines = list(_set(notice, room, scale * short / 1080))
    while _height(lines) > high and scale > SMALLEST:
        scale *= SHRINK
        lines = list(_set(notice, room, scale * short / 1080))
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


def _set(notice: NoticePicture, room: int, unit: float) -> Iterator[_Line]:
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
        for number, words in enumerate(wrapped(text, font, room)):
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
