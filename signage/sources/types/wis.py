"""A portal of the supplier WIS ("foreningsportal"), such as iheim.no. Undocumented; the contract is docs/sources.md.

    GET {base}/wwdok/37199-0.html?type=items&datefrom=DD.MM.YYYY&dateto=DD.MM.YYYY

answers a JSON list of occurrences, without pages; recurrence is already expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urljoin, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from signage.config.sources import Source
from signage.domain.model import Record, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import JsonRow, SomeText, Text, kind, plain_text, read_json
from signage.sources.formats.json_rows import read_rows
from signage.sources.formats.times import TYPING_ERROR, midnight, overnight, settled, span
from signage.sources.formats.titles import read_title

# Whether "datefrom" finds events that began earlier is not known; a month back finds exhibitions either way.
LISTING = "/wwdok/37199-0.html"
LOOK_BACK = timedelta(days=31)
TICKETS = {"gratis": TicketKind.FREE, "betalt medlemskap": TicketKind.MEMBERS, "billettsalg": TicketKind.TICKETS}
ENOUGH = 3  # records of which none has a field, before that means that the portal has changed


# Without these an answer means something else than it used to: all events would turn all-day, or be nowhere.
ESSENTIAL = ("id", "title", "startDate", "startTime", "location")
END_OF_DAY = time.max  # "24:00", which `time` has no value for
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?$")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00(?::00)?)?$")


def _words(value: Any) -> tuple[str, ...]:
    """A list of words, or one text with commas between them."""
    parts = value if isinstance(value, list | tuple) else plain_text(value).split(",")
    return tuple(dict.fromkeys(word for word in (plain_text(part).strip() for part in parts) if word))


def _day(value: Any) -> date | None:
    written = plain_text(value).strip()
    if not written:
        return None
    found = _DAY.match(written)
    try:
        return date.fromisoformat(found[1]) if found else _never(written)
    except ValueError:
        raise ValueError(f'"{written[:20]}" is not a date') from None


def _first_day(value: Any) -> date:
    day = _day(value)
    if day is None:
        raise ValueError("is empty")
    return day


def _clock(value: Any) -> time | None:
    written = plain_text(value).strip()
    if not written:
        return None
    found = _CLOCK.match(written)
    try:
        return time(int(found[1]), int(found[2])) if found else _never(written)
    except ValueError:
        raise ValueError(f'"{written[:20]}" is not a time of day') from None


def _last_clock(value: Any) -> time | None:
    return END_OF_DAY if plain_text(value).strip() in ("24:00", "24.00") else _clock(value)


def _never(text: str) -> Any:
    raise ValueError(text)


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Day = Annotated[date | None, BeforeValidator(_day)]
Clock = Annotated[time | None, BeforeValidator(_clock)]


class WisEvent(JsonRow):
    """The fields that are used, in the portal's own names (`startDate`). Unknown ones are ignored."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: SomeText
    title: SomeText
    start_date: Annotated[date, BeforeValidator(_first_day)]
    end_date: Day = None
    start_time: Clock = None
    end_time: Annotated[time | None, BeforeValidator(_last_clock)] = None
    location: Text = ""
    organizer: Text = ""
    organizer_id: Text = ""
    type_name: Text = ""
    target_names: Words = Field(())
    activity_names: Words = Field(())
    image_id: Text = ""
    image_meta: Text = ""
    url: Text = ""
    description: Text = ""
    details: Text = ""


