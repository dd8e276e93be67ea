"""pygame as a mere painter: for outputs that bring their own pixels to the panel."""

from __future__ import annotations

import os

from player.display.slim_pygame import pygame


def draw_without_a_display() -> None:
    """Make surfaces convertible without SDL opening anything."""
    pygame.display.quit()
    before = os.environ.get("SDL_VIDEODRIVER")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    if before is None:
        del os.environ["SDL_VIDEODRIVER"]
    else:
        os.environ["SDL_VIDEODRIVER"] = before
