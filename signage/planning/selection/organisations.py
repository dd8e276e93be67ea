"""Which organisations a playlist entry tells of on a day, and what they have coming. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from signage.config.models import OrganisationPages
from signage.domain.model import Event, Organisation, Status
from signage.domain.organisation_names import NameIndex

MOST = 3  # events of one organisation on its page


def of_the_day(
    organisations: Sequence[Organisation], events: Iterable[Event], entry: OrganisationPages, day: date
) -> tuple[str, ...]:
    """The ids of the organisations that are shown on a local day.

    Of those that have something to tell (a text about them, or something coming among `events`, which the entry's
    filters chose) the next `entry.count` in a fixed order. Everyone gets a turn before anyone gets a second one.
    """
    busy = {event.organisation for event in events}
    wanted = _named(organisations, entry.organisers)
    fitting = [one for one in organisations if one.id in wanted and (one.about or one.id in busy)]
    if not fitting:
        return ()
    # not by name: nobody should wait for the end of the alphabet
    order = sorted((hashlib.sha256(one.id.encode()).hexdigest(), one.id) for one in fitting)
    count = min(entry.count, len(order))
    first = day.toordinal() * count
    return tuple(order[(first + n) % len(order)][1] for n in range(count))


def coming(events: Iterable[Event], organisation: str, at: datetime, most: int = MOST) -> tuple[Event, ...]:
    """The next events of an organisation that take place and aren't over at the instant `at`, each title once."""
    off = (Status.CANCELLED, Status.POSTPONED)
    own = [e for e in events if e.organisation == organisation and e.ends_at > at and e.status not in off]
    by_title: dict[str, Event] = {}
    for event in sorted(own, key=lambda e: (e.starts_at, e.id)):
        by_title.setdefault(event.title.casefold(), event)
    return tuple(by_title.values())[:most]


def _named(organisations: Sequence[Organisation], names: Sequence[str]) -> set[str]:
    everyone = {one.id: one.names for one in organisations}
    if not names:
        return set(everyone)
    index = NameIndex(dict(sorted(everyone.items())))
    return {found for name in names if (found := index.find(name)) is not None}
