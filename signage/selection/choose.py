"""Filters, the nearby-place fallback, and the order of what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from signage.config.models import Filter, Place
from signage.model import Event


@dataclass(frozen=True, slots=True)
class Selection:
    """Occurrences in the order of their start, and which tier of the pool they come from (0: the screen's own)."""

    events: tuple[Event, ...]
    tier: int = 0

    @property
    def elsewhere(self) -> bool:
        """The screen's own place has nothing on; these are others."""
        return self.tier > 0


@dataclass(frozen=True, slots=True)
class Pool:
    """What an entry may ever show: its filters applied, time not yet.

    `tiers` go from the place itself over the nearby ones to everywhere; the first tier with anything on wins.
    """

    tiers: tuple[tuple[Event, ...], ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """Every occurrence of every tier, once."""
        return tuple({event.id: event for tier in self.tiers for event in tier}.values())

    def between(self, at: datetime, until: datetime, since: datetime | None = None) -> Selection:
        """What goes on between the instants `at` and `until` and has not ended at `at`.

        With `since`, an earlier instant, the winning tier's occurrences that ended after it come along.
        """
        for number, tier in enumerate(self.tiers):
            if found := _touching(tier, at, until):
                return Selection(_touching(tier, since, until) if since else found, number)
        return Selection(())

    def during(self, start: datetime, until: datetime) -> Pool:
        """The part of the pool that touches a stretch of time."""
        return Pool(tuple(_touching(tier, start, until) for tier in self.tiers))


def _touching(events: Iterable[Event], at: datetime, until: datetime) -> tuple[Event, ...]:
    """The occurrences that are still on the programme at `at` and begin before `until`."""
    return tuple([event for event in events if event.ends_at > at and event.starts_at < until])


def pool(entry: Filter, events: Iterable[Event], own_place: str, places: Mapping[str, Place]) -> Pool:
    """Apply everything about an entry that does not depend on time.

    `place = "here"` gives three tiers: the screen's own place, the places named in its `near`, and anywhere.
    """
    fitting = tuple(sorted(filter(_matcher(entry), events), key=lambda e: (e.starts_at, e.title, e.id)))
    if entry.place == "anywhere":
        return Pool((fitting,))
    if entry.place == "here":
        near = set(places[own_place].near) if own_place in places else set()
        return Pool(
            (
                tuple(e for e in fitting if e.place == own_place),
                tuple(e for e in fitting if e.place in near),
                fitting,
            )
        )
    wanted = set(entry.place)
    return Pool((tuple(e for e in fitting if e.place in wanted),))


def _matcher(entry: Filter) -> Callable[[Event], bool]:
    categories = _fold(entry.categories)
    audiences = _fold(entry.audiences)
    organisers = _fold(entry.organisers)

    def fits(event: Event) -> bool:
        return (
            (not categories or bool(categories & _fold(event.categories)))
            and (not audiences or bool(audiences & _fold(event.audiences)))
            and (not organisers or event.organizer.casefold() in organisers)
        )

    return fits


def _fold(words: Iterable[str]) -> set[str]:
    return {word.strip().casefold() for word in words}
