"""The setting `series`: what is one activity, and how many of its occurrences an entry shows at once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from signage.domain.model import Event
from signage.domain.organisation_names import key, words


def activity(event: Event) -> Hashable:
    """The same for all occurrences of an activity: its title, its venue (as far as the first comma, or the place of
    screens.toml), and who arranges it.
    """
    house, _, _ = event.venue.partition(",")
    venue = words(house)
    return words(event.title) or event.title, event.place or venue, event.organisation or key(event.organizer)


def soonest(
    events: Sequence[Event], at: datetime, most: int, activities: Mapping[str, Hashable]
) -> tuple[tuple[Event, ...], int]:
    """At most `most` occurrences of each activity, and how many rounds of them are over.

    `events` stand in the order of time; those over before the instant `at` count as well, so that what ends leaves a
    gap and moves nothing. Only when all that were kept of an activity are over, its next ones take their place: until
    then the pages of a day stay as they are. An event whose id is not in `activities` is neither counted nor left out.
    """
    alike: dict[Hashable, list[Event]] = defaultdict(list)
    for event in events:
        if event.id in activities:
            alike[activities[event.id]].append(event)
    kept: set[str] = set()
    rounds = 0
    for occurrences in alike.values():
        first = next((n for n, one in enumerate(occurrences) if one.ends_at > at), len(occurrences) - 1)
        first -= first % most
        rounds += first // most
        kept.update(one.id for one in occurrences[first : first + most])
    return tuple(e for e in events if e.id in kept or e.id not in activities), rounds


def activities(events: Iterable[Event]) -> dict[str, Hashable]:
    """Event id -> a number for its activity (numbers compare faster than words)."""
    numbers: dict[Hashable, int] = {}
    return {event.id: numbers.setdefault(activity(event), len(numbers)) for event in events}
