"""A window on a desktop (X11 or Wayland), or SDL's own kmsdrm: pixels through SDL's plain framebuffer."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from player.display.display_options import DisplayOptions
from player.display.geometry import window_for
from player.display.outputs.base import Unusable
from player.display.slim_pygame import pygame

DESKTOPS = ("x11", "wayland")
FIRST_WINDOW = (1280, 720)  # before the size of a bundle's pictures is known
# What SDL's kmsdrm draws with. Without one of them it reports success and shows black.
NEEDED_BY_KMSDRM = ("libgbm.so.1", "libEGL.so.1", "libGLESv2.so.2")


class Sdl:
    """The display that SDL opens: a window, upright on a desktop, or a whole panel."""

    def __init__(self, look: DisplayOptions, driver: str | None) -> None:
        """Open it. `driver`: which of SDL's drivers; None: what is set or found. Raises Unusable."""
        if driver == "kmsdrm":
            _check_libraries()
        if driver is not None:
            os.environ["SDL_VIDEODRIVER"] = driver
        self.quit = self.lost = False
        try:
            pygame.display.quit()  # an output that was tried before may have left SDL painting for nobody
            pygame.display.init()
            self.name = pygame.display.get_driver().lower()
            if driver is not None and self.name != driver:
                raise Unusable(f"SDL has {self.name} instead of {driver}")
            if driver is None and "SDL_VIDEODRIVER" not in os.environ and self.name not in DESKTOPS:
                raise Unusable(f"SDL found no window system, only {self.name}")
            self.whole_panel = look.fullscreen or self.name not in DESKTOPS
            self.desktop = (pygame.display.Info().current_w, pygame.display.Info().current_h)
            self.canvas = self._open(self._first_size(look))
        except (pygame.error, Unusable) as error:
            pygame.display.quit()
            if driver is not None:
                os.environ.pop("SDL_VIDEODRIVER", None)
            raise Unusable(str(error)) from error
        pygame.display.set_caption("Heim signage")
        pygame.mouse.set_visible(not self.whole_panel)

    def _first_size(self, look: DisplayOptions) -> tuple[int, int]:
        if self.whole_panel:
            return look.resolution[:2] if look.resolution else self.desktop
        return look.size or window_for(*FIRST_WINDOW, look.rotate or 0, self.desktop)

    def _open(self, size: tuple[int, int]) -> pygame.Surface:
        flags = pygame.FULLSCREEN if self.whole_panel else 0
        try:
            window = pygame.display.set_mode(size, flags)
        except pygame.error:
            # drivers without a plain framebuffer (KMS in SDL 2) need the way through a renderer
            if pygame.display.get_driver() == "x11" or not pygame.display.get_init():
                raise
            pygame.display.quit()
            os.environ.pop("SDL_FRAMEBUFFER_ACCELERATION", None)
            pygame.display.init()
            window = pygame.display.set_mode(size, flags)
        window.fill((0, 0, 0))
        return window

    @property
    def panel(self) -> str:
        width, height = self.canvas.get_size()
        return f"{width}x{height}"

    def show(self, areas: Sequence[pygame.Rect] | None = None) -> None:
        if areas is None:
            pygame.display.flip()
        else:
            pygame.display.update(list(areas))

    def drain(self) -> None:
        for event in pygame.event.get():
            leaving = event.type == pygame.KEYDOWN and event.key in (pygame.K_ESCAPE, pygame.K_q)
            if event.type == pygame.QUIT or leaving:
                self.quit = True
            elif event.type in (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED):
                pygame.display.flip()

    def lay_aside(self) -> None:
        """The window's surface is shared with the window system."""

    def take_up(self) -> None:
        """It was never away."""

    def rest(self) -> None:
        """The window's surface is what is on the display."""

    def watch(self) -> None:
        """The window system sends events."""

    def reshape(self, size: tuple[int, int]) -> None:
        if not self.whole_panel and size != self.canvas.get_size():
            self.canvas = self._open(size)

    def power(self, on: bool) -> bool:
        return False

    def powered(self) -> bool | None:
        return None

    def read(self, top: int, rows: int) -> bytes | None:
        return None

    def close(self) -> None:
        pygame.display.quit()


def _check_libraries() -> None:
    for name in NEEDED_BY_KMSDRM:
        try:
            ctypes.CDLL(name)
        except OSError:
            raise Unusable(f"{name} is not installed, and without it kmsdrm shows black") from None
