"""When a schema.org Event is: dates and times as web sites write them (ISO 8601, more or less). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from signage.sources.formats.ical.times import duration
from signage.sources.formats.loose_times import read_any_moment
from signage.sources.formats.schema_org.values import Node, every, first
from signage.sources.formats.times import TYPING_ERROR, later, overnight, settled, span

Moment = datetime | date
Span = tuple[Moment, Moment | None]

# EventON for WordPress writes "2019-9-13T10-10-00-00": the hour, and then hour, minute, second.
_EVENTON = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}T)\d{1,2}-(\d{1,2})-(\d{2})-\d{2}$")
LONGEST = 100  # characters of a time
_LAST_MINUTE = time(23, 59)
_FALSE = re.compile(r"(?:[Zz]|\+00:?00)$")
_ZERO = re.compile(r"\+00:?00$")
_CLOCK = re.compile(r"\d:\d\d")


def has_false_offset(nodes: Iterable[Node]) -> bool:
    """Whether every time on a page ends in "+00:00": a WordPress site where nobody has chosen a zone writes so."""
    written = [str(value) for node in nodes for key in ("startDate", "endDate") for value in every(node.get(key))]
    times = [text.strip() for text in written if _CLOCK.search(text)]
    return bool(times) and all(map(_ZERO.search, times))


@dataclass(frozen=True, slots=True)
class LocalClock:
    """How a page's times are read. `false_z`: a "Z" or "+00:00" after a time says nothing, the digits are local."""

    zone: ZoneInfo
    false_z: bool = False

    def moment(self, raw: str) -> Moment:
        """A date, or an aware time in the zone, not yet settled. Raises ValueError for anything else."""
        raw = _EVENTON.sub(r"\1\2:\3", raw.strip()[:LONGEST])
        try:
            at = read_any_moment(_FALSE.sub("", raw) if self.false_z else raw)
            if not isinstance(at, datetime):
                return at
            at = at.replace(second=0)
            return at.astimezone(self.zone) if at.tzinfo else at.replace(tzinfo=self.zone)
        except (ValueError, OverflowError) as error:
            reason = f" ({error})" if "two dates" in str(error) else ""
            raise ValueError(f'"{raw[:40]}" is not a time{reason}') from None

    def starts(self, node: Node, say: Callable[[str], None]) -> list[tuple[Any, Any]]:
        """The pairs of "startDate" and "endDate" of an event, as written; most have one.

        Of several starts those are taken that can be read; a bare date beside a time on that day is the same start.
        `say` gets those that can't.
        """
        starts, ends = list(dict.fromkeys(map(str, every(node.get("startDate"))))), list(every(node.get("endDate")))
        readable: list[tuple[int, Moment]] = []
        unread: list[str] = []
        for number, raw in enumerate(starts):
            try:
                readable.append((number, self.moment(raw)))
            except ValueError as error:
                unread.append(str(error))
        for reason in unread if readable else ():
            say(f"one of its starts is left out: {reason}")
        timed = {at.date() for _, at in readable if isinstance(at, datetime)}
        kept = [number for number, at in readable if isinstance(at, datetime) or at not in timed]
        if len(kept) < 2:
            return [(starts[kept[0]] if kept else first(node.get("startDate")), first(ends))]
        return [(starts[number], ends[number] if len(ends) == len(starts) else None) for number in kept]

    def span(self, raw_start: Any, raw_end: Any, lasts: Any, say: Callable[[str], None]) -> Span:
        """From when to when; `say` gets what is left out. Raises ValueError when the start can't be read."""
        start, end = self.moment(str(raw_start)), None
        if raw_end is not None and str(raw_end).strip():
            try:
                end = self.moment(str(raw_end))
            except ValueError as error:
                say(f"its end is left out: {error}")
        if not isinstance(start, datetime):
            last = end.date() if isinstance(end, datetime) else end
            if last is not None and last < start:
                say("it ends before it starts; taken as one day")
            if last is None and (length := _length(lasts)):
                last = start + timedelta(days=length[0] - 1)
            return start, (last if last and last >= start else start) + timedelta(days=1)
        if isinstance(end, datetime):
            return self._timed(start, end, say)
        if end is not None and end > start.date():
            # from an hour on one day to another day: to the end of that
            return settled(start), settled(datetime.combine(end + timedelta(days=1), time(), self.zone))
        if length := _length(lasts):
            return settled(start), later(settled(settled(start) + timedelta(days=length[0])), length[1])
        return settled(start), None

    def _timed(self, start: datetime, end: datetime, say: Callable[[str], None]) -> Span:
        if start.time() == time() and end.time().replace(second=0) == _LAST_MINUTE and end.date() >= start.date():
            return start.date(), end.date() + timedelta(days=1)  # how calendars without all-day events write one
        begins, ends = (
            at.replace(tzinfo=None) if start.fold == end.fold else at.astimezone(UTC) for at in (start, end)
        )
        if begins == ends:
            return settled(start), None
        if ends < begins:
            if end.date() != start.date():
                say("it ends before it starts; its end is left out")
                return settled(start), None
            night = overnight(start, end)
            if night is None:
                say(TYPING_ERROR)
                return settled(start), None
            end = night
        return span(start, end)


def _length(lasts: Any) -> tuple[int, timedelta] | None:
    """The days and the rest of a "duration"; None when there is none that can be read."""
    raw = first(lasts)
    if not isinstance(raw, str):
        return None
    try:
        found = duration(raw)
    except (ValueError, OverflowError):
        return None
    return (found.days, found.exact) if found.days or found.exact else None
