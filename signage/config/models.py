"""What may stand in screens.toml. Unknown keys are errors; every description ends up in the JSON Schema and docs."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from signage.config.hours_text import WEEKDAYS, Weekday, check_days, check_spans, parse_hours
from signage.config.moments import place_notices
from signage.config.source_rules import SourceTypeName, check_source, check_url

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Language = Literal["nb", "nn", "en"]
BestFor = Literal["title", "time", "venue", "organizer", "text", "picture", "ticket", "url"]
Days = Annotated[str, AfterValidator(check_days)]
OpenTimes = Annotated[str, AfterValidator(check_spans)]
# An editor would refuse a TOML time without an offset as "date-time"; so the schema only says that it is text.
Moment = Annotated[datetime, WithJsonSchema({"type": "string"})]

__all__ = ["WEEKDAYS", "Weekday"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown; a path; a folder ("Europe")
        raise ValueError(f'no time zone "{name}"; write one like "Europe/Oslo"') from None
    return name


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Colours(Strict):
    """Five colours; the layouts mix the rest from them."""

    paper: Colour = Field("#f6f1e7", description="Calm ground behind text.")
    ink: Colour = Field("#0c1f2c", description="Text on paper.")
    deep: Colour = Field("#0b2433", description="Dark ground: the rail, posters.")
    fjord: Colour = Field("#123b53", description="Second dark tone: headings, ridge line.")
    light: Colour = Field("#f2b84b", description="The one warm accent.")


class Site(Strict):
    name: str = Field(min_length=1, description='Whose screens these are: "Heim kommune".')
    area: str = Field(
        "", description='What people call the place, for "Ellers i Heim"; the name without "kommune" if left out.'
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field("Europe/Oslo", description="Time zone of all screens.")
    languages: list[Language] = Field(
        ["nb"], min_length=1, description="Languages in use; the first is the default of a screen."
    )
    calendar: HttpUrl = Field(
        description="The calendar's address for people; the QR code on the evergreen page leads there."
    )
    calendar_label: str = Field(
        "", description='How the address is written on pages: "iheim.no". The address\'s host if left out.'
    )
    motto: str = Field("", description='A short line under the address: "det som skjer i Heim".')
    contact: str = Field(
        "", description="An address or e-mail that sources see in our User-Agent, so that they can reach you."
    )
    colours: Colours = Field(Colours(), description="The five colours of the pages.")
    refresh_minutes: int = Field(10, ge=1, le=1440, description="How often the sources are asked.")
    poll_seconds: int = Field(60, ge=10, le=3600, description="How often a player asks for a new manifest.")
    organisations: str = Field(
        "", description="A CSV file of associations and businesses that the portal lacks, seen from this file's folder."
    )
    expiry_hours: float = Field(
        2.0, gt=0, le=24, description="How long after its start an event without an end is shown."
    )


class Source(Strict):
    id: Id = Field(description="A short name for status lines and event ids.")
    type: SourceTypeName = Field(description="What kind of address it is; docs/sources.md explains each.")
    url: str = Field(
        min_length=1, description="The address; for a calendar or a sheet also a file, seen from this file's folder."
    )
    name: str = Field("", description="What people call it.")
    zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="Time zone of its times that name none; the site's if left out."
    )
    expiry_hours: float | None = Field(None, gt=0, le=24, description="As site.expiry_hours, for this source.")
    refresh_minutes: int | None = Field(
        None,
        ge=1,
        le=10080,
        description="How often it is asked; site.refresh_minutes if left out, and 60 for web pages.",
    )
    venue: str = Field("", description="Venue of events that name none.")
    organizer: str = Field("", description="Organiser of events that name none.")
    categories: list[str] = Field([], description="Categories given to every event of this source.")
    best_for: list[BestFor] = Field(
        [], description="What is taken from this source before those above it, when several tell of one event."
    )
    links: str = Field(
        "", description='jsonld: links to follow, as a part of their address with * for anything: "/arrangement/*".'
    )
    columns: dict[str, str] = Field(
        {}, description='csv: which column holds what, when its heading is not understood: { title = "Hva" }.'
    )
    customer: int | None = Field(None, ge=1, description="checkin: the seller's customer number.")
    token_env: str = Field("", description="facebook: the environment variable that holds the page's token.")
    token_file: str = Field("", description="facebook: the file that holds the page's token.")

    @field_validator("url")
    @classmethod
    def _an_address_that_its_type_can_ask(cls, url: str, info: ValidationInfo) -> str:
        return check_url(url, info.data.get("type"))

    @model_validator(mode="after")
    def _as_its_type_wants(self) -> Source:
        check_source(self)
        return self


class HoldBack(Strict):
    """A rule for events that are not for the public. All keys that are given must fit; * stands for anything."""

    title: str = Field("", description='Titles: "Styremøte*". Without a * anywhere: titles that contain the words.')
    venue: str = Field("", description="Venues, in the same way.")
    organizer: str = Field("", description="Organisers, in the same way.")
    category: str = Field("", description="Category words, in the same way.")
    source: Id | None = Field(None, description="Only events of this source.")
    reason: str = Field("", description="What the list of held-back events says of it.")

    @model_validator(mode="after")
    def _says_something(self) -> HoldBack:
        if not any((self.title, self.venue, self.organizer, self.category, self.source)):
            raise ValueError("holds back everything; name a title, venue, organizer, category or source")
        return self


class Place(Strict):
    name: str = Field(min_length=1, description='As on the door: "Hemne bibliotek".')
    town: str = Field("", description='"Kyrksæterøra".')
    match: list[str] = Field(
        [], description="Other beginnings of venue texts that mean this place. Upper and lower case are equal."
    )
    near: list[Id] = Field([], description="Places to show when nothing is on here, nearest first.")


class Filter(Strict):
    """Which events an entry takes. Within one key any value is enough; all keys that are given must hold."""

    place: Literal["here", "anywhere"] | list[Id] = Field(
        "anywhere", description='"here": the screen\'s own place, or nearby ones when nothing is on.'
    )
    categories: list[str] = Field([], description='Category words of the source: "Kino", "Idrett".')
    audiences: list[str] = Field([], description='"Barn", "Ungdom", "Familie", "Voksne", "Senior".')
    organisers: list[str] = Field([], description="Who arranges it: organisations, by any of their names.")
    sources: list[Id] = Field([], description="Only events that one of these sources tells of.")


MOST_OF_ONE = "At most so many occurrences of one activity at the same time, the soonest; 0: all."
Most = Annotated[int, Field(ge=0, le=50, description=MOST_OF_ONE)]


class Entry(Filter):
    seconds: float = Field(12.0, ge=3, le=600, description="How long each page stays.")
    series: Most = 0


class Today(Entry):
    show: Literal["today"] = Field(description="What is on today, from now on.")


class Agenda(Entry):
    show: Literal["agenda"] = Field(description="The coming days, day by day.")
    today: bool = Field(True, description="false: begin tomorrow, for a screen that shows today on a page of its own.")
    days: int = Field(7, ge=1, le=14, description="How many days, the first included.")
    series: Most = 3


class Week(Entry):
    show: Literal["week"] = Field(description="Seven days side by side.")


class EventPoster(Entry):
    show: Literal["event"] = Field(description="Coming events, each as a poster of its own.")
    count: int = Field(2, ge=1, le=10, description="A poster each for this many coming events.")
    days: int = Field(14, ge=1, le=60, description="How many days ahead to look.")
    picture: bool | None = Field(None, description="true: only events with a picture. false: only those without.")
    series: Most = 1


class Notice(Strict):
    """A text of your own, for as long as it holds."""

    show: Literal["notice"] = Field(description="A text of your own.")
    title: str = Field(min_length=1, max_length=120, description="The heading.")
    text: str = Field("", max_length=600, description="The text under it; an empty line begins a new paragraph.")
    # `from` is a word of Python; both are instants in UTC once they come from a `Config`
    from_: Moment | None = Field(
        None,
        alias="from",
        description="Shown from this time (site's zone unless it has an offset), or from the beginning of this day.",
    )
    until: Moment | None = Field(None, description="Shown until this time, or to the end of this day.")
    seconds: float = Field(12.0, ge=3, le=600, description="How long the page stays.")


class NewsPages(Strict):
    """The newest items of a feed, each on a page of its own that looks like a notice."""

    show: Literal["news"] = Field(description="The newest items of a feed, each on a page of its own.")
    source: Id = Field(description="Whose news: the id of a source.")
    count: int = Field(3, ge=1, le=10, description="At most so many items; the newest are taken.")
    days: int = Field(14, ge=1, le=60, description="How many days an item is shown after it was published.")
    seconds: float = Field(12.0, ge=3, le=600, description="How long each page stays.")


class Evergreen(Strict):
    show: Literal["evergreen"] = Field(description="What this screen is and where the calendar is.")
    seconds: float = Field(12.0, ge=3, le=600, description="How long the page stays.")


PlaylistEntry = Annotated[
    Today | Agenda | Week | EventPoster | Notice | NewsPages | Evergreen, Field(discriminator="show")
]


class Hours(BaseModel):
    """Opening hours by weekday: spans of local time. Empty: closed that day. Not given: never closed."""

    model_config = ConfigDict(frozen=True)
    spans: dict[Weekday, tuple[tuple[time, time], ...]]


class Screen(Strict):
    name: str = Field("", description="What is printed on the pages; the place's name if left out.")
    place: Id = Field(description="Where it hangs: a key under [places].")
    size: str = Field(
        "1920x1080",
        pattern=r"^[1-9]\d{2,3}x[1-9]\d{2,3}$",
        description="Pixels, as the passer-by sees it: upright is 1080x1920.",
    )
    rotate: Literal[0, 90, 180, 270] = Field(
        0, description="Degrees clockwise that the player turns the picture for a panel that is mounted turned."
    )
    layout: str = Field("fjord", description="A folder in layouts/.")
    language: Language | None = Field(None, description="site.languages' first if left out.")
    hours: dict[Days, OpenTimes] | None = Field(
        None,
        description='{ mon-fri = "10:00-18:00", sat = "10:00-14:00" }; other days are closed. Left out: always open.',
    )
    when_closed: Literal["show", "dark"] = Field(
        "show", description="Outside the hours: go on showing, or a black picture."
    )
    smallest_text: int = Field(0, ge=0, le=200, description="Smallest letter size in pixels; 0: the layout's own.")
    playlist: list[PlaylistEntry] = Field(min_length=1, description="What is shown, in this order, over and over.")

    @field_validator("hours")
    @classmethod
    def _one_answer_per_day(cls, hours: dict[str, str] | None) -> dict[str, str] | None:
        if hours is not None:
            parse_hours(hours)
        return hours

    @property
    def opening(self) -> Hours | None:
        """The opening hours, parsed; None: always open. `signage.config.hours.open_spans` makes instants of them."""
        return None if self.hours is None else Hours(spans=parse_hours(self.hours))

    @property
    def width(self) -> int:
        return int(self.size.split("x")[0])

    @property
    def height(self) -> int:
        return int(self.size.split("x")[1])


class Config(Strict):
    """screens.toml: the info screens of one municipality or organisation."""

    site: Site = Field(description="What all screens have in common.")
    sources: list[Source] = Field(min_length=1, description="Where events come from.")
    places: dict[Id, Place] = Field(description="Houses that screens hang in and events happen at.")
    hold_back: list[HoldBack] = Field([], description="Rules for events that are not for the public.")
    screens: dict[Id, Screen] = Field(min_length=1, description="The screens, each under its own short name.")

    @model_validator(mode="before")
    @classmethod
    def _notices_in_the_sites_zone(cls, data: Any) -> Any:
        return place_notices(data)
