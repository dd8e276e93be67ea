"""Group occurrences that are the same event, and make one event of each group. Pure; independent of input order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from signage.events.matching import same_between, same_within, words
from signage.events.occurrences import Occurrence
from signage.events.text import fold, summary
from signage.model import Event, Origin, Status, Ticket, TicketKind

Group = tuple[Occurrence, ...]
Distance = tuple[timedelta, bool]

_TICKETS = (TicketKind.TICKETS, TicketKind.MEMBERS, TicketKind.FREE, TicketKind.UNKNOWN)


def group(occurrences: Iterable[Occurrence]) -> list[Group]:
    """Groups of the same event; the best of each first. A group holds one entry of a source, or several equal ones."""
    by_day: dict[date, list[Occurrence]] = defaultdict(list)
    for occurrence in sorted(occurrences, key=lambda o: o.key):
        by_day[occurrence.day].append(occurrence)
    return [grouped for day in sorted(by_day) for grouped in _group_day(by_day[day])]


def _group_day(occurrences: Sequence[Occurrence]) -> list[Group]:
    groups = _within(occurrences)
    # Closest in time first, so that of two showings each finds its own; then by the order of the sources.
    pairs = sorted(
        (_distance(groups[i], groups[j]), i, j)
        for i in range(len(groups))
        for j in range(i + 1, len(groups))
        if groups[i][0].source != groups[j][0].source and same_between(groups[i][0], groups[j][0])
    )
    home = list(range(len(groups)))
    members: dict[int, list[int]] = {i: [i] for i in home}
    for distance, i, j in pairs:
        one, other = home[i], home[j]
        if one == other or _sources(groups, members[one]) & _sources(groups, members[other]):
            continue
        if _ambiguous(pairs, distance, i, j, groups):
            continue
        for moved in members.pop(other):
            home[moved] = one
            members[one].append(moved)
    return [tuple(sorted((o for i in found for o in groups[i]), key=lambda o: o.key)) for found in members.values()]


def _within(occurrences: Sequence[Occurrence]) -> list[Group]:
    """Join what one source tells twice. Joined are entries that agree with the group's best one."""
    groups: list[list[Occurrence]] = []
    alike: dict[tuple[object, ...], list[list[Occurrence]]] = defaultdict(list)
    for occurrence in occurrences:
        candidates = alike[occurrence.source, occurrence.starts_at, fold(occurrence.title)]
        for joined in candidates:
            if same_within(joined[0], occurrence):
                joined.append(occurrence)
                break
        else:
            groups.append([occurrence])
            candidates.append(groups[-1])
    return [tuple(joined) for joined in groups]


def _ambiguous(
    pairs: Sequence[tuple[Distance, int, int]], distance: Distance, i: int, j: int, groups: Sequence[Group]
) -> bool:
    """Whether one of the two fits another entry of the other's source just as well: then nobody knows which it is."""
    for apart, a, b in pairs:
        if apart != distance or (a, b) == (i, j):
            continue
        if i in (a, b) or j in (a, b):
            shared = i if i in (a, b) else j
            rival = b if a == shared else a
            partner = j if shared == i else i
            if groups[rival][0].source == groups[partner][0].source:
                return True
    return False


def _distance(one: Group, other: Group) -> Distance:
    """How far apart in time (after all others: where one side has no time), and whether the titles differ."""
    apart = abs(one[0].starts_at - other[0].starts_at) if one[0].all_day == other[0].all_day else timedelta(days=1)
    return apart, words(one[0].title) != words(other[0].title)


def _sources(groups: Sequence[Group], members: Iterable[int]) -> set[str]:
    return {groups[i][0].source for i in members}


def merged(members: Group, event_id: str) -> Event:
    """One event of a group: the first source of screens.toml leads, the others add what it lacks; cancelled wins."""
    lead = next((o for o in members if not o.all_day), members[0])
    ending = next((o for o in members if o.end is not None and o.start == lead.start), lead)
    text = max(members, key=lambda o: len(o.description)).description
    short = summary(text)
    return Event(
        id=event_id,
        title=members[0].title,
        start=lead.start,
        end=ending.end,
        starts_at=lead.starts_at,
        ends_at=ending.ends_at,
        venue=next((o.venue for o in members if o.venue), ""),
        place=next((o.place for o in members if o.place), None),
        organizer=next((o.organizer for o in members if o.organizer), ""),
        organizer_id=next((o.organizer_id for o in members if o.organizer_id), None),
        categories=_union(o.categories for o in members),
        audiences=_union(o.audiences for o in members),
        status=Status.CANCELLED if any(o.status is Status.CANCELLED for o in members) else Status.SCHEDULED,
        ticket=_ticket(members),
        url=next((o.url for o in members if o.url), None),
        summary="" if short.casefold() == members[0].title.casefold() else short,
        picture=next((o.picture for o in members if o.picture), None),
        origins=tuple(dict.fromkeys(Origin(o.source, o.uid, o.url) for o in members)),
    )


def _ticket(members: Group) -> Ticket:
    """The one that says most: with a link, then by kind."""
    return min((o.ticket for o in members), key=lambda ticket: (ticket.url is None, _TICKETS.index(ticket.kind)))


def _union(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """All words once; the first spelling stays."""
    found: dict[str, str] = {}
    for word in (word for some in lists for word in some):
        found.setdefault(word.casefold(), word)
    return tuple(found.values())
