"""Make one list of events of what all sources tell: clean, at known instants and places, each event once. No I/O.

In: raw records of every source, the configuration. Out: `Event`s in the order of time, what was held back, and notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signage.config.models import Config
from signage.events.held import Held, why_held
from signage.events.merging import Group, group, merged
from signage.events.occurrences import Occurrence, Reader
from signage.events.organisations import as_told, register
from signage.model import Event, Organisation, Record

__all__ = ["Held", "Merged", "merge_events"]


@dataclass(frozen=True, slots=True)
class Merged:
    """`events` by (starts_at, title, id); `held_back`: bookings and closures; `notes`: what was joined or lost.

    `Register(merged.organisations, merged.events)` finds organisations and what they have coming.
    """

    events: tuple[Event, ...]
    held_back: tuple[Held, ...] = ()
    notes: tuple[str, ...] = ()
    organisations: tuple[Organisation, ...] = ()


def merge_events(records: Iterable[Record], config: Config, organisations: Sequence[Organisation] = ()) -> Merged:
    """Clean and merge records. The order of `records` changes nothing. `organisations`: the rows of the sheet."""
    reader = Reader(config)
    kept: list[Occurrence] = []
    held: list[Held] = []
    notes: list[str] = []
    for occurrence in map(reader.read, records):
        if not occurrence.title:
            notes.append(f"{occurrence.source}:{occurrence.uid} on {occurrence.day} is left out: it has no title")
        elif reason := why_held(occurrence.title):
            held.append(Held(occurrence.source, occurrence.uid, occurrence.title, occurrence.start, reason))
        else:
            kept.append(occurrence)
    groups = group(kept)
    notes += [
        f'"{members[0].title}" on {members[0].day} is told by {", ".join(f"{o.source}:{o.uid}" for o in members)}'
        for members in groups
        if len(members) > 1
    ]
    events = [merged(members, event_id) for members, event_id in zip(groups, _ids(groups), strict=True)]
    known = register(events, organisations, as_told(kept, config))
    return Merged(
        tuple(sorted(known.events, key=lambda e: (e.starts_at, e.title, e.id))),
        tuple(sorted(dict.fromkeys(held), key=lambda h: (str(h), h.start.isoformat()))),
        tuple(sorted(dict.fromkeys(notes))),
        known.organisations,
    )


def _ids(groups: list[Group]) -> list[str]:
    """Source, uid and local date: a corrected time keeps the id. A second showing on the same day gets a number."""
    names = [f"{members[0].source}:{members[0].uid}:{members[0].day}" for members in groups]
    order = sorted(range(len(groups)), key=lambda i: (names[i], groups[i][0].starts_at, groups[i][0].key))
    ids = dict[int, str]()
    taken: dict[str, int] = {}
    for i in order:
        taken[names[i]] = taken.get(names[i], 0) + 1
        ids[i] = names[i] if taken[names[i]] == 1 else f"{names[i]}:{taken[names[i]]}"
    return [ids[i] for i in range(len(groups))]
