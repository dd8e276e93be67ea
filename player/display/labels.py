"""What the player writes on a page itself: the time, and how old the data is. Each keeps what lies behind it."""

from __future__ import annotations

import io
import re
from datetime import datetime

from player.display.geometry import Box, Fit
from player.display.outputs import pixels
from player.display.slim_pygame import pygame
from player.store.manifest import ClockArea, DataAgeArea, TextLine

Color = tuple[int, int, int]
# Of the line on the data's age, in sizes of its type: docs/bundle-format.md
RIGHT, BELOW, HIGH, WIDE = 1.8, 0.15, 1.3, 20.0
ASIDE = 0.4  # of the plate behind the line


class BadFont(Exception):
    """A font that can't be used: why, for the log."""


class Label:
    """Text in a box of the picture (pixels before turning), on one slide."""

    def __init__(self, box: Box, more: float, size: float, font: bytes, fit: Fit, surface: pygame.Surface) -> None:
        """What lies in the box and `more` around it is copied from `surface`, the decoded slide. Raises BadFont."""
        self._box = box
        self._fit = fit
        if not pygame.font.get_init():
            pygame.font.init()
        try:
            self._font = pygame.font.Font(io.BytesIO(font), max(1, round(size * fit.scale)))
            self._font.size("0")  # raises where pygame made a font of what is none
        except (pygame.error, OSError, ValueError) as error:
            raise BadFont(f"a font can't be used: {error}") from error
        x, y, w, h = (value * fit.scale for value in box)
        more *= fit.scale
        area = pygame.Rect(fit.place((x - more, y - more, w + 2 * more, h + 2 * more)))
        self.area = area.clip(pygame.Rect((fit.left, fit.top), fit.turned))
        self._behind = pygame.Surface(self.area.size, 0, surface)
        self._behind.blit(surface, (0, 0), self.area.move(-fit.left, -fit.top))

    def _clear(self, target: pygame.Surface, origin: tuple[int, int]) -> pygame.Rect:
        area = self.area.move(-origin[0], -origin[1])
        target.blit(self._behind, area)
        return area

    def _write(
        self,
        target: pygame.Surface,
        text: str,
        color: Color,
        align: str,
        origin: tuple[int, int],
    ) -> None:
        """Vertically centred in the box, never outside the area."""
        written = self._font.render(text, True, color)
        width, height = written.get_size()
        left, top, wide, high = (value * self._fit.scale for value in self._box)
        room = wide - width
        x = left + {"left": 0.0, "center": room / 2, "right": room}[align]
        y = top + high / 2 - height / 2
        clip = target.get_clip()
        target.set_clip(self.area.move(-origin[0], -origin[1]).clip(clip))
        place = self._fit.place((x, y, width, height))
        if self._fit.rotate:
            written = pygame.transform.rotate(written, -self._fit.rotate)
        target.blit(written, pygame.Rect(place).move(-origin[0], -origin[1]))
        target.set_clip(clip)


class ClockLabel(Label):
    """The clock."""

    def __init__(self, clock: ClockArea, font: bytes, fit: Fit, surface: pygame.Surface) -> None:
        """Raises BadFont."""
        # half the type's size around the box: digits may be wider here than in the browser, and are never cut
        box = (clock.x, clock.y, clock.width, clock.height)
        super().__init__(box, clock.size / 2, clock.size, font, fit, surface)
        self._clock = clock

    def draw(self, target: pygame.Surface, text: str, origin: tuple[int, int] = (0, 0)) -> pygame.Rect:
        """Write a time like 15.42 (empty: nothing) on `target`. `origin`: where its upper left corner is."""
        self._clear(target, origin)
        if text:
            written = text.replace(".", self._clock.separator)
            self._write(target, written, self._clock.color, self._clock.align, origin)
        return self.area


