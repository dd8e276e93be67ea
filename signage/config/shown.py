"""When an entry of a playlist may be shown: its times on a real calendar. Pure; the instants are arguments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from signage.config.hours_text import WEEKDAYS, Span, parse_days, parse_spans
from signage.config.playlist import Timed
from signage.config.public_holidays import is_holiday

Window = tuple[datetime, datetime]
WHOLE_DAY: tuple[Span, ...] = ((time(), time()),)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def shown_spans(timed: Timed, zone: ZoneInfo, country: str, start: datetime, end: datetime) -> list[Window]:
    """When the conditions of `timed` hold between two instants: sorted, apart from each other, in UTC.

    The clock on the wall decides. An hour that comes twice, when the clocks go back, counts twice; one that is skipped
    never comes. Hours past midnight belong to the day that they begin on.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if timed.from_:
        start = max(start, timed.from_.astimezone(UTC))
    if timed.until:
        end = min(end, timed.until.astimezone(UTC))
    if start >= end:
        return []
    if not (timed.weekdays or timed.hours or timed.dates) and timed.holidays:
        return [(start, end)]
    times = _LocalTimes(timed, country)
    found: list[Window] = []
    for begin, finish in pairwise([start, *_edges(times.spans, zone, start, end), end]):
        if times.hold(begin.astimezone(zone).replace(tzinfo=None)):
            if found and found[-1][1] == begin:
                begin = found.pop()[0]
            found.append((begin, finish))
    return found


def all_hold(times: Iterable[Timed], zone: ZoneInfo, country: str, start: datetime, end: datetime) -> list[Window]:
    """When the conditions of all of these hold, as `shown_spans` has it."""
    spans = [(start.astimezone(UTC), end.astimezone(UTC))]
    for timed in times:
        spans = common(spans, shown_spans(timed, zone, country, start, end))
    return spans


def common(spans: Sequence[Window], others: Sequence[Window]) -> list[Window]:
    """What two lists of spans have in common; each is sorted, and so is the result."""
    found = []
    ends = [finish for _, finish in others]
    for begin, finish in spans:
        number = bisect_right(ends, begin)
        while number < len(others) and others[number][0] < finish:
            found.append((max(begin, others[number][0]), min(finish, others[number][1])))
            number += 1
    return found


class _LocalTimes:
    """Days and hours by the clock on the wall."""

    def __init__(self, timed: Timed, country: str) -> None:
        self.spans = parse_spans(timed.hours) if timed.hours else WHOLE_DAY
        self._weekdays = {WEEKDAYS.index(day) for day in parse_days(timed.weekdays)} if timed.weekdays else set()
        self._dates = frozenset(timed.dates)
        self._closed_in = "" if timed.holidays else country

    def hold(self, local: datetime) -> bool:
        today, before, clock = local.date(), local.date() - DAY, local.time()
        for opening, closing in self.spans:
            if opening < closing:
                if opening <= clock < closing and self._on(today):
                    return True
            elif (clock >= opening and self._on(today)) or (clock < closing and self._on(before)):
                return True
        return False

    def _on(self, day: date) -> bool:
        return (
            (not self._weekdays or day.weekday() in self._weekdays)
            and (not self._dates or day in self._dates)
            and not is_holiday(day, self._closed_in)
        )


def _edges(spans: Iterable[Span], zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The instants between two others at which it may become another day, or one of the hours may begin or end."""
    clocks = {time(), *(edge for span in spans for edge in span)}
    found = set(_shifts(zone, start, end))
    day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date() + DAY
    while day <= last:
        for clock in clocks:
            local = datetime.combine(day, clock, zone)
            found |= {local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)}
        day += DAY
    return sorted(edge for edge in found if start < edge < end)


def _shifts(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """When the clocks are put forward or back."""
    while start < end:
        following = min(start + DAY, end)
        if start.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            low, high = start, following
            while high - low > SECOND:
                middle = low + (high - low) // 2
                if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            yield high.replace(microsecond=0)
        start = following
