"""What a line shows on a local day, worked out once a day. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from signage.planning.pagination import day_start
from signage.planning.selection.choose import EventPool, Selection


class DaySelection:
    """What of a pool goes on in `days` days; `begin` counts from today, 0 being today."""

    def __init__(self, pool: EventPool, zone: ZoneInfo, days: int, begin: int = 0) -> None:
        self.pool = pool
        self.zone = zone
        self.days = range(begin, begin + days)
        self._near: dict[date, tuple[EventPool, datetime, datetime]] = {}

    def at(self, at: datetime, *, whole_days: bool = True) -> Selection:
        """What is left at the instant. `whole_days`: what is over comes along, so that the deal of a day stays."""
        near, start, until = self._of_day(at.astimezone(self.zone).date())
        return near.between(max(at, start), until, since=start if whole_days else None)

    def _of_day(self, first: date) -> tuple[EventPool, datetime, datetime]:
        if first not in self._near:
            start = day_start(first + timedelta(days=self.days.start), self.zone)
            until = day_start(first + timedelta(days=self.days.stop), self.zone)
            self._near[first] = (self.pool.during(start, until), start, until)
        return self._near[first]
