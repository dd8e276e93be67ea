"""Which badges an event wears: whether it takes place, whether one can get in, what it costs. Pure.

A badge is a word first. Its `tone` says how loud a layout should set it, by shape and weight and never by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

from signage.domain.model import Availability, Event, Status, TicketKind
from signage.wording.dates import Wording

OFF = frozenset({Status.CANCELLED, Status.POSTPONED})  # nothing takes place at the time that was announced


class Tone(StrEnum):
    """CALM: good to know. WARN: look twice before you go. STOP: you can't come."""

    CALM = "calm"
    WARN = "warn"
    STOP = "stop"


class Room(Enum):
    """Where the badges stand: how many at the most, and whether calm ones have a place there."""

    COLUMN = (1, False)  # a day of a week page, a hand wide
    ROW = (1, True)
    POSTER = (2, True)

    def __init__(self, most: int, calm: bool) -> None:
        self.most = most
        self.calm = calm


@dataclass(frozen=True, slots=True)
class Badge:
    """`kind`: which of the states it is ("free", "few_left" ...), and the key of its phrase; a "price" has none."""

    kind: str
    word: str
    tone: Tone


_STATUS = {
    Status.CANCELLED: ("cancelled", Tone.STOP),
    Status.POSTPONED: ("postponed", Tone.STOP),
    Status.MOVED: ("moved", Tone.WARN),
}
_AVAILABILITY = {
    Availability.SOLD_OUT: ("sold_out", Tone.STOP),
    Availability.CLOSED: ("registration_closed", Tone.STOP),
    Availability.FEW_LEFT: ("few_left", Tone.WARN),
}
_COST = {TicketKind.FREE: "free", TicketKind.MEMBERS: "members"}


def badges(event: Event, wording: Wording, room: Room) -> tuple[Badge, ...]:
    """The badges of an event, the most important first: its status, then what is left, then what it costs.

    What makes the rest pointless comes last: a cancelled event has no price, and neither has one that is sold out.
    """
    fitting = [badge for badge in _all(event, wording) if room.calm or badge.tone is not Tone.CALM]
    return tuple(fitting[: room.most])


def _all(event: Event, wording: Wording) -> Iterator[Badge]:
    for found in (_STATUS.get(event.status), _AVAILABILITY.get(event.ticket.availability)):
        if found:
            kind, tone = found
            yield Badge(kind, wording.words(kind), tone)
            if tone is Tone.STOP:
                return
    if cost := _cost(event, wording):
        yield cost


def _cost(event: Event, wording: Wording) -> Badge | None:
    ticket = event.ticket
    if kind := _COST.get(ticket.kind):
        return Badge(kind, wording.words(kind), Tone.CALM)
    least, dearest = (
        wording.price(text, ticket.currency) if text else None for text in (ticket.price_from, ticket.price_to)
    )
    if least and least == dearest:
        return Badge("price", least, Tone.CALM)
    if least:
        return Badge("price_from", wording.words("price_from", price=least), Tone.CALM)
    if ticket.kind is TicketKind.TICKETS:
        return Badge("tickets", wording.words("tickets"), Tone.CALM)
    return None
