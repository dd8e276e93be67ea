"""The ground of the player's own pages: deep fjord, the hills across the Hemnfjord, one house with the light on."""

from __future__ import annotations

from player.display.slim_pygame import pygame

DEEP, FAR, NEAR, HOUSE, LIGHT = (11, 36, 51), (14, 46, 66), (18, 59, 83), (8, 27, 39), (242, 184, 75)
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


def draw(surface: pygame.Surface) -> None:
    """Fill a surface."""
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
