"""Ask the server again and again, in a thread: the `schedule` library says when, this module how often and how loud."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import schedule

from player.sync.fetch import Unreachable
from player.sync.manifest import Refused
from player.sync.syncer import Syncer

FIRST_POLL = 60  # seconds; until a manifest says otherwise
LONGEST_POLL = 3600  # seconds; whatever a manifest says
LONGEST_WAIT = 30.0  # seconds between looks at the clocks, to notice that the wall clock was set
STEP = 2.0  # seconds; a wall clock that moved this much against the steady one was set

log = logging.getLogger("player")


class Poller:
    """Runs `syncer.round` on schedule. After a failure again soon, then ever later, at most one poll interval apart."""

    def __init__(self, syncer: Syncer, problem: Callable[[], str | None]) -> None:
        """`problem` says what is wrong with the store."""
        self._syncer = syncer
        self._problem = problem
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._journal = Journal()
        self._failures = 0

    def start(self) -> None:
        self._thread.start()

    def poke(self) -> None:
        """Ask now: a picture turned out to be missing."""
        self._wake.set()

    def stop(self, seconds: float) -> None:
        """End the thread, waiting at most so long for a round in progress; a kill in its midst does no harm."""
        self._stopped = True
        self._wake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        scheduler = schedule.Scheduler()

        def job() -> type[schedule.CancelJob]:
            seconds = self._round()
            scheduler.clear()
            # jitter: a thousand screens that lost the same server must not come back in the same second
            low, high = max(1, int(seconds * 0.7)), max(1, int(seconds))
            scheduler.every(low).to(high).seconds.do(job)
            return schedule.CancelJob

        job()
        offset = _offset()
        while not self._stopped:
            idle = scheduler.idle_seconds
            self._wake.wait(max(0.0, min(LONGEST_WAIT, idle if idle is not None else 0.0)))
            # `schedule` counts by the wall clock, which may be set by years: then its plan means nothing any more
            if self._wake.is_set() or abs(_offset() - offset) > STEP:
                self._wake.clear()
                offset = _offset()
                if not self._stopped:
                    job()
            else:
                scheduler.run_pending()

    def _round(self) -> float:
        """One round; gives the seconds until the next."""
        manifest = self._syncer.manifest
        poll = float(min(LONGEST_POLL, manifest.poll_seconds if manifest else FIRST_POLL))
        try:
            manifest = self._syncer.round()
        except (Unreachable, Refused) as error:
            self._failures += 1
            self._journal.failed(error, time.monotonic())
            return min(poll, 2.0**self._failures)
        except Exception:
            # the edge of the loop that must go on: this round is given up, the picture stays
            self._failures += 1
            self._journal.broke()
            return min(poll, 2.0**self._failures)
        finally:
            self._journal.store(self._problem())
        self._failures = 0
        self._journal.worked(manifest.version.serial, len(manifest.pages), manifest.horizon, time.monotonic())
        return float(min(LONGEST_POLL, manifest.poll_seconds))


class Journal:
    """Says what changed, once. Seconds are of the steady clock."""

    def __init__(self) -> None:
        self._failure: str | None = None
        self._since = 0.0
        self._serial: int | None = None
        self._store: str | None = None

    def failed(self, error: Exception, now: float) -> None:
        refused = isinstance(error, Refused)
        words = f"refused what the server offers: {error}" if refused else f"the server is away: {error}"
        if self._failure is None:
            self._since = now
        if words != self._failure:
            log.warning("%s; showing what is stored", words)
        self._failure = words

    def broke(self) -> None:
        if self._failure != "broke":
            log.exception("a fault of the player's own; asking again later")
        self._failure = "broke"

    def worked(self, serial: int, pages: int, horizon: datetime, now: float) -> None:
        if self._failure is not None:
            log.info("the server is back after %d min", round((now - self._since) / 60))
        self._failure = None
        if serial != self._serial:
            log.info("serial %d is in force: %d pages until %s", serial, pages, horizon.isoformat())
        self._serial = serial

    def store(self, problem: str | None) -> None:
        if problem != self._store:
            log.warning("%s", problem or "the store can be written again")
        self._store = problem


def _offset() -> float:
    return time.time() - time.monotonic()
