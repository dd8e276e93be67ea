"""Short ways to make records and a configuration for the merging."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from signage.config.models import Config
from signage.model import Record
from tests.make import oslo


def config(url: str = "https://iheim.no", **site: Any) -> Config:
    """Three sources (iheim, kultur, frivillig, in this order) and some real places."""
    return Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no", **site},
            "sources": [
                {"id": "iheim", "type": "wis", "url": url},
                {"id": "kultur", "type": "ical", "url": f"{url}/kultur.ics"},
                {"id": "frivillig", "type": "ical", "url": f"{url}/frivillig.ics", "expiry_hours": 5},
            ],
            "places": {
                "bibliotek": {"name": "Hemne bibliotek", "match": ["Heim bibliotek"]},
                "kulorn": {"name": "kulØr'n"},
                "halsahallen": {"name": "Halsahallen"},
                "helsesenteret": {"name": "Helsesenteret", "match": ["Peisestua"]},
            },
            "screens": {"bibliotek": {"place": "bibliotek", "playlist": [{"show": "today"}]}},
        }
    )


def record(title: str, start: str, end: str | None = None, source: str = "iheim", **more: Any) -> Record:
    """A record for "2026-09-15 18:00", or an all-day one for "2026-09-15" (end exclusive)."""
    made = Record(source, more.pop("uid", f"{title} {start}"), title, _moment(start), _moment(end) if end else None)
    return replace(made, **more)


def _moment(text: str) -> datetime | date:
    return date.fromisoformat(text) if len(text) == 10 else oslo(text)
