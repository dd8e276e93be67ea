"""What an event has apart from its times: the properties of a VEVENT as fields of a record. Pure."""

from __future__ import annotations

import hashlib
import re

from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.formats.csv.cells import read_price
from signage.sources.formats.ical.text import Block, Property, unescaped
from signage.sources.formats.ical.times import Moment
from signage.sources.formats.json_answer import web_link
from signage.sources.formats.titles import read_title

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def record_of(source: str, uid: str, block: Block, start: Moment, end: Moment | None) -> Record:
    """The record of one occurrence."""
    title = read_title(text(block, "SUMMARY"))
    return Record(
        source=source,
        uid=uid,
        title=title.text,
        start=start,
        end=end,
        # Apple's calendar keeps the name beside the coordinates
        venue=text(block, "LOCATION") or _parameter(block.first("X-APPLE-STRUCTURED-LOCATION"), "X-TITLE"),
        organizer=_organizer(block),
        categories=_categories(block),
        status=Status.CANCELLED if block.called_off else title.status,
        ticket=_ticket(block, title.availability),
        url=_web(value(block, "URL")),
        description=text(block, "DESCRIPTION") or text(block, "X-ALT-DESC"),
        picture_url=_picture(block),
        # RFC 5545 3.8.1.3: a class that nobody knows means private
        held="" if value(block, "CLASS").upper() in ("", "PUBLIC") else "marked as private",
    )


def uid_of(block: Block) -> str:
    """The UID; for an event without one, a name made of what it says, so that it is the same next time."""
    uid = value(block, "UID")
    if uid:
        return uid
    lines = [line for line in block.lines() if not line.upper().startswith(("DTSTAMP", "LAST-MODIFIED"))]
    return "no-uid-" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def value(block: Block, name: str) -> str:
    """A property's value as it is written; empty when it has none."""
    found = block.first(name)
    return found.value.strip() if found else ""


def text(block: Block, name: str) -> str:
    """A property's text."""
    return unescaped(value(block, name))


def _parameter(found: Property | None, name: str) -> str:
    return unescaped(found.params.get(name, "")) if found else ""


def _organizer(block: Block) -> str:
    """Its name; an e-mail address in its place is a person's, and nobody's name."""
    name = _parameter(block.first("ORGANIZER"), "CN")
    return "" if "@" in name else name


def _ticket(block: Block, availability: Availability) -> Ticket:
    """X-COST and X-TICKETS-URL, as calendars of WordPress write them."""
    price = read_price(text(block, "X-COST"))
    url = _web(value(block, "X-TICKETS-URL"))
    kind = TicketKind.TICKETS if url and price.kind is TicketKind.UNKNOWN else price.kind
    return Ticket(kind, url, price.least, "NOK" if price.least else None, availability, price.dearest)


def _categories(block: Block) -> tuple[str, ...]:
    words = (unescaped(w) for found in block.every("CATEGORIES") for w in _UNESCAPED_COMMA.split(found.value))
    return tuple(dict.fromkeys(word for word in words if word))


def _web(url: str) -> str | None:
    return url if web_link(url) else None


def _picture(block: Block) -> str | None:
    """The event's IMAGE (RFC 7986 5.10), or an attachment that is a picture. Thumbnails only when nothing else is."""
    images = [found for found in block.every("IMAGE") if found.params.get("VALUE", "URI").upper() == "URI"]
    images.sort(key=lambda found: "THUMBNAIL" in found.params.get("DISPLAY", "").upper())
    attached = [
        found for found in block.every("ATTACH") if found.params.get("FMTTYPE", "").lower().startswith("image/")
    ]
    return next(filter(None, (_web(found.value.strip()) for found in [*images, *attached])), None)
