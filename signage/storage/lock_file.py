"""A lock that threads and processes share, for what takes a moment. I/O: disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signage.storage.durable_file import give_to_owner_of


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until no other thread or process holds the lock file, and hold it. Not to be nested. Raises OSError.

    The system takes it back when the process ends, however it ends; the file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give_to_owner_of(path.parent, handle)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
