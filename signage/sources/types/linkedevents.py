"""Linked Events, the API of Helsinki and other cities (docs/sources/linkedevents.md).

    GET {base}/v1/event/?start=YYYY-MM-DD&end=YYYY-MM-DD&include=location,keywords

answers {"meta": {"next": ...}, "data": [...]}. The head of a series is listed beside its occurrences, and skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field

from signage.config.sources import Source
from signage.domain.model import Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow, Warnings
from signage.sources.formats.json_answer import (
    AnyObject,
    AnyText,
    JsonRow,
    SomeText,
    any_text,
    end_after,
    place_line,
    price,
    read_json,
    some_text,
    web_link,
)
from signage.sources.formats.json_rows import PagedJson, with_query
from signage.sources.formats.schema_org.values import in_language
from signage.sources.formats.times import in_zone, midnight, read_moment
from signage.sources.formats.titles import read_title

PAGE = 100  # events in one answer
STATUSES = {
    "EventCancelled": Status.CANCELLED,
    "EventPostponed": Status.POSTPONED,
    "EventRescheduled": Status.MOVED,
}


def _moment(value: Any) -> datetime | date:
    return read_moment(some_text(value))


def _maybe_moment(value: Any) -> datetime | date | None:
    return _moment(value) if any_text(value) else None


class LinkedEvent(JsonRow):
    """The fields that are used, in the API's own names, each text in one language."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: SomeText
    name: SomeText
    start_time: Annotated[datetime | date, BeforeValidator(_moment)]
    end_time: Annotated[datetime | date | None, BeforeValidator(_maybe_moment)] = None
    event_status: AnyText = ""
    super_event_type: AnyText = ""
    short_description: AnyText = ""
    description: AnyText = ""
    info_url: AnyText = ""
    provider: AnyText = ""
    location: AnyObject = Field({})
    location_extra_info: AnyText = ""
    offers: Any = None
    images: Any = None
    keywords: Any = None


class LinkedEvents(PagedJson[Source]):
    """Source type "linkedevents"; `source.url` is the address of the API's events."""

    about = "events of a Linked Events API"
    order = 65
    most_pages = 20
    title_key = "id"

    def address(self, source: Source, window: FetchWindow) -> str:
        """The first page. What the address already asks for is kept."""
        days = {"start": f"{window.start:%Y-%m-%d}", "end": f"{window.end:%Y-%m-%d}"}
        return with_query(source.url, **days, include="location,keywords", page_size=str(PAGE))

    def recognises(self, body: bytes) -> bool:
        """A list with the API's own fields."""
        return body.lstrip()[:1] == b"{" and b'"super_event_type"' in body and b'"data"' in body

    def rows_of(self, body: bytes, source: Source) -> tuple[list[Any], str]:
        """The events of an answer, without the heads of series, and the address of the next one."""
        answer = read_json(body, source)
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise self.failure(source, 'The answer has no list called "data".')
        single = [row for row in rows if not (isinstance(row, dict) and row.get("super_event_type") == "recurring")]
        meta = answer.get("meta")
        return single, any_text(meta.get("next")) if isinstance(meta, dict) else ""

    def records(
        self, row: Any, source: Source, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterator[Record]:
        """The one record of an event."""
        item = LinkedEvent.model_validate(in_language(row, source.language))
        title = read_title(item.name)
        start, end = _when(item, zone, warnings)
        where = item.location
        url = web_link(item.info_url)
        yield Record(
            source=source.id,
            uid=item.id,
            title=title.text,
            start=start,
            end=end,
            venue=place_line(where.get("name"), where.get("street_address"), where.get("address_locality"))
            or item.location_extra_info,
            organizer=item.provider,
            categories=tuple(
                dict.fromkeys(filter(None, (any_text(each.get("name")) for each in _objects(item.keywords))))
            ),
            status=STATUSES.get(item.event_status, title.status),
            ticket=_ticket(item),
            url=url,
            description=item.description or item.short_description,
            picture_url=next(filter(None, (web_link(each.get("url")) for each in _objects(item.images))), None),
        )


def _when(item: LinkedEvent, zone: ZoneInfo, warnings: Warnings) -> tuple[datetime | date, datetime | date | None]:
    start, end = (in_zone(at, zone) if isinstance(at, datetime) else at for at in (item.start_time, item.end_time))
    if isinstance(start, datetime):
        # from an hour on one day to another day: to the end of that
        until = midnight(end + timedelta(days=1), zone) if type(end) is date and end > start.date() else None
        until = end if isinstance(end, datetime) else until
        return start, end_after(start, until, warnings.about(item.name))
    if start is None:
        raise ValueError("it has no start_time")
    last = end.date() if isinstance(end, datetime) else end or start
    return start, max(start, last) + timedelta(days=1)


def _objects(value: Any) -> Iterator[dict[str, object]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _ticket(item: LinkedEvent) -> Ticket:
    offers = list(_objects(item.offers))
    paid = next((offer for offer in offers if offer.get("is_free") is not True), None)
    if not offers:
        return Ticket()
    url = next(filter(None, (web_link(offer.get("info_url")) for offer in offers)), None)
    if paid is None:
        return Ticket(TicketKind.FREE, url)
    lowest = price(any_text(paid.get("price")).removesuffix("€").strip()) if len(offers) == 1 else None
    return Ticket(TicketKind.TICKETS, url, lowest, "EUR" if lowest else None)
