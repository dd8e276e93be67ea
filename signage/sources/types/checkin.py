"""Checkin, a ticket shop (iheim.no/billett sells through it): its GraphQL API (docs/sources/checkin.md).

    POST https://api.checkin.no/graphql   allEventRegistrations(customerId, offset, length, reportFilters)

answers {"data": {"allEventRegistrations": {"records": total, "data": [...]}}}; errors come with HTTP 200.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from signage.config.sources import Source
from signage.config.words import SettingError
from signage.domain.model import Availability, Record, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow, Parsed, SourceType, Warnings
from signage.sources.formats.course_dates import ONE_EVENING, named_evenings
from signage.sources.formats.json_answer import (
    AnyText,
    JsonRow,
    SomeText,
    any_text,
    kind,
    local_span,
    maybe_timestamp,
    peek,
    place_line,
    price,
    read_json,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import Rows, combine, read_page
from signage.sources.formats.times import TYPING_ERROR, later
from signage.sources.formats.titles import read_title

if TYPE_CHECKING:
    from signage.sources.net.caching_fetcher import CachingFetcher

SHOP = "https://checkin.no"  # where pictures and ticket pages are
API = "https://api.checkin.no/graphql"
LENGTH = 100  # events in one answer
MOST_PAGES = 20  # two thousand coming events of one seller mean that the filter is ignored
UNKNOWN_DATES = "lasts from {first:%Y-%m-%d} to {last:%Y-%m-%d}, and its dates are not known"

QUESTION = """
query ($customerId: Int!, $offset: Int, $length: Int, $reportFilters: [EventRegistrationReportFilterInput!]) {
  allEventRegistrations(customerId: $customerId, offset: $offset, length: $length, reportFilters: $reportFilters) {
    records
    data {
      id name imageUrl sellingDescription description startsAt endsAt priceFrom priceTo currency
      topicEvent { topic { name } }
      geoLocation { geoDescription description }
    }
  }
}
"""


def _topics(value: Any) -> tuple[str, ...]:
    """The names in [{"topic": {"name": "Konsert"}}]."""
    topics = [row.get("topic") for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    names = (any_text(topic.get("name")) for topic in topics if isinstance(topic, dict))
    return tuple(dict.fromkeys(name for name in names if name))


def _object(value: Any) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


class CheckinEvent(JsonRow):
    """The fields that are asked for, in Checkin's own names (`startsAt`)."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: SomeText
    name: SomeText
    starts_at: Annotated[datetime, BeforeValidator(timestamp)]
    ends_at: Annotated[datetime | None, BeforeValidator(maybe_timestamp)] = None
    image_url: AnyText = ""
    selling_description: AnyText = ""
    description: AnyText = ""
    price_from: AnyText = ""
    price_to: AnyText = ""
    currency: AnyText = ""
    topic_event: Annotated[tuple[str, ...], BeforeValidator(_topics)] = ()
    geo_location: Annotated[dict[str, object], BeforeValidator(_object)] = Field({})


class CheckinSource(Source):
    customer: int = Field(ge=1, description='The seller\'s customer number at Checkin, as in "customer = 123".')

    @field_validator("url")
    @classmethod
    def _the_api(cls, url: str) -> str:
        if (urlsplit(url).hostname or "").removeprefix("www.") == "checkin.no":
            raise SettingError("This is the address of the shop for people.", f'write "{API}".')
        return url


