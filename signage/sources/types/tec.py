"""The Events Calendar, a plugin of WordPress: its REST API, version 1 (docs/sources/tec.md).

    GET {site}/wp-json/tribe/events/v1/events?start_date=YYYY-MM-DD&end_date=YYYY-MM-DD&per_page=50&status=publish

answers {"events": [...], "next_rest_url": ..., "total": ...}; recurrence is already expanded. Past the last
page is 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, NaiveDatetime

from signage.config.sources import Source
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import (
    OPEN_PRICE,
    AnyText,
    JsonRow,
    SomeText,
    Yes,
    any_text,
    kind,
    maybe_timestamp,
    peek,
    place_line,
    price,
    read_json,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import PagedJson
from signage.sources.formats.times import TYPING_ERROR, instant, overnight, span
from signage.sources.formats.titles import SplitTitle, read_title

if TYPE_CHECKING:
    from signage.sources.net.caching_fetcher import CachingFetcher

ENDPOINT = "/wp-json/tribe/events/v1/events"
ROUTE = "/tribe/events/v1/events"  # as `rest_route`, on sites without readable addresses
PAGE = 50  # events; the plugin gives no more in one answer
MOST_PAGES = 20  # a thousand events in two months mean a wrong address
# Versions differ in whether "start_date" finds events that began earlier; a month back finds exhibitions either way.
LOOK_BACK = timedelta(days=31)
PAST_THE_END = "event-archive-page-not-found"  # versions before 4.6 also answer an empty calendar with it, as a 404

# Post states of WordPress that are not public.
HELD = {
    "draft": "a draft",
    "auto-draft": "a draft",
    "pending": "waits for approval",
    "private": "private",
    "future": "not published yet",
    "trash": "deleted",
}
STATUS = {
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "postponed": Status.POSTPONED,
    "rescheduled": Status.MOVED,
}
FREE = frozenset({"gratis", "free", "fri entré", "fri entre", "fri inngang", "gratis inngang"})
CURRENCIES = (("kr", "NOK"), ("nok", "NOK"), ("€", "EUR"), ("eur", "EUR"))
_AMOUNT = re.compile(r"\d{1,3}(?:[ \u00a0.]\d{3})+(?:,\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d)")
# WordPress writes dashes and quotation marks as numbers; all but the characters that mean something to HTML.
_NUMBERED = re.compile(r"&#(\d{2,6});")
_MARKUP = frozenset("<>&\"'")
_MARKS = re.compile(rb"/wp-content/plugins/the-events-calendar/|tribe-events")
_WP_API = re.compile(rb"https://api\.w\.org/")


def _one(value: Any) -> dict[str, object]:
    """A thing that may be an object, a list of them, a bare name, or false or [] for none."""
    if isinstance(value, list):
        value = next((each for each in value if each), None)
    if isinstance(value, str):
        return {"venue": value, "organizer": value, "url": value, "status": value}
    return value if isinstance(value, dict) else {}


def _names(value: Any) -> tuple[str, ...]:
    """The names in a list of terms: objects with a name, or bare names."""
    terms = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    names = (any_text(term.get("name")) if isinstance(term, dict) else any_text(term) for term in terms)
    return tuple(dict.fromkeys(name for name in names if name))


One = Annotated[dict[str, object], BeforeValidator(_one)]


class TecEvent(JsonRow):
    """The fields that are used, in the plugin's own names. Times are local, in `timezone` if that is a place."""

    id: SomeText
    title: SomeText
    start_date: Annotated[NaiveDatetime, BeforeValidator(timestamp)]
    end_date: Annotated[NaiveDatetime | None, BeforeValidator(maybe_timestamp)] = None
    all_day: Yes = False
    timezone: AnyText = ""
    url: AnyText = ""
    website: AnyText = ""
    description: AnyText = ""
    excerpt: AnyText = ""
    image: One = Field({})
    venue: One = Field({})
    organizer: One = Field({})
    categories: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    cost: AnyText = ""
    cost_details: One = Field({})
    status: AnyText = ""
    event_status: One = Field({})
    hide_from_listings: Yes = False


