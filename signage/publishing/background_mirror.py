"""A thread that keeps an object store up to date, so that no publication waits for a network.

What is to be done is a state, not a list of events: screens that differ. While one is written, or the store is down,
newer publications of a screen take the place of older ones. A failure is kept as a sentence, and everything that is
still to be done is tried again soon, then more and more rarely, and whenever something is published: an alert must not
wait for the next refresh because the network was away for a second.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from signage.publishing.mirror import Mirror
from signage.publishing.mirror_notes import MirrorNotes
from signage.publishing.object_store import Conflict, ObjectStore, StoreTrouble
from signage.runtime.cancel import CancelToken

LOOK_AGAIN_SECONDS = 3600.0  # after which what the store has is looked at again, and old assets are deleted

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 300.0  # seconds between two attempts at what fails

log = logging.getLogger(__name__)


class BackgroundMirror:
    """Runs a `Mirror` in a thread of its own. `changed` and `finished` are quick, and may be called from any thread."""

    def __init__(
        self, out: Path, store: ObjectStore, notes: MirrorNotes, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.trouble: str | None = None
        """Why the store is not up to date; None when it is, or may become so without anyone's help."""
        self._cancel = CancelToken()
        self._mirror = Mirror(out, store, notes, self._cancel)
        self._ticks = ticks
        self._lock = threading.Condition()
        self._waiting: dict[str, None] = {}  # screens, the first one first
        self._now: datetime | None = None
        self._wanted = False  # something is to be done, or to be tried again
        self._sweep = False
        self._busy = False
        self._failures = 0  # in a row
        self._looked_at = self._swept_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="object store", daemon=True)
        self._thread.start()

    def changed(self, screen: str, now: datetime) -> None:
        """A screen was published at the instant `now`, or was found unchanged."""
        self._want([screen], now)

    def finished(self, now: datetime, *, sweep: bool) -> None:
        """A build is finished; with `sweep`, what is not needed any more may be deleted by the clock `now`."""
        self._want(self._mirror.screens(), now, sweep=sweep)

    def alerts_changed(self, now: datetime) -> None:
        """There may be other alerts; nothing else was published."""
        self._want((), now)

    def _want(self, screens: Iterable[str], now: datetime, *, sweep: bool = False) -> None:
        with self._lock:
            self._waiting |= dict.fromkeys(screens)
            self._now, self._wanted, self._sweep = now, True, self._sweep or sweep
            self._lock.notify_all()

    @property
    def problems(self) -> list[str]:
        """What a person should know of, in sentences."""
        return [
            *filter(None, [self.trouble, self._mirror.warning]),
            *self._mirror.ahead.values(),
            *self._mirror.alerts.ahead.values(),
        ]

    @property
    def alerts_missing(self) -> list[str]:
        """Why the alerts that are published aren't in the store, in sentences."""
        return [*filter(None, [self.trouble]), *self._mirror.alerts.ahead.values()]

    def wait(self, seconds: float) -> bool:
        """Wait until everything is done or has failed; gives whether it is so."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._wanted and not self._busy, seconds)

    def stop(self) -> None:
        """Begin no further request."""
        self._cancel.cancel()
        with self._lock:
            self._lock.notify_all()

    def close(self, seconds: float = 1.0) -> None:
        """Stop, and wait a moment for what is under way."""
        self.stop()
        self._thread.join(seconds)

    # -- in the thread

    def _run(self) -> None:
        while True:
            with self._lock:
                self._busy = False
                self._lock.notify_all()
                pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE) if self._failures else None
                self._lock.wait_for(lambda: self._wanted or self._cancel.cancelled, pause)
                if self._cancel.cancelled:
                    return
                self._wanted, self._busy = False, True
            try:
                self._work()
            except StoreTrouble as trouble:
                self._failed(str(trouble))
            except Exception as error:  # a fault of ours: the thread goes on, and so does publishing
                self._failed(f"The object store could not be brought up to date: {type(error).__name__}: {error}")
                log.debug("while mirroring", exc_info=error)
            else:
                if self.trouble is not None:
                    log.info("the object store at %s is up to date again", self._mirror.store.address)
                self.trouble = None
                self._failures = 0

    def _failed(self, sentence: str) -> None:
        self._failures = min(self._failures + 1, 10)
        self._mirror.forget()
        self._mirror.store.close()
        if sentence != self.trouble and not self._cancel.cancelled:
            log.warning("%s", sentence)
        self.trouble = sentence

    def _work(self) -> None:
        """Bring everything up to date that waits. What fails stays among what waits."""
        if self._ticks() - self._looked_at >= LOOK_AGAIN_SECONDS:
            self._mirror.forget()
            self._looked_at = self._ticks()
        if self.trouble is not None:
            self._sweep_if_due()  # first, for a store may be full
        self._mirror.alerts.bring()
        self._mirror.bring_common()
        while (found := self._next()) is not None:
            screen, now = found
            try:
                self._mirror.alerts.bring()
                done = self._mirror.bring(screen, now)
            except BaseException:
                self._put_back(screen)
                raise
            if not done:
                self._put_back(screen)  # behind the others, which may need one picture only
        self._mirror.bring_common()  # the list of screens may be a new one
        self._sweep_if_due()

    def _sweep_if_due(self) -> None:
        with self._lock:
            sweep, at, self._sweep = self._sweep, self._now, False
        if (
            sweep
            and at is not None
            and self._ticks() - self._swept_at >= LOOK_AGAIN_SECONDS
            and not self._cancel.cancelled
        ):
            with contextlib.suppress(Conflict):  # another renderer publishes just now
                self._mirror.sweep(at)
            self._swept_at = self._ticks()

    def _put_back(self, screen: str) -> None:
        with self._lock:
            self._waiting.setdefault(screen)

    def _next(self) -> tuple[str, datetime] | None:
        """The screen whose turn it is; None when nothing is left, or the program ends."""
        with self._lock:
            if self._cancel.cancelled or not self._waiting or self._now is None:
                return None
            screen = next(iter(self._waiting))
            del self._waiting[screen]
            return screen, self._now
