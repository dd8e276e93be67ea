"""A schema.org Event as a record. Pure. https://schema.org/Event says what each property means."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from signage.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import Warnings
from signage.sources.ical.times import duration
from signage.sources.times import later, settled, span
from signage.sources.titles import read_title

Node = dict[str, Any]

STATUSES = {
    "eventcancelled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "eventpostponed": Status.POSTPONED,
    "postponed": Status.POSTPONED,
    "eventrescheduled": Status.MOVED,
    "rescheduled": Status.MOVED,
    "eventmovedonline": Status.MOVED,
}
AVAILABILITIES = {
    "instock": Availability.AVAILABLE,
    "onlineonly": Availability.AVAILABLE,
    "instoreonly": Availability.AVAILABLE,
    "presale": Availability.AVAILABLE,
    "preorder": Availability.AVAILABLE,
    "limitedavailability": Availability.FEW_LEFT,
    "soldout": Availability.SOLD_OUT,
    "outofstock": Availability.SOLD_OUT,
    "discontinued": Availability.CLOSED,
}
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s*(Z|[+-]\d{1,2}:?\d{2}|[+-]\d{2})?$",
    re.IGNORECASE,
)
# EventON for WordPress writes "2019-9-13T10-10-00-00": the hour, and then hour, minute, second.
_EVENTON = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})T\d{1,2}-(\d{1,2})-(\d{2})-\d{2}$")
_PRICE = re.compile(r"\d[\d\s\u00a0.,]*")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the events of one page. `false_z`: a "Z" behind a time says nothing, the digits are local."""

    source: str
    base: str
    zone: ZoneInfo
    warnings: Warnings
    false_z: bool = False

    def record(self, node: Node) -> Record:
        """Raises ValueError with a reason for an event that can't be read."""
        title = read_title(text_of(node.get("name")))
        if not title.text.strip():
            raise ValueError("it has no name")
        start, end = self._when(node)
        url = self._web(node.get("url")) or self._web(node.get("@id"))
        status = STATUSES.get(_last(node.get("eventStatus")), title.status)
        venue = venue_of(node.get("location"))
        organizer = first(node.get("organizer"))
        return Record(
            source=self.source,
            uid=self._uid(node, url, title.text, venue),
            title=title.text,
            start=start,
            end=end,
            venue=venue,
            organizer=text_of(organizer.get("name") if isinstance(organizer, dict) else organizer),
            organizer_url=self._web(organizer.get("url")) if isinstance(organizer, dict) else None,
            status=title.status if status is Status.SCHEDULED else status,
            ticket=self._ticket(node, title.availability),
            url=url,
            description=text_of(node.get("description")),
            picture_url=self._picture(node.get("image")),
        )

    def _uid(self, node: Node, url: str | None, title: str, venue: str) -> str:
        for key in ("@id", "identifier"):
            given = node.get(key)
            value = given.get("value") if isinstance(given, dict) else given
            if isinstance(value, str | int) and str(value).strip():
                return str(value).strip()[:300]
        if url:
            return url.partition("#")[0][:300]
        return hashlib.sha256(f"{title}\n{venue}".encode()).hexdigest()[:16]

    def _when(self, node: Node) -> tuple[datetime | date, datetime | date | None]:
        begin = first(node.get("startDate"))
        if begin is None or not str(begin).strip():
            if node.get("eventSchedule"):
                raise ValueError("it has a schedule instead of a start, which is not read")
            raise ValueError("it has no start")
        start = self._moment(str(begin))
        raw_end = first(node.get("endDate"))
        end = None
        if raw_end is not None and str(raw_end).strip():
            try:
                end = self._moment(str(raw_end))
            except ValueError as error:
                self.warnings.add(f"{name_of(node)}: its end is left out: {error}")
        if not isinstance(start, datetime):
            last = end.date() if isinstance(end, datetime) else end
            return start, (last if last and last >= start else start) + timedelta(days=1)
        return self._span(start, end, node)

    def _span(self, start: datetime, end: datetime | date | None, node: Node) -> tuple[datetime, datetime | None]:
        if isinstance(end, datetime):
            if end.replace(tzinfo=None) == start.replace(tzinfo=None):
                return settled(start), None
            if end < start:
                if end.date() != start.date():
                    self.warnings.add(f"{name_of(node)}: it ends before it starts; its end is left out")
                    return settled(start), None
                end += timedelta(days=1)  # 22:00-01:00 written on one date
            if start.tzinfo is end.tzinfo:
                return span(start, end)
            return settled(start), settled(end)
        if end is not None and end > start.date():
            # from an hour on one day to another day: to the end of that
            return settled(start), settled(datetime.combine(end + timedelta(days=1), datetime.min.time(), self.zone))
        lasts = first(node.get("duration"))
        if isinstance(lasts, str):
            try:
                length = duration(lasts)
            except ValueError:
                return settled(start), None
            if length.days or length.exact:
                return settled(start), later(settled(start), timedelta(days=length.days) + length.exact)
        return settled(start), None

    def _moment(self, raw: str) -> datetime | date:
        raw = raw.strip()
        try:
            if found := _DATE.match(raw):
                return date(int(found[1]), int(found[2]), int(found[3]))
            if found := _TIME.match(raw) or _EVENTON.match(raw):
                digits = [int(part or 0) for part in found.groups()[:5]]
                at = datetime(*digits, tzinfo=self.zone)  # type: ignore[arg-type, misc]
                offset = found[7] if found.re is _TIME else None
                return at if offset is None else self._with_offset(at, offset)
        except (ValueError, OverflowError):
            pass
        raise ValueError(f'"{raw[:40]}" is not a time')

    def _with_offset(self, at: datetime, offset: str) -> datetime:
        if offset in ("Z", "z"):
            if self.false_z:
                return at
            offset = "+00:00"
        hours, minutes = int(offset[:3]), int(offset[3:].strip(":") or 0)
        ahead = timedelta(hours=hours, minutes=minutes if hours >= 0 and offset[0] == "+" else -minutes)
        utc = at.replace(tzinfo=ZoneInfo("UTC")) - ahead
        return utc.astimezone(self.zone)

    def _ticket(self, node: Node, availability: Availability) -> Ticket:
        offers = [offer for offer in every(node.get("offers")) if offer]
        free = node.get("isAccessibleForFree")
        prices: list[tuple[float, str, str | None]] = []
        url = None
        states = []
        for offer in offers:
            if isinstance(offer, str):
                url = url or self._web(offer)
                continue
            if not isinstance(offer, dict):
                continue
            url = url or self._web(offer.get("url"))
            for spec in (offer, *[each for each in every(offer.get("priceSpecification")) if isinstance(each, dict)]):
                raw = first(spec.get("lowPrice", spec.get("minPrice", spec.get("price"))))
                if (price := price_of(raw)) is not None:
                    prices.append(
                        (float(price), price, text_of(spec.get("priceCurrency") or offer.get("priceCurrency")) or None)
                    )
            state = AVAILABILITIES.get(_last(offer.get("availability")))
            if state:
                states.append(state)
        if states and availability is Availability.UNKNOWN:
            order = (Availability.AVAILABLE, Availability.FEW_LEFT, Availability.SOLD_OUT, Availability.CLOSED)
            availability = min(states, key=order.index)  # as long as one kind of ticket is there, there are tickets
        if prices:
            lowest = min(prices)
            if lowest[0] == 0 and max(prices)[0] == 0:
                return Ticket(TicketKind.FREE, url, availability=availability)
            return Ticket(TicketKind.TICKETS, url, lowest[1], lowest[2], availability)
        if free is True or str(free).strip().lower() in ("true", "http://schema.org/true", "https://schema.org/true"):
            return Ticket(TicketKind.FREE, url, availability=availability)
        return Ticket(TicketKind.TICKETS if url else TicketKind.UNKNOWN, url, availability=availability)

    def _picture(self, value: Any) -> str | None:
        for each in every(value):
            found = self._web(
                each.get("url") or each.get("contentUrl") or each.get("@id") if isinstance(each, dict) else each
            )
            if found:
                return found
        return None

    def _web(self, value: Any) -> str | None:
        value = first(value)
        if isinstance(value, dict):
            value = value.get("url") or value.get("@id")
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            whole = urljoin(self.base, html.unescape(value.strip()))
            return whole if urlsplit(whole).scheme in ("http", "https") and urlsplit(whole).hostname else None
        except ValueError:
            return None


