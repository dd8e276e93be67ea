"""An event as one JSON object, for `signage events --json`. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from signage.domain.model import Event, Ticket


class TicketJson(TypedDict):
    kind: str
    url: str | None
    price_from: str | None
    price_to: str | None
    currency: str | None
    availability: str


class OriginJson(TypedDict):
    source: str
    id: str
    url: str | None


class EventJson(TypedDict):
    """A line of `signage events --json`."""

    id: str
    source: str
    title: str
    start: str
    end: str | None
    all_day: bool
    venue: str
    place: str | None
    organizer: str
    organisation: str | None
    categories: list[str]
    audiences: list[str]
    summary: str
    picture: str | None
    status: str
    url: str | None
    ticket: TicketJson | None
    origins: list[OriginJson]


def as_line(event: Event) -> EventJson:
    """JSON data. Times are RFC 3339 with the local offset; all-day ones bare dates, their end exclusive."""
    first = event.origins[0].source if event.origins else event.id.split(":", 1)[0]
    ticket = event.ticket
    return {
        "id": event.id,
        "source": first,
        "title": event.title,
        "start": _moment(event.start),
        "end": None if event.end is None else _moment(event.end),
        "all_day": event.all_day,
        "venue": event.venue,
        "place": event.place,
        "organizer": event.organizer,
        "organisation": event.organisation,
        "categories": list(event.categories),
        "audiences": list(event.audiences),
        "summary": event.summary,
        "picture": None if event.picture is None else event.picture.sha256,
        "status": event.status.value,
        "url": event.url,
        "ticket": None
        if ticket == Ticket()
        else {
            "kind": ticket.kind.value,
            "url": ticket.url,
            "price_from": ticket.price_from,
            "price_to": ticket.price_to,
            "currency": ticket.currency,
            "availability": ticket.availability.value,
        },
        "origins": [{"source": o.source, "id": o.uid, "url": o.url} for o in event.origins],
    }


def _moment(value: datetime | date) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()
