"""What is published of each screen now, and who waits for more than that (docs/held-requests.md).

A waiter is woken by a state, the serial that is published, and never by an event: so it doesn't matter what was
published between two requests, or by which process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

LOOK_SECONDS = 1.0  # between two looks at what another process may have published: one file for each screen, 5 us


class HoldableConnection(Protocol):
    """The connection of a request that may be answered later."""

    def hold(self, release: Callable[[], None]) -> bool:
        """Whether the request may wait. If so, `release` is called when the client goes or the server ends."""

    def let_go(self) -> None:
        """It is being answered now."""


class Publications:
    """Of the screens in a folder. Belongs to the thread of an event loop, apart from `published`."""

    def __init__(self, screens: Path) -> None:
        self._screens = screens
        self._known: dict[str, tuple[tuple[int, ...], int]] = {}  # screen -> which file was read, and its serial
        self._waiting: dict[str, dict[asyncio.Future[None], int]] = {}  # screen -> who waits, for more than what
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.TimerHandle | None = None

    def serial(self, screen: str) -> int | None:
        """The serial that is published now; None when nothing is that can be read.

        Looks up one file. It is read once after each publication, which takes 10 ms for a megabyte.
        """
        path = self._screens / screen / "manifest.json"
        try:
            about = path.stat()
            which = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
            known = self._known.get(screen)
            if known is None or known[0] != which:
                known = (which, int(json.loads(path.read_bytes())["serial"]))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            self._known.pop(screen, None)
            return None
        self._known[screen] = known
        return known[1]

    async def newer(self, screen: str, after: int, connection: HoldableConnection | None, seconds: float) -> int | None:
        """The serial that is published as soon as it is above `after`, or after `seconds` whatever it is then.

        None: nothing is published (any more). Answers at once where there is no connection that may be held.
        """
        self._loop = asyncio.get_running_loop()
        # It waits before it looks: what is published from here on wakes it.
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiting.setdefault(screen, {})[waiter] = after
        try:
            serial = self.serial(screen)
            if serial is None or serial > after or connection is None or not connection.hold(lambda: _release(waiter)):
                return serial
            timer = self._loop.call_later(seconds, _release, waiter)
            if self._looking is None:
                self._looking = self._loop.call_later(LOOK_SECONDS, self._look_at_all)
            try:
                await waiter
            finally:
                timer.cancel()
                connection.let_go()
            return self.serial(screen)
        finally:
            del self._waiting[screen][waiter]
            if not self._waiting[screen]:
                del self._waiting[screen]

    def published(self, screen: str) -> None:
        """Something was published: who waits for it is woken now. May be called by any thread, at any time."""
        loop = self._loop
        if loop is not None:  # else no request has waited yet, and the first will see it
            with contextlib.suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(self._look, screen)

    def _look(self, screen: str) -> None:
        if screen not in self._waiting:
            return
        serial = self.serial(screen)
        for waiter, after in self._waiting[screen].items():
            if serial is None or serial > after:
                _release(waiter)

    def _look_at_all(self) -> None:
        assert self._loop is not None
        for screen in self._waiting:
            self._look(screen)
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look_at_all) if self._waiting else None


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
