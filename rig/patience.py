"""How long to wait for an emulated machine: by the time that the host let it run, not by the clock on the wall.

A machine that gets a tenth of a processor is ten times slower and not at all broken; one that had all it wanted, and
still shows nothing, is. Linux counts for each thread how long it ran and how long it waited for a processor
(Documentation/scheduler/sched-stats.rst, /proc/PID/task/TID/schedstat).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LONGEST = 6.0  # times as long on the wall: a host so busy proves nothing any more


def waited(pid: int) -> dict[str, float]:
    """Seconds that each thread of a process has been ready to run and did not, since it began."""
    out = {}
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        try:
            out[thread.name] = int((thread / "schedstat").read_text("ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            continue  # it has just ended
    return out


class FairClock:
    """Seconds since it was made, without those in which the process's busiest thread waited for the host."""

    def __init__(self, waits: Callable[[], dict[str, float]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._waits, self._monotonic = waits, monotonic
        self._last, self._before = monotonic(), waits()
        self._begun, self._fair = self._last, 0.0

    @property
    def seconds(self) -> float:
        """To be read often: what a thread waited is compared with the time since it was read last."""
        now, after = self._monotonic(), self._waits()
        passed = now - self._last
        lost = max((after[name] - self._before.get(name, 0.0) for name in after), default=0.0)
        self._fair += max(0.0, passed - max(0.0, lost))
        self._last, self._before = now, after
        return self._fair

    @property
    def share(self) -> float:
        """Which part of the time on the wall counts, 0 to 1."""
        fair, wall = self.seconds, self._last - self._begun
        return fair / wall if wall > 0 else 1.0


class Deadline:
    """Over after so many fair seconds, or after `LONGEST` times as many on the wall."""

    def __init__(self, clock: FairClock, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._end = clock.seconds + seconds
        self._last = monotonic() + seconds * LONGEST

    @property
    def over(self) -> bool:
        return self._clock.seconds >= self._end or self._monotonic() >= self._last

    @property
    def left(self) -> float:
        """Fair seconds."""
        return max(0.0, self._end - self._clock.seconds)
