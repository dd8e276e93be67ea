"""One event of a Facebook page, field by field. Lenient where the Graph API is; strict about when it happens."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from signage.sources.formats.json_answer import AnyText, SomeText, Yes, any_text

Moment = datetime | date | None
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


def _moment(value: Any) -> Moment:
    """ "2026-12-04T20:00:00+0100"; a bare date is a whole day; without an offset it stays without a zone."""
    written = any_text(value)
    if not written:
        return None
    try:
        if _DAY.match(written):
            return date.fromisoformat(written)
        if "T" in written:
            return datetime.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError(f'"{written[:30]}" is not a date and a time')


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"name": value} if isinstance(value, str) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class FacebookTimes(BaseModel):
    """One date of an event that comes again."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    id: AnyText = ""
    start_time: Annotated[Moment, BeforeValidator(_moment)] = None
    end_time: Annotated[Moment, BeforeValidator(_moment)] = None
    ticket_uri: AnyText = ""


class FacebookEvent(FacebookTimes):
    """The fields that are asked for, in the Graph API's own names."""

    id: SomeText
    name: SomeText
    description: AnyText = ""
    place: Annotated[dict[str, Any], BeforeValidator(_object)] = Field({})
    cover: Annotated[dict[str, Any], BeforeValidator(_object)] = Field({})
    is_canceled: Yes = False
    is_draft: Yes = False
    is_online: Yes = False
    event_times: Annotated[list[Any], BeforeValidator(_list)] = Field([])
