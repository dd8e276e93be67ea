"""Expand events that repeat, with recurring-ical-events. Pure.

Every series is expanded by itself, so that one with a broken rule costs no other: `CalendarQuery` of
recurring-ical-events 3.8.2 raises for the whole calendar on errors that `skip_bad_series` doesn't name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from signage.sources.base import Warnings
from signage.sources.formats.ical.rules import BrokenEnd, Rule, day_meant, mended_rule
from signage.sources.formats.ical.text import Block, Property
from signage.sources.formats.ical.times import Moment, Span, moments, of_property
from signage.sources.formats.ical.zones import Zones
from signage.sources.formats.times import day_of, later, settled

if TYPE_CHECKING:
    from icalendar import Event

# The work that one file may cost, in steps of a rule (dateutil takes some 100 000 a second): a county's 10 000 series.
MOST_STEPS_A_FILE = 4_000_000
SERIES_STEPS = 300  # what the library does for a series that has but one occurrence
LONGEST_NUMBER = 20  # digits of a revision; Python reads no number of more than 4,300
NUMBER = "X-NUMBER"  # finds the component again that an occurrence was made from
DAY = timedelta(days=1)
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS"})


@dataclass(frozen=True, slots=True)
class Component:
    """A VEVENT whose times could be read. `name` is for warnings."""

    uid: str
    block: Block
    span: Span
    floating: tzinfo
    name: str

    @property
    def overrides(self) -> Property | None:
        """Which occurrence of its series it replaces, if it does."""
        return self.block.first("RECURRENCE-ID")

    @property
    def what(self) -> tuple[str, str]:
        """Its title and its place, as they are written."""
        title, place = (self.block.first(name) for name in ("SUMMARY", "LOCATION"))
        return title.value.strip() if title else "", place.value.strip() if place else ""

    @property
    def moves_later_ones(self) -> bool:
        """Whether it also changes all occurrences behind the one that it replaces."""
        found = self.overrides
        return found is not None and found.params.get("RANGE", "").upper() == "THISANDFUTURE"

    def completed(self, core: Component) -> Component:
        """What an occurrence leaves out is as in its series, when it is called off or has no title of its own."""
        if not self.block.called_off and self.what[0]:
            return self
        own = {name: found for name, found in self.block.named.items() if any(each.value.strip() for each in found)}
        named = {**{name: core.block.every(name) for name in core.block.named if name not in _TIMES}, **own}
        span = self.span if self.span.has_end else Span(self.span.start, core.span.wall, core.span.length)
        name = self.name if self.what[0] else core.name
        return replace(self, block=replace(self.block, named=named), span=span, name=name)

    @property
    def repeats(self) -> bool:
        """Whether it has a rule or dates of its own."""
        return any(self.rules(name) for name in ("RRULE", "RDATE"))

    def rules(self, name: str) -> list[Property]:
        """The properties with this name that aren't empty."""
        return [found for found in self.block.every(name) if found.value.strip(" ;")]

    @property
    def sequence(self) -> int:
        """Its revision (RFC 5545 3.8.7.4)."""
        found = self.block.first("SEQUENCE")
        written = found.value.strip() if found else ""
        return int(written) if written.isdecimal() and len(written) <= LONGEST_NUMBER else 0


@dataclass(frozen=True, slots=True)
class CalendarOccurrence:
    """One time that a component happens; `end` as in `Record`."""

    component: Component
    start: Moment
    end: Moment | None


@dataclass(slots=True)
class ExpansionBudget:
    """The steps that are left for a file."""

    left: int = MOST_STEPS_A_FILE

    def take(self, steps: int) -> None:
        """Raises ValueError when the file has had its share."""
        self.left -= SERIES_STEPS + steps
        if self.left < 0:
            raise ValueError("the calendar has too many repetitions")


