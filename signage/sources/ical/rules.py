"""RRULEs, mended where the library would misread them, and refused where they would keep it busy. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from signage.sources.base import Warnings
from signage.sources.ical.rule_parts import refuse_never, rule_parts
from signage.sources.ical.times import Moment, Span, moment
from signage.sources.times import later, midnight

# More occurrences between a rule's first and the end of the window than this, and the rule is no event's: daily for a
# hundred years is 36 500. dateutil steps through some 100 000 a second.
MOST_STEPS = 50_000
_PER_DAY = {"SECONDLY": 86_400.0, "MINUTELY": 1440.0, "HOURLY": 24.0, "DAILY": 1.0, "WEEKLY": 1 / 7, "MONTHLY": 1 / 28}


def mended_rule(rule: str, span: Span, last: datetime, zone: ZoneInfo, warnings: Warnings, name: str) -> str:
    """An RRULE with its UNTIL as the library needs it. Raises ValueError for a rule that is more work than an event's.

    `last` is the end of the window. recurring-ical-events 3.8 takes a DATE in UNTIL as midnight UTC, so that a timed
    series loses its last day, and a local time as UTC.
    """
    parts = rule_parts(rule)
    until: Moment | None = None
    if "UNTIL" in parts:
        until = moment(parts["UNTIL"], span.start.tzinfo or zone if isinstance(span.start, datetime) else zone)
        if not isinstance(span.start, datetime):
            day = until.astimezone(zone).date() if isinstance(until, datetime) else until
            parts["UNTIL"] = f"{day:%Y%m%d}"
        else:
            if not isinstance(until, datetime):
                warnings.add(f"{name}: its UNTIL has no time; that day is included")
                until = later(midnight(until + timedelta(days=1), span.start.tzinfo or zone), timedelta(seconds=-1))
            parts["UNTIL"] = f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    _refuse_excess(parts, span.start, until, last)
    refuse_never(parts)
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _refuse_excess(parts: dict[str, str], start: Moment, until: Moment | None, last: datetime) -> None:
    frequency = parts.get("FREQ", "")
    per_day = _PER_DAY.get(frequency, 1 / 365)
    for key, unit in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60)):
        if key in parts:
            per_day *= min(unit, parts[key].count(",") + 1)
    interval = int(parts.get("INTERVAL", "1"))
    if interval < 1:
        raise ValueError("its INTERVAL is not a positive number")
    end = last.date() if until is None else min(last.date(), _day(until))
    steps = max(0, (end - _day(start)).days) * per_day / interval
    if "COUNT" in parts:
        steps = min(steps, max(0, int(parts["COUNT"])))
    if frequency in ("SECONDLY", "MINUTELY") or steps > MOST_STEPS:
        raise ValueError(f"it repeats too often ({frequency or 'no FREQ'}, some {max(steps, 1):.0f} times)")


def _day(value: Moment) -> date:
    return value.date() if isinstance(value, datetime) else value
