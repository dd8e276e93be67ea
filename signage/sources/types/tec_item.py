"""One event of The Events Calendar, field by field. Lenient where WordPress is; strict about when it happens."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from signage.sources.formats.json_answer import AnyText, SomeText, Yes, any_text, some_text

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?$")


def _moment(value: Any) -> datetime:
    """ "2026-12-11 19:00:00", a local time without a zone."""
    written = some_text(value)
    found = _MOMENT.match(written)
    try:
        if found:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        pass
    raise ValueError(f'"{written[:25]}" is not a date and a time')


def _maybe_moment(value: Any) -> datetime | None:
    return _moment(value) if any_text(value) else None


def _one(value: Any) -> dict[str, Any]:
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


One = Annotated[dict[str, Any], BeforeValidator(_one)]


class TecEvent(BaseModel):
    """The fields that are used, in the plugin's own names. Times are local, in `timezone` if that is a place."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    id: SomeText
    title: SomeText
    start_date: Annotated[datetime, BeforeValidator(_moment)]
    end_date: Annotated[datetime | None, BeforeValidator(_maybe_moment)] = None
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
