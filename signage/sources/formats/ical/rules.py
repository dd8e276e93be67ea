"""RRULEs, mended where the library would misread them, and refused where they would keep it busy. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.sources.base import Warnings
from signage.sources.formats.ical.rule_parts import may_fit_no_day, refuse_never, rule_parts
from signage.sources.formats.ical.times import Moment, Span, moment
from signage.sources.formats.times import day_of, later, midnight

# More occurrences between a rule's start and the end of the window than this, and the rule is no event's: daily for a
# hundred years is 36 500. dateutil steps through some 100 000 a second.
MOST_STEPS = 50_000
# What a rule costs for which dateutil may go on looking for a day until the year 9999: some four seconds.
SEARCH_STEPS = 400_000
SHORTEST_MONTH = 28  # days
_ROUND = {"HOURLY": 1, "DAILY": 1, "WEEKLY": 7}  # days, with INTERVAL=1, after which a rule is where it was
BEFORE = timedelta(days=3)  # a day for zones, one for the window's own margin, one for the night of the change
_PER_DAY = {"SECONDLY": 86_400.0, "MINUTELY": 1440.0, "HOURLY": 24.0, "DAILY": 1.0, "WEEKLY": 1 / 7, "MONTHLY": 1 / 28}


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE as the library needs it. `until` is its last moment, if it has one."""

    parts: dict[str, str]
    until: Moment | None

    @property
    def text(self) -> str:
        """Its value."""
        return ";".join(f"{key}={value}" for key, value in self.parts.items())

    def forward(self, span: Span, first: datetime) -> Moment:
        """A start shortly before `first` from which the rule goes on just as from its own.

        So that a club that has met every week since 1990 costs no more than one that began last month. Whole rounds
        are skipped: a rule that counts, or goes by months or years, is left alone.
        """
        unit = _ROUND.get(self.parts.get("FREQ", ""), 0) * int(self.parts.get("INTERVAL", "1"))
        if not unit or "COUNT" in self.parts:
            return span.start
        room = (first - BEFORE - span.nominal).date() - day_of(span.start)
        return span.start + timedelta(days=max(0, room.days // unit) * unit)

    def steps(self, start: Moment, last: datetime) -> int:
        """How many steps it may take until `last`. Raises ValueError when those are too many, or none ever."""
        frequency = self.parts.get("FREQ", "")
        per_day = _PER_DAY.get(frequency, 1 / 365)
        for key, unit in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60)):
            if key in self.parts:
                per_day *= min(unit, self.parts[key].count(",") + 1)
        end = last.date() if self.until is None else min(last.date(), day_of(self.until))
        steps = max(0, (end - day_of(start)).days) * per_day / int(self.parts.get("INTERVAL", "1"))
        if "COUNT" in self.parts:
            steps = min(steps, max(0, int(self.parts["COUNT"])))
        if frequency in ("SECONDLY", "MINUTELY") or steps > MOST_STEPS:
            raise ValueError(f"it repeats too often ({frequency or 'no FREQ'}, some {max(steps, 1):.0f} times)")
        refuse_never(self.parts)
        return max(int(steps), SEARCH_STEPS if may_fit_no_day(self.parts) else 0)


class BrokenEnd(ValueError):
    """The end of a series can't be read, so that nobody knows how often it repeats."""


def mended_rule(rule: str, span: Span, zone: ZoneInfo, warnings: Warnings, name: str) -> Rule:
    """Read an RRULE. Raises ValueError for what is none, `BrokenEnd` when its end is none.

    recurring-ical-events 3.8.2 takes a DATE in UNTIL as midnight UTC, so that a timed series loses its last day, and a
    local time as UTC.
    """
    parts = rule_parts(rule)
    _as_gregorian(parts, span, warnings, name)
    until: Moment | None = None
    if not parts.get("COUNT", "1").lstrip("+").isdecimal():
        raise BrokenEnd(f'its COUNT can\'t be read ("{parts["COUNT"][:30]}")')
    if "UNTIL" in parts:
        try:
            until = moment(parts["UNTIL"], span.start.tzinfo or zone if isinstance(span.start, datetime) else zone)
        except ValueError:
            raise BrokenEnd(f'its UNTIL can\'t be read ("{parts["UNTIL"][:30]}")') from None
        if not isinstance(span.start, datetime):
            until = day_meant(until, zone) if isinstance(until, datetime) else until
            parts["UNTIL"] = f"{until:%Y%m%d}"
        else:
            if not isinstance(until, datetime):
                warnings.add(f"The UNTIL of {name} has no time. That day is included.")
                until = later(midnight(until + timedelta(days=1), span.start.tzinfo or zone), timedelta(seconds=-1))
            parts["UNTIL"] = f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if int(parts.get("INTERVAL", "1")) < 1:
        raise ValueError("its INTERVAL is not a positive number")
    return Rule(parts, until)


def _as_gregorian(parts: dict[str, str], span: Span, warnings: Warnings, name: str) -> None:
    """Take out what RFC 7529 adds. Raises ValueError for other calendars than ours."""
    calendar, skip = parts.pop("RSCALE", "GREGORIAN"), parts.pop("SKIP", "OMIT")
    if calendar != "GREGORIAN":
        raise ValueError(f"its rule is in another calendar ({calendar[:30]})")
    if skip != "OMIT" and parts.get("FREQ") in ("MONTHLY", "YEARLY") and day_of(span.start).day > SHORTEST_MONTH:
        warnings.add(f"{name} is only shown in months that have its day: SKIP={skip[:30]} is not supported.")


def day_meant(at: datetime, zone: ZoneInfo) -> date:
    """The day that an instant means on an all-day series, where RFC 5545 asks for a date (3.3.10, 3.8.4.4, 3.8.5.1).

    Exchange writes midnight of the day in local time ("20261102T230000Z" for the 3rd), Google the end of the day by
    its own clock ("20261103T235959Z").
    """
    local = at.astimezone(zone)
    return local.date() if local.time() == time() else at.date()
