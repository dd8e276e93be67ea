"""The register of organisations: who arranges what, each under one name however it is spelled. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from signage.config.lines import items_of
from signage.config.models import Config
from signage.config.positions import dotted
from signage.config.words import did_you_mean, written
from signage.domain.model import Event, Organisation
from signage.domain.organisation_names import NameIndex, key
from signage.events.name_resolver import NameClaim, NameResolver
from signage.events.occurrences import Occurrence

__all__ = ["NameClaim", "Register", "as_dict", "as_told", "register", "unknown_organisers"]

_ALPHABET = str.maketrans({"æ": "{", "ø": "|", "å": "}"})  # after z, in this order


class Register:
    """Organisations in alphabetical order, and the events of each. `events` are those that it was given, in order."""

    def __init__(self, organisations: Iterable[Organisation], events: Iterable[Event] = ()) -> None:
        """`events`: as `merge_events` gives them, each with its `organisation`."""
        self.organisations = tuple(sorted(organisations, key=lambda o: (o.name.casefold().translate(_ALPHABET), o.id)))
        self.events = tuple(events)
        self._by_id = {organisation.id: organisation for organisation in self.organisations}
        self._names = NameIndex({o.id: o.names for o in self.organisations})
        self._coming: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(self.events, key=lambda e: (e.starts_at, e.title, e.id)):
            if found := self.of(event):
                self._coming[found.id].append(event)

    def get(self, organisation_id: str) -> Organisation | None:
        """The organisation with an id."""
        return self._by_id.get(organisation_id)

    def find(self, name: str) -> Organisation | None:
        """The organisation that a name in any spelling means; also its id."""
        found = self._names.find(name)
        return self._by_id[found] if found else self._by_id.get(name)

    def of(self, event: Event) -> Organisation | None:
        """Who arranges an event, if the register knows."""
        return self._by_id.get(event.organisation) if event.organisation else self.find(event.organizer)

    def coming(self, organisation_id: str, at: datetime | None = None) -> tuple[Event, ...]:
        """The organisation's events in order of time; with `at` only those that have not ended then."""
        found = self._coming.get(organisation_id, [])
        return tuple(event for event in found if at is None or event.ends_at > at)


def register(
    events: Iterable[Event], listed: Sequence[Organisation] = (), claims: Iterable[NameClaim] | None = None
) -> Register:
    """The register of the sources' organisers and of the sheet's rows (`listed`); its events name their organisation.

    `claims`: what every source said of organisers before events were merged; what the events say if left out. Neither
    its order nor that of the events changes anything. Of rows of the sheet that claim one name, the first has it.
    """
    events = tuple(events)
    book = NameResolver(listed, _claims_of(events) if claims is None else claims)
    organisations = tuple(book.organisations())
    by_id = {organisation.id: organisation for organisation in organisations}

    def named(event: Event) -> Event:
        found = book.whose.get(key(event.organizer))
        if not key(event.organizer) and event.organizer_id:
            sources = (origin.source for origin in event.origins)
            found = next((f for s in sources if (f := book.by_uid.get((s, event.organizer_id)))), None)
        if found is None:
            return event
        return replace(event, organisation=found, organisation_names=by_id[found].names)

    return Register(organisations, map(named, events))


def as_told(occurrences: Iterable[Occurrence], config: Config) -> Iterator[NameClaim]:
    """What occurrences say of their organisers, before they are merged; sources in the order of screens.toml."""
    order = {source.id: number for number, source in enumerate(config.sources)}
    for one in occurrences:
        yield NameClaim(
            one.source, one.organizer, one.organizer_id, one.organizer_url, order.get(one.source, len(order))
        )


def unknown_organisers(config: Config, register: Register) -> list[str]:
    """A sentence for each organiser in screens.toml that nobody is called: a misspelling, or one with nothing coming
    who is not in the sheet.
    """
    names = sorted({name for organisation in register.organisations for name in organisation.names})
    return [
        f"{dotted((*path, 'organisers'))}: No organisation is called {written(name)}.{hint and f' Hint: {hint}'}"
        for path, entry in items_of(config)
        for name in getattr(entry, "organisers", ())
        if register.find(name) is None
        for hint in [did_you_mean(name, names)]
    ]


class ComingEventJson(TypedDict):
    id: str
    title: str
    start: str


class OrganisationJson(TypedDict):
    """A line of `signage organisations --json`."""

    id: str
    name: str
    kind: str | None
    spellings: list[str]
    about: str
    url: str | None
    contact: str | None
    town: str
    picture: str | None
    listed: bool
    events: list[ComingEventJson]


def as_dict(organisation: Organisation, events: Iterable[Event]) -> OrganisationJson:
    """JSON data, for `signage organisations --json`. `events`: its coming ones; times as in `signage events --json`."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "kind": organisation.kind.value if organisation.kind else None,
        "spellings": list(organisation.spellings),
        "about": organisation.about,
        "url": organisation.url,
        "contact": organisation.contact,
        "town": organisation.town,
        "picture": organisation.picture,
        "listed": organisation.listed,
        "events": [{"id": e.id, "title": e.title, "start": e.start.isoformat()} for e in events],
    }


def _claims_of(events: Iterable[Event]) -> Iterator[NameClaim]:
    for event in events:
        source = event.origins[0].source if event.origins else event.id.split(":", 1)[0]
        yield NameClaim(source, event.organizer, event.organizer_id)