@dataclass(frozen=True, slots=True)
class Expander:
    """Expands series between two instants. What can't be expanded is left out with a warning."""

    first: datetime
    last: datetime
    zone: ZoneInfo
    zones: Zones
    warnings: Warnings
    budget: ExpansionBudget = field(default_factory=ExpansionBudget)

    def expand(self, series: Sequence[Component]) -> list[CalendarOccurrence]:
        """The occurrences of components that share a UID, a day to each side of the window included."""
        overrides = [component for component in series if component.overrides]
        cores = [component for component in series if not component.overrides]
        newest = max((core.sequence for core in cores), default=0)
        # One UID for several events is wrong, and common: none of them is lost, unless it is an older revision.
        cores = [core for core in cores if core.sequence == newest]
        distinct = list({(core.span.start, *core.what): core for core in reversed(cores)}.values())[::-1]
        alone = [core for core in distinct if core is not cores[0]]
        overrides = [override.completed(cores[0]) for override in overrides] if cores else overrides
        groups = [[*cores[:1], *overrides], *([core] for core in alone)]
        return [found for group in groups for found in self._expand_group(group)]

    def _expand_group(self, group: Sequence[Component]) -> Iterable[CalendarOccurrence]:
        try:
            if len(group) == 1 and not group[0].repeats and not group[0].overrides:
                return self._once(group[0])
            return list(self._query(group))
        except Exception as error:  # whatever a broken series makes the library raise, it costs this series
            words = str(error) if isinstance(error, ValueError) else type(error).__name__
            all_of_it = " with all its repetitions" if group[0].repeats else ""
            self.warnings.add(f"{group[0].name} is left out{all_of_it}: {words[:120]}.")
            return []

    def _once(self, component: Component) -> list[CalendarOccurrence]:
        """An event that does not repeat, if it may be in the window: to make a record of each takes time."""
        start, end = _settled(component.span.start), component.span.end_of(component.span.start)
        near = day_of(start) <= day_of(self.last) + DAY and day_of(end or start) >= day_of(self.first) - DAY
        return [CalendarOccurrence(component, start, end)] if near else []

    def _query(self, group: Sequence[Component]) -> Iterable[CalendarOccurrence]:
        from icalendar import Calendar
        from recurring_ical_events import CalendarQuery

        calendar = Calendar()
        ranges = any(component.moves_later_ones for component in group)
        for number, component in enumerate(group):
            calendar.add_component(self._event(component, number, ranges, group))
        for found in CalendarQuery(calendar).between(self.first - DAY, self.last + DAY):
            component = group[int(found[NUMBER])]
            start: Moment = found["DTSTART"].dt
            on_clock = found["DTEND"].dt - start
            if isinstance(start, datetime) and on_clock != component.span.nominal:  # an RDATE with a period
                yield CalendarOccurrence(component, settled(start), later(start, on_clock))
            else:
                yield CalendarOccurrence(component, _settled(start), component.span.end_of(start))

    def _event(self, component: Component, number: int, ranges: bool, group: Sequence[Component]) -> Event:
        from icalendar import Event
        from icalendar.prop import vDDDLists, vDDDTypes, vInt, vRecur, vText

        span = component.span
        try:
            rules = [self._rule(rule, component) for rule in component.rules("RRULE")]
        except BrokenEnd as error:
            self.warnings.add(f"{component.name} is shown once: {error}.")
            rules = []
        # with several rules, or one that moves later occurrences by any time, all must begin where the series does
        start = rules[0].forward(span, self.first) if len(rules) == 1 and not ranges else span.start
        self.budget.take(sum(rule.steps(start, self.last) for rule in rules))
        event = Event()
        event["UID"] = vText(component.uid)
        event[NUMBER] = vText(str(number))
        event["SEQUENCE"] = vInt(component.sequence)
        event["DTSTART"] = vDDDTypes(start)
        # recurring-ical-events 3.8.2 would take DTEND before DTSTART for the start; this one never is
        event["DTEND"] = vDDDTypes(start + span.nominal)
        replaced = component.overrides
        if replaced is not None:
            event["RECURRENCE-ID"] = vDDDTypes(self._replaced(replaced, component, group[0]))
            if component.moves_later_ones:
                event["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
        if rules:
            recurs = [vRecur.from_ical(rule.text) for rule in rules]
            event["RRULE"] = recurs if len(recurs) > 1 else recurs[0]
        moved = self._moved(group) if component.rules("EXDATE") else ()
        for name in ("EXDATE", "RDATE"):
            values = [
                self._as_in(span, value) if period is None else (value, period)
                for found in component.rules(name)
                for value, period in moments(found, self.zones, component.floating)
                if name == "RDATE" or self._as_in(span, value) not in moved
            ]
            if values:
                event[name] = vDDDLists(values)
        return event

    def _rule(self, written: Property, component: Component) -> Rule:
        return mended_rule(written.value, component.span, self.zone, self.warnings, component.name)

    def _moved(self, group: Sequence[Component]) -> set[Moment]:
        """Occurrences with an event of their own in their place. Some programs exclude them from the series, too; their
        own event still takes place.
        """
        return {self._replaced(each.overrides, each, group[0]) for each in group if each.overrides}

    def _replaced(self, written: Property, component: Component, core: Component) -> Moment:
        """Which occurrence an override replaces; of a timed series, a date means that day's."""
        replaced, start = of_property(written, self.zones, component.floating), core.span.start
        if core.overrides or isinstance(replaced, datetime) == isinstance(start, datetime):
            return replaced
        if not isinstance(start, datetime):
            return self._as_in(core.span, replaced)
        return datetime.combine(replaced, start.timetz())

    def _as_in(self, span: Span, moment: Moment) -> Moment:
        """A moment that names an occurrence of a series; in an all-day one Exchange names its day by an instant."""
        if isinstance(moment, datetime) and not isinstance(span.start, datetime):
            return day_meant(moment, self.zone)
        return moment


def _settled(start: Moment) -> Moment:
    return settled(start) if isinstance(start, datetime) else start
