"""Eventim's ticket feed, as its Finnish company Lippupiste gives it to partners (docs/sources/eventim.md).

    {"EventCalendar": ..., "Events": [{"EventId": ..., "EventName": ..., "EventDate": "24.04.2020", ...}]}

Times are local where the event is; there is no end. The meaning of "EventStatus" is not known: it is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from signage.config.sources import FILE, WEB, Source
from signage.domain.date_words import NAMES
from signage.domain.model import Availability, Record, Ticket, TicketKind
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings
from signage.sources.formats.json_answer import (
    AnyText,
    SomeText,
    any_text,
    kind,
    name,
    peek,
    place_line,
    read_json,
    web_link,
)
from signage.sources.formats.json_rows import read_rows
from signage.sources.formats.times import settled
from signage.sources.formats.titles import read_title
from signage.sources.formats.written_times import weekday

FEW = 10  # under a tenth of the capacity is little
# "Cancellations and changes": it does not say which of them, and of what, so it is no status; nor is it a category.
CHANGES = "peruutukset ja muutokset"
PICTURES = ("EventSeriePictureBig_222x222", "EventSeriePicture_142x180", "EventSeriePictureSmall_60x60")
NO_PICTURE = "/blank.gif"
# The page for people, in a language that is likely to be read in Norway.
LINKS = ("EventLinkNo", "EventLink", "EventLinkSv", "EventLinkEn", "EventLinkFi")
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d\d)(?::\d\d)?")
_NUMBER = re.compile(r"\d{1,9}")


class EventimEvent(BaseModel):
    """The fields that are used, in the feed's own names."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    EventId: SomeText
    EventName: SomeText
    EventDate: SomeText
    EventTime: AnyText = ""
    EventDayOfWeek: AnyText = ""
    EventVenue: AnyText = ""
    EventStreet: AnyText = ""
    EventPlace: AnyText = ""
    EventPromoterName: AnyText = ""
    EventPromoterId: AnyText = ""
    EventSerieText: AnyText = ""
    EventSerieInfo: AnyText = ""
    EventCapacity: AnyText = ""
    EventAvailable: AnyText = ""
    Categories: Any = None

    def other(self, key: str) -> str:
        """A field that is not listed above."""
        return any_text((self.model_extra or {}).get(key))


class EventimSource(Source):
    schemes: ClassVar[frozenset[str]] = WEB | {FILE}


class Eventim(SourceType[EventimSource]):
    """Source type "eventim"; `source.url` is the feed's address, as Eventim gives it."""

    about = "a ticket feed of Eventim"
    settings = EventimSource
    order = 100
    accept = "application/json"

    def recognises(self, body: bytes) -> bool:
        """An object with "Events", in the feed's words."""
        if b'"Events"' not in body or not (b'"EventCalendar"' in body or b'"EventDate"' in body):
            return False
        answer = peek(body)
        return isinstance(answer, dict) and isinstance(answer.get("Events"), list)

    def parse(self, body: bytes, source: EventimSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read the feed. One bad event costs that event; SourceError when the answer is something else."""
        answer = read_json(body, source)
        if not isinstance(answer, dict):
            raise self.failure(source, f"The answer is {kind(answer)} instead of an object.")
        rows = answer.get("Events")
        if not isinstance(rows, list):
            raise self.failure(source, 'The answer has no list of "Events".')
        warnings = Warnings()

        def read(row: Any) -> Iterator[Record]:
            item = EventimEvent.model_validate(row)
            record = _record(item, source, zone)
            if window.holds(record, zone) and CHANGES in map(str.casefold, _categories(item)):
                warnings.add(
                    f"{name(row, 'EventName')} is listed under cancellations and changes, without a reason. "
                    "It is shown unchanged."
                )
            yield record

        return read_rows(rows, read, ("EventName",), source, window, zone, warnings, exact=True)


def _record(item: EventimEvent, source: EventimSource, zone: ZoneInfo) -> Record:
    title = read_title(item.EventName)
    url = next(filter(None, (web_link(item.other(key), source.url) for key in LINKS)), None)
    availability = title.availability
    if availability is Availability.UNKNOWN:
        availability = _availability(item)
    texts = (text.lstrip(" ,") for text in (item.EventSerieText, item.EventSerieInfo))
    return Record(
        source=source.id,
        uid=item.EventId,
        title=title.text,
        start=_start(item, zone),
        venue=place_line(item.EventVenue, item.EventStreet, item.EventPlace),
        organizer=item.EventPromoterName,
        organizer_id=item.EventPromoterId or None,
        categories=tuple(word for word in _categories(item) if word.casefold() != CHANGES),
        status=title.status,
        ticket=Ticket(TicketKind.TICKETS, url=url, availability=availability),
        url=url,
        description="<br>".join(dict.fromkeys(filter(None, texts))),
        picture_url=_picture(item, source),
    )


def _start(item: EventimEvent, zone: ZoneInfo) -> datetime | date:
    """When it begins; without a time the whole day. Raises ValueError, also when the printed weekday is another one."""
    found = _DATE.fullmatch(item.EventDate)
    if found is None:
        raise ValueError(f'EventDate is "{item.EventDate[:40]}"')
    day, month, year = map(int, found.groups())
    try:
        on = date(year, month, day)
    except ValueError:
        raise ValueError(f"EventDate is {found[0]}, which does not exist") from None
    said = weekday(item.EventDayOfWeek)
    if said is not None and said != on.weekday():
        raise ValueError(f'{found[0]} is a {NAMES[on.weekday()]}, and EventDayOfWeek is "{item.EventDayOfWeek[:20]}"')
    if not item.EventTime:
        return on
    at = _TIME.fullmatch(item.EventTime)
    if at is None or int(at[1]) > 24 or int(at[2]) > 59 or (int(at[1]) == 24 and int(at[2])):
        raise ValueError(f'EventTime is "{item.EventTime[:40]}"')
    return settled(datetime(year, month, day, tzinfo=zone) + timedelta(hours=int(at[1]), minutes=int(at[2])))


def _availability(item: EventimEvent) -> Availability:
    """From the number of seats that are left; a feed without a capacity says nothing with 0."""
    left, capacity = (
        int(text) if _NUMBER.fullmatch(text) else None for text in (item.EventAvailable, item.EventCapacity)
    )
    if left is None or (not left and not capacity):
        return Availability.UNKNOWN
    if left == 0:
        return Availability.SOLD_OUT
    return Availability.FEW_LEFT if capacity and left * FEW < capacity else Availability.AVAILABLE


def _categories(item: EventimEvent) -> tuple[str, ...]:
    terms = item.Categories if isinstance(item.Categories, list) else []
    words = (any_text(term.get("Name")) for term in terms if isinstance(term, dict))
    return tuple(dict.fromkeys(word for word in words if word))


def _picture(item: EventimEvent, source: EventimSource) -> str | None:
    for key in PICTURES:
        written = item.other(key)
        if written and not written.endswith(NO_PICTURE):
            return web_link(written, source.url)
    return None
