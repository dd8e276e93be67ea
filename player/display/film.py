"""A film over a page: GStreamer decodes it in a process of its own, and its frames are drawn like any picture.

The process writes frames in the display's own pixel format to a pipe, each when it is due. So films work on every
output, and a decoder that crashes, hangs or is slow costs the film: its process is killed, and the page stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Mapping, Sequence

from player.display.outputs import pixels
from player.display.slim_pygame import pygame

LAUNCH = "gst-launch-1.0"
FIRST_SECONDS = 5.0  # until the first frame, while the page's picture is there: a Pi reads GStreamer from a slow card
STALLED_SECONDS = 3.0  # without a frame
MORE_SECONDS = 5.0  # that a film may take longer than its length
PIPE_BYTES = 1 << 20
FORMATS = {(4, 0xFF0000, 0xFF00, 0xFF): "BGRx", (4, 0xFF, 0xFF00, 0xFF0000): "RGBx", (2, 0xF800, 0x7E0, 0x1F): "RGB16"}
TURNS = {90: "90r", 180: "180", 270: "90l"}


class FilmFailed(Exception):
    """A film can't be played, or not to its end. `kind`: "format", "failed" or "slow", see docs/heartbeat.md."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


def format_of(canvas: pygame.Surface) -> str:
    """GStreamer's name of a surface's pixel format. Raises FilmFailed."""
    masks = canvas.get_masks()
    found = FORMATS.get((canvas.get_bytesize(), masks[0], masks[1], masks[2]))
    if found is None:
        raise FilmFailed(f"the display's pixel format ({canvas.get_bitsize()} bits) is not one of films", "format")
    return found


class Film:
    """A film that is being played into `area` of a canvas. To be closed. Raises FilmFailed.

    `decoder`: GStreamer's, as its command line has it. `under`: what was there before.
    """

    def __init__(
        self,
        path: str,
        decoder: Sequence[str],
        seconds: float,
        canvas: pygame.Surface,
        area: pygame.Rect,
        rotate: int,
        environment: Mapping[str, str],
        now: float,
    ) -> None:
        wide, high = area.size
        form = f"video/x-raw,format={format_of(canvas)},width={wide},height={high},pixel-aspect-ratio=1/1"
        command = [LAUNCH, "-q", "filesrc", f"location={path}", "!", "qtdemux", "!", "h264parse", "!", *decoder, "!"]
        command += ["videoconvert", "!"]
        if rotate:
            command += ["videoflip", f"video-direction={TURNS[rotate]}", "!"]
        command += ["videoscale", "add-borders=false", "!", "videoconvert", "!", form, "!"]
        command += ["fdsink", "fd=1", "sync=true", "qos=true", "max-lateness=50000000"]
        self.area = area
        self.under: pygame.Surface | None = canvas.subsurface(area).copy()
        self._surface: pygame.Surface | None = pygame.Surface(area.size, 0, canvas)
        self._filled = 0
        self._began = self._last = now
        self._seconds = seconds
        self.frames = 0
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a program of the system; the path is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            raise FilmFailed(f"GStreamer doesn't start ({error.strerror})", "failed") from None
        assert self._process.stdout is not None
        self._pipe = self._process.stdout.fileno()
        os.set_blocking(self._pipe, False)
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def fileno(self) -> int:
        """Readable when a part of a frame has come, or the film is over."""
        return self._pipe

    def draw(self, canvas: pygame.Surface, now: float) -> bool | None:
        """Read what has come, and draw a whole frame: True when there was one, None at the end. Raises FilmFailed."""
        assert self._surface is not None
        with pixels.bytes_of(self._surface) as memory:
            size = len(memory)
            while self._filled < size:
                try:
                    count = os.readv(self._pipe, [memory[self._filled :]])
                except BlockingIOError:
                    break
                if count == 0:
                    self._over()
                    return None
                self._filled += count
        if self._filled == size:
            self._filled = 0
            self._last = now
            self.frames += 1
            canvas.blit(self._surface, self.area.topleft)
            return True
        if now - self._last > (STALLED_SECONDS if self.frames else FIRST_SECONDS):
            raise FilmFailed("GStreamer gives no pictures in time", "slow")
        if now - self._began > self._seconds + MORE_SECONDS:
            raise FilmFailed("GStreamer is too slow for the film", "slow")
        return False

    def _over(self) -> None:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0 or not self.frames:
            raise FilmFailed(f"GStreamer ended early (exit code {code})", "failed")

    def close(self) -> None:
        """End the process, whatever it is at."""
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._surface = self.under = None
