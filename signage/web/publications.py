"""What is published of each screen now, and who waits for more than that (docs/held-requests.md).

A waiter is woken by a state, the serials that are published, and never by an event: so it doesn't matter what was
published between two requests, or by which process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from signage.publishing.manifest import END_BYTES, serials_at

# Between two looks at what another process may have published: two files for each screen, which takes 20 us; 20 us more
# for one that was published since.
LOOK_SECONDS = 1.0
SIGNATURE_BYTES = 64  # before an alert document
LARGEST_ENCLOSED = 16 * 1024  # bytes of an alert document that an answer encloses
LARGEST_ASSETS = 48 * 1024  # bytes of its pictures, together
SUFFIXES = {"image/webp": ".webp", "image/png": ".png"}


@dataclass(frozen=True, slots=True)
class Serials:
    """Of a screen's manifest and of its alert document; 0: there is none.

    `news`: of the newest manifest that changed more than the alerts that it shows as pages.
    """

    manifest: int
    alerts: int
    news: int = 0

    def are_above(self, others: Wanted) -> bool:
        """Whether one of them is news to a player."""
        if others.alerts is None:
            return self.manifest > others.manifest
        return self.news > others.manifest or self.alerts > others.alerts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a player waits for: more than these serials, which it has. `alerts`: None for one that knows no alerts."""

    manifest: int
    alerts: int | None = None


_Known = tuple[tuple[int, int], bytes]  # serial and `Serials.news` of a file; and an alert document as it is


class HoldableConnection(Protocol):
    """The connection of a request that may be answered later."""

    def hold(self, release: Callable[[], None]) -> bool:
        """Whether the request may wait. If so, `release` is called when the client goes or the server ends."""

    def let_go(self) -> None:
        """It is being answered now."""


class Publications:
    """Of the screens in the folder `published`. Belongs to the thread of an event loop, apart from its `published`."""

    def __init__(self, published: Path) -> None:
        self._manifests = published / "screens"
        self._alerts = published / "alerts"
        self._known: dict[Path, tuple[tuple[int, ...], _Known]] = {}
        """Which version of a file was read, and what it says."""
        self._enclosed: dict[Path, tuple[bytes, dict[str, bytes]]] = {}
        self._waiting: dict[str, dict[asyncio.Future[None], Wanted]] = {}  # screen -> who waits, for more than what
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.TimerHandle | None = None

    def serials(self, screen: str) -> Serials | None:
        """Those that are published now; None when there is no manifest that can be read.

        Looks up two files. Of a manifest only the end is read after it changes: all of it takes 10 ms for a megabyte,
        and hundreds may be published in a second.
        """
        manifest = self._read(self._manifests / screen / "manifest.json", _manifest_serials)
        if manifest is None:
            return None
        alerts = self._read(self._alerts / f"{screen}.signed", _alert_document)
        (serial, news), _ = manifest
        return Serials(serial, alerts[0][0] if alerts else 0, news)

    def alert_document(self, screen: str) -> tuple[bytes, Mapping[str, bytes]]:
        """The signed alert document that is published now; empty when there is none, or it is a large one.

        And its pictures by sha256, as far as they are small, and in no bundle because they were prepared.
        """
        path = self._alerts / f"{screen}.signed"
        found = self._read(path, _alert_document)
        if found is None or len(found[1]) > LARGEST_ENCLOSED:
            return b"", {}
        known = self._enclosed.get(path)
        if known is None or known[0] != found[1]:
            known = self._enclosed[path] = found[1], self._new_assets(found[1])
        return known

    def _new_assets(self, signed: bytes) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        try:
            document = json.loads(signed[SIGNATURE_BYTES:])
            for sha256 in (
                page["asset"] for each in document["alerts"] if "prepared" not in each for page in each["pages"]
            ):
                about = document["assets"][sha256]
                if about["bytes"] + sum(map(len, found.values())) <= LARGEST_ASSETS:
                    path = self._alerts.parent / "assets" / f"{sha256}{SUFFIXES[about['media_type']]}"
                    found[sha256] = path.read_bytes()
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}  # they can be fetched
        return found

    def _read(self, path: Path, read: Callable[[Path], _Known]) -> _Known | None:
        """What `read` gives for a file; it is called once for each version of it."""
        try:
            about = path.stat()
            which = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
            known = self._known.get(path)
            if known is None or known[0] != which:
                known = (which, read(path))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._known.pop(path, None)
            return None
        self._known[path] = known
        return known[1]

    async def newer(
        self, screen: str, after: Wanted, connection: HoldableConnection | None, seconds: float
    ) -> Serials | None:
        """The serials that are published as soon as one is above `after`, or after `seconds` whatever they are then.

        None: nothing is published (any more). Answers at once where there is no connection that may be held.
        """
        self._loop = asyncio.get_running_loop()
        # It waits before it looks: what is published from here on wakes it.
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiting.setdefault(screen, {})[waiter] = after
        try:
            serials = self.serials(screen)
            if serials is None or serials.are_above(after):
                return serials
            if connection is None or not connection.hold(lambda: _release(waiter)):
                return serials
            timer = self._loop.call_later(seconds, _release, waiter)
            if self._looking is None:
                self._looking = self._loop.call_later(LOOK_SECONDS, self._look_at_all)
            try:
                await waiter
            finally:
                timer.cancel()
                connection.let_go()
            return self.serials(screen)
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
        serials = self.serials(screen)
        for waiter, after in self._waiting[screen].items():
            if serials is None or serials.are_above(after):
                _release(waiter)

    def _look_at_all(self) -> None:
        assert self._loop is not None
        for screen in self._waiting:
            self._look(screen)
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look_at_all) if self._waiting else None


def _manifest_serials(path: Path) -> _Known:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - END_BYTES))
        serials = serials_at(file.read())
    return serials or _serials(path.read_bytes()), b""


def _alert_document(path: Path) -> _Known:
    signed = path.read_bytes()
    return _serials(signed[SIGNATURE_BYTES:]), signed


def _serials(document: bytes) -> tuple[int, int]:
    said = json.loads(document)
    serial = int(said["serial"])
    return serial, int(said.get("news", serial))


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
