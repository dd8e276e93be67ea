"""QR codes, and where they lead. Pure.

Codes are those of ISO/IEC 18004, level M, with the quiet zone of four modules that the standard asks for. The addresses
of a screen's own pages for telephones are short, because every letter makes a code finer.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from signage.config.models import Site
from signage.domain.model import Event

if TYPE_CHECKING:
    import segno

QUIET_ZONE = 4  # modules on every side
LINK_LENGTH = 200  # characters; the QR code of a longer address is too fine for a telephone some metres away
LETTERS = 7  # of a code; 35 bits: two of a thousand events are alike once in seventy thousand screens
LIST = "events.html"
CALENDAR = "calendar.ics"


def target_of(event: Event, site: Site, screen_id: str) -> str:
    """Where a telephone is led: to the event's page in this screen's own bundle, if people can reach it; else to its
    page at the source; else to the calendar.
    """
    if site.address:
        return address_of(str(site.address), screen_id, event.id)
    return event.url if event.url and linkable(event.url) else str(site.calendar)


def linkable(address: str | None) -> bool:
    """Whether a QR code of the address can be read from afar."""
    return bool(address) and len(address or "") <= LINK_LENGTH


def host(address: str) -> str:
    """The host of an address as people write it: "iheim.no"."""
    return (urlsplit(address).hostname or address).removeprefix("www.")


@lru_cache(512)
def modules(address: str) -> int:
    """How many modules a code is wide, its quiet zone included."""
    return int(_code(address).symbol_size(border=QUIET_ZONE)[0])


@lru_cache(512)
def qr(address: str) -> Markup:
    """The code as inline SVG, black on white."""
    svg = _code(address).svg_inline(border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 made by segno from an address, no text of anybody's in it


@lru_cache(512)
def _code(address: str) -> segno.QRCode:
    import segno

    return segno.make(address, error="m", micro=False)


def code_of(event_id: str) -> str:
    """A short name for an event that stays the same as long as its id does."""
    return base64.b32encode(hashlib.sha256(event_id.encode()).digest()).decode()[:LETTERS].lower()


def page_of(event_id: str) -> str:
    """The path of an event's page inside the screen's folder."""
    return f"e/{code_of(event_id)}.html"


def address_of(base: str, screen_id: str, event_id: str | None = None) -> str:
    """The address of an event's page, or of the screen's list; `base` is site.address."""
    return f"{base.rstrip('/')}/screens/{screen_id}/{page_of(event_id) if event_id else LIST}"
