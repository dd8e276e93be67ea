"""The films that a player keeps: files that are never held in memory. I/O: disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from player.store.disk import settle
from player.store.manifest import Asset

UNFINISHED = ".coming"  # not `PART`: what has come survives a restart
LEFT = 100 * 1024 * 1024  # bytes that a film must leave free
BLOCK = 256 * 1024


def film_path(folder: Path, film: Asset) -> str:
    """Where a film is, or will be, below the player's folder."""
    return f"{folder}/assets/{film.name}"


def room_for(folder: Path, film: Asset) -> bool:
    """Whether the disk has room for a film, and some more."""
    try:
        about = os.statvfs(folder)
    except OSError:
        return False
    return about.f_bavail * about.f_frsize >= film.bytes + LEFT


def is_sound(path: str, film: Asset) -> bool:
    """Whether a file is this film, by size and hash. One that isn't is removed."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == film.bytes and _hash(file) == film.sha256:
                return True
        os.unlink(path)
    except OSError:
        return False
    return False


class FilmFile:
    """A film that is being fetched. Raises OSError."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = open(f"{path}{UNFINISHED}", "ab")  # noqa: SIM115 - closed by `__exit__`
        self.size = self._file.tell()

    def __enter__(self) -> FilmFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def clear(self) -> None:
        self._file.truncate(0)
        self._file.seek(0)
        self.size = 0

    def finish(self, film: Asset) -> bool:
        """Give the whole film its name; False, and it is thrown away, when it isn't what that says."""
        self._file.flush()
        os.fsync(self._file.fileno())
        with open(f"{self._path}{UNFINISHED}", "rb") as file:
            sound = _hash(file) == film.sha256
        if not sound:
            self.clear()
            return False
        os.replace(f"{self._path}{UNFINISHED}", self._path)
        with contextlib.suppress(OSError):
            settle(os.path.dirname(self._path))
        return True


def _hash(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
