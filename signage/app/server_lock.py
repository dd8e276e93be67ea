"""Whether a server runs on a folder: every server holds a shared lock, and what must not meet one takes it alone."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signage.errors import NotWritable, SignageError

SERVER_LOCK = "server.lock"
BUILD_LOCK = "lock"  # of signage.pipeline


class ServerRuns(SignageError):
    """Something can't be done while a server runs there."""


@contextmanager
def serving(state: Path) -> Iterator[None]:
    """Held while a server runs on the folder `state`. Raises ServerRuns while somebody has it alone."""
    with _lock(state, fcntl.LOCK_SH, f"A backup is being restored in {state}.", "wait for it to finish."):
        yield


@contextmanager
def no_server(state: Path, message: str, hint: str) -> Iterator[None]:
    """Held while no server may run on the folder. Raises ServerRuns with this message and hint."""
    with _lock(state, fcntl.LOCK_EX, message, hint):
        yield


def server_runs(state: Path) -> bool:
    """Whether a server runs on the folder now. Keeps none from starting."""
    for pause in (0.02, 0.0):  # another process may have looked at the same moment
        try:
            with no_server(state, "A server runs there.", ""):
                return False
        except ServerRuns:
            time.sleep(pause)
    return True


@contextmanager
def no_build(state: Path, message: str, hint: str) -> Iterator[None]:
    """Held while no process may build there. Raises ServerRuns with this message and hint."""
    with _lock(state, fcntl.LOCK_EX, message, hint, BUILD_LOCK):
        yield


@contextmanager
def _lock(state: Path, kind: int, message: str, hint: str, name: str = SERVER_LOCK) -> Iterator[None]:
    path = state / name
    try:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.geteuid() == 0:  # a service that runs as its own user takes the same lock
            owner = state.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise NotWritable.from_os_error("A file", path, error) from error
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServerRuns(message, hint=hint) from None
        yield
    finally:
        os.close(handle)
