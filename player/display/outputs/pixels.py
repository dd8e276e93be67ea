"""Copy parts of a canvas to memory that a display reads, whose rows may be longer than the picture's."""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence

from player.display.slim_pygame import pygame

# Red, green, blue, alpha of the usual formats, by bits
MASKS = {32: (0xFF0000, 0xFF00, 0xFF, 0), 24: (0xFF0000, 0xFF00, 0xFF, 0), 16: (0xF800, 0x7E0, 0x1F, 0)}

Areas = Sequence[pygame.Rect]


def bytes_of(canvas: pygame.Surface) -> memoryview:
    """A canvas' own memory. The surface is locked until it is released."""
    return memoryview(canvas.get_buffer())  # type: ignore[arg-type]  # the stubs of pygame-ce lack it


def copy(canvas: pygame.Surface, target: mmap.mmap, pitch: int, areas: Areas | None, start: int = 0) -> None:
    """Copy these areas, or everything, to `target`, whose rows are `pitch` bytes apart and begin at byte `start`.

    Video memory is only ever written here, never read: reading it is many times slower.
    """
    step, deep = canvas.get_pitch(), canvas.get_bytesize()
    with bytes_of(canvas) as source:
        for area in [canvas.get_rect()] if areas is None else areas:
            inside = area.clip(canvas.get_rect())
            first, length = inside.x * deep, inside.width * deep
            if step == pitch == length:
                here, there = inside.y * step, start + inside.y * pitch
                target[there : there + inside.height * pitch] = source[here : here + inside.height * step]
                continue
            for y in range(inside.top, inside.bottom):
                here, there = y * step + first, start + y * pitch + first
                target[there : there + length] = source[here : here + length]


def rows(canvas: pygame.Surface, top: int, count: int) -> bytes:
    """Rows of a canvas, without padding."""
    step, length = canvas.get_pitch(), canvas.get_width() * canvas.get_bytesize()
    with bytes_of(canvas) as source:
        return b"".join(source[y * step : y * step + length] for y in range(top, top + count))


def write_rows(canvas: pygame.Surface, top: int, data: bytes) -> None:
    """Put rows without padding into a canvas."""
    step, length = canvas.get_pitch(), canvas.get_width() * canvas.get_bytesize()
    with bytes_of(canvas) as target:
        for row in range(len(data) // length):
            there = (top + row) * step
            target[there : there + length] = data[row * length : (row + 1) * length]


def fetch(canvas: pygame.Surface, source: mmap.mmap, pitch: int) -> None:
    """Fill a canvas from a display's memory. Slow on most hardware."""
    step, length = canvas.get_pitch(), canvas.get_width() * canvas.get_bytesize()
    with bytes_of(canvas) as target, memoryview(source) as memory:
        if step == pitch:
            target[:] = memory[: canvas.get_height() * pitch]
            return
        for y in range(canvas.get_height()):
            target[y * step : y * step + length] = memory[y * pitch : y * pitch + length]


def rows_back(source: mmap.mmap, pitch: int, length: int, top: int, count: int, start: int = 0) -> bytes:
    """Rows of a display's memory, `length` bytes of each."""
    return b"".join(source[start + y * pitch : start + y * pitch + length] for y in range(top, top + count))


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