class TheEventsCalendar(PagedJson[Source]):
    """Source type "tec"; `source.url` is the site's address, or that of the endpoint itself."""

    about = "The Events Calendar on a WordPress site"
    order = 50
    anywhere = True
    most_pages = MOST_PAGES
    title_key = "title"

    def address(self, source: Source, window: FetchWindow) -> str:
        """The first page. What the endpoint's address already asks for ("?categories=konsert") is kept."""
        parts = urlsplit(source.url)
        path, query = parts.path.rstrip("/"), dict(parse_qsl(parts.query))
        if "rest_route" not in query and not path.endswith(ROUTE):
            path = path.removesuffix("/wp-json") + ENDPOINT
        query |= {
            "start_date": f"{window.start - LOOK_BACK:%Y-%m-%d}",
            # a day more: versions differ in whether the last day itself is asked for
            "end_date": f"{window.end + timedelta(days=1):%Y-%m-%d}",
            "per_page": str(PAGE),
            "status": "publish",
        }
        return urlunsplit((parts.scheme, parts.netloc, path or "/", urlencode(query), ""))

    def is_past_the_end(self, error: SourceError, fetcher: CachingFetcher, source: Source, first: bool) -> bool:
        """Past the last page is 404."""
        return error.status == 404 and (not first or bool(fetcher.refused(error, _past_the_end)))

    def recognises(self, body: bytes) -> bool:
        """An object with "events" and the plugin's way of counting them."""
        if b'"events"' not in body or not (b'"total"' in body or b'"rest_url"' in body):
            return False
        answer = peek(body)
        return isinstance(answer, dict) and isinstance(answer.get("events"), list)

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The site's root, as the page itself names it, when it has the marks of WordPress or of the plugin."""
        if not _MARKS.search(page.body) and not _WP_API.search(page.body):
            return
        for link in page.links:
            if "https://api.w.org/" in link.rel.split():
                root = re.sub(r"(/wp-json/?|/?\?rest_route=/?)$", "", link.url)
                if web_link(root):
                    yield root.rstrip("/")
                    return
        parts = urlsplit(page.url)
        yield f"{parts.scheme}://{parts.netloc}"

    def records(
        self, row: Any, source: Source, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterator[Record]:
        """The one record of an event."""
        yield _record(TecEvent.model_validate(row), source, zone, warnings)

    def rows_of(self, body: bytes, source: Source) -> tuple[list[Any], str]:
        """The events of an answer, and the address of the next one."""
        answer = read_json(body, source)
        if not isinstance(answer, dict):
            raise self.failure(source, f"The answer is {kind(answer)} instead of an object.")
        rows = answer.get("events")
        if isinstance(rows, dict):  # PHP writes a list with gaps as an object
            rows = list(rows.values())
        if not isinstance(rows, list):
            said = any_text(answer.get("message"))
            if any_text(answer.get("code")) == PAST_THE_END:
                return [], ""
            if said:
                raise self.failure(source, f'The site answered with an error: "{said[:120]}".', fault="api_error")
            raise self.failure(source, 'The answer has no "events".')
        return rows, any_text(answer.get("next_rest_url"))


def _past_the_end(body: bytes) -> bool:
    """Whether an error says that there is no such page."""
    return PAST_THE_END.encode() in body


def _record(item: TecEvent, source: Source, zone: ZoneInfo, warnings: Warnings) -> Record:
    start, end = _when(item, zone, warnings.about(item.title))
    title = read_title(_NUMBERED.sub(_character, item.title))
    url = web_link(item.url, source.url)
    return Record(
        source=source.id,
        uid=item.id,
        title=title.text,
        start=start,
        end=end,
        venue=place_line(item.venue.get("venue"), item.venue.get("address"), item.venue.get("city")),
        organizer=any_text(item.organizer.get("organizer")),
        organizer_id=any_text(item.organizer.get("id")) or None,
        organizer_url=web_link(item.organizer.get("website")) or web_link(item.organizer.get("url"), source.url),
        categories=item.categories,
        status=_status(item, title),
        ticket=_ticket(item, title.availability),
        url=url or web_link(item.website),
        description=item.description or item.excerpt,
        picture_url=web_link(item.image.get("url"), source.url),
        held=HELD.get(item.status.lower(), "hidden from the site's own lists" if item.hide_from_listings else ""),
    )


def _when(
    item: TecEvent, zone: ZoneInfo, warn: Callable[[str], None]
) -> tuple[datetime | date, datetime | date | None]:
    """The local times: in the zone that the event names, if that is a place; `utc_*` are not used (SOURCES.md)."""
    first, last = item.start_date, item.end_date
    if last is not None and last.date() < first.date():
        warn(TYPING_ERROR)
        last = None
    if item.all_day:
        # Days, counted upwards: the last one ends at 23:59:59, or earlier on sites whose days end late ("05:00").
        length = (last - first) if last else timedelta(0)
        return first.date(), first.date() + max(1, -(-length // timedelta(days=1))) * timedelta(days=1)
    own = _place(item.timezone) or zone
    start = first.replace(tzinfo=own)
    if last is None or last == first:
        return span(start, start)[0].astimezone(zone), None
    if last < first:
        night = overnight(first, last)
        if night is None:
            warn(TYPING_ERROR)
            return span(start, start)[0].astimezone(zone), None
        last = night
    begins, ends = span(start, last.replace(tzinfo=own))
    return begins.astimezone(zone), ends.astimezone(zone) if instant(ends, zone) > instant(begins, zone) else None


@lru_cache(maxsize=256)
def _place(written: str) -> ZoneInfo | None:
    """The zone of "Europe/Oslo". "UTC", "UTC+0" and "UTC+1" are what a site has where nobody has chosen a place."""
    if not re.fullmatch(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+", written) or written.lower().startswith("etc/"):
        return None
    try:
        return ZoneInfo(written)
    except (KeyError, ValueError, OSError):
        return None


def _character(found: re.Match[str]) -> str:
    code = int(found[1])
    known = 0x20 < code < 0xD800 or 0xDFFF < code < 0x110000
    return chr(code) if known and chr(code) not in _MARKUP else found[0]


def _status(item: TecEvent, title: SplitTitle) -> Status:
    if title.status is not Status.SCHEDULED:
        return title.status
    for written in (any_text(item.event_status.get("status")), item.status):
        if found := STATUS.get(written.lower()):
            return found
    return Status.SCHEDULED


def _ticket(item: TecEvent, availability: Availability) -> Ticket:
    """What it costs: the amounts of `cost_details`, else those in the words of `cost`."""
    given = item.cost_details.get("values")
    values = [price(value) for value in given] if isinstance(given, list) else []
    amounts = [value for value in values if value is not None] or _amounts(item.cost)
    if item.cost.strip(" .!").casefold() in FREE and not any(float(amount) for amount in amounts):
        return Ticket(TicketKind.FREE, availability=availability)
    if not amounts:
        return Ticket(availability=availability)
    if not any(float(amount) for amount in amounts):
        return Ticket(TicketKind.FREE, availability=availability)
    return Ticket(
        TicketKind.TICKETS,
        price_from=min(amounts, key=float),
        currency=_currency(item),
        availability=availability,
        price_to=None if OPEN_PRICE.search(item.cost) else max(amounts, key=float),
    )


def _amounts(cost: str) -> list[str]:
    """The amounts in "kr 1 250,-" or "200–350 kr"."""
    found = []
    for written in _AMOUNT.findall(cost[:100]):
        plain = re.sub(r"[ \u00a0.](?=\d{3}(?!\d))", "", written)
        if (amount := price(plain)) is not None:
            found.append(amount)
    return found


def _currency(item: TecEvent) -> str | None:
    code = any_text(item.cost_details.get("currency_code")).upper()
    if re.fullmatch("[A-Z]{3}", code):
        return code
    words = f"{item.cost} {any_text(item.cost_details.get('currency_symbol'))}".casefold()
    return next((currency for word, currency in CURRENCIES if word in words), None)
