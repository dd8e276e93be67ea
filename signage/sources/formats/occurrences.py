"""What a record means where its times say something else: whole days, and spans whose text lists the showings. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.domain.model import Record
from signage.sources.base import Warnings
from signage.sources.formats.course_dates import ONE_EVENING, Evenings, named_evenings
from signage.sources.formats.json_answer import short_id
from signage.sources.formats.times import TYPING_ERROR

DAY = timedelta(days=1)
MANY = 3  # dates of different times that are showings; an exhibition's opening and its last day are two

Entry = tuple[str, str, str, str]


def entry_of(record: Record) -> Entry:
    """What two entries of one source have in common when they are one: an id alone may be that of a whole page."""
    title, venue = (" ".join(text.casefold().split()) for text in (record.title, record.venue))
    return record.uid, record.start.isoformat(), title, venue


def occurrences_of(record: Record, zone: ZoneInfo, warnings: Warnings) -> Iterator[Record]:
    """The occurrences that a record means: mostly one. `zone`: that of its days."""
    record = replace(record, uid=short_id(record.uid))
    listed = _listed(record, zone)
    for dropped in listed.dropped:
        warnings.add(f'A date of "{record.title[:80]}" is left out: {dropped}.')
    if listed.mistyped:
        warnings.about(record.title)(TYPING_ERROR)
    showings = [replace(record, start=each.start, end=each.end) for each in listed.all] or [record]
    for showing in showings:
        yield _as_whole_days(showing, zone)


def _listed(record: Record, zone: ZoneInfo) -> Evenings:
    """The showings that the text of a span lists; none for a single evening, and for what lists no showings."""
    first, last = record.start, record.end
    if last is None or not record.description:
        return Evenings()
    if isinstance(first, datetime) and isinstance(last, datetime):
        if last.astimezone(UTC) - first.astimezone(UTC) <= ONE_EVENING:
            return Evenings()
    elif isinstance(first, datetime) or isinstance(last, datetime) or last - first <= DAY:
        return Evenings()
    else:
        first, last = _midnight(first, zone), _midnight(last - DAY, zone) + timedelta(hours=23, minutes=59)
    found = named_evenings(record.description, first.astimezone(zone), last.astimezone(zone))
    alike = len({each.start.time() for each in found.all}) == 1
    return found if alike or len(found.all) >= MANY else Evenings()


def _as_whole_days(record: Record, zone: ZoneInfo) -> Record:
    """All-day, where midnight is what a program writes for a day without a time.

    From midnight, local or in UTC, to midnight or 23:59; from local midnight without an end. A mass from 00:00 to 01:00
    keeps its time.
    """
    start, end = record.start, record.end
    if not isinstance(start, datetime) or not (end is None or isinstance(end, datetime)):
        return record
    days = _days(start.astimezone(zone), end and end.astimezone(zone))
    if days is None and end is not None and end != start:
        days = _days(start.astimezone(UTC), end.astimezone(UTC))
    return record if days is None else replace(record, start=days[0], end=days[1])


def _days(start: datetime, end: datetime | None) -> tuple[date, date] | None:
    """The first day, and the one after the last; None for what is not of whole days on this clock."""
    if (start.hour, start.minute, start.second) != (0, 0, 0):
        return None
    if end is None or end == start:
        return start.date(), start.date() + DAY
    if end < start:
        return None
    if (end.hour, end.minute) == (0, 0):
        return start.date(), end.date()
    if (end.hour, end.minute) == (23, 59):
        return start.date(), end.date() + DAY
    return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
