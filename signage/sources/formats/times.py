"""Local times on days when the clock is moved. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache


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


def span(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """An occurrence from and to local times with a zone, as they were written, settled.

    When the start is skipped by the clock, the end follows it: 02:30-03:30 in the spring night is 03:30-04:30.
    """
    begins = settled(start)
    if exists(start):
        return begins, settled(end)
    return begins, later(begins, end.replace(tzinfo=None) - start.replace(tzinfo=None))
