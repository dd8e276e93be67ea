"""Where a screen's pages for telephones are. Short, because every letter makes a QR code finer."""

from __future__ import annotations

import base64
import hashlib

LETTERS = 7  # of a code; 35 bits: two of a thousand events are alike once in seventy thousand screens
LIST = "events.html"
CALENDAR = "calendar.ics"


def code_of(event_id: str) -> str:
    """A short name for an event that stays the same as long as its id does."""
    return base64.b32encode(hashlib.sha256(event_id.encode()).digest()).decode()[:LETTERS].lower()


def page_of(event_id: str) -> str:
    """The path of an event's page inside the screen's folder."""
    return f"e/{code_of(event_id)}.html"


def address_of(base: str, screen_id: str, event_id: str | None = None) -> str:
    """The address of an event's page, or of the screen's list; `base` is site.address."""
    return f"{base.rstrip('/')}/screens/{screen_id}/{page_of(event_id) if event_id else LIST}"
