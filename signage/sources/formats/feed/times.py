"""When the event of a feed's item is, in the words of the extensions that feeds use. Pure.

The RSS event module (ev:startdate, http://purl.org/rss/1.0/modules/event/), xCal (dtstart,
urn:ietf:params:xml:ns:xcal), and elements of plugins that end in "startdate" (mec:startDate with mec:startHour).
feedparser makes keys of them: "ev_startdate", "xcal_dtstart", "mec_startdate".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from signage.sources.formats.json_answer import end_after
from signage.sources.formats.loose_times import read_any_moment
from signage.sources.formats.times import TYPING_ERROR, day_of, in_zone, midnight, overnight, settled, span
from signage.sources.formats.written_times import OLD, WrittenTimes, read_times

DAY = timedelta(days=1)
# The ends of the names of elements, without "_", the surest first.
STARTS = ("evstartdate", "dtstart", "startdate", "localstart")
ENDS = ("evenddate", "dtend", "enddate", "localend")
START_HOURS = ("starthour", "starttime")
END_HOURS = ("endhour", "endtime")
# Whole names, which are too short, or too common, to be the ends of others. They count when they hold a date.
PLAIN_STARTS = (
    "eventdate", "eventstart", "gdwhenstarttime", "libcaldate", "starttime", "startdato", "fradato", "datofra", "dato",
    "start", "begin", "fra",
)  # fmt: skip
PLAIN_ENDS = (
    "eventend", "gdwhenendtime", "endtime", "sluttdato", "tildato", "datotil", "slutt", "end", "til"
)  # fmt: skip
PLAIN_START_HOURS = ("eventtime", "libcalstart", "klokkeslett", "tidspunkt", "klokka", "tid")
PLAIN_END_HOURS = ("libcalend", "sluttid")
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
    values = {key.replace("_", ""): value for key, value in _flat(entry) if isinstance(value, str) and value.strip()}
    _, begins = _found(values, STARTS)
    begins = begins or _exact(values, PLAIN_STARTS, near) or _future(entry, near)
    if not begins:
        return None
    ending, ends = _found(values, ENDS)
    start = _with_hour(read_any_moment(begins, near), _hour(values, START_HOURS, PLAIN_START_HOURS))
    ends = ends or _exact(values, PLAIN_ENDS, near)
    end = read_any_moment(ends, day_of(start) + OLD) if ends else None
    closing = _hour(values, END_HOURS, PLAIN_END_HOURS)
    if closing and isinstance(start, datetime):
        end = _with_hour(end if end is not None else start.date(), closing)
    return _whole_days(start, end, zone) or _timed(start, end, ending == "dtend", zone, warn)


def _flat(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an item's elements hold, and their attributes: <gd:when startTime="..."/>."""
    for key, value in entry.items():
        yield key, value
        if isinstance(value, Mapping) and key.partition("_")[2]:
            yield from ((f"{key}_{name}", each) for name, each in value.items())


def _found(values: Mapping[str, str], endings: tuple[str, ...]) -> tuple[str, str]:
    """Which ending was found, and what the element holds."""
    for ending in endings:
        for name, value in values.items():
            if name.endswith(ending):
                return ending, value.strip()
    return "", ""


def _exact(values: Mapping[str, str], names: tuple[str, ...], near: date) -> str:
    """What the first element with one of these names holds that is a date; "start" may also hold something else."""
    for name in names:
        with suppress(ValueError):
            if value := values.get(name, "").strip():
                read_any_moment(value, near)
                return value
    return ""


def _hour(values: Mapping[str, str], endings: tuple[str, ...], names: tuple[str, ...]) -> str:
    return _found(values, endings)[1] or next(filter(None, (values.get(name, "").strip() for name in names)), "")


def _future(entry: Mapping[str, Any], near: date) -> str:
    """A dc:date, or a bare date, behind today and the day of publication: nothing is changed in the future."""
    updated, published = entry.get("updated"), entry.get("published")
    if not isinstance(updated, str) or not isinstance(published, str):
        return ""
    with suppress(ValueError):
        day = day_of(read_any_moment(updated))
        return updated if day > near + DAY and day > day_of(read_any_moment(published)) + DAY else ""
    return ""


def _with_hour(moment: _Moment, text: str) -> _Moment:
    """A date with the time that another element has."""
    if not text or isinstance(moment, datetime):
        return moment
    try:
        times = read_times(text)
    except ValueError:
        return _hour_of(moment, text)
    return moment if times == WrittenTimes() or times.start is None else _at(moment, times.start)


def _hour_of(moment: date, text: str) -> _Moment:
    """The time in an element that has the date as well."""
    at = read_any_moment(text, moment)
    return at if isinstance(at, datetime) else moment


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
        warn(TYPING_ERROR)
        end = None
    if not isinstance(start, datetime):
        return _days(start, end, exclusive, warn)
    if isinstance(end, datetime):
        if start.tzinfo is None and end.tzinfo is None:
            if end == start:
                return When(settled(start.replace(tzinfo=zone)), None)
            over = None if end.date() < start.date() else overnight(start, end) if end < start else end
            if over is None:
                warn(TYPING_ERROR)
                return When(settled(start.replace(tzinfo=zone)), None)
            return When(*span(start.replace(tzinfo=zone), over.replace(tzinfo=zone)))
        begins = in_zone(start, zone)
        return When(begins, end_after(begins, in_zone(end, zone), warn))
    begins = in_zone(start, zone)
    if end is None or end <= begins.date():
        if end is not None and end < begins.date():
            warn(TYPING_ERROR)
        return When(begins, None)
    return When(begins, midnight(end if exclusive else end + DAY, zone))


def _days(start: date, end: _Moment | None, exclusive: bool, warn: Callable[[str], None]) -> When:
    """All-day. The last day is included, but not in iCalendar's own "dtend" (RFC 5545 3.6.1)."""
    if end is not None and day_of(end) < start:
        warn(TYPING_ERROR)
        end = None
    if end is None:
        return When(start, start + DAY)
    last = day_of(end) if exclusive and not isinstance(end, datetime) else day_of(end) + DAY
    return When(start, max(last, start + DAY))
