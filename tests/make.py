"""Short ways to make the values that tests need."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from signage.model import Event

OSLO = ZoneInfo("Europe/Oslo")


def oslo(text: str) -> datetime:
    """ "2026-11-23 18:00" in Oslo."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def event(title: str, start: str, end: str | None = None, **more: Any) -> Event:
    """A timed occurrence for "2026-11-23 18:00", or an all-day one for "2026-11-23" (end exclusive)."""
    if len(start) == 10:
        first = date.fromisoformat(start)
        last = date.fromisoformat(end) if end else first + timedelta(days=1)
        begins, ends = (datetime(d.year, d.month, d.day, tzinfo=OSLO) for d in (first, last))
        made = Event(f"t:{title}:{first}", title, first, last, begins, ends)
    else:
        begins = oslo(start)
        finish = oslo(end) if end else None
        made = Event(f"t:{title}:{begins.date()}", title, begins, finish, begins, finish or begins + timedelta(hours=2))
    return replace(made, **more)
