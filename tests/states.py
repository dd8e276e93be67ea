"""Events in every state that a page can tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from signage.model import Availability, Event, Status, Ticket, TicketKind
from signage.pages.plans import Group, PagePlan, Row
from tests.make import event

MONDAY = date(2026, 11, 23)
PRICED = Ticket(TicketKind.TICKETS, None, "250.00", "NOK", Availability.AVAILABLE)


def priced(availability: Availability) -> Ticket:
    return Ticket(TicketKind.TICKETS, None, "250.00", "NOK", availability)


# What it is about -> title, status, ticket. Titles as long as people write them.
STATES: dict[str, tuple[str, Status, Ticket]] = {
    "free": ("Strikkekafé", Status.SCHEDULED, Ticket(TicketKind.FREE)),
    "price_from": ("Kino: Vaiana 2", Status.SCHEDULED, PRICED),
    "members": ("Årsmøte i turmarsjklubben", Status.SCHEDULED, Ticket(TicketKind.MEMBERS)),
    "tickets": ("Barnas juleverksted", Status.SCHEDULED, Ticket(TicketKind.TICKETS)),
    "few_left": ("Julekonsert med Hemne songlag", Status.SCHEDULED, priced(Availability.FEW_LEFT)),
    "sold_out": ("Vinterrevyen", Status.SCHEDULED, priced(Availability.SOLD_OUT)),
    "registration_closed": ("Førstehjelpskurs for barnehageansatte", Status.SCHEDULED, priced(Availability.CLOSED)),
    "cancelled": ("Foredrag om kystkulturen langs Trondheimsleia", Status.CANCELLED, PRICED),
    "moved": ("Bygdequiz", Status.MOVED, PRICED),
    "postponed": ("Skirenn for de minste", Status.POSTPONED, Ticket(TicketKind.FREE)),
}
URGENT = ("few_left", "sold_out", "registration_closed", "cancelled", "moved", "postponed")


def in_state(state: str, ahead: int = 0, hour: int = 18, **more: object) -> Event:
    """An event in a state, so many days after Monday."""
    title, status, ticket = STATES[state]
    day = MONDAY + timedelta(days=ahead)
    start = f"{day} {hour:02d}:00"
    usual = {"status": status, "ticket": ticket, "venue": "Hemne samfunnshus, Kyrksæterøra"}
    return event(title, start, f"{day} {hour + 1:02d}:30", **{**usual, **more})


def today_page(events: Sequence[Event]) -> PagePlan:
    return PagePlan("today", MONDAY, (_group(0, events),))


def agenda_page(*days: Sequence[Event]) -> PagePlan:
    """From tomorrow on."""
    return PagePlan("agenda", MONDAY, tuple(_group(n, events) for n, events in enumerate(days, 1)))


def week_page(*days: Sequence[Event]) -> PagePlan:
    """From today on; Friday has two more."""
    groups = (_group(n, days[n] if n < len(days) else ()) for n in range(7))
    return PagePlan("week", MONDAY, tuple(replace(g, more=2 if g.ahead == 4 else 0) for g in groups))


def poster(one: Event) -> PagePlan:
    return PagePlan("event", None, (Group(MONDAY, 0, (Row(one.id),)),))


def _group(ahead: int, events: Sequence[Event]) -> Group:
    return Group(MONDAY + timedelta(days=ahead), ahead, tuple(Row(e.id) for e in events))
