"""For how long a server says that its answer holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_DATE = 100  # characters


def lifetime(headers: Mapping[str, str]) -> float | None:
    """Seconds from Date to Expires (RFC 9111 4.2.1), which our clock has no part in; None: the server doesn't say."""
    expires, date = (_instant(headers.get(name)) for name in ("Expires", "Date"))
    return None if expires is None or date is None else max(0.0, (expires - date).total_seconds())


def _instant(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value[:LONGEST_DATE]) if value else None
    except (ValueError, OverflowError):
        return None
    return None if found is None else found if found.tzinfo else found.replace(tzinfo=UTC)
