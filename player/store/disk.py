"""One folder that may be read-only, full, failing, or not there at all: what can't be kept is reported, never raised.

Paths of pictures are plain strings. pathlib interns every part of a path, and Python's table of interned strings only
grows: after ten thousand reads, a day and a half, it doubled, and kept a megabyte for good (benchmarks.endurance).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path

PART = ".part"
BLOCK = 4096  # bytes; the least that a card writes
OVERHEAD = 4 * BLOCK  # of a file that is written and renamed: its inode, its folder, and the journal of both


class StoreInUse(Exception):
    """Another player has this folder."""


class Disk:
    """A folder that belongs to one process. `written` counts bytes, also overhead.

    `problem` is a sentence, or None, and `kind` then one word for it: "full", "failing" or "unwritable". `refuses`: it
    took a file no more. Both stay until somebody who tried again sets them.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it. Raises StoreInUse; a folder that can't be written only sets `problem`."""
        self.folder = folder
        self.problem: str | None = None
        self.kind = ""
        self.refuses = False
        self.written = 0
        self._lock: int | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StoreInUse(f"{folder}: another player uses this folder; choose another one") from None
        except OSError as error:
            self.failed(error)

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def keep(self, path: Path | str, data: bytes, mode: int = 0o644, durable: bool = True) -> bool:
        """Write under a temporary name, sync, rename. False, and `problem` has the reason, when the disk refuses.

        With `durable` the new name is synced too; without it somebody calls `settle` for many names at once.
        """
        temporary = f"{path}{PART}"
        try:
            with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            if durable:
                settle(os.path.dirname(path))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            self.failed(error)
            return False
        self.written += -(-len(data) // BLOCK) * BLOCK + OVERHEAD
        return True

    def read(self, path: Path | str, limit: int) -> bytes | None:
        """At most `limit` bytes of a file; None when it is missing or can't be read."""
        try:
            with open(path, "rb") as file:
                return file.read(limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.failed(error, reading=True)
            return None

    def forget(self, *paths: Path | str) -> None:
        """Remove files. One that can't be removed stays; it does no harm."""
        for path in paths:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def failed(self, error: OSError, *, reading: bool = False) -> None:
        """Remember what is wrong, in a sentence."""
        self.refuses = self.refuses or not reading
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):  # the last: of a limit on the process
            self.kind, what = "full", "the disk is full"
        elif error.errno == errno.EIO:
            self.kind, what = "failing", "the card is failing (input/output error): change it soon"
        else:
            self.kind, what = "unwritable", f"can't be written ({error.strerror})"
        self.problem = f"{self.folder}: {what}; pictures are kept in memory only and are lost at a restart"


def settle(folder: Path | str) -> None:
    """Sync the names in a folder. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
