"""A file's own time zone: a VTIMEZONE (RFC 5545 3.6.5) as a `tzinfo`. Pure.

Not icalendar's `Timezone.to_tz`: what 7.3.0 makes of one finds the wrong offset where "DAYLIGHT" is behind "STANDARD",
and asks a recurrence rule for every conversion, which makes 5,000 events take seconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

from dateutil.rrule import rrulestr

from signage.sources.formats.ical.rule_parts import may_fit_no_day, refuse_never, rule_parts
from signage.sources.formats.ical.text import Property, parse_line

FIRST_YEAR, LAST_YEAR = 1969, 2060  # whose changes are worked out; exporters let rules begin in 1601
MOST_CHANGES = 1000  # of one observance: every year since 1601, and then some
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2}):?(\d{2})?$")
_LOCAL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2}))?")


class DefinedZone(tzinfo):
    """A zone whose changes are in the file: when, and to what."""

    def __init__(self, name: str, changes: Iterable[tuple[datetime, timedelta]], before: timedelta) -> None:
        """`changes`: the naive instants in UTC at which an offset begins. `before`: the offset until the first one."""
        ordered = dict(sorted(changes))
        self._name = name
        self._instants = list(ordered)
        self._offsets = [before, *ordered.values()]
        pairs = list(zip(self._instants, self._offsets, self._offsets[1:], strict=False))
        # As in zoneinfo: a skipped time has the offset from before, one that comes twice too, unless `fold` is set
        # (RFC 5545 3.3.5).
        self._clock = (
            [at + max(old, new) for at, old, new in pairs],
            [at + min(old, new) for at, old, new in pairs],
        )

    def utcoffset(self, at: datetime | None, /) -> timedelta | None:
        """The offset of a local time."""
        if at is None:
            return None
        return self._offsets[bisect_right(self._clock[at.fold], at.replace(tzinfo=None, fold=0))]

    def dst(self, at: datetime | None, /) -> timedelta | None:
        """Not known: what a file calls daylight need not be."""
        return None

    def tzname(self, at: datetime | None, /) -> str:
        """What the file calls it."""
        return self._name

    def fromutc(self, at: datetime, /) -> datetime:
        """The local time of an instant."""
        instant = at.replace(tzinfo=None, fold=0)
        number = bisect_right(self._instants, instant)
        offset = self._offsets[number]
        local = instant + offset
        again = number > 0 and local < self._instants[number - 1] + self._offsets[number - 1]
        return local.replace(tzinfo=self, fold=int(again))

    def __deepcopy__(self, memo: object) -> DefinedZone:
        return self  # never changes

    def __repr__(self) -> str:
        return f"DefinedZone({self._name!r})"


@dataclass(slots=True)
class _Observance:
    properties: list[Property] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next((found.value.strip() for found in self.properties if found.name == name), "")

    def changes(self) -> Iterator[tuple[datetime, timedelta, timedelta]]:
        """Its onsets (naive UTC), the offset before and after. Raises ValueError."""
        before, after = _offset(self.value("TZOFFSETFROM")), _offset(self.value("TZOFFSETTO"))
        start = _local(self.value("DTSTART"))
        onsets = {start}
        for found in self.properties:
            if found.name == "RDATE":
                onsets.update(_local(text) for text in found.value.split(","))
            elif found.name == "RRULE":
                onsets.update(_repeated(found.value, start, before))
        for onset in onsets:
            yield onset - before, before, after


def zone_of(name: str, text: str) -> tzinfo:
    """The zone that the text of a VTIMEZONE defines. Raises ValueError when none of it can be read."""
    changes: list[tuple[datetime, timedelta, timedelta]] = []
    problem = "it is empty"
    for observance in _observances(text):
        try:
            changes += observance.changes()
        except (ValueError, OverflowError, TypeError, KeyError, IndexError, AttributeError) as error:
            problem = str(error)[:60]  # dateutil raises all of these for an invalid rule
    if not changes:
        raise ValueError(problem)
    first = min(changes)
    return DefinedZone(name, ((at, after) for at, _, after in changes), first[1])


def _observances(text: str) -> Iterator[_Observance]:
    current: _Observance | None = None
    for line in text.splitlines():
        found = parse_line(line)
        if found is None:
            continue
        if found.name == "BEGIN":
            current = _Observance() if found.value.strip().upper() in ("STANDARD", "DAYLIGHT") else None
        elif found.name == "END" and current is not None:
            yield current
            current = None
        elif current is not None:
            current.properties.append(found)


def _repeated(rule: str, start: datetime, before: timedelta) -> Iterator[datetime]:
    parts = rule_parts(rule)
    if parts.get("FREQ") != "YEARLY":
        raise ValueError("its rule is not valid for a time zone")
    refuse_never(parts)
    if not _is_clock_rule(parts):
        raise ValueError("its rule is not valid for a time zone")
    every_year = parts.get("INTERVAL", "1") == "1" and "COUNT" not in parts
    if start.year < FIRST_YEAR and every_year:
        start = start.replace(year=FIRST_YEAR, day=min(start.day, 28))
    until = datetime(LAST_YEAR, 12, 31)  # noqa: DTZ001 - a rule's own times have no zone
    if "UNTIL" in parts:
        said = _local(parts.pop("UNTIL"))
        until = min(until, said + before if rule.rstrip("; \t").upper().endswith("Z") or "Z;" in rule.upper() else said)
    plain = ";".join(f"{key}={value}" for key, value in parts.items())
    for onset in islice(rrulestr(plain, dtstart=start), MOST_CHANGES):
        if onset > until:
            return
        yield onset


def _is_clock_rule(parts: dict[str, str]) -> bool:
    """Whether a yearly rule may be one for changing the clock.

    Others may fit no day at all ("the first Sunday, on the 20th"), and dateutil looks for one until the year 9999,
    which takes it half a second for each rule.
    """
    days = parts.get("BYDAY", "")
    numbered = any(character.isdigit() for character in days)
    if numbered and ("BYMONTHDAY" in parts or parts.get("BYSETPOS", "1") not in ("1", "-1")):
        return False
    one_time = all("," not in parts.get(key, "") for key in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    # "the first Sunday from the 8th on" is written as a weekday and seven days of a month
    without_weekday = {key: value for key, value in parts.items() if key != "BYDAY"} if not numbered else parts
    return one_time and not may_fit_no_day(without_weekday)


def _offset(text: str) -> timedelta:
    found = _OFFSET.match(text)
    if found is None:
        raise ValueError(f'"{text[:20]}" is not an offset')
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if offset >= timedelta(hours=24):
        raise ValueError(f'"{text[:20]}" is not an offset')
    return -offset if found[1] == "-" else offset


def _local(text: str) -> datetime:
    found = _LOCAL.match(text.strip())
    if found is None:
        raise ValueError(f'"{text[:20]}" is not a time')
    year, month, day, hour, minute, second = (int(group or 0) for group in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None)
