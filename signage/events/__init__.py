"""Make one list of events of the records of all sources: clean, with known times and places, each event once. No I/O.

In: raw records of every source, the configuration. Out: `Event`s in the order of time, what was held back, and notes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from signage.config.models import Config
from signage.domain.model import Event, Organisation, Record
from signage.events.fields import Ranks
from signage.events.grouping import Group, group
from signage.events.hold_back import HeldBack, HoldBackRules
from signage.events.merging import merged
from signage.events.occurrences import Occurrence, OccurrenceReader
from signage.events.organisations import as_told, register

__all__ = ["HeldBack", "Merged", "merge_events"]


@dataclass(frozen=True, slots=True)
class Merged:
    """`events` by (starts_at, title, id); `held_back`: what is not for the public; `notes`: what was joined or lost.

    `Register(merged.organisations, merged.events)` finds organisations and what they have coming.
    """

    events: tuple[Event, ...]
    held_back: tuple[HeldBack, ...] = ()
    notes: tuple[str, ...] = ()
    organisations: tuple[Organisation, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorted:
    """Clean occurrences by what becomes of them: on the screens, held back (with the reason), without a title."""

    kept: tuple[Occurrence, ...]
    held: tuple[tuple[Occurrence, str], ...]
    untitled: tuple[Occurrence, ...]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's cycle collector, which looks at all that lives again and again while much is made: of 100,000
    records it would take half of the time. Nothing that is made here refers back to what made it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def merge_events(records: Iterable[Record], config: Config, organisations: Sequence[Organisation] = ()) -> Merged:
    """Clean and merge records. The order of `records` changes nothing. `organisations`: the rows of the sheet."""
    found = sort_out(records, config)
    ranks = Ranks(config)
    groups = [tuple(ranks.sort(members)) if len(members) > 1 else members for members in group(found.kept).groups]
    notes = [
        f'"{members[0].title}" on {members[0].day} comes from {", ".join(f"{o.source}:{o.uid}" for o in members)}'
        for members in groups
        if len(members) > 1
    ]
    notes += [f"{o.source}:{o.uid} on {o.day} is left out: it has no title" for o in found.untitled]
    held = {HeldBack(o.source, o.uid, o.title, o.start, reason): None for o, reason in found.held}
    events = [merged(members, ranks, event_id) for members, event_id in zip(groups, event_ids(groups), strict=True)]
    known = register(events, organisations, as_told(found.kept, config))
    return Merged(
        tuple(sorted(known.events, key=lambda e: (e.starts_at, e.title, e.id))),
        tuple(sorted(held, key=lambda h: (str(h), h.start.isoformat()))),
        tuple(sorted(dict.fromkeys(notes))),
        known.organisations,
    )


def sort_out(records: Iterable[Record], config: Config) -> Sorted:
    """Clean records, and take out what is not for the public."""
    reader, rules = OccurrenceReader(config), HoldBackRules(config.hold_back, config.site.ceremonies)
    kept: list[Occurrence] = []
    held: list[tuple[Occurrence, str]] = []
    untitled: list[Occurrence] = []
    for occurrence in map(reader.read, records):
        if not occurrence.title:
            untitled.append(occurrence)
        elif reason := rules.why(occurrence):
            held.append((occurrence, reason))
        else:
            kept.append(occurrence)
    return Sorted(tuple(kept), tuple(held), tuple(untitled))


def event_ids(groups: Sequence[Group]) -> list[str]:
    """Source, uid and local date: a corrected time keeps the id. A second showing on the same day gets a number."""
    names = [f"{members[0].source}:{members[0].uid}:{members[0].day}" for members in groups]
    order = sorted(
        range(len(groups)), key=lambda i: (names[i], groups[i][0].starts_at, groups[i][0].key, groups[i][0].title)
    )
    ids = dict[int, str]()
    taken: dict[str, int] = {}
    for i in order:
        taken[names[i]] = taken.get(names[i], 0) + 1
        ids[i] = names[i] if taken[names[i]] == 1 else f"{names[i]}:{taken[names[i]]}"
    return [ids[i] for i in range(len(groups))]
