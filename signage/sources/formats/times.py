"""Moments as programs write them, and local times on days when the clock is moved. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

LONGEST_NIGHT = timedelta(hours=12)  # of an event whose end is written before its start, on one date
TYPING_ERROR = "it ends before it starts. Its end is left out"  # "18-17" is no event of 23 hours
_MOMENT = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|(\d\d)(\d\d))"
    r"(?:[T\s]\s*(?:(\d{1,2}):(\d\d)|(\d\d)(\d\d))(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d{1,2}(?::?\d\d)?)?)?",
    re.IGNORECASE | re.ASCII,
)


def read_moment(text: str) -> datetime | date:
    """A date, or a time of ISO 8601, more or less: "2026-12-04T20:00:00+0100", "20261204T2000", "2026-12-4 20:00 UTC".

    Without an offset it stays without a zone. 24:00 is the next midnight; fractions of seconds are cut. Raises
    ValueError for anything else.
    """
    if found := _MOMENT.fullmatch(text):
        month, day, hour, minute = (found[n] or found[n + 2] for n in (2, 3, 6, 7))
        try:
            on = date(int(found[1]), int(month), int(day))
            if hour is None:
                return on
            late = (hour, minute) == ("24", "00")
            at = datetime.combine(on, time(0 if late else int(hour), int(minute), min(int(found[10] or 0), 59)))
            return (at + timedelta(days=late)).replace(tzinfo=_offset(found[11]) if found[11] else None)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f'"{text[:30]}" is not a date and a time')


def _offset(text: str) -> tzinfo:
    if text.upper() in ("Z", "UTC"):
        return UTC
    hours, minutes = (text[1:3], text[-2:]) if len(text) > 3 else (text[1:], "0")
    length = timedelta(hours=int(hours.rstrip(":")), minutes=int(minutes))
    return timezone(-length if text[0] == "-" else length)


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """A time as the zone's clocks show it; one without a zone is theirs already."""
    return settled(at.replace(tzinfo=zone)) if at.tzinfo is None else at.astimezone(zone)


def exists(at: datetime) -> bool:
    """Whether a local time is ever shown by a clock: 02:30 on the last Sunday of March is not."""
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)


def settled(at: datetime) -> datetime:
    """The instant of a local time, as a clock shows it: a time that is skipped is an hour later (RFC 5545 3.3.5).

    A time that comes twice is the first one, unless `fold` says otherwise.
    """
    return at.astimezone(UTC).astimezone(at.tzinfo)


def later(at: datetime, by: timedelta) -> datetime:
    """`by` of real time later, in the same zone."""
    return (at.astimezone(UTC) + by).astimezone(at.tzinfo)


def instant(value: datetime | date, zone: tzinfo) -> datetime:
    """For sorting: when a date or a time begins, in UTC."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    return value.astimezone(UTC)


def day_of(value: datetime | date) -> date:
    """The day of a moment, in its own zone."""
    return value.date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)  # every record of every source is compared with the same few midnights
def midnight(day: date, zone: tzinfo) -> datetime:
    """When a local day begins."""
    return settled(datetime.combine(day, time(), zone))


def overnight(start: datetime, end: datetime) -> datetime | None:
    """The next day's `end`, where it is written before the start and on the same date: 22:00-01:00.

    None when the event would last more than `LONGEST_NIGHT`, by the clock: that is a typing error.
    """
    after = end + timedelta(days=1)
    return after if after.replace(tzinfo=None) - start.replace(tzinfo=None) <= LONGEST_NIGHT else None


def span(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """An occurrence from and to local times with a zone, as they were written, settled.

    When the start is skipped by the clock, the end follows it: 02:30-03:30 in the spring night is 03:30-04:30.
    """
    begins = settled(start)
    if exists(start):
        return begins, settled(end)
    return begins, later(begins, end.replace(tzinfo=None) - start.replace(tzinfo=None))
