"""Pictures that are made to cost much are bounded in memory and time; each is decoded in a process, and measured."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from signage.runtime.workers import PICTURE, WorkerKilled, WorkerPool
from signage.sources.images.decoding import BadPicture, decode_named_picture, decode_picture
from tests.fixtures import hostile_pictures as made
from tests.fixtures.paths import FIXTURES, ROOT
from tests.fixtures.portal import picture

MB = 1_000_000
# Prints how many kB of memory and how many ms of processor time one picture takes, and what came of it.
MEASURE = """
import pathlib, resource, sys, time
from signage.sources.images import decoding
import PIL.GifImagePlugin, PIL.JpegImagePlugin, PIL.PngImagePlugin, PIL.WebPImagePlugin
decoding.decode_picture(pathlib.Path(sys.argv[2]).read_bytes())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
try:
    decoded = getattr(decoding, sys.argv[3])(pathlib.Path(sys.argv[1]).read_bytes())
    said = f"{decoded.width}x{decoded.height}"
except decoding.BadPicture as error:
    said = str(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak - before, round(1000 * (time.process_time() - began)), said)
"""
FORTY_MEGAPIXELS: dict[str, Callable[[], bytes]] = {
    "PNG with transparency": lambda: made.blank("RGBA", "PNG"),
    "PNG in colour": lambda: made.blank("RGB", "PNG"),
    "PNG in grey with transparency": lambda: made.blank("LA", "PNG"),
    "PNG with a palette and transparency": lambda: made.blank("P", "PNG", transparency=0),
    "PNG of 16 bits": lambda: made.blank("I;16", "PNG"),
    "JPEG": lambda: made.blank("RGB", "JPEG"),
    "JPEG, progressive": lambda: made.blank("RGB", "JPEG", progressive=True),
    "JPEG for print": lambda: made.blank("CMYK", "JPEG"),
    "GIF": lambda: made.blank("P", "GIF"),
    "WebP, as large as it may be": lambda: made.blank("RGBA", "WEBP", (4000, 4000), lossless=True, method=0),
}


def measured(body: bytes, folder: Path, function: str = "decode_picture") -> tuple[float, float, str]:
    """MB of memory, seconds of processor time, and what came of it."""
    (folder / "hostile").write_bytes(body)
    (folder / "usual").write_bytes(picture())
    command = [sys.executable, "-c", MEASURE, str(folder / "hostile"), str(folder / "usual"), function]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    memory, time, said = printed.strip().split(" ", 2)
    return int(memory) * 1024 / MB, int(time) / 1000, said


@pytest.mark.parametrize("kind", FORTY_MEGAPIXELS)
def test_large_pictures_are_shown_within_the_limits(kind: str, tmp_path: Path) -> None:
    memory, seconds, said = measured(FORTY_MEGAPIXELS[kind](), tmp_path)
    assert said == "1920x1920"
    assert memory < PICTURE.memory_bytes / MB * 0.8, "too close to the limit"
    assert seconds < PICTURE.cpu_seconds


def test_a_heic_of_a_telephone_is_shown_within_the_limits(tmp_path: Path) -> None:
    """Of 24 megapixels, in one colour: to write one takes half a minute."""
    memory, seconds, said = measured((FIXTURES / "pictures" / "blank-24-megapixels.heic").read_bytes(), tmp_path)
    assert said == "1920x1440"
    assert memory < PICTURE.memory_bytes / MB * 0.8
    assert seconds < PICTURE.cpu_seconds


def test_a_logo_as_large_as_that_keeps_its_transparency_in_the_same_memory(tmp_path: Path) -> None:
    memory, _, said = measured(made.blank("RGBA", "PNG"), tmp_path, "decode_named_picture")
    assert said == "640x640"
    assert memory < PICTURE.memory_bytes / MB * 0.8


@pytest.mark.parametrize("repeats", [400, 1600, 190_000])
def test_a_jpeg_of_very_many_scans_is_refused_without_decoding_it(repeats: int, tmp_path: Path) -> None:
    memory, seconds, said = measured(made.scans(repeats), tmp_path)
    assert "scans. At most 50 are supported." in said
    assert seconds < 1
    assert memory < 50


def test_as_many_scans_as_are_decoded_stay_within_the_limit(tmp_path: Path) -> None:
    _, seconds, said = measured(made.scans(40), tmp_path)
    assert said == "1920x1200"
    assert seconds < PICTURE.cpu_seconds


HOSTILE: dict[str, Callable[[], bytes]] = {
    "an animated GIF of 1,000 frames": lambda: made.frames("GIF", 1000, (80, 80)),
    "an animated WebP of 200 frames": lambda: made.frames("WEBP", 200, (200, 200)),
    "a text that unpacks to 80 MB": lambda: made.png_with(
        made.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80 * MB), 9))
    ),
    "a colour profile that unpacks to 80 MB": lambda: made.png_with(
        made.chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(80 * MB), 9))
    ),
    "10,000 texts": lambda: made.png_with(*(made.chunk(b"tEXt", b"Author\0" + b"x" * 900) for _ in range(10_000))),
    "an Exif directory of 5,000 entries": lambda: made.exif_without_end(5000),
    "an Exif directory within itself": made.exif_that_loops,
    "a WebP of more than 16 megapixels": lambda: made.blank("RGB", "WEBP", (4100, 4100), method=0),
    "gigapixels": lambda: made.png_with(made.chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))),
    "half a progressive JPEG": lambda: made.blank("RGB", "JPEG", progressive=True)[:200_000],
    "half a large PNG": lambda: made.blank("RGBA", "PNG")[:80_000],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_other_hostile_pictures_stay_within_the_limits(kind: str, tmp_path: Path) -> None:
    """Shown or refused: either costs no more than it may."""
    memory, seconds, _ = measured(HOSTILE[kind](), tmp_path)
    assert memory < PICTURE.memory_bytes / MB * 0.8
    assert seconds < PICTURE.cpu_seconds


def test_every_one_of_them_ends_in_a_worker_and_the_next_picture_is_decoded() -> None:
    bodies = [make() for make in HOSTILE.values()]
    with WorkerPool(1) as pool:
        for body in bodies:
            for function in (decode_picture, decode_named_picture):
                try:
                    pool.call(function, body, limits=PICTURE, cancel=None)
                except (BadPicture, WorkerKilled):
                    continue
        assert pool.call(decode_picture, picture(), limits=PICTURE, cancel=None).width == 400