class Wis(SourceType[Source]):
    """Source type "wis"; `source.url` is the portal's base address."""

    about = "a portal like iheim.no"
    order = 10
    anywhere = True
    accept = "application/json"

    def address(self, source: Source, window: FetchWindow) -> str:
        """One request for the whole window."""
        query = urlencode(
            {
                "type": "items",
                "datefrom": f"{window.start - LOOK_BACK:%d.%m.%Y}",
                "dateto": f"{window.end:%d.%m.%Y}",
            },
        )
        return f"{source.url.rstrip('/')}{LISTING}?{query}"

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The site's root, when the page has the marks of the supplier: its pictures and documents."""
        if re.search(rb"/(?:irisimage|wwdok|wisweb)/", page.body):
            parts = urlsplit(page.url)
            yield f"{parts.scheme}://{parts.netloc}"

    def recognises(self, body: bytes) -> bool:
        """A JSON list of objects with the portal's fields."""
        return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" and b'"startDate"' in body and b'"location"' in body

    def parse(self, body: bytes, source: Source, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read the portal's answer. One bad record costs that record; SourceError when the answer is something else."""
        warnings = Warnings()

        def read(row: Any) -> Iterator[Record]:
            yield _record(WisEvent.model_validate(row), source, zone, warnings)

        return read_rows(_rows(body, source), read, (), source, window, zone, warnings)


def _rows(body: bytes, source: Source) -> list[Any]:
    rows = read_json(body, source)
    if not isinstance(rows, list):
        raise SourceError(source.id, source.url, f"The answer is {kind(rows)} instead of a list.", fault="format")
    objects = [row for row in rows if isinstance(row, dict)]
    gone = [key for key in ESSENTIAL if objects and all(key not in row for row in objects)]
    if len(objects) >= ENOUGH and gone:
        message = f'None of its {len(objects)} events has "{gone[0]}".'
        raise SourceError(source.id, source.url, message, "check whether the portal has changed.", fault="format")
    return rows


def _record(item: WisEvent, source: Source, zone: ZoneInfo, warnings: Warnings) -> Record:
    start, end = _when(item, zone, warnings)
    title = read_title(item.title)
    base = source.url.rstrip("/")
    url = item.url if urlsplit(item.url).scheme in ("http", "https") else f"{base}/hendelse?Id={quote(item.id)}"
    return Record(
        source=source.id,
        uid=item.id,
        title=title.text,
        start=start,
        end=end,
        venue=item.location,
        organizer=item.organizer,
        organizer_id=item.organizer_id or None,
        categories=item.activity_names,
        audiences=item.target_names,
        status=title.status,
        ticket=Ticket(
            TICKETS.get(item.type_name.strip().casefold(), TicketKind.UNKNOWN), availability=title.availability
        ),
        url=url,
        description="\n".join(dict.fromkeys(text for text in (item.description, item.details) if text)),
        picture_url=_picture_url(item, base),
    )


def _when(item: WisEvent, zone: ZoneInfo, warnings: Warnings) -> tuple[datetime | date, datetime | date | None]:
    first, last = item.start_date, item.end_date or item.start_date
    if last < first:
        warnings.add(f'{item.id} "{item.title}": its last day {last} is before its first. Only its first day is used.')
        last = first
    if item.start_time is None:
        return first, last + timedelta(days=1)
    start = datetime.combine(first, item.start_time, zone)
    if item.end_time == END_OF_DAY:
        return span(start, datetime.combine(last + timedelta(days=1), time(), zone))
    if item.end_time is None:
        # over several days, without saying until when: to the end of the last one
        return settled(start), midnight(last + timedelta(days=1), zone) if last > first else None
    end = datetime.combine(last, item.end_time, zone)
    if last == first and item.end_time < item.start_time:
        night = overnight(start, end)
        if night is None:
            warnings.add(f'{item.id} "{item.title}": {TYPING_ERROR}.')
            return settled(start), None
        end = night
    if end.replace(tzinfo=None) == start.replace(tzinfo=None):
        return settled(start), None
    return span(start, end)


def _picture_url(item: WisEvent, base: str) -> str | None:
    if not item.image_id.isdecimal():
        return None
    meta = quote(item.image_meta.lstrip("?&"), safe="=&-_.~%+,:")
    query = f"maxheight=720&{meta}" if meta else "maxheight=720"
    return urljoin(f"{base}/", f"/irisimage/{item.image_id}/{item.image_id}.jpg?{query}")
