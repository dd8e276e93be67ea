"""A strip over the pages: an alert at the lower edge of the picture, which goes on behind it.

While it is there, nothing else is drawn in its part of the canvas: the canvas is clipped to the rest. So it stays in
fades and over films, and the clock and other lines are beneath it. What it covers is kept, and is back when it ends.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from player.display.geometry import Fit
from player.display.labels import AlertLine, BadFont
from player.display.pictures import decode
from player.display.slim_pygame import pygame
from player.store.manifest import TextLine

log = logging.getLogger("player")

Box = tuple[int, int, int, int]  # x, y, width, height in picture pixels


@dataclass(slots=True)
class Banner:
    """A decoded strip. `zone`: the part of the canvas from its upper edge on, to the edge of the panel; `rest`: the
    other part. `under`: what the zone covers.
    """

    surface: pygame.Surface
    corner: tuple[int, int]
    zone: pygame.Rect
    rest: pygame.Rect
    under: pygame.Surface

    def draw(self, canvas: pygame.Surface) -> None:
        """Lay it over the canvas, and keep everything else away from there."""
        canvas.set_clip(None)
        canvas.fill((0, 0, 0), self.zone)
        canvas.blit(self.surface, self.corner)
        canvas.set_clip(self.rest)

    def keep_under(self, surface: pygame.Surface, corner: tuple[int, int]) -> None:
        """A page is shown behind it, which lies at `corner` of the canvas."""
        self.under.fill((0, 0, 0))
        self.under.blit(surface, (corner[0] - self.zone.left, corner[1] - self.zone.top))

    def lift(self, canvas: pygame.Surface) -> None:
        """Show again what it covered."""
        canvas.set_clip(None)
        canvas.blit(self.under, self.zone.topleft)


def prepare(
    data: bytes, box: Box, lines: tuple[tuple[TextLine, bytes], ...], fit: Fit, canvas: pygame.Surface
) -> Banner:
    """Decode a strip that fills `box` of pictures that lie as `fit` says. Raises UnreadablePicture."""
    x, y, width, height = (value * fit.scale for value in box)
    left, top, _, _ = fit.place((x, y, width, height))
    own = Fit(box[2], box[3], fit.rotate, fit.scale, left, top)
    surface = decode(data, own, canvas)
    write_lines(lines, box[:2], own, surface)
    strip, all_of_it = pygame.Rect((left, top), own.turned), canvas.get_rect()
    wide, high = all_of_it.size
    zone, rest = {
        0: (pygame.Rect(0, strip.top, wide, high - strip.top), pygame.Rect(0, 0, wide, strip.top)),
        90: (pygame.Rect(0, 0, strip.right, high), pygame.Rect(strip.right, 0, wide - strip.right, high)),
        180: (pygame.Rect(0, 0, wide, strip.bottom), pygame.Rect(0, strip.bottom, wide, high - strip.bottom)),
        270: (pygame.Rect(strip.left, 0, wide - strip.left, high), pygame.Rect(0, 0, strip.left, high)),
    }[fit.rotate]
    zone, rest = zone.clip(all_of_it), rest.clip(all_of_it)
    return Banner(surface, (left, top), zone, rest, pygame.Surface(zone.size, 0, canvas))


def write_lines(
    lines: tuple[tuple[TextLine, bytes], ...], corner: tuple[int, int], fit: Fit, surface: pygame.Surface
) -> None:
    """Draw the lines of an alert on its picture, whose corner on the screen this is. A bad font costs its line only."""
    for line, font in lines:
        try:
            AlertLine(line, corner, font, fit, surface)
        except BadFont as error:
            log.warning("%s; showing the alert without a line", error)
