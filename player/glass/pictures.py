"""From verified bytes to a surface that lies ready for the window: decoded under limits, scaled, turned, converted."""

from __future__ import annotations

import io
from dataclasses import dataclass

from player.glass.geometry import Fit
from player.glass.lean import pygame
from player.sync.manifest import Clock


class Unreadable(Exception):
    """A picture that can't be shown: why, for the log."""


@dataclass(slots=True)
class Slide:
    """A picture ready for the glass. `surface` is freed once it is shown; what lies behind the clock is kept.

    `areas`: where it differs from what is on the glass while `after` is shown there; the clock aside.
    """

    surface: pygame.Surface | None
    fit: Fit
    face: Face | None
    areas: list[pygame.Rect]
    after: Slide | None


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
    """The picture as it will lie on the glass, in the pixel format of `like`. Raises Unreadable."""
    size = size_of(data)
    if size != (fit.width, fit.height):
        said = "of an unknown kind" if size is None else f"{size[0]}x{size[1]}"
        raise Unreadable(f"the picture is {said}, the manifest says {fit.width}x{fit.height}")
    try:
        surface = pygame.image.load(io.BytesIO(data), "picture.png" if data[:1] == b"\x89" else "picture.webp")
        if fit.scaled != surface.get_size():
            surface = pygame.transform.smoothscale(_deep(surface), fit.scaled)
        if fit.rotate:
            surface = pygame.transform.rotate(surface, -fit.rotate)
        return surface.convert(like)
    except (pygame.error, ValueError) as error:
        raise Unreadable(f"the picture can't be decoded: {error}") from error


def _deep(surface: pygame.Surface) -> pygame.Surface:
    """`smoothscale` takes 24 and 32 bits only; a palette picture has 8."""
    return surface if surface.get_bitsize() >= 24 else surface.convert(24)


class Face:
    """The clock on one slide: writes the time over what the picture shows there, in the window's pixels."""

    def __init__(self, clock: Clock, font: bytes, fit: Fit, surface: pygame.Surface) -> None:
        """`surface` is the decoded slide; what lies behind the clock is copied from it. Raises Unreadable."""
        self._clock = clock
        self._fit = fit
        if not pygame.font.get_init():
            pygame.font.init()
        try:
            self._font = pygame.font.Font(io.BytesIO(font), max(1, round(clock.size * fit.scale)))
        except (pygame.error, OSError, ValueError) as error:
            raise Unreadable(f"the clock's font can't be used: {error}") from error
        # half the type's size around the box: digits may be wider here than in the browser, and are never cut
        x, y, w, h = (value * fit.scale for value in (clock.x, clock.y, clock.width, clock.height))
        more = clock.size * fit.scale / 2
        area = pygame.Rect(fit.place((x - more, y - more, w + 2 * more, h + 2 * more)))
        self.area = area.clip(pygame.Rect((fit.left, fit.top), fit.turned))
        self._behind = pygame.Surface(self.area.size, 0, surface)
        self._behind.blit(surface, (0, 0), self.area.move(-fit.left, -fit.top))

    def draw(self, target: pygame.Surface, text: str, origin: tuple[int, int] = (0, 0)) -> pygame.Rect:
        """Write `text` (empty: nothing) on `target`, whose upper left corner is at `origin` of the window."""
        area = self.area.move(-origin[0], -origin[1])
        target.blit(self._behind, area)
        if text:
            clock, scale = self._clock, self._fit.scale
            written = self._font.render(text, True, clock.color)
            width, height = written.get_size()
            room = clock.width * scale - width
            x = clock.x * scale + {"left": 0.0, "center": room / 2, "right": room}[clock.align]
            y = (clock.y + clock.height / 2) * scale - height / 2
            place = pygame.Rect(self._fit.place((x, y, width, height))).move(-origin[0], -origin[1])
            if self._fit.rotate:
                written = pygame.transform.rotate(written, -self._fit.rotate)
            clip = target.get_clip()
            target.set_clip(area)
            target.blit(written, place)
            target.set_clip(clip)
        return self.area
