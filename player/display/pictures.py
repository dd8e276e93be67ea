"""From verified bytes to a surface that lies ready for the window: decoded under limits, scaled, turned, converted."""

from __future__ import annotations

import io
from dataclasses import dataclass

from player.display.geometry import Fit
from player.display.labels import ClockLabel, DataAgeLabel
from player.display.slim_pygame import pygame
from player.store.manifest import ClockArea, DataAgeArea, TextLine


class UnreadablePicture(Exception):
    """A picture that can't be shown: why, for the log."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the player writes on pages itself: the time, and how old the data is. Empty: nothing."""

    time: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class LabelStyles:
    """How labels look on a page, and the fonts' bytes, as far as the store has them."""

    clock: ClockArea | None = None
    clock_font: bytes | None = None
    updated: DataAgeArea | None = None
    updated_font: bytes | None = None
    lines: tuple[tuple[TextLine, bytes], ...] = ()


@dataclass(slots=True)
class Slide:
    """A picture ready for the display. `surface` is freed once it is shown; what lies behind the clock is kept.

    `face` and `line` are what the player writes on it. `areas`: where it differs from what is on the display while
    `after` is shown there; the labels aside.
    """

    surface: pygame.Surface | None
    fit: Fit
    face: ClockLabel | None
    line: DataAgeLabel | None
    areas: list[pygame.Rect]
    after: Slide | None

    def write(self, target: pygame.Surface, labels: Labels, origin: tuple[int, int] = (0, 0)) -> list[pygame.Rect]:
        """Draw the labels on `target`, whose corner is at `origin` of the window; gives where."""
        areas = []
        if self.face is not None:
            areas.append(self.face.draw(target, labels.time, origin))
        if self.line is not None:
            areas.append(self.line.draw(target, labels.updated, origin))
        return areas

    def labelled(self) -> list[pygame.Rect]:
        """Where labels may be."""
        return [label.area for label in (self.face, self.line) if label is not None]


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a PNG (RFC 2083) or WebP (RFC 9649) file, before anything is decoded."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None


def decode(data: bytes, fit: Fit, like: pygame.Surface) -> pygame.Surface:
    """The picture as it will lie on the display, in the pixel format of `like`. Raises Unreadable."""
    size = size_of(data)
    if size != (fit.width, fit.height):
        found = "of an unknown kind" if size is None else f"{size[0]}x{size[1]}"
        raise UnreadablePicture(f"the picture is {found}, but the manifest has {fit.width}x{fit.height}")
    try:
        surface = pygame.image.load(io.BytesIO(data), "picture.png" if data[:1] == b"\x89" else "picture.webp")
        if fit.scaled != surface.get_size():
            surface = pygame.transform.smoothscale(_deep(surface), fit.scaled)
        if fit.rotate:
            surface = pygame.transform.rotate(surface, -fit.rotate)
        return surface.convert(like)
    except (pygame.error, ValueError) as error:
        raise UnreadablePicture(f"the picture can't be decoded: {error}") from error


def _deep(surface: pygame.Surface) -> pygame.Surface:
    """`smoothscale` takes 24 and 32 bits only; a palette picture has 8."""
    return surface if surface.get_bitsize() >= 24 else surface.convert(24)
