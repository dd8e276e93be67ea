"""How often something may be done: a number at once, then one more per interval. Instants are arguments."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

MOST_NAMES = 5000  # then those that have everything again are forgotten


class RateLimiter:
    """A number at once for each name, then one more per interval `earn`. Names with a full allowance are forgotten."""

    def __init__(self, burst: int, earn: timedelta) -> None:
        self.burst = burst
        self.earn = earn
        self._full_at: dict[str, datetime] = {}  # name -> when it will have earned everything back
        self._lock = threading.Lock()

    def spend(self, name: str, now: datetime) -> bool:
        """Take one; False when there is none left."""
        with self._lock:
            if len(self._full_at) > MOST_NAMES:
                self._full_at = {key: at for key, at in self._full_at.items() if at > now}
            full_at = self._after_one_more(name, now)
            if full_at is None:
                return False
            self._full_at[name] = full_at
            return True

    def has_left(self, name: str, now: datetime) -> bool:
        """Is there one left? None is taken."""
        with self._lock:
            return self._after_one_more(name, now) is not None

    def _after_one_more(self, name: str, now: datetime) -> datetime | None:
        before = self._full_at.get(name, now)
        if not now <= before <= now + self.burst * self.earn:
            before = now  # long ago; or the clock was set back meanwhile
        full_at = before + self.earn
        return full_at if full_at - now <= self.burst * self.earn else None
