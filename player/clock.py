"""Can the wall clock be trusted? A Pi has none that survives a power cut, so it needs a reason to believe its own.

Seconds since 1970 throughout. `offset` is the wall clock minus the time since boot: it changes only when somebody
sets the clock, so a clock that was right once in this boot is right as long as its offset stays.

What a server says in its `Date` header proves nothing: nobody signed it, and on a guest network anybody can write
it. It can only add to a doubt (docs/player.md).
"""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from player.rotation import Moment

AGREE_SECONDS = 90.0  # HTTP dates have whole seconds and answers take some; windows change by the minute at most
UNBROKEN_SECONDS = 3.0  # the two clocks are read one after the other; a step by the kernel is larger
HARDWARE_SECONDS = 60.0  # between two looks at the hardware clock: on a Pi it hangs on a slow bus
OLDEST_PLAUSIBLE = datetime(2025, 1, 1, tzinfo=UTC).timestamp()  # a hardware clock with an empty battery shows less
TIMESYNCD = Path("/run/systemd/timesync/synchronized")  # touched at each answer of a time server; gone with the boot
_STA_UNSYNC, _TIME_ERROR = 0x0040, 5  # <sys/timex.h>

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class SystemClock:
    """`disciplined`: the kernel reports that its clock is kept right now. `stamp`: when timesyncd last reached a time
    server (nanoseconds, 0: never in this boot); only that it changes means something.

    A kernel that gets no answer for nine hours calls itself undisciplined, and one whose clock somebody sets at once.
    """

    disciplined: bool
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """The system reported that the clock was right, in this boot, at this offset; `stamp` was timesyncd's then."""

    boot_id: str
    offset: float
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class ClockVerdict:
    """Is the clock trusted, and why: a phrase for the log, and one word for wording it in another language."""

    trusted: bool
    why: str
    kind: str


class ClockTrust:
    """Judges the clock. `system` gives the system's own verdict; `rtc` reads a hardware clock, or None.

    `vouched`: --trust-clock was given.
    """

    def __init__(
        self,
        boot_id: str,
        anchor: Anchor | None = None,
        system: Callable[[], SystemClock] = lambda: system_says(),
        rtc: Callable[[], float | None] = lambda: hardware_clock(),
        vouched: bool = False,
    ) -> None:
        self.anchor = anchor if anchor is not None and boot_id and anchor.boot_id == boot_id else None
        self._boot_id = boot_id
        self._system = system
        self._rtc = rtc
        self._vouched = vouched
        self._server: float | None = None  # the server's time minus the time since boot
        self._hardware: tuple[float, float | None] | None = None  # when it was looked at, and its offset then

    def note_server_time(self, server: float, since_boot: float) -> None:
        """The time of a server whose bundle was verified, this long after boot."""
        self._server = server - since_boot

    def server_time(self, since_boot: float, newest: float | None) -> float | None:
        """The time by the server's last answer; None when there was none, or it is behind the newest manifest."""
        if self._server is None or (newest is not None and self._server + since_boot < newest - AGREE_SECONDS):
            return None
        return self._server + since_boot

    def judge(self, wall: float, since_boot: float, newest: float | None) -> ClockVerdict:
        """Judge the clock now. `newest` is when the newest verified manifest was generated: time is never before."""
        offset = wall - since_boot
        if newest is not None and wall < newest - AGREE_SECONDS:
            reason = f"it is behind the newest bundle, which was made on {_day(newest)}"
            return ClockVerdict(False, reason, "behind")
        system = self._system()
        # that file was written by the wall clock of its moment, which lies between the boot and now unless one was set
        stamped_at = system.stamp / 1e9 - offset
        stamped = system.stamp != 0 and -UNBROKEN_SECONDS <= stamped_at <= since_boot + UNBROKEN_SECONDS
        if system.disciplined or (stamped and (self.anchor is None or system.stamp != self.anchor.stamp)):
            self._drop_anchor(offset, system.stamp)
            return ClockVerdict(True, "the system reports that it is synchronised", "synchronised")
        if self.anchor is not None and abs(self.anchor.offset - offset) <= UNBROKEN_SECONDS:
            return ClockVerdict(True, "it has run without interruption since it was known to be right", "unbroken")
        if self._vouched:
            return ClockVerdict(True, "--trust-clock is set", "vouched")
        hardware = self._hardware_offset(since_boot)
        if hardware is None or abs(hardware - offset) > AGREE_SECONDS:
            if self.anchor is None:
                return ClockVerdict(False, "nothing confirms the clock yet", "unknown")
            return ClockVerdict(False, "it was set, and nothing confirms the new time yet", "set")
        if disagreement := self.disagreement(wall, since_boot):
            # a battery that is weak or a zone that was mistaken is likelier than a lie, and undated pages do no harm
            return ClockVerdict(False, f"only a hardware clock confirms it, and {disagreement}", "disagrees")
        return ClockVerdict(True, "a hardware clock confirms it", "hardware")

    def _drop_anchor(self, offset: float, stamp: int) -> None:
        known = self.anchor
        if known is None or abs(known.offset - offset) > UNBROKEN_SECONDS or (stamp and not known.stamp):
            self.anchor = Anchor(self._boot_id, offset, stamp)
        elif known.stamp != stamp:
            # each answer of a time server; not worth a write, so the anchor that is written down keeps its own
            self.anchor = Anchor(self._boot_id, known.offset, stamp)

    def _hardware_offset(self, since_boot: float) -> float | None:
        if self._hardware is None or not 0 <= since_boot - self._hardware[0] < HARDWARE_SECONDS:
            shows = self._rtc()
            believable = shows is not None and shows > OLDEST_PLAUSIBLE
            self._hardware = (since_boot, shows - since_boot if shows is not None and believable else None)
        return self._hardware[1]

    def disagreement(self, wall: float, since_boot: float) -> str | None:
        """How far the clock is from the server's, as a phrase, when that is too far: one of the two is wrong."""
        if self._server is None or abs(away := wall - since_boot - self._server) <= AGREE_SECONDS:
            return None
        return f"the clock is {_span(abs(away))} {'ahead of' if away > 0 else 'behind'} the server"


