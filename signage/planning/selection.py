"""Choose the occurrences that a playlist entry shows at an instant. Pure: no I/O, no clock.

In: every merged occurrence, one playlist entry, the screen's place. Out: the occurrences in order, and whether they
are here or elsewhere. How many of one activity: `planning.series`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from signage.config.models import EventsEntry, Filter, Place
from signage.domain.model import Event
from signage.planning.event_index import EventIndex, sources_of
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


class Reach:
    """For which stretches of time a plan looked beyond the first tier of a pool.

    An event of a further tier that touches none of them had no influence on the plan, and would have had none.
    """

    def __init__(self) -> None:
        self._begins: dict[tuple[int, datetime], datetime] = {}  # tier and end of a stretch -> its earliest beginning

    def note(self, tier: int, start: datetime, until: datetime) -> None:
        """This tier was looked at for what goes on between two instants."""
        self._begins[tier, until] = min(start, self._begins.get((tier, until), start))

    def touches(self, tier: int, event: Event) -> bool:
        """Whether an event of this tier counted, or would have."""
        return any(
            number == tier and event.ends_at > start and event.starts_at < until
            for (number, until), start in self._begins.items()
        )


@dataclass(frozen=True, slots=True)
class EventPool:
    """What an entry may ever show: its filters applied, time not yet.

    `tiers` go from the place itself over the nearby ones to everywhere; the first tier with anything on wins.
    `most`: how many occurrences of one activity at the same time (0: all); `activities`: event id -> its activity.
    `reach`: notes how far `between` had to look.
    """

    tiers: tuple[tuple[Event, ...], ...]
    most: int = 0
    activities: Mapping[str, Hashable] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach, compare=False)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every occurrence of every tier, once."""
        return tuple({event.id: event for tier in self.tiers for event in tier}.values())

    def reached(self, reaches: Iterable[Reach]) -> tuple[Event, ...]:
        """Those of the first tier, and of the others what is within reach."""
        near = list(reaches)
        found = {event.id: event for event in self.tiers[0]}
        for number, tier in enumerate(self.tiers[1:], 1):
            found |= {event.id: event for event in tier if any(reach.touches(number, event) for reach in near)}
        return tuple(found.values())

    def between(self, at: datetime, until: datetime, since: datetime | None = None) -> Selection:
        """What goes on between the instants `at` and `until` and has not ended at `at`.

        With `since`, an earlier instant, the winning tier's occurrences that ended after it come along. Of an activity
        with many occurrences the soonest stay (see `planning.series`); one that is on is never without any.
        """
        for number, tier in enumerate(self.tiers):
            found = _touching(tier, at, until)
            if number:  # what is over counts only where something is still on
                self.reach.note(number, min(since or at, at) if found else at, until)
            if found:
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
    events: Iterable[Event] | EventIndex,
    own_place: str,
    places: Mapping[str, Place],
    counts: Callable[[Event], bool] = lambda event: True,
    groups: Mapping[str, Collection[str]] = NO_GROUPS,
    everyone: EventIndex | None = None,
) -> EventPool:
    """Apply everything about an entry that does not depend on time. `groups`: the places that a name in its `place`
    stands for, if it is none itself.

    `counts`: whether the entry can show an occurrence; one that it can't show must not take the place of the next one
    of its activity. `everyone`: all events, when `events` are only some: they say how organisers are spelled.

    `place = "here"` gives three tiers: the screen's own place, the places named in its `near`, and anywhere.
    """
    index = events if isinstance(events, EventIndex) else EventIndex(events)
    listed = entry.place if isinstance(entry.place, list) else ()
    named = {place for name in listed for place in groups.get(name, (name,))}
    fitting = tuple(filter(_matcher(entry, everyone or index), index.of(named, entry.sources)))
    tiers = _tiers(entry, fitting, own_place, places, named)
    most = entry.series if isinstance(entry, EventsEntry) else 0
    return EventPool(tiers, most, activities(filter(counts, fitting)) if most else {})


def _tiers(
    entry: Filter,
    fitting: tuple[Event, ...],
    own_place: str,
    places: Mapping[str, Place],
    named: Collection[str],
) -> tuple[tuple[Event, ...], ...]:
    if entry.place == "here":
        near = set(places[own_place].near) if own_place in places else set()
        return (
            tuple(e for e in fitting if e.place == own_place),
            tuple(e for e in fitting if e.place in near),
            fitting,
        )
    return (tuple(e for e in fitting if e.place in named) if isinstance(entry.place, list) else fitting,)


def _matcher(entry: Filter, everyone: EventIndex) -> Callable[[Event], bool]:
    categories = _fold(tuple(entry.categories))
    audiences = _fold(tuple(entry.audiences))
    wanted = {everyone.names.find(name) for name in entry.organisers} - {None} if entry.organisers else set()
    sources = set(entry.sources)

    def fits(event: Event) -> bool:
        return (
            (not categories or bool(categories & _fold(event.categories)))
            and (not audiences or bool(audiences & _fold(event.audiences)))
            and (not entry.organisers or (event.organisation or everyone.names.find(event.organizer)) in wanted)
            and (not sources or bool(sources & sources_of(event)))
        )

    return fits


@lru_cache(maxsize=8192)  # the words of a county's calendars are few
def _fold(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in words)


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