class Checkin(SourceType[CheckinSource]):
    """Source type "checkin"; `source.url` is the API's address, `source.customer` the seller's number."""

    about = "the ticket shop Checkin"
    settings = CheckinSource
    order = 60
    accept = "application/json"
    to_fill = MappingProxyType({"customer": 3118})

    def question(self, source: CheckinSource, window: FetchWindow, offset: int) -> dict[str, object]:
        """What to POST: the events that end on the window's first day or later, from the one with number `offset`."""
        ends = {
            "rule": "AND",
            "field": "EVENT_ENDS_AT",
            "operator": "GREATER_THAN_OR_EQUAL",
            "value": str(window.start),
        }
        return {
            "query": " ".join(QUESTION.split()),
            "variables": {
                "customerId": source.customer,
                "offset": offset,
                "length": LENGTH,
                "reportFilters": [{"rule": "AND", "conditions": [ends]}],
            },
        }

    def fetch(self, source: CheckinSource, fetcher: CachingFetcher, window: FetchWindow, zone: ZoneInfo) -> Fetched:
        """All pages, up to the number of records that the shop counts."""
        pages: list[Rows] = []
        warnings, unchanged, complete, count = Warnings(), True, False, 0
        for _ in range(MOST_PAGES):
            try:
                answer = fetcher.post(source.url, self.question(source, window, count), self.accept)
            except SourceError as error:
                fetcher.refused(error, _refused_by, source)
                raise
            unchanged = unchanged and answer.unchanged
            page, total = answer.read(self._read, source, window, zone)
            pages.append(page)
            count += page.count
            if not page.count or (page.count < LENGTH if total is None else count >= total):
                complete = True
                break
        else:
            warnings.add(f"The shop has more than {count} events. Only the first {count} are read.")
        parsed = combine(pages, source, warnings)
        return Fetched(parsed.records, parsed.warnings, unchanged, complete=complete)

    def parse(self, body: bytes, source: CheckinSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read one page. One bad event costs that event; SourceError when the answer is an error, or something else."""
        return combine([self._read(body, source, window, zone)[0]], source)

    def recognises(self, body: bytes) -> bool:
        """An answer of the API's, or one of its errors."""
        if b'"allEventRegistrations"' not in body and b'"errors"' not in body:
            return False
        answer = peek(body)
        if not isinstance(answer, dict):
            return False
        data = answer.get("data")
        if isinstance(data, dict):
            return "allEventRegistrations" in data
        return isinstance(answer.get("errors"), list) and "data" in answer and data is None

    def _read(self, body: bytes, source: CheckinSource, window: FetchWindow, zone: ZoneInfo) -> tuple[Rows, int | None]:
        """One page, and how many events there are in all, if the answer has it."""
        warnings = Warnings()
        rows, total = _page(body, source)

        def read(row: Any) -> Iterable[Record]:
            return _records(CheckinEvent.model_validate(row), source, zone, warnings)

        return read_page(rows, read, ("name",), window, zone, warnings), total


def _page(body: bytes, source: CheckinSource) -> tuple[list[Any], int | None]:
    """The events of an answer, and how many there are in all, if the answer has it."""

    def failure(message: str) -> SourceError:
        return SourceError(source.id, source.url, message, fault="format")

    answer = read_json(body, source)
    if not isinstance(answer, dict):
        raise failure(f"The answer is {kind(answer)} instead of an object.")
    _refused(answer, source)
    data = answer.get("data")
    listing = data.get("allEventRegistrations") if isinstance(data, dict) else None
    rows = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(listing, dict) or not isinstance(rows, list):
        raise failure("The answer has no list of events.")
    total = any_text(listing.get("records"))
    return rows, int(total) if total.isdecimal() and len(total) < 10 else None


def _refused_by(body: bytes, source: CheckinSource) -> None:
    """As `_refused`, of what came with an error."""
    _refused(peek(body), source)


def _refused(answer: Any, source: CheckinSource) -> None:
    """Raise SourceError when an answer says what is wrong, which GraphQL does with HTTP 200 too."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        return
    first = errors[0] if isinstance(errors, list) else errors
    said = any_text(first.get("message")) if isinstance(first, dict) else any_text(first)
    quoted = f': "{" ".join(said.split())[:200]}"' if said else ""
    raise SourceError(source.id, source.url, f"Checkin answered with an error{quoted}.", fault="api_error")


def _records(item: CheckinEvent, source: CheckinSource, zone: ZoneInfo, warnings: Warnings) -> Iterator[Record]:
    """One record; for a course whose description names its evenings, one for each of them."""
    warn = warnings.about(item.name)
    start, end = local_span(item.starts_at, item.ends_at, zone, warn)
    title = read_title(item.name)
    ticket, place = _ticket(item, title.availability), item.geo_location
    description = "\n".join(dict.fromkeys(text for text in (item.selling_description, item.description) if text))

    def record(begins: datetime, ends: datetime | None, *said: str) -> Record:
        return Record(
            source=source.id,
            uid=item.id,
            title=title.text,
            start=begins,
            end=ends,
            venue=place_line(place.get("description"), any_text(place.get("geoDescription")).removesuffix(", Norge")),
            categories=item.topic_event,
            status=title.status,
            ticket=ticket,
            url=ticket.url,
            description=description,
            picture_url=web_link(item.image_url, SHOP),
            warnings=said,
        )

    if end is None or end <= later(start, ONE_EVENING):
        yield record(start, end)
        return
    evenings = named_evenings(description, start, end)
    for dropped in evenings.dropped:
        warnings.add(f'A date of "{item.name[:80]}" is left out: {dropped}.')
    if evenings.mistyped:
        warn(TYPING_ERROR)
    for evening in evenings.all:
        yield record(evening.start, evening.end)
    if not evenings.all:
        words = UNKNOWN_DATES.format(first=start, last=end)
        warnings.add(f'"{item.name[:80]}" {words}.')
        yield record(start, end, words)


def _ticket(item: CheckinEvent, availability: Availability) -> Ticket:
    """Nothing to pay, neither for the cheapest nor for the dearest: free. A price that is not said is not known."""
    url = web_link(f"{SHOP}/event/{quote(item.id, safe='')}")
    lowest, highest = price(item.price_from), price(item.price_to)
    if lowest is None:
        return Ticket(TicketKind.UNKNOWN if highest is None else TicketKind.TICKETS, url, availability=availability)
    if not float(lowest) and not float(highest or "0"):
        return Ticket(TicketKind.FREE, url, availability=availability)
    currency = item.currency.upper() or None
    return Ticket(TicketKind.TICKETS, url, lowest, currency, availability, highest)