class DataAgeLabel(Label):
    """How old the data is, in the page's bottom margin."""

    def __init__(self, updated: DataAgeArea, font: bytes, fit: Fit, surface: pygame.Surface) -> None:
        """Raises BadFont."""
        size = updated.size
        wide, high = min(WIDE * size, fit.width - 2 * RIGHT * size), HIGH * size
        box = (fit.width - RIGHT * size - wide, fit.height - BELOW * size - high, wide, high)
        super().__init__(box, ASIDE * size, size, font, fit, surface)
        self._updated = updated

    def draw(self, target: pygame.Surface, text: str, origin: tuple[int, int] = (0, 0)) -> pygame.Rect:
        """Write `text` (empty: nothing) on `target`, whose upper left corner is at `origin` of the window."""
        self._clear(target, origin)
        if text:
            color, plate = self._updated.color, self._around(text)
            ground = only_color(self._behind, plate.move(-self.area.left, -self.area.top).clip(self._behind.get_rect()))
            if ground is None:
                pygame.draw.rect(target, self._updated.ground, plate.clip(self.area).move(-origin[0], -origin[1]))
            else:
                color = max((color, self._updated.ground), key=lambda one: contrast(one, ground))
            self._write(target, text, color, "right", origin)
        return self.area

    def _around(self, text: str) -> pygame.Rect:
        """Where the text and a little room to both sides come to lie in the window."""
        left, top, wide, high = (value * self._fit.scale for value in self._box)
        aside = ASIDE * self._updated.size * self._fit.scale
        width = self._font.size(text)[0] + 2 * aside
        return pygame.Rect(self._fit.place((left + wide + aside - width, top, width, high)))


class AlertLine(Label):
    """A line of text on a picture of an alert, drawn once: smaller where it would be wider than its box."""

    def __init__(self, line: TextLine, corner: tuple[int, int], font: bytes, fit: Fit, surface: pygame.Surface) -> None:
        """`corner`: of the picture on the screen, in picture pixels. Raises BadFont."""
        place = line.place
        text = printable(line.text)
        box = (place.x - corner[0], place.y - corner[1], place.width, place.height)
        super().__init__(box, place.size / 2, place.size, font, fit, surface)
        wide, room = self._font.size(text)[0], place.width * fit.scale
        if wide > room > 0:
            self._font = pygame.font.Font(io.BytesIO(font), max(1, int(place.size * fit.scale * room / wide)))
        self._write(surface, text, place.color, place.align, (fit.left, fit.top))


def data_age_text(updated: DataAgeArea, data_as_of: datetime) -> str:
    """The line's text. `data_as_of` is in the screen's zone."""
    values = {"%d": data_as_of.day, "%m": data_as_of.month, "%H": f"{data_as_of:%H}", "%M": f"{data_as_of:%M}"}
    return printable(re.sub("%[dmHM]", lambda found: str(values[found[0]]), updated.text))


def printable(text: str) -> str:
    """The same text, with a blank for each character that SDL_ttf can't draw.

    It refuses NUL, and in Debian 12 everything beyond the basic plane.
    """
    return "".join(letter if letter.isprintable() and letter <= "\uffff" else " " for letter in text)


def only_color(surface: pygame.Surface, area: pygame.Rect) -> Color | None:
    """The colour of an area that has but one."""
    if not area.width or not area.height:
        return None
    deep, pitch = surface.get_bytesize(), surface.get_pitch()
    with pixels.bytes_of(surface) as memory:
        start = area.y * pitch + area.x * deep
        row = memory[start : start + deep].tobytes() * area.width
        for y in range(area.top, area.bottom):
            here = y * pitch + area.x * deep
            if memory[here : here + len(row)].tobytes() != row:
                return None
    red, green, blue, *_ = surface.get_at(area.topleft)
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    """How well two colours can be distinguished: 1 to 21 (WCAG 2.2, relative luminance)."""

    def light(color: Color) -> float:
        shares = [value / 255 for value in color]
        red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)
