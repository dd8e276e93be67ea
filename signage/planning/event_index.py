"""Events by what playlists ask for: a county has tens of thousands, of which a line of a playlist takes some. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from signage.domain.model import Event
from signage.domain.organisation_names import NameIndex, key

Events = tuple[Event, ...]


class EventIndex:
    """Each event once, and always in the order of (starts_at, title, id). Made step by step, as it is asked."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.everything: Events = tuple(sorted(events, key=_order))

    def of(self, places: Collection[str], sources: Collection[str]) -> Events:
        """Those that a line with these places and sources may take, and perhaps some more; empty: it takes any."""
        if places:
            return self._of(self._by_place, places)
        return self._of(self._by_source, sources) if sources else self.everything

    def _of(self, table: dict[str, list[Event]], names: Collection[str]) -> Events:
        found = {event.id: event for name in names for event in table.get(name, ())}
        return tuple(found.values()) if len(names) == 1 else tuple(sorted(found.values(), key=_order))

    @cached_property
    def _by_place(self) -> dict[str, list[Event]]:
        table = defaultdict(list)
        for event in self.everything:
            if event.place is not None:
                table[event.place].append(event)
        return table

    @cached_property
    def _by_source(self) -> dict[str, list[Event]]:
        table = defaultdict(list)
        for event in self.everything:
            for source in sources_of(event):
                table[source].append(event)
        return table

    @cached_property
    def spellings(self) -> dict[str, tuple[str, ...]]:
        """The names of all who arrange anything: of organisations by id, and each other one by its key."""
        known = {e.organisation: e.organisation_names for e in self.everything if e.organisation}
        others = {f" {key(e.organizer)}": (e.organizer,) for e in self.everything if not e.organisation}
        return {**dict(sorted(known.items())), **dict(sorted(others.items()))}  # no id has a space

    @cached_property
    def names(self) -> NameIndex:
        return NameIndex(self.spellings)


def sources_of(event: Event) -> set[str]:
    """The ids of the sources that list an event."""
    return {origin.source for origin in event.origins} or {event.id.split(":", 1)[0]}


def _order(event: Event) -> tuple[object, ...]:
    return event.starts_at, event.title, event.id
