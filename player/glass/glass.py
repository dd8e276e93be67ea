"""The window or the whole panel: pixels through SDL's software framebuffer, with a slow cross-fade."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time

from player.glass import waiting
from player.glass.geometry import Fit, fit, window_for
from player.glass.lean import pygame
from player.glass.pictures import Face, Slide, Unreadable, decode
from player.sync.manifest import Clock, Manifest

FADE_SECONDS = 0.8
FRAME_SECONDS = 1 / 40  # more would not be seen, and each step would be too small for 8 bits
# Between looks at keyboard and window. SDL's own wait looks each millisecond, which costs 2 % of a core.
LOOK_SECONDS = 0.1
FIRST_WINDOW = (1280, 720)  # before any bundle says how large its pictures are
INVISIBLE = ("offscreen", "dummy", "evdev")  # what SDL falls back to when there is no display; nobody would see it

log = logging.getLogger("player")


class NoDisplay(Exception):
    """There is nothing to draw on."""


class Glass:
    """One window. `rotate` (degrees clockwise) overrides the manifest's; without it a window shows pictures upright."""

    def __init__(self, fullscreen: bool, size: tuple[int, int] | None, rotate: int | None, server: str) -> None:
        """Open the display. Raises NoDisplay. `server` is written small on the picture before the first bundle."""
        self._fullscreen = fullscreen
        self._size = size
        self._rotate = rotate
        self._server = server
        self._face: Face | None = None
        self._fit: Fit | None = None
        self._shown_fit: Fit | None = None  # of what is on the glass; None: nothing that could be faded from
        self.quit = False
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        try:
            pygame.display.init()
            if pygame.display.get_driver() in INVISIBLE and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("SDL found none")
            self._desktop = (pygame.display.Info().current_w, pygame.display.Info().current_h)
            self._window = self._open(self._first_size())
        except pygame.error as error:
            raise NoDisplay(f"no display to draw on ({error}); is the screen connected, or DISPLAY set?") from error
        pygame.display.set_caption("Heim signage")
        pygame.mouse.set_visible(not fullscreen)

    def close(self) -> None:
        pygame.display.quit()

    def _first_size(self) -> tuple[int, int]:
        if self._fullscreen:
            return self._desktop
        return self._size or window_for(*FIRST_WINDOW, self._rotate or 0, self._desktop)

    def _open(self, size: tuple[int, int]) -> pygame.Surface:
        flags = pygame.FULLSCREEN if self._fullscreen else 0
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

    def fit(self, manifest: Manifest) -> None:
        """Make ready for this bundle's pictures: the window's shape, and how they lie in it."""
        turn = self._rotate if self._rotate is not None else manifest.rotate if self._fullscreen else 0
        if not self._fullscreen and self._size is None:
            size = window_for(manifest.width, manifest.height, turn, self._desktop)
            if size != self._window.get_size():
                self._window = self._open(size)
        self._fit = fit(manifest.width, manifest.height, turn, self._window.get_size())

    def prepare(self, picture: bytes, clock: Clock | None, font: bytes | None) -> Slide:
        """Decode a picture, without showing it yet. Raises pictures.Unreadable. A bad font costs the clock only."""
        assert self._fit is not None
        surface = decode(picture, self._fit)
        face = None
        if clock is not None and font is not None:
            try:
                face = Face(clock, font, self._fit, surface)
            except Unreadable as error:
                log.warning("%s; showing the page without its clock", error)
        return Slide(surface, self._fit, face)

    def show(self, slide: Slide, time_text: str, fade: bool) -> None:
        """Put a slide on the glass. `time_text` is what its clock says; empty: no clock, because nobody knows."""
        assert slide.surface is not None
        corner = (slide.fit.left, slide.fit.top)
        if slide.face is not None:
            slide.face.draw(slide.surface, time_text, corner)
        if fade and self._shown_fit == slide.fit:
            self._cross_fade(slide.surface, corner)
        else:
            self._window.fill((0, 0, 0))
        slide.surface.set_alpha(None)
        self._window.blit(slide.surface, corner)
        pygame.display.flip()
        slide.surface = None
        self._face = slide.face
        self._shown_fit = slide.fit

    def _cross_fade(self, surface: pygame.Surface, corner: tuple[int, int]) -> None:
        """Blend by real time: a slow box drops frames, not seconds.

        The window holds the old picture itself, and each frame lays a little more of the new one over it; so no copy of
        the old picture is needed (8 MB at 1920x1080). `left` is what remains of the old one.
        """
        area = pygame.Rect(corner, surface.get_size())
        begun = time.monotonic()
        left, frames = 1.0, 0
        while (passed := time.monotonic() - begun) < FADE_SECONDS and not self.quit:
            alpha = round(255 * (1 - max(0.0, 1 - (passed + FRAME_SECONDS) / FADE_SECONDS) / left))
            if 0 < alpha < 255:
                surface.set_alpha(alpha)
                self._window.blit(surface, corner)
                pygame.display.update(area)
                left *= 1 - alpha / 255
            frames += 1
            self._drain()
            pause = begun + frames * FRAME_SECONDS - time.monotonic()
            if pause > 0:
                pygame.time.wait(round(pause * 1000))
        log.debug("fade %d frames in %.2f s", frames, time.monotonic() - begun)

    def tick(self, time_text: str) -> None:
        """Write the time anew on the slide that is shown."""
        if self._face is not None:
            pygame.display.update(self._face.draw(self._window, time_text))

    def wait_for_content(self) -> None:
        """The picture before there is anything to show: calm, and no error."""
        waiting.draw(self._window, self._server)
        pygame.display.flip()
        self._face = None
        self._shown_fit = None

    def wait(self, seconds: float) -> None:
        """Sleep until somebody ends it, `wake` is called, or the time is over. Sets `quit`."""
        until = time.monotonic() + seconds
        while not self.quit and (left := until - time.monotonic()) > 0:
            if select.select([self._woken], [], [], min(left, LOOK_SECONDS))[0]:
                os.read(self._woken, 64)
                break
            self._drain()

    def wake(self) -> None:
        """End a `wait`; from any thread, also before it begins."""
        with contextlib.suppress(OSError):  # full: it is woken already
            os.write(self._waker, b"!")

    def _drain(self) -> None:
        for event in pygame.event.get():
            self._handle(event)

    def _handle(self, event: pygame.event.Event) -> None:
        leaving = event.type == pygame.KEYDOWN and event.key in (pygame.K_ESCAPE, pygame.K_q)
        if event.type == pygame.QUIT or leaving:
            self.quit = True
        elif event.type in (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED):
            pygame.display.flip()
