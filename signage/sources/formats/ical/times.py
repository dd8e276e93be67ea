"""The values of DTSTART, DTEND, DURATION, EXDATE and RDATE. Pure.

Where the right answer differs from that of recurring-ical-events 3.8.2 the library is given prepared values
or its answer is replaced, each time with the reason beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from signage.sources.base import Warnings
from signage.sources.formats.ical.text import Block, Property
from signage.sources.formats.ical.zones import Zones
from signage.sources.formats.times import LONGEST_NIGHT, TYPING_ERROR, exists, later, midnight, settled

Moment = datetime | date

_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})?(Z)?)?$", re.IGNORECASE)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Length:
    """A DURATION. Days go by the calendar and the clock; time is exact (RFC 5545 3.3.6: P1D is not PT24H)."""

    days: int
    exact: timedelta


def moment(value: str, zone: tzinfo, only_date: bool = False) -> Moment:
    """A DATE or DATE-TIME. `zone` is for times without a "Z". Raises ValueError.

    `only_date`: it is declared as a DATE. A time in it is one all the same, unless it is midnight.
    """
    found = _MOMENT.match(value.strip())
    if found is None:
        raise ValueError(f'"{value[:30]}" is not a date')
    day = date(int(found[1]), int(found[2]), int(found[3]))
    digits = tuple(int(found[n] or 0) for n in (4, 5, 6))
    if found[4] is None or (only_date and not any(digits)):
        return day
    if digits == (24, 0, 0):  # the day's end
        return datetime.combine(day + timedelta(days=1), time(), UTC if found[7] else zone)
    hour, minute, second = digits
    return datetime.combine(day, time(hour, minute, min(second, 59)), UTC if found[7] else zone)


def of_property(found: Property, zones: Zones, floating: tzinfo) -> Moment:
    """The one value of a property such as DTSTART."""
    zone = zones.named(found.params["TZID"]) if found.params.get("TZID") else floating
    return moment(found.value, zone, found.params.get("VALUE", "").upper() == "DATE")


def duration(value: str) -> Length:
    """A DURATION value. Raises ValueError."""
    found = _DURATION.match(value.strip())
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f'"{value[:30]}" is not a duration')
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in found.groups()[1:])
    if found[1] == "-":
        return Length(0, timedelta())
    return Length(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


@dataclass(frozen=True, slots=True)
class Span:
    """When a component happens: its start, and one way to say its end (`wall`: from clock to clock), or none."""

    start: Moment
    wall: timedelta | None = None
    length: Length | None = None

    def end_of(self, start: Moment) -> Moment | None:
        """The end of the occurrence that starts at `start`; exclusive for dates, None when it has none.

        recurring-ical-events 3.8.2 adds on the clock in every case: PT24H over the night of the change ends an hour
        off, and 02:30-03:30 in the spring night has no length.
        """
        if not isinstance(start, datetime):
            days = self.wall.days if self.wall else self.length.days if self.length else 1
            return start + timedelta(days=max(1, days))
        if self.length is not None:
            end = later(start + timedelta(days=self.length.days), self.length.exact)
        elif self.wall is None:
            return None
        elif not exists(start):
            end = later(start, self.wall)
        else:
            end = settled(start + self.wall)
        return end if end > settled(start) or end.astimezone(UTC) > start.astimezone(UTC) else None

    @property
    def has_end(self) -> bool:
        """Whether its end is known."""
        return self.wall is not None or self.length is not None

    @property
    def nominal(self) -> timedelta:
        """How long it is on the clock, for the library's own search."""
        if self.wall is not None:
            return self.wall
        if self.length is not None:
            return timedelta(days=self.length.days) + self.length.exact
        return timedelta() if isinstance(self.start, datetime) else timedelta(days=1)


def span_of(block: Block, zones: Zones, floating: tzinfo, warnings: Warnings, name: str) -> Span:
    """When a VEVENT happens. Raises ValueError when its start can't be read; an end that can't be is left out."""
    # what calls off one occurrence may say no more than which one
    first = block.first("DTSTART") or (block.first("RECURRENCE-ID") if block.called_off else None)
    if first is None:
        raise ValueError("it has no start")
    start = of_property(first, zones, floating)
    if _is_marked_all_day(block) and isinstance(start, datetime) and start.time() == time():
        start = start.date()
    last, lasting = block.first("DTEND"), block.first("DURATION")
    try:
        if last is not None:
            return Span(start, _wall(start, of_property(last, zones, floating), warnings, name))
        if lasting is not None:
            return Span(start, length=duration(lasting.value))
    except ValueError as error:
        warnings.add(f"The end of {name} is left out: {error}.")
    return Span(start)


def _is_marked_all_day(block: Block) -> bool:
    """Whether Outlook marked it as all-day. Not for series, whose other dates would still be times."""
    mark = block.first("X-MICROSOFT-CDO-ALLDAYEVENT")
    is_series = any(block.first(name) for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    return mark is not None and mark.value.strip().upper() == "TRUE" and not is_series


def _wall(start: Moment, end: Moment, warnings: Warnings, name: str) -> timedelta | None:
    if not isinstance(start, datetime):
        last = (
            end if not isinstance(end, datetime) else (end + timedelta(days=1) if end.time() > time() else end).date()
        )
        if last < start:
            warnings.add(f"{name} ends before it starts. Only its first day is used.")
        return max(last - start, timedelta(days=1))
    if not isinstance(end, datetime):
        end = midnight(end, start.tzinfo or UTC)
    clock = end.astimezone(start.tzinfo).replace(tzinfo=None) if end.tzinfo is not start.tzinfo else end
    wall = clock.replace(tzinfo=None) - start.replace(tzinfo=None)
    if wall < timedelta():
        if clock.date() != start.date():
            warnings.add(f"{name} ends before it starts. Its end is left out.")
            return None
        # 22:00-01:00 written on one date; recurring-ical-events 3.8.2 would swap the two
        wall += timedelta(days=1)
        if wall > LONGEST_NIGHT:
            warnings.add(f"{name}: {TYPING_ERROR}.")
            return None
    return wall or None


def moments(found: Property, zones: Zones, floating: tzinfo) -> list[tuple[Moment, timedelta | None]]:
    """The values of an EXDATE or RDATE; of a PERIOD also how long it is. Raises ValueError."""
    zone = zones.named(found.params["TZID"]) if found.params.get("TZID") else floating
    values: list[tuple[Moment, timedelta | None]] = []
    for text in filter(None, (part.strip() for part in found.value.split(","))):
        begin, _, end = text.partition("/")
        start = moment(begin, zone, found.params.get("VALUE", "").upper() == "DATE")
        if not end:
            values.append((start, None))
        elif end.upper().startswith("P"):
            length = duration(end)
            values.append((start, timedelta(days=length.days) + length.exact))
        else:
            until = moment(end, zone)
            if not isinstance(start, datetime) or not isinstance(until, datetime):
                raise ValueError(f'"{text[:40]}" is not a period')
            values.append((start, until - start))
    return values
