"""A token that cancels a build, a fetch or a wait. The work checks it; nothing is raised from outside.

The daemon makes one token for each build and cancels it when the build is superseded or the program ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(Exception):
    """The work was cancelled. This is not a failure."""


class CancelToken:
    """Thread-safe. Once cancelled it stays so."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], None]] = {}

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Cancel the work. Runs the callbacks of `on_cancel`, each once, in this thread."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise Cancelled when the token is cancelled."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep for `seconds`, or until the token is cancelled; gives whether it is."""
        return self._event.wait(seconds)

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """Inside the block, `callback` is called when the token is cancelled; at once when it is already.

        For work that blocks and can't check: the callback closes its socket or kills its process. It must be quick,
        and must not raise.
        """
        mark = object()
        with self._lock:
            late = self._event.is_set()
            if not late:
                self._callbacks[mark] = callback
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.pop(mark, None)
