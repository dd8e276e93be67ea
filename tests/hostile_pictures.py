"""Small files that are pictures, and cost much to decode."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

LARGE = (6300, 6300)  # 40 megapixels


def scans(times: int, size: tuple[int, int] = (8000, 5000)) -> bytes:
    """A blank progressive JPEG whose last scan is repeated."""
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, "JPEG", progressive=True, quality=30)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


def blank(mode: str, kind: str, size: tuple[int, int] = LARGE, **save: object) -> bytes:
    """One colour in this mode."""
    out = io.BytesIO()
    picture = Image.new(mode, size)
    if mode == "P":
        picture.putpalette([7] * 768)
    picture.save(out, kind, **save)
    return out.getvalue()


def frames(kind: str, count: int, size: tuple[int, int] = (600, 600)) -> bytes:
    """An animation of so many frames."""
    out = io.BytesIO()
    first, *rest = [Image.new("RGB", size, (n % 256, n // 256, 90)) for n in range(count)]
    first.save(out, kind, save_all=True, append_images=rest)
    return out.getvalue()


def png_with(*chunks: bytes, size: tuple[int, int] = (100, 100)) -> bytes:
    """A small PNG with further chunks behind its header."""
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    data = out.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def exif_without_end(count: int) -> bytes:
    """A JPEG whose Exif directory has so many entries that each point at the same 60 kB."""
    entry = struct.pack("<HHII", 0x010E, 2, 60_000, 8)
    entries = [struct.pack("<H", 0x0100 + n % 0x7000) + entry[2:] for n in range(count)]
    return _with_exif(entries)


def exif_that_loops() -> bytes:
    """A JPEG whose Exif directory names itself as its own part."""
    return _with_exif([struct.pack("<HHII", 0x8769, 4, 1, 8), struct.pack("<HHII", 0x8825, 4, 1, 8)])


def _with_exif(entries: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (100, 100), "red").save(out, "JPEG")
    tiff = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    segment = b"Exif\0\0" + tiff[:65_000]
    data = out.getvalue()
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]
