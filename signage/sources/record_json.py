"""Records, news and tables as JSON text and back, for the state file. Times keep their instant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from signage.domain.model import Availability, News, Picture, Record, Status, Ticket, TicketKind
from signage.domain.table import Table

_FIELDS = frozenset(each.name for each in fields(Record))
_TABLE = TypeAdapter(Table)


def dumps(records: Iterable[Record]) -> str:
    """JSON of records: times with their offset, all-day dates bare."""
    return json.dumps([asdict(record) for record in records], default=_plain, ensure_ascii=False)


def loads(text: str, zone: ZoneInfo) -> tuple[Record, ...]:
    """Records from JSON. Raises ValueError, KeyError or TypeError for text that another version wrote."""
    return tuple(_record(row, zone) for row in json.loads(text))


def dumps_others(news: Iterable[News], table: Table | None = None) -> str:
    """JSON of what a source has apart from events: news items, or a table."""
    if table is not None:
        return _TABLE.dump_json(table).decode()
    return json.dumps([asdict(item) for item in news], default=_plain, ensure_ascii=False)


def loads_others(text: str) -> tuple[tuple[News, ...], Table | None]:
    """News items and a table from JSON. Raises as `loads` does."""
    if text.startswith("{"):
        return (), _TABLE.validate_json(text)
    rows = json.loads(text)
    return tuple(News(**{**row, "published": datetime.fromisoformat(row["published"])}) for row in rows), None


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _record(row: dict[str, Any], zone: ZoneInfo) -> Record:
    ticket = row["ticket"]
    kind, availability = TicketKind(ticket["kind"]), Availability(ticket["availability"])
    known = {name: value for name, value in row.items() if name in _FIELDS}  # 0.5 also kept a `region`
    return Record(
        **{
            **known,
            "start": _moment(row["start"], zone),
            "end": None if row["end"] is None else _moment(row["end"], zone),
            "categories": tuple(row["categories"]),
            "audiences": tuple(row["audiences"]),
            "warnings": tuple(row["warnings"]),
            "status": Status(row["status"]),
            "ticket": Ticket(**{**ticket, "kind": kind, "availability": availability}),
            "picture": None if row["picture"] is None else Picture(**row["picture"]),
        }
    )


def _moment(text: str, zone: ZoneInfo) -> datetime | date:
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(zone)
