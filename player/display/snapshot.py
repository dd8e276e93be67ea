"""What is really on the display, read back and compared with what should be there."""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from player.display.outputs import pixels
from player.display.outputs.base import Output
from player.display.slim_pygame import pygame

THUMBNAIL = 240  # pixels of the longer side; docs/heartbeat.md
MEMORY = Path("/dev/shm")  # noqa: S108 - the file in it is made safely; a disk has no part in it
BAND = 60  # rows that are read back at once: half a megabyte at 1920x1080, instead of one more whole picture


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`sha256` of the frame that was read back, `expected` of what should be there (hexadecimal).

    `matches` is None where the display can't be read back. `thumbnail` is a JPEG of the frame as the panel shows it,
    at most 240 pixels wide and high.
    """

    sha256: str
    expected: str
    matches: bool | None
    thumbnail: bytes


def take(output: Output) -> Snapshot:
    """Read the display back, band by band, and compare it with the canvas."""
    canvas, seen = output.canvas, output.canvas
    hashed, expected = hashlib.sha256(), hashlib.sha256()
    matches: bool | None = True
    for top in range(0, canvas.get_height(), BAND):
        count = min(BAND, canvas.get_height() - top)
        meant = pixels.rows(canvas, top, count)
        expected.update(meant)
        real = output.read(top, count)
        if real is None:
            matches = None
            continue
        hashed.update(real)
        if real != meant:
            if matches:
                matches, seen = False, canvas.copy()
            pixels.write_rows(seen, top, real or bytes(len(meant)))
    same = expected.hexdigest()
    return Snapshot(hashed.hexdigest() if matches is False else same, same, matches, thumbnail(seen))


def thumbnail(surface: pygame.Surface) -> bytes:
    """A small JPEG of a surface."""
    width, height = surface.get_size()
    scale = min(1.0, THUMBNAIL / width, THUMBNAIL / height)
    deep = surface if surface.get_bitsize() >= 24 else surface.convert(24)
    small = pygame.transform.smoothscale(deep, (max(1, round(width * scale)), max(1, round(height * scale))))
    try:
        # pygame never frees what it writes to a file object: 9 KB each minute (2.1.2 and 2.5.8, measured)
        with tempfile.NamedTemporaryFile(suffix=".jpg", dir=MEMORY) as file:
            pygame.image.save(small, file.name)
            return file.read()
    except OSError:  # nowhere to write
        out = io.BytesIO()
        pygame.image.save(small, out, "thumbnail.jpg")
        return out.getvalue()
