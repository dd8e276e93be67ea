"""The cross-fade: by real time, in place, and only where the two pictures differ."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from player.display.outputs import pixels
from player.display.outputs.base import Output
from player.display.slim_pygame import pygame

FADE_SECONDS = 0.8
FRAME_SECONDS = 1 / 40  # more would not be seen, and each step would be too small for 8 bits
BAND, COLUMNS = 40, 8  # the grid in which pictures are compared: rows of a band, parts of a row


def differing(old: pygame.Surface, new: pygame.Surface, corner: tuple[int, int]) -> list[pygame.Rect]:
    """Where `new`, laid over `old` at `corner`, changes it: a few rectangles of a coarse grid, in `old`'s pixels.

    Pages of a screen share much: its name, the day, the ground. Both must have the same pixel format.
    """
    areas: list[pygame.Rect] = []
    width, height = new.get_size()
    deep, step = new.get_bytesize(), -(-width // COLUMNS)
    with pixels.bytes_of(old) as was, pixels.bytes_of(new) as will:
        old_pitch, new_pitch = old.get_pitch(), new.get_pitch()
        for top in range(0, height, BAND):
            bottom = min(top + BAND, height)
            touched = set()
            for y in range(top, bottom):
                there, here = (corner[1] + y) * old_pitch + corner[0] * deep, y * new_pitch
                first, second = was[there : there + width * deep].tobytes(), will[here : here + width * deep].tobytes()
                if first != second:
                    parts = [slice(x * deep, min(x + step, width) * deep) for x in range(0, width, step)]
                    touched |= {n for n, part in enumerate(parts) if first[part] != second[part]}
                if len(touched) == COLUMNS:
                    break
            if touched:
                left, right = min(touched) * step, min((max(touched) + 1) * step, width)
                areas.append(pygame.Rect(corner[0] + left, corner[1] + top, right - left, bottom - top))
    return _joined(areas)


def _joined(bands: Sequence[pygame.Rect]) -> list[pygame.Rect]:
    """Bands that lie under each other and are equally wide, as one."""
    joined: list[pygame.Rect] = []
    for band in bands:
        last = joined[-1] if joined else None
        if last is not None and (last.left, last.right, last.bottom) == (band.left, band.right, band.top):
            last.height += band.height
        else:
            joined.append(band.copy())
    return joined


def cross_fade(
    output: Output,
    surface: pygame.Surface,
    corner: tuple[int, int],
    areas: Sequence[pygame.Rect],
    ended: Callable[[], bool],
) -> tuple[int, float]:
    """Blend `surface` over the canvas; gives the number of frames and the seconds. A slow box drops frames, not time.

    The canvas holds the old picture itself, and each frame lays a little more of the new one over it; so no copy of
    the old picture is needed (8 MB at 1920x1080). `left` is what remains of the old one.
    """
    begun = time.monotonic()
    left, frames = 1.0, 0
    while (passed := time.monotonic() - begun) < FADE_SECONDS and not ended():
        alpha = round(255 * (1 - max(0.0, 1 - (passed + FRAME_SECONDS) / FADE_SECONDS) / left))
        if 0 < alpha < 255:
            surface.set_alpha(alpha)
            for area in areas:
                output.canvas.blit(surface, area, area.move(-corner[0], -corner[1]))
            output.show(areas)
            left *= 1 - alpha / 255
        frames += 1
        pause = begun + frames * FRAME_SECONDS - time.monotonic()
        if pause > 0:
            time.sleep(pause)
    surface.set_alpha(None)
    return frames, time.monotonic() - begun
