"""Which source each field of an event is taken from, and why. Pure.

A source goes before another by the order of screens.toml, and for what it is `best_for`, before those above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from signage.config.models import Config
from signage.config.sources import BestFor
from signage.domain.model import Availability, Picture, Status, Ticket, TicketKind
from signage.events.occurrences import Occurrence

FIRST = "first in screens.toml"
FIRST_ENTRY = "first entry of its source"
ONLY = "only one that has it"
ALONE = "the only one that has it"

_TICKETS = (TicketKind.TICKETS, TicketKind.MEMBERS, TicketKind.FREE, TicketKind.UNKNOWN)
# Bad news from anyone is believed before good news: who comes in vain is worse off than who looks again.
_STATUSES = (Status.CANCELLED, Status.POSTPONED, Status.MOVED, Status.SCHEDULED)
_AVAILABILITIES = (
    Availability.SOLD_OUT,
    Availability.CLOSED,
    Availability.FEW_LEFT,
    Availability.AVAILABLE,
    Availability.UNKNOWN,
)


T = TypeVar("T")


@dataclass(frozen=True)
class Chosen(Generic[T]):
    """A field's value, the occurrences that it comes from, and why they were chosen. No occurrence: nobody has it."""

    value: T
    told_by: tuple[Occurrence, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Fields:
    """The fields of an event, as they were chosen. `summary` is still the whole text."""

    title: Chosen[str]
    start: Chosen[Occurrence]
    end: Chosen[Occurrence]
    venue: Chosen[str]
    place: Chosen[str | None]
    organizer: Chosen[str]
    organizer_id: Chosen[str | None]
    categories: Chosen[tuple[str, ...]]
    audiences: Chosen[tuple[str, ...]]
    status: Chosen[Status]
    ticket: Chosen[Ticket]
    url: Chosen[str | None]
    summary: Chosen[str]
    picture: Chosen[Picture | None]


class Ranks:
    """The order of the sources, for each thing that a source can be best for."""

    def __init__(self, config: Config) -> None:
        self._order = {source.id: number for number, source in enumerate(config.sources)}
        self._best_for = {source.id: frozenset(source.best_for) for source in config.sources if source.best_for}

    def best(self, thing: BestFor, occurrence: Occurrence) -> bool:
        """Whether its source is best for it."""
        return thing in self._best_for.get(occurrence.source, ())

    def sort(self, members: Iterable[Occurrence]) -> list[Occurrence]:
        """By the order of screens.toml."""
        last = len(self._order)
        return sorted(members, key=lambda o: (self._order.get(o.source, last), o.key))

    def sort_for(self, thing: BestFor, members: Sequence[Occurrence]) -> Sequence[Occurrence]:
        """Sorted members, those that are best for it first."""
        return sorted(members, key=lambda o: not self.best(thing, o)) if self._best_for else members


def choose(members: Sequence[Occurrence], ranks: Ranks) -> Fields:
    """The fields of the event to which all of `members` belong. They are sorted by `ranks`."""
    return Fields(
        title=_first(members, ranks, lambda o: o.title, "", "title"),
        start=_start(members, ranks),
        end=_end(members, ranks),
        venue=_first(members, ranks, lambda o: o.venue, "", "venue"),
        place=_first(members, ranks, lambda o: o.place, None, "venue"),
        organizer=_first(members, ranks, lambda o: o.organizer, "", "organiser"),
        organizer_id=_first(members, ranks, lambda o: o.organizer_id, None, "organiser"),
        categories=_union(members, ranks, lambda o: o.categories),
        audiences=_union(members, ranks, lambda o: o.audiences),
        status=_status(members, ranks),
        ticket=_ticket(members, ranks),
        url=_first(members, ranks, lambda o: o.url, None, "url"),
        summary=_text(members, ranks),
        picture=_picture(members, ranks),
    )


def _first(
    members: Sequence[Occurrence], ranks: Ranks, read: Callable[[Occurrence], Any], none: Any, thing: BestFor
) -> Chosen[Any]:
    having = [o for o in ranks.sort_for(thing, members) if read(o)]
    if not having:
        return Chosen(none)
    return Chosen(read(having[0]), (having[0],), _why(members, having, ranks, thing))


def _why(members: Sequence[Occurrence], having: Sequence[Occurrence], ranks: Ranks, thing: BestFor) -> str:
    if len(members) == 1:
        return ALONE
    if len(having) == 1:
        return ONLY
    if len({o.source for o in having}) == 1:
        return FIRST_ENTRY
    return f"best_for {thing}" if ranks.best(thing, having[0]) else FIRST


def _start(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[Occurrence]:
    """Of those that name a time of day, if any does."""
    timed = [o for o in ranks.sort_for("time", members) if not o.all_day] or ranks.sort_for("time", members)
    why = _why(members, timed, ranks, "time")
    return Chosen(timed[0], (timed[0],), "only one with a time of day" if why == ONLY else why)


def _end(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[Occurrence]:
    """The end that belongs to the chosen start; an end that others give to another start is none of it."""
    start = _start(members, ranks).value
    if start.end is not None:
        return Chosen(start, (start,), ALONE if len(members) == 1 else "belongs to its start")
    ending = [o for o in ranks.sort_for("time", members) if o.end is not None and o.start == start.start]
    if not ending:
        return Chosen(start)
    return Chosen(ending[0], (ending[0],), _why(members, ending, ranks, "time"))


def _text(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[str]:
    having = [o for o in ranks.sort_for("text", members) if o.description]
    if not having:
        return Chosen("")
    if ranks.best("text", having[0]):
        return Chosen(having[0].description, (having[0],), _why(members, having, ranks, "text"))
    longest = max(having, key=lambda o: len(o.description))  # of equal ones the first
    return Chosen(longest.description, (longest,), _most(members, having, "longest text"))


def _picture(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[Picture | None]:
    having = [(o, o.picture) for o in ranks.sort_for("picture", members) if o.picture]
    if not having:
        return Chosen(None)
    first, picture = having[0]
    owners = [o for o, _ in having]
    if ranks.best("picture", first):
        return Chosen(picture, (first,), _why(members, owners, ranks, "picture"))
    largest, picture = max(having, key=lambda pair: pair[1].width * pair[1].height)
    return Chosen(picture, (largest,), _most(members, owners, "largest picture"))


def _most(members: Sequence[Occurrence], having: Sequence[Occurrence], why: str) -> str:
    if len(members) == 1:
        return ALONE
    return ONLY if len(having) == 1 else why


def _status(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[Status]:
    worst = min((o.status for o in members), key=_STATUSES.index)
    tellers = [o for o in members if o.status is worst]
    if len(members) == 1:
        return Chosen(worst, (members[0],), ALONE)
    if worst is Status.SCHEDULED:
        return Chosen(worst, (tellers[0],), "nobody says otherwise")
    return Chosen(worst, tuple(tellers), f"{worst.value} wins over what the others say")


def _ticket(members: Sequence[Occurrence], ranks: Ranks) -> Chosen[Ticket]:
    """The one that says most, filled up from the others: a link from anyone is kept."""
    having = [o for o in ranks.sort_for("ticket", members) if o.ticket != Ticket()]
    if not having:
        return Chosen(Ticket())
    base = having[0]
    if not ranks.best("ticket", base):
        base = min(having, key=lambda o: (o.ticket.url is None, _TICKETS.index(o.ticket.kind)))
        why = "has a link" if base.ticket.url and any(o.ticket.url is None for o in having) else FIRST
    else:
        why = "best_for ticket"
    if len(having) == 1:
        why = ALONE if len(members) == 1 else ONLY
    ticket, tellers, also = base.ticket, [base], list[str]()
    for what, filled in _fillings(having):
        better = filled(ticket)
        if better:
            ticket, other = better
            tellers.append(other)
            also.append(f"; {what} from {other.source}:{other.uid}")
    return Chosen(ticket, tuple(dict.fromkeys(tellers)), why + "".join(also))


Filling = Callable[[Ticket], tuple[Ticket, Occurrence] | None]


def _fillings(having: Sequence[Occurrence]) -> tuple[tuple[str, Filling], ...]:
    """What completes a ticket that lacks something: the new ticket and where it is from, or None."""

    def link(ticket: Ticket) -> tuple[Ticket, Occurrence] | None:
        found = next((o for o in having if o.ticket.url), None)
        return None if ticket.url or not found else (replace(ticket, url=found.ticket.url), found)

    def kind(ticket: Ticket) -> tuple[Ticket, Occurrence] | None:
        found = next((o for o in having if o.ticket.kind is not TicketKind.UNKNOWN), None)
        known = ticket.kind is not TicketKind.UNKNOWN
        return None if known or not found else (replace(ticket, kind=found.ticket.kind), found)

    def price(ticket: Ticket) -> tuple[Ticket, Occurrence] | None:
        found = next((o for o in having if o.ticket.price_from), None)
        if ticket.price_from or not found or ticket.kind is TicketKind.FREE:
            return None
        priced = found.ticket
        return (
            replace(ticket, price_from=priced.price_from, price_to=priced.price_to, currency=priced.currency),
            found,
        )

    def availability(ticket: Ticket) -> tuple[Ticket, Occurrence] | None:
        found = min(having, key=lambda o: _AVAILABILITIES.index(o.ticket.availability))
        worst = found.ticket.availability
        return None if worst is ticket.availability else (replace(ticket, availability=worst), found)

    return (("link", link), ("kind", kind), ("price", price), ("availability", availability))


def _union(
    members: Sequence[Occurrence], ranks: Ranks, read: Callable[[Occurrence], Sequence[str]]
) -> Chosen[tuple[str, ...]]:
    """All words once; the first spelling stays."""
    found: dict[str, str] = {}
    tellers: list[Occurrence] = []
    for occurrence in members:
        before = len(found)
        for word in read(occurrence):
            found.setdefault(word.casefold(), word)
        tellers += [occurrence] if len(found) > before else []
    why = ALONE if len(members) == 1 else ONLY if len(tellers) == 1 else "the words of all"
    return Chosen(tuple(found.values()), tuple(tellers), why if tellers else "")
