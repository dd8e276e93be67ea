"""Reports that could not be sent: recent ones in detail, older ones thinned out (docs/heartbeat.md). Pure.

They are kept in memory only, packed: a fortnight without a network takes less than a megabyte, and nothing of the card.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 1500
FINE_SECONDS = 3600.0  # so long back there is one a minute
MINUTE, QUARTER = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class QueuedReport:
    """A report of the moment `at` (seconds since boot), packed."""

    at: float
    packed: bytes

    def report(self, now: float) -> dict[str, object]:
        """As it is sent `now`: its age is only known then."""
        fields: dict[str, object] = json.loads(zlib.decompress(self.packed))
        return {**fields, "age": round(max(0.0, now - self.at))}


class Queue:
    """Oldest first. Of each minute of the last hour the newest report, before that the first of each quarter."""

    def __init__(self) -> None:
        self._coarse: deque[QueuedReport] = deque()
        self._fine: deque[QueuedReport] = deque()

    def __len__(self) -> int:
        return len(self._coarse) + len(self._fine)

    @property
    def bytes(self) -> int:
        """What the packed reports take."""
        return sum(len(kept.packed) for kept in (*self._coarse, *self._fine))

    def add(self, at: float, report: Mapping[str, object]) -> None:
        """Keep a report of the moment `at`."""
        if self._fine and self._fine[-1].at // MINUTE == at // MINUTE:
            self._fine.pop()
        self._fine.append(QueuedReport(at, zlib.compress(json.dumps(report, separators=(",", ":")).encode(), 6)))
        while self._fine and self._fine[0].at < at - FINE_SECONDS:
            old = self._fine.popleft()
            if not self._coarse or self._coarse[-1].at // QUARTER != old.at // QUARTER:
                self._coarse.append(old)
        while len(self) > MOST:
            (self._coarse or self._fine).popleft()

    def oldest(self, number: int) -> list[QueuedReport]:
        """The next ones to send."""
        return [*self._coarse, *self._fine][:number]

    def sent(self, those: list[QueuedReport]) -> None:
        """They have arrived, or nobody will ever take them."""
        gone = {id(kept) for kept in those}
        self._coarse = deque(kept for kept in self._coarse if id(kept) not in gone)
        self._fine = deque(kept for kept in self._fine if id(kept) not in gone)
