"""The player's own pages: it waits for content, wants to be paired, or says what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from player.glass.lean import pygame

DEEP, FJORD, RIDGE, LIGHT, PALE = (11, 36, 51), (18, 59, 83), (14, 46, 66), (242, 184, 75), (198, 210, 214)
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


@dataclass(frozen=True, slots=True)
class Notice:
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


def waiting(server: str) -> Notice:
    """Before the first bundle has come; `server` is where it is expected from."""
    headline = ("Venter på innhold", "Waiting for content")
    text = (
        "Skjermen henter sidene sine. Blir det stående slik, se etter nettverket.",
        "The screen is fetching its pages. If this stays, look after the network.",
    )
    return Notice("waiting", headline, text, address=server)


def draw(surface: pygame.Surface, notice: Notice) -> None:
    """Fill `surface` with a notice."""
    width, height = surface.get_size()
    surface.fill(DEEP)
    for color, line in ((RIDGE, FAR), (FJORD, NEAR)):
        points = [(x * width, y * height) for x, y in line]
        pygame.draw.polygon(surface, color, [*points, (width, height), (0, height)])
    unit = min(width, height)
    pygame.draw.rect(surface, LIGHT, (width * 0.08, height * 0.22, unit * 0.09, max(2, unit // 120)))
    _write(surface, notice.headline[0], 0.075, (width * 0.08, height * 0.26), (246, 241, 231))
    _write(surface, notice.code or notice.address or notice.text[0], 0.026, (width * 0.08, height * 0.40), PALE)


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
