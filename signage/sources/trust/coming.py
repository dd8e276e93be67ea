"""What of a source's records is in the window, and how much of it is yet to end at an instant. Pure.

All that takes a look at every record is done once for each answer and day. An instant then costs as much as has ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from operator import itemgetter
from zoneinfo import ZoneInfo

from signage.domain.model import Record
from signage.sources.base import FetchWindow
from signage.sources.formats.times import instant
from signage.sources.trust.freshness import WEEK, fields_of, shape_of

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class RecordsInWindow:
    """Those of `records` in the window, in their order."""

    def __init__(self, records: Sequence[Record], window: FetchWindow, zone: ZoneInfo) -> None:
        self.records = tuple(record for record in records if window.holds(record, zone))
        self._all, self._window, self._zone = records, window, zone
        self._starts = [_instant(record.start, zone) for record in self.records]
        self._in_order = sorted(self._starts)
        self._fields = Counter(name for record in self.records for name in fields_of(record))
        # A timed occurrence with an end is over then. Others go by the day, with the window.
        ends = (
            (_instant(record.end, zone), index)
            for index, record in enumerate(self.records)
            if isinstance(record.end, datetime)
        )
        self._ends = sorted(ends)

    def is_of(self, records: Sequence[Record], window: FetchWindow, zone: ZoneInfo) -> bool:
        """Whether it was made from just these."""
        return self._all is records and self._window == window and self._zone.key == zone.key

    def coming(self, now: datetime) -> list[Record]:
        """The records that have not ended at `now`: last good events age like all others."""
        ended = set(self._ended(now))
        return [record for index, record in enumerate(self.records) if index not in ended]

    def count(self, now: datetime) -> int:
        """How many have not ended at `now`."""
        return len(self.records) - len(self._ended(now))

    def week(self, now: datetime) -> int:
        """How many of those begin within seven days."""
        until = (now + WEEK).astimezone(UTC)
        ended = sum(self._starts[index] < until for index in self._ended(now))
        return bisect_left(self._in_order, until) - ended

    def shape(self, now: datetime) -> dict[str, float]:
        """The shape of those (`signage.sources.trust.freshness.shape_of`)."""
        left = self._fields.copy()
        ended = self._ended(now)
        left.subtract(name for index in ended for name in fields_of(self.records[index]))
        return shape_of(left, len(self.records) - len(ended))

    def _ended(self, now: datetime) -> list[int]:
        over = bisect_right(self._ends, now.astimezone(UTC), key=itemgetter(0))
        return [index for _, index in self._ends[:over]]

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The title of the first record with each picture's address."""
        return {record.picture_url: record.title for record in reversed(self.records) if record.picture_url}

    @cached_property
    def pictures(self) -> Sequence[tuple[datetime, str]]:
        """The addresses of pictures with when the first event with it begins, soonest first."""
        first: dict[str, datetime] = {}
        for record, start in zip(self.records, self._starts, strict=True):
            if record.picture_url:
                first[record.picture_url] = min(start, first.get(record.picture_url, start))
        return sorted((start, url) for url, start in first.items())


def _instant(value: datetime | date, zone: ZoneInfo) -> datetime:
    """As `instant`; what is beyond the years that UTC has is at their edge."""
    try:
        return instant(value, zone)
    except OverflowError:
        return FIRST if value.year == 1 else LAST
