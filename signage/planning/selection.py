"""Choose the occurrences that a playlist entry shows at an instant. Pure: no I/O, no clock.

In: every merged occurrence, one playlist entry, the screen's place. Out: the occurrences in order, and whether they
are here or elsewhere. How many of one activity: `planning.series`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from signage.config.models import EventsEntry, Filter, Place
from signage.domain.model import Event
from signage.domain.organisation_names import NameIndex, key
from signage.planning.pagination import day_start
from signage.planning.series import activities, soonest

NO_GROUPS: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Selection:
    """Occurrences in the order of their start, and which tier of the pool they come from (0: the screen's own).

    `rolled`: over one day and tier it grows whenever the next occurrences of an activity take their turn; while it
    stays, so do the occurrences that were selected for whole days.
    """

    events: tuple[Event, ...]
    tier: int = 0
    rolled: int = 0

    @property
    def elsewhere(self) -> bool:
        """The screen's own place has nothing on; these are others."""
        return self.tier > 0


@dataclass(frozen=True, slots=True)
class EventPool:
    """What an entry may ever show: its filters applied, time not yet.

    `tiers` go from the place itself over the nearby ones to everywhere; the first tier with anything on wins.
    `most`: how many occurrences of one activity at the same time (0: all); `activities`: event id -> its activity.
    """

    tiers: tuple[tuple[Event, ...], ...]
    most: int = 0
    activities: Mapping[str, Hashable] = field(default_factory=dict)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every occurrence of every tier, once."""
        return tuple({event.id: event for tier in self.tiers for event in tier}.values())

    def between(self, at: datetime, until: datetime, since: datetime | None = None) -> Selection:
        """What goes on between the instants `at` and `until` and has not ended at `at`.

        With `since`, an earlier instant, the winning tier's occurrences that ended after it come along. Of an activity
        with many occurrences the soonest stay (see `planning.series`); one that is on is never without any.
        """
        for number, tier in enumerate(self.tiers):
            if found := _touching(tier, at, until):
                whole = _touching(tier, since, until) if since else found
                kept, rolled = soonest(whole, at, self.most, self.activities) if self.most else (whole, 0)
                return Selection(kept, number, rolled)
        return Selection(())

    def during(self, start: datetime, until: datetime) -> EventPool:
        """The part of the pool that touches a stretch of time."""
        return replace(self, tiers=tuple(_touching(tier, start, until) for tier in self.tiers))


def _touching(events: Iterable[Event], at: datetime, until: datetime) -> tuple[Event, ...]:
    """The occurrences that are still on the programme at `at` and begin before `until`."""
    return tuple([event for event in events if event.ends_at > at and event.starts_at < until])


def pool(
    entry: Filter,
    events: Iterable[Event],
    own_place: str,
    places: Mapping[str, Place],
    counts: Callable[[Event], bool] = lambda event: True,
    groups: Mapping[str, Collection[str]] = NO_GROUPS,
) -> EventPool:
    """Apply everything about an entry that does not depend on time. `groups`: the places that a name in its `place`
    stands for, if it is none itself.

    `counts`: whether the entry can show an occurrence; one that it can't show must not take the place of the next one
    of its activity.

    `place = "here"` gives three tiers: the screen's own place, the places named in its `near`, and anywhere.
    """
    everything = tuple(events)
    fitting = tuple(sorted(filter(_matcher(entry, everything), everything), key=lambda e: (e.starts_at, e.title, e.id)))
    tiers = _tiers(entry, fitting, own_place, places, groups)
    most = entry.series if isinstance(entry, EventsEntry) else 0
    return EventPool(tiers, most, activities(filter(counts, fitting)) if most else {})


def _tiers(
    entry: Filter,
    fitting: tuple[Event, ...],
    own_place: str,
    places: Mapping[str, Place],
    groups: Mapping[str, Collection[str]],
) -> tuple[tuple[Event, ...], ...]:
    if entry.place == "anywhere":
        return (fitting,)
    if entry.place == "here":
        near = set(places[own_place].near) if own_place in places else set()
        return (
            tuple(e for e in fitting if e.place == own_place),
            tuple(e for e in fitting if e.place in near),
            fitting,
        )
    wanted = {place for name in entry.place for place in groups.get(name, (name,))}
    return (tuple(e for e in fitting if e.place in wanted),)


def _matcher(entry: Filter, events: Iterable[Event]) -> Callable[[Event], bool]:
    categories = _fold(entry.categories)
    audiences = _fold(entry.audiences)
    arranged = _arranged_by(entry.organisers, events)
    sources = set(entry.sources)

    def fits(event: Event) -> bool:
        return (
            (not categories or bool(categories & _fold(event.categories)))
            and (not audiences or bool(audiences & _fold(event.audiences)))
            and (not entry.organisers or arranged(event))
            and (not sources or bool(sources & _sources(event)))
        )

    return fits


def _arranged_by(names: Iterable[str], events: Iterable[Event]) -> Callable[[Event], bool]:
    """Whether one of the named organisations arranges an event. Each is named in any of its spellings."""
    known = {e.organisation: e.organisation_names for e in events if e.organisation}
    others = {f" {key(e.organizer)}": (e.organizer,) for e in events if not e.organisation}  # no id has a space
    index = NameIndex({**dict(sorted(known.items())), **dict(sorted(others.items()))})
    wanted = {index.find(name) for name in names} - {None}
    return lambda event: (event.organisation or index.find(event.organizer)) in wanted


def _sources(event: Event) -> set[str]:
    return {origin.source for origin in event.origins} or {event.id.split(":", 1)[0]}


def _fold(words: Iterable[str]) -> set[str]:
    return {word.strip().casefold() for word in words}


class DaySelection:
    """What of a pool goes on in `days` days; `begin` counts from today, 0 being today."""

    def __init__(self, pool: EventPool, zone: ZoneInfo, days: int, begin: int = 0) -> None:
        self.pool = pool
        self.zone = zone
        self.days = range(begin, begin + days)
        self._near: dict[date, tuple[EventPool, datetime, datetime]] = {}

    def at(self, at: datetime, *, whole_days: bool = True) -> Selection:
        """What is left at the instant. `whole_days`: what is over comes along, so that the deal of a day stays."""
        near, start, until = self._of_day(at.astimezone(self.zone).date())
        return near.between(max(at, start), until, since=start if whole_days else None)

    def _of_day(self, first: date) -> tuple[EventPool, datetime, datetime]:
        if first not in self._near:
            start = day_start(first + timedelta(days=self.days.start), self.zone)
            until = day_start(first + timedelta(days=self.days.stop), self.zone)
            self._near[first] = (self.pool.during(start, until), start, until)
        return self._near[first]
