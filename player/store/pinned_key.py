"""The server's public key as it is written in files, with a checksum. I/O: disk, to read."""

from __future__ import annotations

import hashlib
from pathlib import Path

PINNED = ("signage.pub", "signage.copy")  # in the store's folder


def parse_key(text: str) -> bytes | None:
    """A public key written as 64 hexadecimal digits; None when it is not."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        return None
    return key if len(key) == 32 else None


def read_key(path: Path) -> bytes | None:
    """The public key in a file like signage.pub; None when there is none, or the sum behind it does not fit.

    With a flipped digit that nobody noticed, a screen would refuse its own bundle and its own server for ever.
    """
    try:
        with path.open(encoding="ascii") as file:
            digits, *sums = file.read(200).split()
    except (OSError, ValueError):
        return None
    key = parse_key(digits)
    return key if key is None or sums in ([], [_sum(key)]) else None


def key_text(key: bytes) -> bytes:
    """As `read_key` reads it."""
    return f"{key.hex()}\n{_sum(key)}\n".encode()


def _sum(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]
