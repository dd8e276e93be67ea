"""When the event of a feed's item is, in the words of the extensions that feeds use. Pure.

The RSS event module (ev:startdate, http://purl.org/rss/1.0/modules/event/), xCal (dtstart,
urn:ietf:params:xml:ns:xcal), and elements of plugins that end in "startdate" (mec:startDate with mec:startHour).
feedparser makes keys of them: "ev_startdate", "xcal_dtstart", "mec_startdate".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from signage.domain.date_words import NAMES
from signage.sources.formats.json_answer import end_after
from signage.sources.formats.times import TYPING_ERROR, day_of, in_zone, midnight, overnight, read_moment, settled, span
from signage.sources.formats.written_times import OLD, WrittenTimes, read_days, read_times, weekday

DAY = timedelta(days=1)
# The ends of the names of elements, without "_", the surest first.
STARTS = ("evstartdate", "dtstart", "startdate", "localstart")
ENDS = ("evenddate", "dtend", "enddate", "localend")
START_HOURS = ("starthour", "starttime")
END_HOURS = ("endhour", "endtime")
_RFC822 = re.compile(r"(?:([A-Za-z]{3,9}),?\s+)?\d{1,2}[\s-][A-Za-z]{3,9}[\s-]\d{2,4}\s+\d\d:\d\d.*", re.DOTALL)
_Moment = datetime | date  # a time without a zone is one of the source's


@dataclass(frozen=True, slots=True)
class When:
    """From and until when; all-day as dates, the end exclusive."""

    start: datetime | date
    end: datetime | date | None


def read_when(entry: Mapping[str, Any], near: date, zone: ZoneInfo, warn: Callable[[str], None]) -> When | None:
    """When an item's event is; None for an item that names no event's date. Raises ValueError for one that can't be.

    `warn` gets a sentence about an end that is left out.
    """
    names = {key.replace("_", ""): key for key in entry}
    _, begins = _said(entry, names, STARTS)
    if not begins:
        return None
    ending, ends = _said(entry, names, ENDS)
    start = _with_hour(_moment(begins, near), _said(entry, names, START_HOURS)[1])
    end = _moment(ends, day_of(start) + OLD) if ends else None
    closing = _said(entry, names, END_HOURS)[1]
    if closing and isinstance(start, datetime):
        end = _with_hour(end if end is not None else start.date(), closing)
    return _whole_days(start, end, zone) or _timed(start, end, ending == "dtend", zone, warn)


def _said(entry: Mapping[str, Any], names: Mapping[str, str], endings: tuple[str, ...]) -> tuple[str, str]:
    """Which ending was found, and what the element holds."""
    for ending in endings:
        for name, key in names.items():
            value = entry[key]
            if name.endswith(ending) and isinstance(value, str) and value.strip():
                return ending, value.strip()
    return "", ""


def _moment(text: str, near: date) -> _Moment:
    """A date or a time of ISO 8601, of RFC 5322, or as people write it. Raises ValueError."""
    if len(text) > 100:
        raise ValueError(f'the date "{text[:40]}" is not understood')
    with suppress(ValueError):
        return read_moment(text)
    if found := _RFC822.fullmatch(text):
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            raise ValueError(f'the date "{text[:40]}" is not understood') from None
        said = weekday(found[1]) if found[1] else None
        if said is not None and said != at.weekday():
            raise ValueError(f'"{text[:40]}" is a {NAMES[at.weekday()]}')
        return at if at.tzinfo else at.replace(tzinfo=UTC)  # "-0000": UTC, by RFC 5322 3.3
    days = read_days(text, near)
    return days.first if days.times.start is None else _at(days.first, days.times.start)


def _with_hour(moment: _Moment, text: str) -> _Moment:
    """A date with the time that another element has."""
    if not text or isinstance(moment, datetime):
        return moment
    times = read_times(text)
    return moment if times == WrittenTimes() or times.start is None else _at(moment, times.start)


def _at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _is_midnight(moment: _Moment | None) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is None and (moment.hour, moment.minute) == (0, 0)


def _whole_days(start: _Moment, end: _Moment | None, zone: ZoneInfo) -> When | None:
    """All-day, when 00:00 is what a program writes behind a date that has no time: from 00:00 to 00:00 or 23:59."""
    if not _is_midnight(start):
        return None
    if end is None or end == start:
        return When(day_of(start), day_of(start) + DAY)
    if isinstance(end, datetime) and end.tzinfo is None and end > start:
        if (end.hour, end.minute) == (23, 59):
            return When(day_of(start), end.date() + DAY)
        if _is_midnight(end):
            return When(day_of(start), end.date())
    return None


def _timed(start: _Moment, end: _Moment | None, exclusive: bool, zone: ZoneInfo, warn: Callable[[str], None]) -> When:
    if end is not None and day_of(end) < day_of(start) - DAY:  # a day for zones: as instants it is looked at below
        raise ValueError("it ends before it begins")
    if not isinstance(start, datetime):
        return _days(start, end, exclusive)
    if isinstance(end, datetime):
        if start.tzinfo is None and end.tzinfo is None:
            if end.date() < start.date():
                raise ValueError("it ends before it begins")
            if end == start:
                return When(settled(start.replace(tzinfo=zone)), None)
            over = overnight(start, end) if end < start else end
            if over is None:
                warn(TYPING_ERROR)
                return When(settled(start.replace(tzinfo=zone)), None)
            return When(*span(start.replace(tzinfo=zone), over.replace(tzinfo=zone)))
        begins = in_zone(start, zone)
        return When(begins, end_after(begins, in_zone(end, zone), warn))
    begins = in_zone(start, zone)
    if end is None or end <= begins.date():
        if end is not None and end < begins.date():
            raise ValueError("it ends before it begins")
        return When(begins, None)
    return When(begins, midnight(end if exclusive else end + DAY, zone))


def _days(start: date, end: _Moment | None, exclusive: bool) -> When:
    """All-day. The last day is included, but not in iCalendar's own "dtend" (RFC 5545 3.6.1)."""
    if end is None:
        return When(start, start + DAY)
    if day_of(end) < start:
        raise ValueError("it ends before it begins")
    last = day_of(end) if exclusive and not isinstance(end, datetime) else day_of(end) + DAY
    return When(start, max(last, start + DAY))
