"""One record of a WIS portal, checked field by field. Lenient where the portal is; strict about when it happens."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from signage.sources.formats.json_answer import SomeText, Text, plain_text

# Without these an answer means something else than it used to: all events would turn all-day, or be nowhere.
ESSENTIAL = ("id", "title", "startDate", "startTime", "location")
END_OF_DAY = time.max  # "24:00", which `time` has no value for
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?$")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00(?::00)?)?$")


def _words(value: Any) -> tuple[str, ...]:
    """A list of words, or one text with commas between them."""
    parts = value if isinstance(value, list | tuple) else plain_text(value).split(",")
    return tuple(dict.fromkeys(word for word in (plain_text(part).strip() for part in parts) if word))


def _day(value: Any) -> date | None:
    written = plain_text(value).strip()
    if not written:
        return None
    found = _DAY.match(written)
    try:
        return date.fromisoformat(found[1]) if found else _never(written)
    except ValueError:
        raise ValueError(f'"{written[:20]}" is not a date') from None


def _first_day(value: Any) -> date:
    day = _day(value)
    if day is None:
        raise ValueError("is empty")
    return day


def _clock(value: Any) -> time | None:
    written = plain_text(value).strip()
    if not written:
        return None
    found = _CLOCK.match(written)
    try:
        return time(int(found[1]), int(found[2])) if found else _never(written)
    except ValueError:
        raise ValueError(f'"{written[:20]}" is not a time of day') from None


def _last_clock(value: Any) -> time | None:
    return END_OF_DAY if plain_text(value).strip() in ("24:00", "24.00") else _clock(value)


def _never(text: str) -> Any:
    raise ValueError(text)


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Day = Annotated[date | None, BeforeValidator(_day)]
Clock = Annotated[time | None, BeforeValidator(_clock)]


class WisEvent(BaseModel):
    """The fields that are used, in the portal's own names (`startDate`). Unknown ones are let be."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True)

    id: SomeText
    title: SomeText
    start_date: Annotated[date, BeforeValidator(_first_day)]
    end_date: Day = None
    start_time: Clock = None
    end_time: Annotated[time | None, BeforeValidator(_last_clock)] = None
    location: Text = ""
    organizer: Text = ""
    organizer_id: Text = ""
    region_name: Text = ""
    type_name: Text = ""
    target_names: Words = Field(())
    activity_names: Words = Field(())
    image_id: Text = ""
    image_meta: Text = ""
    url: Text = ""
    description: Text = ""
    details: Text = ""