def system_says(timesyncd: Path = TIMESYNCD) -> SystemClock:
    """From the kernel (adjtimex(2)) and systemd-timesyncd."""
    try:
        stamp = timesyncd.stat().st_mtime_ns
    except OSError:
        stamp = 0
    timex = (ctypes.c_long * 64)()  # struct timex, modes = 0: only read; `status` follows modes, offset, freq, 2 errors
    state = ctypes.CDLL(None).adjtimex(timex)
    status = ctypes.cast(ctypes.byref(timex, 5 * ctypes.sizeof(ctypes.c_long)), ctypes.POINTER(ctypes.c_int))[0]
    return SystemClock(state not in (-1, _TIME_ERROR) and not status & _STA_UNSYNC, stamp)


def hardware_clock(path: Path = Path("/sys/class/rtc/rtc0/since_epoch")) -> float | None:
    """The time of the hardware clock; None when there is none."""
    try:
        return float(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def boot_id(path: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """The kernel's name of this boot; empty when it can't be read (then nothing is remembered across a restart)."""
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return ""


def _calendar_time(at: float | None) -> datetime | None:
    """None also for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(at, UTC) if at is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(at: float) -> str:
    """No closer: a reason that changes with every minute or bundle would be logged again each time."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _span(seconds: float) -> str:
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 172800 else f"{round(seconds / 86400)} days"


class SyncClock(Protocol):
    """The player's clocks."""

    def wall(self) -> datetime:
        """The wall clock; aware."""

    def since_boot(self) -> float:
        """Seconds since the box started."""

    def note_server_time(self, server: float, since_boot: float) -> None:
        """The server's time (seconds since 1970) in a good answer, which came at this time since boot."""


class AnchorStore(Protocol):
    """Remembers across restarts when the clock was last known to be right."""

    def anchor(self) -> Anchor | None: ...
    def remember(self, anchor: Anchor) -> None: ...


class Timekeeper:
    """`pretended` replaces the wall clock and goes on from there; `vouched`: --trust-clock was given."""

    def __init__(self, store: AnchorStore, pretended: datetime | None = None, vouched: bool = False) -> None:
        self._store = store
        self._trust = ClockTrust(boot_id(), store.anchor(), vouched=vouched)
        self._shift = None if pretended is None else pretended - self._real()
        self._reported: str | None = None
        self._remembered = self._trust.anchor
        self.verdict = ClockVerdict(False, "it has not been checked yet", "unknown")

    @staticmethod
    def _real() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def since_boot() -> float:
        """Seconds, also those in which the box slept."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> datetime:
        return self._real() + (self._shift or timedelta())

    def note_server_time(self, server: float, since_boot: float) -> None:
        self._trust.note_server_time(server, since_boot)

    def moment(self, newest: datetime | None) -> Moment:
        """Now, and whether the wall clock is trusted; logged when that changes.

        `newest` is when the newest manifest was generated that was ever verified.
        """
        wall, floor, server = self.wall(), newest.timestamp() if newest else None, None
        if self._shift is not None:
            self.verdict = ClockVerdict(True, "pretended with --at", "pretended")
        else:
            server = self._trust.server_time(self.since_boot(), floor)
            self.verdict = self._trust.judge(wall.timestamp(), self.since_boot(), floor)
            disagreement = self._trust.disagreement(wall.timestamp(), self.since_boot())
            self._report(self.verdict, disagreement)
            self._remember()
        return Moment(wall, time.monotonic(), self.verdict.trusted, _calendar_time(server))

    def _remember(self) -> None:
        """Write down that the clock is known to be right: once a boot, and when it was set right again."""
        anchor = self._trust.anchor
        if anchor is None or anchor is self._remembered:
            return
        if self._remembered is None or replace(anchor, stamp=0) != replace(self._remembered, stamp=0):
            self._store.remember(anchor)
        self._remembered = anchor

    def _report(self, verdict: ClockVerdict, disagreement: str | None) -> None:
        if verdict.trusted:
            sentence = f"the clock is trusted: {verdict.why}"
            if disagreement:
                sentence += f"; but {disagreement}: one of the two is wrong"
        else:
            sentence = f"the clock is not trusted: {verdict.why}; showing undated pages only"
        if sentence != self._reported:
            log.log(logging.INFO if verdict.trusted and not disagreement else logging.WARNING, "%s", sentence)
        self._reported = sentence
