"""Cinemas and culture houses that sell through DX (eBillett): the data of their programme (docs/sources/ebillett.md).

    GET https://{house}/page-data/program/page-data.json

answers {"result": {"pageContext": {"blocks": [{"data": {"events": [...]}}]}}}. The tickets of an event are its
occurrences, in local time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError

from signage.config.sources import FILE, WEB, Source
from signage.domain.model import Availability, Record, Ticket, TicketKind
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import (
    AnyText,
    JsonRow,
    SomeText,
    Yes,
    any_text,
    first_reason,
    kind,
    local_span,
    maybe_timestamp,
    name,
    read_json,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import read_rows
from signage.sources.formats.titles import read_title

DEEPEST = 24  # levels of lists and objects


class EbillettTicket(JsonRow):
    """One showing. Its times are local, without an offset."""

    id: AnyText = ""
    date: Annotated[datetime, BeforeValidator(timestamp)]
    end_date: Annotated[datetime | None, BeforeValidator(maybe_timestamp), Field(alias="endDate")] = None
    location: Any = None
    link: AnyText = ""
    sold_out: Annotated[Yes, Field(alias="soldOut")] = False


class EbillettEvent(JsonRow):
    """A film or a play."""

    id: AnyText = ""
    title: SomeText
    link: AnyText = ""
    category: AnyText = ""
    description: AnyText = ""
    image: Any = None
    tickets: list[Any] = Field([])


class EbillettSource(Source):
    schemes: ClassVar[frozenset[str]] = WEB | {FILE}


class Ebillett(SourceType[EbillettSource]):
    """Source type "ebillett"; `source.url` is the address of the programme's data."""

    about = "the programme of a cinema or culture house (eBillett)"
    settings = EbillettSource
    order = 25
    accept = "application/json"

    def recognises(self, body: bytes) -> bool:
        """A page's data with events that have tickets."""
        return body.lstrip()[:1] == b"{" and b'"pageContext"' in body and b'"events"' in body

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The data of the page, where it is one of Gatsby's."""
        if b"___gatsby" in page.body:
            parts = urlsplit(page.url)
            path = parts.path.strip("/") or "index"
            yield f"{parts.scheme}://{parts.netloc}/page-data/{path}/page-data.json"

    def parse(self, body: bytes, source: EbillettSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read the programme. One bad showing costs that showing; SourceError when the answer is something else."""
        answer = read_json(body, source)
        if not isinstance(answer, dict):
            raise self.failure(source, f"The answer is {kind(answer)} instead of an object.")
        lists = list(_lists(answer))
        if not lists:
            raise self.failure(source, 'The answer has no list called "events".')
        warnings = Warnings()

        def read(row: Any) -> Iterator[Record]:
            event = EbillettEvent.model_validate(row)
            for number, ticket in enumerate(event.tickets, 1):
                try:
                    yield _record(event, EbillettTicket.model_validate(ticket), source, zone, warnings)
                except (ValueError, OverflowError) as error:
                    reason = first_reason(error) if isinstance(error, ValidationError) else error
                    warnings.add(f"Showing {number} of {name(row, 'title')} is left out: {reason}.")

        return read_rows([row for rows in lists for row in rows], read, ("title",), source, window, zone, warnings)


def _lists(value: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Every list called "events" within a page's data."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        if isinstance(value.get("events"), list):
            yield value["events"]
        else:
            for each in value.values():
                yield from _lists(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _lists(each, depth + 1)


def _record(event: EbillettEvent, ticket: EbillettTicket, source: Source, zone: ZoneInfo, warnings: Warnings) -> Record:
    start, end = local_span(ticket.date, ticket.end_date, zone, warnings.about(event.title))
    title = read_title(event.title)
    url = web_link(event.link, source.url)
    availability = Availability.SOLD_OUT if ticket.sold_out else title.availability
    where = ticket.location
    picture = event.image.get("url") if isinstance(event.image, dict) else event.image
    return Record(
        source=source.id,
        uid=ticket.id or f"{event.id or event.title} {start:%Y-%m-%d %H:%M}",
        title=title.text,
        start=start,
        end=end,
        venue=any_text(where.get("name")) if isinstance(where, dict) else any_text(where),
        categories=(event.category,) if len(event.category) > 1 else (),
        status=title.status,
        ticket=Ticket(TicketKind.TICKETS, web_link(ticket.link, source.url) or url, availability=availability),
        url=url,
        description=event.description,
        picture_url=web_link(picture, source.url),
    )
