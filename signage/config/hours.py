"""Opening hours on a real calendar: `Hours` and a zone -> instants. Pure; the instants are arguments.

>>> open_spans(screen.opening, ZoneInfo(config.site.zone), from_, until)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from signage.config.models import Hours

Window = tuple[datetime, datetime]


def parse_hours(hours: Mapping[str, str], country: str = "") -> Hours:
    """`{"mon-fri": "10:00-18:00", "sat": "10-14"}` -> Hours. ValueError says in plain words what is wrong.

    `country`: whose public holidays count ("NO"); none without it.
    """
    return Hours.written(hours, country)


def open_spans(hours: Hours, zone: tzinfo, from_: datetime, until: datetime) -> list[Window]:
    """When it is open between two instants: sorted, apart from each other, aware, in UTC.

    Public holidays and single dates count for the day that a span begins on. Spans that touch or overlap are one, so a
    house that is open 00-24 every day is one span. On the night when clocks go back, a closing time that comes twice
    means the second one: rather an hour of light than a dark screen in an open house. A time that doesn't exist in
    spring is an hour later by the new clock.
    """
    if from_.tzinfo is None or until.tzinfo is None:
        raise ValueError("open_spans needs aware datetimes")
    start, end = from_.astimezone(UTC), until.astimezone(UTC)
    if start >= end:
        return []
    day = from_.astimezone(zone).date() - timedelta(days=1)  # a span may reach in from the evening before
    last = until.astimezone(zone).date()
    found: list[Window] = []
    while day <= last:
        for opening, closing in hours.on(day):
            closing_day = day + timedelta(days=1) if closing <= opening else day
            opened = max(_instants(day, opening, zone)[0], start)
            closed = min(max(_instants(closing_day, closing, zone)), end)
            if opened < closed:
                found.append((opened, closed))
        day += timedelta(days=1)
    return _merged(found)


def closed_spans(hours: Hours, zone: tzinfo, from_: datetime, until: datetime) -> list[Window]:
    """When it is closed between two instants: exactly what `open_spans` leaves."""
    spans = open_spans(hours, zone, from_, until)
    edges = [from_.astimezone(UTC), *(edge for span in spans for edge in span), until.astimezone(UTC)]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _instants(day: date, clock: time, zone: tzinfo) -> Window:
    """The two readings of a local time (PEP 495), equal on all but two nights. Where the time is skipped in spring, the
    first reading is the later one: an hour on by the new clock."""
    local = datetime.combine(day, clock, zone)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _merged(spans: list[Window]) -> list[Window]:
    merged: list[Window] = []
    for opened, closed in sorted(spans):
        if merged and opened <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closed, merged[-1][1]))
        else:
            merged.append((opened, closed))
    return merged
