"""The ticket shop Tikkio: the events of a municipality (docs/sources/tikkio.md).

    GET https://tikkio.com/api/public/v1/events?municipality_code=5055&starts_after=YYYY-MM-DD&per_page=50&page=1

answers {"data": [...], "meta": {"total_pages": ...}}; 60 requests a minute are allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from signage.config.sources import Source
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow, Warnings
from signage.sources.formats.json_answer import (
    AnyObject,
    AnyText,
    JsonRow,
    SomeText,
    any_text,
    local_span,
    maybe_timestamp,
    place_line,
    price,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import NumberedPages, with_query
from signage.sources.formats.titles import SplitTitle, read_title

PAGE = 50  # events in one answer
LOOK_BACK = timedelta(days=31)  # for exhibitions that began earlier
STATUSES = {"cancelled": Status.CANCELLED, "canceled": Status.CANCELLED, "postponed": Status.POSTPONED}


class TikkioEvent(JsonRow):
    """The fields that are used, in the shop's own names. The status may be null."""

    id: SomeText
    name: SomeText
    starts_at: Annotated[datetime, BeforeValidator(timestamp)]
    ends_at: Annotated[datetime | None, BeforeValidator(maybe_timestamp)] = None
    status: AnyText = ""
    description: AnyText = ""
    description_short: AnyText = ""
    url: AnyText = ""
    image_url: AnyText = ""
    minimum_price: Any = None
    currency: AnyText = ""
    venue: AnyObject = Field({})
    organizer: AnyObject = Field({})
    categories: Any = None


class Tikkio(NumberedPages[Source]):
    """Source type "tikkio"; `source.url` is the API's address, with the municipality in it."""

    about = "the events that Tikkio sells tickets for"
    order = 70
    most_pages = 20
    title_key = "name"
    total_key = "total_pages"

    def address(self, source: Source, window: FetchWindow) -> str:
        """The first page."""
        since = window.start - LOOK_BACK
        return with_query(source.url, starts_after=f"{since:%Y-%m-%d}", per_page=str(PAGE), page="1")

    def recognises(self, body: bytes) -> bool:
        """A list with the shop's fields, and its way of counting pages."""
        return body.lstrip()[:1] == b"{" and b'"total_pages"' in body and b'"starts_at"' in body

    def records(
        self, row: Any, source: Source, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterator[Record]:
        """The one record of an event."""
        item = TikkioEvent.model_validate(row)
        start, end = local_span(item.starts_at, item.ends_at, zone, warnings.about(item.name))
        title = read_title(item.name)
        url = web_link(item.url, source.url)
        yield Record(
            source=source.id,
            uid=item.id,
            title=title.text,
            start=start,
            end=end,
            venue=place_line(item.venue.get("name"), item.venue.get("address"), item.venue.get("city")),
            organizer=any_text(item.organizer.get("name")),
            organizer_id=any_text(item.organizer.get("id")) or None,
            categories=_categories(item),
            status=STATUSES.get(item.status.lower(), title.status),
            ticket=_ticket(item, title, url),
            url=url,
            description=item.description or item.description_short,
            picture_url=web_link(item.image_url, source.url),
            held="a draft" if item.status.lower() in ("draft", "unpublished") else "",
        )


def _categories(item: TikkioEvent) -> tuple[str, ...]:
    terms = item.categories if isinstance(item.categories, list) else []
    labels = (any_text(term.get("label")) for term in terms if isinstance(term, dict))
    return tuple(dict.fromkeys(filter(None, labels)))


def _ticket(item: TikkioEvent, title: SplitTitle, url: str | None) -> Ticket:
    lowest = price(item.minimum_price)
    sold_out = item.status.lower() in ("sold_out", "soldout")
    availability = Availability.SOLD_OUT if sold_out else title.availability
    if lowest is None or not float(lowest):
        kind = TicketKind.TICKETS if lowest is None else TicketKind.FREE
        return Ticket(kind, url, availability=availability)
    return Ticket(TicketKind.TICKETS, url, lowest, item.currency.upper() or "NOK", availability)
