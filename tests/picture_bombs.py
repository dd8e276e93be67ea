"""Pictures that are signed and attack all the same: small files that decode to gigapixels, headers that lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from tests.victim import SIZE

LARGE = 80 * 1024 * 1024  # bytes that a bomb unpacks to


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *between: bytes) -> bytes:
    """A PNG of one bit a pixel; `rows` are packed, `between` are chunks before them."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(size: int) -> bytes:
    """So many bytes of nothing, packed a thousandfold."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(size >> 20)]
    return b"".join([*parts, packer.compress(bytes(size & (1 << 20) - 1)), packer.flush()])


def webp_that_lies(inner: int) -> bytes:
    """The outer header says 320x180, the picture within it `inner` squared."""
    outer = struct.pack("<I", 0) + (SIZE[0] - 1).to_bytes(3, "little") + (SIZE[1] - 1).to_bytes(3, "little")
    bits = (inner - 1) | (inner - 1) << 14
    stream = b"\x2f" + struct.pack("<I", bits) + bytes(200)
    body = b"VP8X" + struct.pack("<I", 10) + outer + b"VP8L" + struct.pack("<I", len(stream)) + stream
    body += b"\0" * (len(body) & 1)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


ROWS = zeros((SIZE[0] // 8 + 1) * SIZE[1])
BOMBS: dict[str, Callable[[], bytes]] = {
    "gigapixels in a few kilobytes": lambda: png(60_000, 60_000, zeros(8 << 20)),
    "more pixels than the header of WebP can say": lambda: b"RIFF\x30\0\0\0WEBPVP8L\x20\0\0\0\x2f" + b"\xff" * 40,
    "outer and inner size differ": lambda: webp_that_lies(16_383),
    "a right header and rows without end": lambda: png(*SIZE, zeros(LARGE)),
    "a text in it that unpacks without end": lambda: png(*SIZE, ROWS, chunk(b"zTXt", b"Comment\0\0" + zeros(LARGE))),
    "a colour profile that unpacks without end": lambda: png(*SIZE, ROWS, chunk(b"iCCP", b"sRGB\0\0" + zeros(LARGE))),
    "a second header that says something else": lambda: png(
        *SIZE, ROWS, chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    ),
    "a header without a picture": lambda: png(*SIZE, b""),
    "half a picture": lambda: png(*SIZE, ROWS[: len(ROWS) // 2]),
    "no picture at all": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 9,
}
