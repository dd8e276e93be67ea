"""The picture before the first bundle has come: deep fjord, a ridge, a few words. Drawn: no file can be missing."""

from __future__ import annotations

from player.glass.lean import pygame

DEEP, FJORD, RIDGE, LIGHT, PALE = (11, 36, 51), (18, 59, 83), (14, 46, 66), (242, 184, 75), (198, 210, 214)
WORDS = "Venter på innhold"
# x and y of the ridges as shares of the picture: the hills across the Hemnfjord
FAR = (
    (0, 0.70),
    (0.10, 0.63),
    (0.19, 0.67),
    (0.31, 0.55),
    (0.38, 0.60),
    (0.49, 0.52),
    (0.62, 0.64),
    (0.74, 0.58),
    (1, 0.69),
)
NEAR = ((0, 0.80), (0.16, 0.74), (0.30, 0.79), (0.45, 0.72), (0.60, 0.80), (0.78, 0.71), (0.90, 0.76), (1, 0.73))


def draw(surface: pygame.Surface, server: str) -> None:
    """Fill `surface`. `server` is where content is expected from, written small for whoever hangs up the screen."""
    width, height = surface.get_size()
    surface.fill(DEEP)
    for color, line in ((RIDGE, FAR), (FJORD, NEAR)):
        points = [(x * width, y * height) for x, y in line]
        pygame.draw.polygon(surface, color, [*points, (width, height), (0, height)])
    unit = min(width, height)
    pygame.draw.rect(surface, LIGHT, (width * 0.08, height * 0.22, unit * 0.09, max(2, unit // 120)))
    _write(surface, WORDS, 0.075, (width * 0.08, height * 0.26), (246, 241, 231))
    _write(surface, server, 0.026, (width * 0.08, height * 0.40), PALE)


def _write(
    surface: pygame.Surface, text: str, size: float, at: tuple[float, float], color: tuple[int, int, int]
) -> None:
    """`size` as a share of the shorter side; smaller when the text would not fit. Without fonts: the ridge only."""
    width, height = surface.get_size()
    try:
        pygame.font.init()
        pixels = max(8, round(size * min(width, height)))
        written = pygame.font.Font(None, pixels).render(text, True, color)
        if written.get_width() > width * 0.84:
            pixels = max(8, int(pixels * width * 0.84 / written.get_width()))
            written = pygame.font.Font(None, pixels).render(text, True, color)
    except (pygame.error, OSError, NotImplementedError):
        return
    surface.blit(written, at)
