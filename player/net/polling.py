"""Poll the server: how often, and what is logged about it.

A thousand screens that lost the same server, or were cut from the same network, must not come back in the same second.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import schedule

from player.net.http import Unreachable
from player.store.manifest import Manifest, ManifestRefused

FIRST_POLL = 60  # seconds; until a manifest sets another
LONGEST_POLL = 3600  # seconds; whatever a manifest sets
SPREAD_SECONDS = 10.0  # over which boxes that got their power back together poll for the first time
LONGEST_WAIT = 30.0  # seconds between looks at the clocks, to notice that the wall clock was set
STEP = 2.0  # seconds; a wall clock that moved this much against the steady one was set

log = logging.getLogger("player")


def seconds_until_next(poll: float, failures: int, chance: float, later: int = 0) -> int:
    """Pure. Whole seconds, at least one and at most a poll interval. `failures` in a row; 0: the last one was good.

    After a failure soon again, then ever later: after 2, 4, 8 ... seconds, each less by up to a half. A server that
    wants to be left alone for `later` seconds is, for an hour at most; and not all screens come back to it at once.
    """
    if later > 0:
        return int(min(LONGEST_POLL, later) * (1 + chance / 4)) + 1
    poll = min(LONGEST_POLL, poll)
    if failures == 0:
        return max(1, int(poll * (0.7 + 0.3 * chance)))
    return max(1, int(min(poll, 2.0 ** min(failures, 16)) * (0.5 + 0.5 * chance)))


def first_delay(stored: bool, chance: float) -> float:
    """Seconds until the first question: none for a box that has nothing to show, else some, for the others' sake."""
    return SPREAD_SECONDS * chance if stored else 0.0


class IdentityChanged(Exception):
    """Raised by a round in which the player became another screen, or was revoked."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last rounds failed: why, and since when (seconds of the steady clock)."""

    error: Exception
    since: float


@dataclass(frozen=True, slots=True)
class NetworkState:
    """`failing_since`: seconds for which no round went well, None: the last one did. `problem` in a sentence.

    `kind` is the error's: of `http.Unreachable`, or `manifest.ManifestRefused`; "fault" for one of the player's own.
    """

    failing_since: float | None = None
    problem: str | None = None
    kind: str | None = None


def network_state(trouble: Trouble | None, now: float) -> NetworkState:
    """How the last rounds went; `now` is of the steady clock."""
    if trouble is None:
        return NetworkState()
    kind = getattr(trouble.error, "kind", "fault")
    return NetworkState(max(0.0, now - trouble.since), str(trouble.error), kind)


class PollTarget(Protocol):
    """What is polled."""

    @property
    def manifest(self) -> Manifest | None:
        """In force now."""

    @property
    def storage_problem(self) -> str | None:
        """Why the store can't be written; None when it can."""

    def round(self) -> Manifest:
        """One round; gives the manifest in force. Raises Unreachable, ManifestRefused or IdentityChanged."""


class Poller:
    """Polls on schedule. After a failure again soon, then ever later, at most one poll interval apart."""

    def __init__(
        self,
        target: PollTarget,
        wake: threading.Event,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`wake` ends a wait: something is missing, or it is time to end."""
        self._target = target
        self._wake = wake
        self._chance = chance
        self._journal = Journal()
        self._failures = 0
        self.trouble: Trouble | None = None
        self.worked = False  # at least once

    def run(
        self, ended: Callable[[], bool], polled: Callable[[int | None, float], None] = lambda serial, seconds: None
    ) -> None:
        """Poll until `ended`; it is looked at after each round and each wait.

        `polled` is called after each round: with the serial in force, or None if the round did not go well, and the
        seconds between polls.
        """
        scheduler = schedule.Scheduler()

        def job() -> type[schedule.CancelJob]:
            seconds = self.round()
            manifest = self._target.manifest
            usual = manifest.poll_seconds if manifest else FIRST_POLL
            polled(manifest.version.serial if manifest and self.trouble is None else None, min(LONGEST_POLL, usual))
            scheduler.clear()
            scheduler.every(seconds).seconds.do(job)
            return schedule.CancelJob

        offset = _offset()
        job()
        while not ended():
            idle = scheduler.idle_seconds
            self._wake.wait(max(0.0, min(LONGEST_WAIT, idle if idle is not None else 0.0)))
            if ended():
                return
            # `schedule` counts in local time. When that jumps, because the clock was set (by years, even) or in the two
            # nights of daylight saving, its plan means nothing any more (docs/adr/0018)
            if self._wake.is_set() or abs(_offset() - offset) > STEP:
                self._wake.clear()
                offset = _offset()
                job()
            else:
                scheduler.run_pending()

    def reset(self) -> None:
        """It is another screen now: what went wrong with the old one is nobody's trouble."""
        self._failures, self.trouble, self.worked = 0, None, False

    def round(self) -> int:
        """One round; gives the seconds until the next. Never raises."""
        manifest = self._target.manifest
        poll = manifest.poll_seconds if manifest else FIRST_POLL
        now, later = time.monotonic(), 0
        try:
            manifest = self._target.round()
        except (Unreachable, ManifestRefused) as error:
            later = getattr(error, "later", 0)
            self._failed(error, now)
            self._journal.failed(error, now)
        except IdentityChanged:
            return 1
        except Exception as error:
            # the edge of the loop that must go on: this round is given up, the picture stays
            self._failed(error, now)
            self._journal.broke()
        else:
            self._failures, self.trouble, self.worked = 0, None, True
            self._journal.worked(manifest.version.serial, len(manifest.pages), manifest.horizon, now)
            poll = manifest.poll_seconds
        self._journal.store(self._target.storage_problem)
        return seconds_until_next(poll, self._failures, self._chance(), later)

    def _failed(self, error: Exception, now: float) -> None:
        self._failures += 1
        error.__traceback__ = error.__context__ = error.__cause__ = None  # they hold what the round had in its hands
        self.trouble = Trouble(error, self.trouble.since if self.trouble else now)


class Journal:
    """Logs what changed, once. Seconds are of the steady clock."""

    def __init__(self) -> None:
        self._failure: str | None = None
        self._since = 0.0
        self._serial: int | None = None
        self._store: str | None = None

    def failed(self, error: Exception, now: float) -> None:
        refused = isinstance(error, ManifestRefused)
        sentence = f"refused what the server offers: {error}" if refused else f"the server is away: {error}"
        if self._failure is None:
            self._since = now
        if sentence != self._failure:
            log.warning("%s; showing what is stored", sentence)
        self._failure = sentence

    def broke(self) -> None:
        if self._failure != "broke":
            log.exception("internal error in the player; trying again later")
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
    """Seconds of local time, which `schedule` counts in, ahead of the steady clock: only a jump changes it."""
    return time.time() + time.localtime().tm_gmtoff - time.monotonic()
