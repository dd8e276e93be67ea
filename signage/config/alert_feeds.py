"""The sections [[alert_feeds]]: official alerts, and how those of each colour are shown (docs/official-alerts.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from signage.config.base import Id, Strict
from signage.config.sources import check_service
from signage.config.words import SettingError

Shown = Literal["page", "banner", "takeover"]
Colour = Literal["yellow", "orange", "red"]
Danger = Literal["flood", "landslide", "avalanche"]
FeedType = Literal["met", "nve", "cap"]

NAMES: Mapping[str, str] = {"met": "MET Norway", "nve": "NVE"}
CREDITS: Mapping[str, str] = {"met": "Data fra MET Norway", "nve": "Varsom.no, NVE"}  # as their licences ask for
ADDRESSES: Mapping[str, str] = {
    "met": "https://api.met.no/weatherapi/metalerts/2.0",
    "nve": "https://api01.nve.no/hydrology/forecast",
}
OWN: Mapping[str, tuple[str, ...]] = {  # the settings that only one type has
    "met": ("format", "county"),
    "nve": ("dangers",),
    "cap": ("credit", "only_listed"),
}


def check_municipality(number: str) -> str:
    """For pydantic: a municipality's number unchanged. Raises ValueError."""
    if number and not re.fullmatch(r"[0-9]{4}", number):
        raise SettingError(f'"{number}" isn\'t the number of a municipality.', 'it has four digits: "5055".')
    return number


def check_county(number: str) -> str:
    """For pydantic: a county's number unchanged. Raises ValueError."""
    if number and not re.fullmatch(r"[0-9]{2}", number):
        raise SettingError(f'"{number}" isn\'t the number of a county.', 'it has two digits: "50".')
    return number


Municipality = Annotated[str, AfterValidator(check_municipality)]


class ShownAs(Strict):
    """How alerts of each colour are shown."""

    yellow: Shown = Field("page", description="Of a yellow alert: first in the rotation, a strip over it, or alone.")
    orange: Shown = Field("banner", description="Of an orange alert.")
    red: Shown = Field("takeover", description="Of a red alert.")


class AlertFeed(Strict):
    """Official alerts from one sender."""

    type: FeedType = Field(description='"met" (MET Norway), "nve" (floods, landslides, avalanches) or "cap" (others).')
    id: Id | None = Field(None, description="A short name for status lines; the type if left out.")
    name: str = Field("", max_length=80, description="Who it is from, as pages name it; needed for cap.")
    url: Annotated[str, AfterValidator(lambda url: check_service(url) if url else url)] = Field(
        "", description="The address of a cap feed, or of a copy of what MET Norway or NVE have."
    )
    from_level: Colour = Field("yellow", description="Alerts below this colour aren't shown.")
    show: ShownAs = Field(ShownAs(), description="How alerts of each colour are shown.")
    format: Literal["cap", "json"] = Field("cap", description="met: its CAP files, or its JSON.")
    county: Annotated[str, AfterValidator(check_county)] = Field(
        "", description='met: only this county, "50"; that of the municipalities if left out, or the whole country.'
    )
    dangers: list[Danger] = Field(
        ["flood", "landslide", "avalanche"], min_length=1, description="nve: which of its warnings are shown."
    )
    credit: str = Field(
        "", max_length=120, description="cap: what its licence wants on the page; its name if left out."
    )
    only_listed: bool = Field(False, description="cap: an alert that its list no longer has is over, before its end.")

    @property
    def feed_id(self) -> str:
        """Its short name."""
        return self.id or self.type

    @property
    def source_name(self) -> str:
        """Who it is from, for people."""
        return self.name or NAMES.get(self.type) or urlsplit(self.url).hostname or self.feed_id

    @property
    def credit_line(self) -> str:
        """What its licence wants on the page."""
        return self.credit or CREDITS.get(self.type) or self.source_name

    @property
    def address(self) -> str:
        """Where it is asked for."""
        return self.url or ADDRESSES.get(self.type, "")
