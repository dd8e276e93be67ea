"""Has somebody set the server's clock, and may pages be published by it? Pure, apart from `reading`.

A clock can't be proven wrong by looking at it. But it does not jump against the time since boot unless somebody sets
it; time never was before the last publication; and this program is younger than 2025.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from signage.domain.server_status import Message, RaisedAlarm, Value
from signage.errors import SignageError

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)  # this program did not exist; a clock without a battery shows 1970 or 2000
JUMP = timedelta(minutes=2)  # windows of pages change by the minute; slewing and suspending move a clock by less
# Within this time after boot a clock that is behind the last publication has not reached a time server yet: it goes on
# from when the machine was switched off. After it, nobody will set it any more, and it was ahead before.
SETTLE_SECONDS = 10 * 60.0
REPORTED_SECONDS = 24 * 3600.0  # how long a jump is shown: somebody looks at the status once a working day

Kind = Literal["implausible", "unsettled", "jumped"]
_STA_UNSYNC, _TIME_ERROR = 0x0040, 5  # <sys/timex.h>


@dataclass(frozen=True, slots=True)
class Reading:
    """The clocks at one moment: `wall` is aware; `since_boot` in seconds, also those in which the machine slept.

    `synchronised`: the kernel reports that a time server keeps its clock.
    """

    wall: datetime
    since_boot: float
    synchronised: bool


@dataclass(frozen=True, slots=True)
class ClockProblem:
    """What is to be looked at. `by`: how far the clock was set, or how far it is behind; negative: back, or behind.

    `since`: what the clock showed when it was noticed.
    """

    kind: Kind
    by: timedelta
    since: datetime

    def alarm(self) -> RaisedAlarm:
        """The alarm that it raises."""
        direction = ("_forward" if self.by > timedelta() else "_back") if self.kind == "jumped" else ""
        values: dict[str, Value] = {"date": self.since, "at": self.since, "span": abs(self.by)}
        return RaisedAlarm(
            f"clock_{self.kind}", "", self.since, Message(f"alarms.clock_{self.kind}{direction}", values)
        )


@dataclass(frozen=True, slots=True)
class ClockState:
    """`problem`: what is to be reported. `may_publish`: the clock is good enough to plan by.

    `is_news`: the problem was not there at the last look, or is gone since; to be logged once.
    """

    may_publish: bool
    problem: ClockProblem | None
    is_news: bool


class ClockNotSet(SignageError):
    """Nothing is published by a clock that can't be right; the screens keep what they have."""


def check_clock(now: datetime) -> None:
    """Raise ClockNotSet when the clock was never set."""
    if now < EARLIEST:
        raise ClockNotSet(
            f"Nothing is published, because this machine's clock can't be right: it shows {now:%Y-%m-%d}.",
            hint="set the clock, and switch on time synchronisation (NTP).",
        )


class ClockWatch:
    """Compares the clocks at every look. `issued`: the instant of the last publication, None: not known."""

    def __init__(self, issued: datetime | None) -> None:
        self._issued = issued
        self._offset: timedelta | None = None
        self._jump: tuple[ClockProblem, float] | None = None  # and the time since boot when it was noticed
        self._reported: ClockProblem | None = None

    def look(self, now: Reading) -> ClockState:
        """How the clock is now."""
        self._compare(now)
        problem = self._held_back(now)
        may_publish = problem is None
        if problem is None and self._jump is not None:
            jumped, noticed = self._jump
            problem = jumped if now.since_boot - noticed < REPORTED_SECONDS else None
        is_news = problem != self._reported
        self._reported = problem
        return ClockState(may_publish, problem, is_news)

    def _compare(self, now: Reading) -> None:
        offset = now.wall - datetime.fromtimestamp(now.since_boot, UTC)
        before, self._offset = self._offset, offset
        if before is not None:
            by = offset - before
        else:
            by = min(now.wall - self._issued, timedelta()) if self._issued is not None else timedelta()
        if abs(by) < JUMP:
            return
        settled = self._reported is not None and self._reported.kind != "jumped" and by > timedelta()
        # what a time server puts right after a start is nothing to look at
        self._jump = None if settled else (ClockProblem("jumped", by, now.wall), now.since_boot)

    def _held_back(self, now: Reading) -> ClockProblem | None:
        """Why nothing is to be published by this clock."""
        kind: Kind | None = None
        behind = timedelta()
        if now.wall < EARLIEST:
            kind, behind = "implausible", now.wall - EARLIEST
        elif self._issued is not None and now.wall < self._issued - JUMP and self._may_be_set_yet(now):
            kind, behind = "unsettled", now.wall - self._issued
        if kind is None:
            return None
        if self._reported is not None and self._reported.kind == kind:
            return self._reported  # the same one, not another each second
        return ClockProblem(kind, behind, now.wall)

    @staticmethod
    def _may_be_set_yet(now: Reading) -> bool:
        return now.since_boot < SETTLE_SECONDS and not now.synchronised


def reading(wall: datetime) -> Reading:
    """The machine's other clocks, beside its wall clock."""
    timex = (ctypes.c_long * 64)()  # struct timex, modes = 0: only read; `status` follows modes, offset, freq, 2 errors
    state = ctypes.CDLL(None).adjtimex(timex)
    status = ctypes.cast(ctypes.byref(timex, 5 * ctypes.sizeof(ctypes.c_long)), ctypes.POINTER(ctypes.c_int))[0]
    synchronised = state not in (-1, _TIME_ERROR) and not status & _STA_UNSYNC
    return Reading(wall, time.clock_gettime(time.CLOCK_BOOTTIME), synchronised)
