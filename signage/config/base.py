"""What all settings are made of: short names, colours, languages, moments. Unknown keys are errors."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, WithJsonSchema, model_validator
from pydantic import Strict as PydanticStrict

from signage.config.words import SettingError

OTHER_SPELLINGS = {"organizer": "organiser", "organizers": "organisers"}  # accepted, and what it is taken for
AS_WRITTEN: dict[object, str] = {
    **{here: there for there, here in OTHER_SPELLINGS.items()},
    "weekdays": "days",  # days = "mon-fri" in an entry of a playlist
}

# Sections with two brackets, [[sources]], one after another.
LISTED = ("sources", "hold_back", "alert_feeds", "sponsors")
# Sections whose heading has the name, [screens.library].
NAMED = ("places", "screens", "playlists", "groups", "prepared_alerts")

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
# An editor would refuse a TOML time without an offset as "date-time"; so the schema only says that it is text. Strict:
# pydantic would take 24.12 for so many seconds after 1970.
Moment = Annotated[datetime, PydanticStrict(), WithJsonSchema({"type": "string"})]


# What a browser sends as Host, without the port: any port is ours.
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


def check_host_name(written: str) -> str:
    """For pydantic: a host name or address in lower case, as written in a Host header. Raises ValueError."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(written.strip("[]")))
    try:
        name = written.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > 253 or not _HOST_NAME.fullmatch(name):
        raise SettingError(f'"{written}" isn\'t a host name.', 'leave out "http://", port and path: "skjerm.heim.no".')
    return name


_PHONE = re.compile(r"[+(]{0,2}[0-9][0-9 ()/-]{1,37}", re.ASCII)  # the player shows nothing else


def check_phone(written: str) -> str:
    """For pydantic: a telephone number as people write it. Raises ValueError."""
    number = " ".join(written.split())
    if number and not _PHONE.fullmatch(number):
        raise SettingError(f'"{written}" isn\'t a telephone number.', 'write only the number: "72 46 00 00".')
    return number


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, written: Any) -> Any:
        """The American spelling of a setting is taken for ours, unless both are there."""
        if not isinstance(written, dict):
            return written
        ours = {
            there: here
            for there, here in OTHER_SPELLINGS.items()
            if there in written and here in cls.model_fields and here not in written
        }
        return {ours.get(key, key): value for key, value in written.items()} if ours else written


def other_spellings(written: object) -> Iterator[str]:
    """The keys anywhere in a file that are accepted, and spelt otherwise in the documentation."""
    if isinstance(written, dict):
        yield from (key for key in written if key in OTHER_SPELLINGS)
    inner = written.values() if isinstance(written, dict) else written if isinstance(written, list) else ()
    for value in inner:
        yield from other_spellings(value)


def check_zone(name: str) -> str:
    """For pydantic: the name unchanged when there is a time zone of it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown; a path; a folder ("Europe")
        city = next((zone for zone in sorted(available_timezones()) if zone.endswith(f"/{name.strip().title()}")), "")
        hint = f'did you mean "{city}"?' if city else 'write one like "Europe/Oslo".'
        raise SettingError(f'There is no time zone "{name}".', hint) from None
    return name


TimeZoneName = Annotated[str, AfterValidator(check_zone)]