def every(value: Any) -> Iterator[Any]:
    """The values of a property that may be one or a list."""
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def first(value: Any) -> Any:
    """The first value of a property."""
    return next(every(value), None)


def text_of(value: Any) -> str:
    """A property as text: one value, the first of a list, or the "@value" of a language-tagged one."""
    value = first(value)
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
        return text_of(value) if not isinstance(value, dict) else ""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip()


def venue_of(location: Any) -> str:
    """A venue in one line: the place's name, and of its address what the name does not say already."""
    for place in every(location):
        if isinstance(place, str) and place.strip():
            return place.strip()
        if not isinstance(place, dict):
            continue
        parts = [text_of(place.get("name")), *_address(place.get("address"))]
        line: list[str] = []
        for part in parts:
            if part and part.casefold() not in ", ".join(line).casefold():
                line.append(part)
        if line:
            return ", ".join(line)
    return ""


def _address(value: Any) -> list[str]:
    value = first(value)
    if isinstance(value, dict):
        return [text_of(value.get(key)) for key in ("streetAddress", "addressLocality")]
    return [text_of(value)]


def price_of(value: Any) -> str | None:
    """The digits of a price: "380.00" of "380.00", "kr 1 380,-" or 380."""
    if isinstance(value, bool) or value is None:
        return None
    found = _PRICE.search(str(value))
    if found is None:
        return "0" if str(value).strip().casefold() in ("gratis", "free") else None
    digits = re.sub(r"[\s\u00a0]", "", found[0]).strip(".,")
    if re.search(r",\d{1,2}$", digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
        if digits.count(".") > 1 or re.search(r"\.\d{3}$", digits):
            digits = digits.replace(".", "")
    return digits or None


def name_of(node: Mapping[str, Any]) -> str:
    """For warnings."""
    return f'"{text_of(node.get("name"))[:60] or "an event without a name"}"'


def _last(value: Any) -> str:
    """ "eventcancelled" of "https://schema.org/EventCancelled"."""
    return re.split(r"[/#:]", text_of(value).rstrip("/"))[-1].casefold()
