"""One row of a sheet: when it is on, and the record of each occurrence. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow
from signage.sources.formats.csv.cells import CellState, filled, read_link, read_price, read_state, read_words
from signage.sources.formats.csv.columns import YES_MEANS_CANCELLED, Columns, plain
from signage.sources.formats.times import LONGEST_NIGHT, TYPING_ERROR, instant, midnight, settled, span
from signage.sources.formats.titles import SplitTitle, read_title
from signage.sources.formats.written_times import OLD, Days, WrittenTimes, read_days, read_times, weekday

DAY = timedelta(days=1)
_UNTIL = re.compile(r"^\s*(?:til|to|until)\b", re.IGNORECASE)
_When = tuple[datetime | date, datetime | date | None]


@dataclass(frozen=True, slots=True)
class Read:
    """What a row says of one occurrence, and what of it was not understood."""

    number: int
    record: Record
    warnings: tuple[str, ...] = ()

    def instant(self, zone: ZoneInfo) -> datetime:
        """When it begins."""
        return instant(self.record.start, zone)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """First and last day, and the clock times. `daily`: they stand in one cell ("18-20"), so each day has them."""

    first: date
    last: date
    start: int | None = None
    end: int | None = None
    daily: bool = False
    ends_earlier: bool = False  # on a date before the first

    @property
    def is_typing_error(self) -> bool:
        """Whether it ends before it begins, and can't mean the next day."""
        if self.ends_earlier:
            return True
        one_date = self.last == self.first or (self.daily and self.last != self.first + DAY)
        if self.start is None or self.end is None or self.end >= self.start or not one_date:
            return False
        return timedelta(minutes=self.end - self.start) + DAY > LONGEST_NIGHT


def read_row(
    number: int, row: Sequence[str], columns: Columns, source: Source, window: FetchWindow, zone: ZoneInfo
) -> list[Read]:
    """The occurrences of a row: one, or one a day for an exhibition that is open from 10 to 16. Raises ValueError.

    Of a long span at least one is given, so that the caller knows that the row could be read.
    """
    written = columns.cell(row, "title")
    schedule = _schedule(row, columns, window.start)
    if not written:
        raise ValueError("it has no title")
    warnings: list[str] = []
    if schedule.is_typing_error:
        warnings.append(TYPING_ERROR)
        schedule = replace(schedule, end=None)
    title = read_title(written)
    state = _state(row, columns, warnings)
    basis = Record(
        source=source.id,
        uid=_uid(row, columns, title),
        title=title.text,
        start=schedule.first,
        venue=columns.cell(row, "venue"),
        organizer=columns.cell(row, "organizer"),
        categories=read_words(columns.cell(row, "category")),
        audiences=read_words(columns.cell(row, "audience")),
        status=state.status if state.status is not Status.SCHEDULED else title.status,
        ticket=_ticket(row, columns, state, title),
        url=read_link(columns.cell(row, "url")),
        description=columns.cell(row, "description"),
        picture_url=read_link(columns.cell(row, "picture")),
        picture_credit=columns.cell(row, "picture_credit"),
        held=state.held,
    )
    return [
        Read(number, replace(basis, start=start, end=end), tuple(warnings))
        for start, end in _occurrences(schedule, window, zone)
    ]


def _schedule(row: Sequence[str], columns: Columns, near: date) -> _Schedule:
    """When a row is on. Raises ValueError."""
    cells = {field: filled(columns.cell(row, field)) for field in ("date", "time", "end_date", "end_time", "weekday")}
    said = weekday(cells["weekday"])
    if cells["weekday"] and said is None:
        raise ValueError(f'"{cells["weekday"][:40]}" is not a weekday')
    days = _days(cells["date"], cells["time"], near, said)
    times, both = days.times, True
    if times == WrittenTimes(0):  # what programs write behind a date without a time
        times = WrittenTimes()
    if cells["time"] and cells["date"]:
        times = read_times(cells["time"])
    last = days.last
    if cells["end_date"]:
        until = read_days(cells["end_date"], days.first + OLD)
        last = until.last
        if (end := _end_of(until, days)) is not None:
            times, both = WrittenTimes(times.start, end), False
    if cells["end_time"]:
        closing = _closing(cells["end_time"], days.first)
        if isinstance(closing, Days):
            last, end = closing.last, _end_of(closing, days)
        else:
            end = closing
        if end is not None:
            times, both = WrittenTimes(times.start, end), False
    if last < days.first:
        return _Schedule(days.first, days.first, times.start, ends_earlier=True)
    return _Schedule(days.first, last, times.start, times.end, both and times.end is not None)


