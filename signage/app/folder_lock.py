"""One process at a time publishes from a folder of state; within this one, several threads may hold the lock."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signage.errors import NotWritable, SignageError


class FolderLock:
    """The lock of the folder `state`. The system takes it back when the process ends, however it ends."""

    def __init__(self, state: Path) -> None:
        self._path = state / "lock"
        self._mutex = threading.Lock()
        self._holders = 0
        self._handle = -1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it. Raises SignageError when another process does."""
        with self._mutex:
            if not self._holders:
                self._handle = self._take()
            self._holders += 1
        try:
            yield
        finally:
            with self._mutex:
                self._holders -= 1
                if not self._holders:
                    os.close(self._handle)

    def _take(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise NotWritable.from_os_error("A file", self._path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise SignageError(
                f"Another signage process is building in {self._path.parent}.",
                hint="wait for it to finish, or stop it.",
            ) from None
        return handle
