"""The ticket shop Hoopla (docs/sources/hoopla.md).

    GET https://{shop}.hoopla.no/api/public/v3.0/organizations/{id}/events

answers {"events": [...]}, with true UTC. A shop under load sends everybody to a queue's page: that is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from signage.config.sources import Source
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import (
    AnyObject,
    AnyText,
    JsonRow,
    SomeText,
    Yes,
    any_text,
    local_span,
    maybe_timestamp,
    place_line,
    rows_under,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import read_rows
from signage.sources.formats.titles import read_title

PICTURES = "https://hoopla.twic.pics/production/"
AVAILABILITIES = {
    "MANY_LEFT": Availability.AVAILABLE,
    "FEW_LEFT": Availability.FEW_LEFT,
    "SOLD_OUT": Availability.SOLD_OUT,
    "NONE_LEFT": Availability.SOLD_OUT,
}
_SHOP = re.compile(rb"ORGANIZATION_ID\s*=\s*[\"']?(\d{1,15})")


class HooplaEvent(JsonRow):
    """The fields that are used, in the shop's own names."""

    event_id: SomeText
    identifier: AnyText = ""
    name: SomeText
    start: Annotated[datetime, BeforeValidator(timestamp)]
    end: Annotated[datetime | None, BeforeValidator(maybe_timestamp)] = None
    data: AnyObject = Field({})
    images: AnyObject = Field({})
    is_cancelled: Yes = False
    availability: AnyText = ""


class Hoopla(SourceType[Source]):
    """Source type "hoopla"; `source.url` is the address of the shop's events."""

    about = "a ticket shop of Hoopla"
    order = 60
    accept = "application/json"

    def recognises(self, body: bytes) -> bool:
        """Events with the shop's own fields."""
        return body.lstrip()[:1] == b"{" and b'"event_id"' in body and b'"sale_state"' in body

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The events of the shop whose page it is."""
        parts = urlsplit(page.url)
        if (parts.hostname or "").endswith(".hoopla.no") and (found := _SHOP.search(page.body)):
            yield f"{parts.scheme}://{parts.netloc}/api/public/v3.0/organizations/{found[1].decode()}/events"

    def parse(self, body: bytes, source: Source, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read the shop's events. One bad event costs that event; SourceError when the answer is something else."""
        warnings = Warnings()

        def read(row: Any) -> Iterator[Record]:
            yield _record(HooplaEvent.model_validate(row), source, zone, warnings)

        return read_rows(rows_under(body, source, "events"), read, ("name",), source, window, zone, warnings)


def _record(item: HooplaEvent, source: Source, zone: ZoneInfo, warnings: Warnings) -> Record:
    start, end = local_span(item.start, item.end, zone, warnings.about(item.name))
    title = read_title(item.name)
    where = item.data.get("location")
    where = where if isinstance(where, dict) else {}
    parts = urlsplit(source.url)
    url = web_link(f"{parts.scheme}://{parts.netloc}/event/{quote(item.identifier or item.event_id, safe='')}")
    availability = AVAILABILITIES.get(item.availability.upper(), title.availability)
    return Record(
        source=source.id,
        uid=item.event_id,
        title=title.text,
        start=start,
        end=end,
        venue=place_line(where.get("name"), where.get("street_address"), where.get("postal_area")),
        status=Status.CANCELLED if item.is_cancelled else title.status,
        ticket=Ticket(TicketKind.TICKETS, url, availability=availability),
        url=url,
        description=any_text(item.data.get("description")),
        picture_url=_picture(item),
    )


def _picture(item: HooplaEvent) -> str | None:
    for shape in ("crop16x9", "crop4x3"):
        crop = item.images.get(shape)
        if isinstance(crop, dict) and (name := any_text(crop.get("url"))):
            return web_link(name, PICTURES)
    return None