def _days(on: str, at: str, near: date, said: int | None) -> Days:
    """The date: its own column's, else that in "Start" ("5.12.2026 18:00"). Raises ValueError."""
    if on:
        return read_days(on, near, said)
    if at and not _is_time(at):
        return read_days(at, near, said)
    raise ValueError("it has no date")


def _closing(text: str, first: date) -> int | Days | None:
    """What "Slutt" or "Til" holds: a time, or a date with or without one. Raises ValueError."""
    text = _UNTIL.sub("", text)
    try:
        times = read_times(text)
    except ValueError as error:
        try:
            return read_days(text, first + OLD)
        except ValueError:
            raise error from None
    return times.start if times.end is None else times.end


def _end_of(until: Days, begins: Days) -> int | None:
    """The time behind a last day. 00:00 is none, as programs write it, unless a time stands behind the first day, too.

    On the first day it can't be an end.
    """
    at = until.times.start
    return at if at or (begins.times.start and until.last > begins.first) else None


def _is_time(text: str) -> bool:
    try:
        read_times(text)
    except ValueError:
        return False
    return True


def _occurrences(when: _Schedule, window: FetchWindow, zone: ZoneInfo) -> Iterator[_When]:
    if when.start is None:
        yield when.first, when.last + DAY
    elif when.last == when.first:
        yield _timed(when.first, when.start, when.end, zone)
    elif when.end is None:
        # over several days, without saying until when: to the end of the last one
        yield settled(_at(when.first, when.start, zone)), midnight(when.last + DAY, zone)
    elif when.daily and not (when.last == when.first + DAY and when.end < when.start):
        day = min(max(when.first, window.start - DAY), when.last)
        until = max(min(when.last, window.end + DAY), day)
        while day <= until:
            yield _timed(day, when.start, when.end, zone)
            day += DAY
    else:
        yield span(_at(when.first, when.start, zone), _at(when.last, when.end, zone))


def _timed(day: date, start: int, end: int | None, zone: ZoneInfo) -> _When:
    """On one day; an end before the start is on the next one, the start once more is no end."""
    begins = _at(day, start, zone)
    if end is None or end == start:
        return settled(begins), None
    return span(begins, _at(day + DAY if end < start else day, end, zone))


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone) + timedelta(minutes=minutes)


def _state(row: Sequence[str], columns: Columns, warnings: list[str]) -> CellState:
    heading, text = columns.found(row, "status")
    if not filled(text):
        return CellState()
    state = read_state(text, plain(heading) in YES_MEANS_CANCELLED)
    if not state.understood:
        warnings.append(f'"{text[:40]}" under "{heading[:40]}" is not understood')
    return state


def _ticket(row: Sequence[str], columns: Columns, state: CellState, title: SplitTitle) -> Ticket:
    tickets = columns.cell(row, "tickets")
    url = read_link(tickets)
    price = read_price(columns.cell(row, "price") or ("" if url else tickets))
    availability = state.availability
    if availability is Availability.UNKNOWN:
        availability = title.availability
    if availability is Availability.UNKNOWN and tickets and not url:
        availability = read_state(tickets, False).availability
    currency = "NOK" if price.kind is TicketKind.TICKETS else None
    return Ticket(price.kind, url, price.least, currency, availability, price.dearest)


def _uid(row: Sequence[str], columns: Columns, title: SplitTitle) -> str:
    """The sheet's own id, else a hash of what it is; not of when, so that a corrected time is the same event."""
    if own := columns.cell(row, "id"):
        return own[:200]
    parts = (title.text, columns.cell(row, "venue"), columns.cell(row, "organizer"))
    words = "\n".join(" ".join(part.casefold().split()) for part in parts)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:16]
