"""One event of Checkin, checked field by field. Lenient where the shop is; strict about when it happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from signage.sources.formats.json_answer import AnyText, SomeText, any_text, some_text


def _moment(value: Any) -> datetime:
    """ "2026-12-13T19:00:00+01:00"; without an offset it stays without a zone."""
    written = some_text(value)
    try:
        if "T" in written or " " in written:
            return datetime.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError(f'"{written[:30]}" is not a date and a time')


def _maybe_moment(value: Any) -> datetime | None:
    return _moment(value) if any_text(value) else None


def _topics(value: Any) -> tuple[str, ...]:
    """The names in [{"topic": {"name": "Konsert"}}]."""
    topics = [row.get("topic") for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    names = (any_text(topic.get("name")) for topic in topics if isinstance(topic, dict))
    return tuple(dict.fromkeys(name for name in names if name))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class CheckinEvent(BaseModel):
    """The fields that are asked for, in Checkin's own names (`startsAt`)."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True)

    id: SomeText
    name: SomeText
    starts_at: Annotated[datetime, BeforeValidator(_moment)]
    ends_at: Annotated[datetime | None, BeforeValidator(_maybe_moment)] = None
    image_url: AnyText = ""
    selling_description: AnyText = ""
    description: AnyText = ""
    price_from: AnyText = ""
    price_to: AnyText = ""
    currency: AnyText = ""
    topic_event: Annotated[tuple[str, ...], BeforeValidator(_topics)] = ()
    geo_location: Annotated[dict[str, Any], BeforeValidator(_object)] = Field({})
