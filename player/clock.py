"""Can the wall clock be trusted? A Pi has none that survives a power cut, so it needs a reason to believe its own.

Seconds since 1970 throughout. `offset` is the wall clock minus the time since boot: it changes only when somebody
sets the clock, so a clock that was right once in this boot is right as long as its offset stays.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

AGREE_SECONDS = 90.0  # HTTP dates have whole seconds and answers take some; windows change by the minute at most
UNBROKEN_SECONDS = 3.0  # the two clocks are read one after the other; a step by the kernel is larger
OLDEST_PLAUSIBLE = datetime(2025, 1, 1, tzinfo=UTC).timestamp()  # a hardware clock with an empty battery says less
_STA_UNSYNC, _TIME_ERROR = 0x0040, 5  # <sys/timex.h>


@dataclass(frozen=True, slots=True)
class Anchor:
    """The clock was known to be right in this boot, at this offset."""

    boot_id: str
    offset: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Is the clock trusted, and why (a phrase for the log)?"""

    trusted: bool
    why: str


class Keeper:
    """Judges the clock. `kernel` tells if the system says it is synchronised; `rtc` reads a hardware clock, or None."""

    def __init__(
        self,
        boot_id: str,
        anchor: Anchor | None = None,
        kernel: Callable[[], bool] = lambda: kernel_synchronised(),
        rtc: Callable[[], float | None] = lambda: hardware_clock(),
    ) -> None:
        self.anchor = anchor if anchor is not None and anchor.boot_id == boot_id else None
        self._boot_id = boot_id
        self._kernel = kernel
        self._rtc = rtc
        self._server: float | None = None  # the server's time minus the time since boot

    def server_said(self, server: float, since_boot: float) -> None:
        """A server whose bundle was verified said what time it is, this long after boot."""
        self._server = server - since_boot

    def look(self, wall: float, since_boot: float, newest: float | None) -> Verdict:
        """Judge the clock now. `newest` is when the newest verified manifest was generated: time is never before."""
        offset = wall - since_boot
        if newest is not None and wall < newest - AGREE_SECONDS:
            return Verdict(False, f"the clock says {_said(wall)}, but the bundle was made later, {_said(newest)}")
        away = None if self._server is None else offset - self._server
        if self._kernel():
            return self._trust(offset, "the system says that it is synchronised")
        if away is not None and abs(away) > AGREE_SECONDS:
            return Verdict(False, f"the clock is {_span(abs(away))} {'ahead of' if away > 0 else 'behind'} the server")
        if away is not None:
            return self._trust(offset, "it agrees with the server")
        if self.anchor is not None and abs(self.anchor.offset - offset) <= UNBROKEN_SECONDS:
            return Verdict(True, "it has run on without a break since it was known to be right")
        hardware = self._rtc()
        if hardware is not None and hardware > OLDEST_PLAUSIBLE and abs(hardware - wall) <= AGREE_SECONDS:
            return self._trust(offset, "a hardware clock stands behind it")
        return Verdict(False, "nothing vouches for the clock yet")

    def _trust(self, offset: float, why: str) -> Verdict:
        if self.anchor is None or abs(self.anchor.offset - offset) > UNBROKEN_SECONDS:
            self.anchor = Anchor(self._boot_id, offset)
        return Verdict(True, why)

    def disagreement(self, wall: float, since_boot: float) -> str | None:
        """How far the clock is from the server's, in words, when that is too far: one of the two is wrong."""
        if self._server is None or abs(away := wall - since_boot - self._server) <= AGREE_SECONDS:
            return None
        return f"the clock is {_span(abs(away))} {'ahead of' if away > 0 else 'behind'} the server"


def kernel_synchronised() -> bool:
    """Does the kernel say that its clock is disciplined (adjtimex(2)), or timesyncd that it has set it in this boot?"""
    if Path("/run/systemd/timesync/synchronized").exists():
        return True
    timex = (ctypes.c_long * 64)()  # struct timex, modes = 0: only read; `status` follows modes, offset, freq, 2 errors
    state = ctypes.CDLL(None).adjtimex(timex)
    status = ctypes.cast(ctypes.byref(timex, 5 * ctypes.sizeof(ctypes.c_long)), ctypes.POINTER(ctypes.c_int))[0]
    return state not in (-1, _TIME_ERROR) and not status & _STA_UNSYNC


def hardware_clock(path: Path = Path("/sys/class/rtc/rtc0/since_epoch")) -> float | None:
    """What the hardware clock says; None when there is none."""
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


def _said(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _span(seconds: float) -> str:
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 172800 else f"{round(seconds / 86400)} days"
