"""What may stand in screens.toml. Unknown keys are errors; every description ends up in the JSON Schema and docs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    PrivateAttr,
    Tag,
    field_validator,
    model_validator,
)

from signage.config.base import Colour, Id, Moment, Strict, TimeZoneName, check_host_name, check_phone
from signage.config.hours_text import WEEKDAYS, Weekday, check_days, check_open, check_spans, parse_hours
from signage.config.languages import Language
from signage.config.lines import Line, Lines, Part, lines_of, longest_cycle
from signage.config.moments import place_moments
from signage.config.playlist import (
    ENTRIES,
    EntryType,
    EventsEntry,
    Filter,
    OneOf,
    PlaylistEntry,
    SharedPlaylist,
    Use,
)
from signage.config.public_holidays import check_country, is_holiday
from signage.config.publishing import Publishing
from signage.config.rendering import Rendering
from signage.config.sources import AnySource, Source, check_proxy
from signage.config.words import SettingError

if TYPE_CHECKING:
    from signage.config.playlist import PlaylistItem  # when the program runs: what `accept_entries` is given

NAME_LENGTH = 120  # letters of a name on a page
Season = Literal["jul", "17mai", "sommer"]
Days = Annotated[str, AfterValidator(check_days)]
OpenTimes = Annotated[str, AfterValidator(check_spans)]
SpecialTimes = Annotated[str, AfterValidator(check_open)]
Country = Annotated[str, AfterValidator(check_country)]
HostName = Annotated[str, AfterValidator(check_host_name)]
ProxyAddress = Annotated[str, AfterValidator(check_proxy)]
PhoneNumber = Annotated[str, AfterValidator(check_phone)]


__all__ = [
    "WEEKDAYS",
    "EventsEntry",
    "Filter",
    "Id",
    "Language",
    "Source",
    "Weekday",
]


class Colours(Strict):
    """Five colours; the layouts mix the rest from them. What is left out is the layout's own."""

    paper: Colour | None = Field(None, description="Calm ground behind text.")
    ink: Colour | None = Field(None, description="Text on paper.")
    deep: Colour | None = Field(None, description="Dark ground: the rail, posters.")
    fjord: Colour | None = Field(None, description="Second dark tone: headings, ridge line.")
    light: Colour | None = Field(None, description="The one warm accent.")


class Fonts(Strict):
    """Typefaces of your own, as .woff2 files seen from this file's folder."""

    headings: str = Field("", description="A .woff2 file for headings; the layout's own if left out.")
    texts: str = Field("", description="A .woff2 file for everything else; the layout's own if left out.")


class Site(Strict):
    name: str = Field(min_length=1, max_length=NAME_LENGTH, description='Whose screens these are: "Heim kommune".')
    area: str = Field(
        "",
        max_length=NAME_LENGTH,
        description='What people call the place, for "Ellers i Heim"; the name without "kommune" if left out.',
    )
    zone: TimeZoneName = Field("Europe/Oslo", description="Time zone of all screens.")
    country: Country = Field(
        "NO",
        description='Whose public holidays close the houses that have hours: "NO", "SE", "DE-BY"; "" for none.',
    )
    languages: list[Language] = Field(
        ["nb"], min_length=1, description="Languages in use; the first is the default of a screen."
    )
    calendar: HttpUrl = Field(
        description="The calendar's address for people; the QR code on the evergreen page leads there."
    )
    calendar_label: str = Field(
        "",
        max_length=NAME_LENGTH,
        description='How the address is written on pages: "iheim.no". The address\'s host if left out.',
    )
    motto: str = Field(
        "", max_length=NAME_LENGTH, description='A short line under the address: "det som skjer i Heim".'
    )
    contact: str = Field(
        "", description="An address or e-mail that sources see in our User-Agent, so that they can reach you."
    )
    phone: PhoneNumber = Field(
        "",
        description='The telephone number of those who look after the screens: "72 46 00 00". It is on screens that '
        "are no longer in use, and beside the code of a player that waits to be paired.",
    )
    ceremonies: bool = Field(False, description="Whether funerals, weddings and baptisms in the calendars are shown.")
    address: HttpUrl | None = Field(
        None,
        description="Where people reach what is published: QR codes then lead to pages for telephones there.",
    )
    hosts: list[HostName] = Field(
        [],
        description="Other names by which the server is reached, through DNS or a reverse proxy. It answers to its own "
        "addresses and names, to the one in address, and to these; to no others.",
    )
    status: Literal["open", "private"] = Field(
        "open",
        description="Who sees how screens and sources are: everybody who reaches the server, or with the "
        "administrator's key only. Without the key, a private server says no more than whether every screen is well.",
    )
    colours: Colours = Field(Colours(), description="The five colours of the pages.")
    fonts: Fonts = Field(Fonts(), description="Typefaces of your own.")
    logo: str = Field(
        "", description="A picture file (PNG, or JPEG) with your arms or logo, seen from this file's folder."
    )
    seasons: list[Season] = Field([], description="Seasons that the pages dress up for.")
    legibility: Literal["refuse", "warn", "off"] = Field(
        "warn", description="What becomes of a page that is hard to read from where people stand."
    )
    seconds_least: float = Field(6.0, ge=3, le=600, description="A page whose time is computed stays at least so long.")
    seconds_most: float = Field(30.0, ge=3, le=600, description="And at most so long.")
    refresh_minutes: int = Field(10, ge=1, le=1440, description="How often the sources are fetched.")
    poll_seconds: int = Field(60, ge=10, le=3600, description="How often a player asks for a new manifest.")
    stale_hours: float = Field(
        6.0, ge=0.5, le=336, description="The pages say at the bottom when their data is older than this many hours."
    )
    organisations: str = Field(
        "", description="A CSV file of associations and businesses that the portal lacks, seen from this file's folder."
    )
    proxy: ProxyAddress = Field(
        "",
        description='The proxy through which sources are fetched: "http://proxy.example.org:3128". If left out, that '
        "of the environment (HTTPS_PROXY, HTTP_PROXY). NO_PROXY lists what is fetched without it.",
    )
    ca_file: str = Field(
        "",
        description="A file with certificates of your own authority (PEM), seen from this file's folder. The public "
        "authorities are trusted, too.",
    )
    picture_days: int = Field(
        60,
        ge=1,
        le=366,
        description="How many days a picture of your own is shown that has no last day, from when its file was put "
        "there or changed.",
    )
    expiry_hours: float = Field(
        2.0, gt=0, le=24, description="How long after its start an event without an end is shown."
    )

    @property
    def host_names(self) -> frozenset[str]:
        """The names to which the server answers in addition to those of its machine, as in a Host header."""
        address = self.address.host if self.address else None
        return frozenset(self.hosts) | ({address.lower().strip("[]")} if address else set())


class HoldBack(Strict):
    """A rule for events that are not for the public. All keys that are given must match; * matches anything."""

    title: str = Field("", description='Titles: "Styremøte*". Without a * anywhere: titles that contain the words.')
    venue: str = Field("", description="Venues, in the same way.")
    organiser: str = Field("", description="Organisers, in the same way.")
    category: str = Field("", description="Category words, in the same way.")
    source: Id | None = Field(None, description="Only events of this source.")
    reason: str = Field("", description="What the list of held-back events says of it.")

    @model_validator(mode="after")
    def _says_something(self) -> HoldBack:
        if not any((self.title, self.venue, self.organiser, self.category, self.source)):
            raise SettingError("This rule holds back everything.", "add a title, venue, organiser, category or source.")
        return self


class Place(Strict):
    name: str = Field(min_length=1, max_length=NAME_LENGTH, description='As on the door: "Hemne bibliotek".')
    town: str = Field("", max_length=NAME_LENGTH, description='"Kyrksæterøra".')
    match: list[str] = Field(
        [], description="Other beginnings of venue texts that mean this place. Upper and lower case are equal."
    )
    near: list[Id] = Field([], description="Places to show when nothing is on here, nearest first.")
    rooms: list[str] = Field([], description="Its rooms, in the order of the page that shows what goes on in each.")


Spans = tuple[tuple[time, time], ...]


class Hours(BaseModel):
    """Opening hours by weekday: spans of local time. Empty: closed that day. Not given: never closed.

    `holidays` are those of public holidays in `country` ("" has none), `dates` those of single days; None: as on any
    other such weekday. `says_holidays`: they were written down, and not left to be closed.
    """

    model_config = ConfigDict(frozen=True)
    spans: dict[Weekday, Spans]
    holidays: Spans | None = ()
    dates: dict[date, Spans | None] = {}
    says_holidays: bool = False
    country: str = ""

    @classmethod
    def written(cls, hours: Mapping[str, str], country: str) -> Hours:
        """From what is written in the file. Raises ValueError."""
        w = parse_hours(hours)
        return cls(spans=w.week, holidays=w.holidays, dates=w.dates, says_holidays=w.says_holidays, country=country)

    def on(self, day: date) -> Spans:
        """When it opens on a day, and until when."""
        usual = self.spans.get(WEEKDAYS[day.weekday()], ())
        special: Spans | None = usual
        if day in self.dates:
            special = self.dates[day]
        elif is_holiday(day, self.country):
            special = self.holidays
        return usual if special is None else special


class Screen(Strict):
    name: str = Field(
        "", max_length=NAME_LENGTH, description="What is printed on the pages; the place's name if left out."
    )
    place: Id = Field(description="Where it hangs: a key under [places].")
    was: Id | list[Id] = Field(
        [],
        description="The short name that the screen had before, or several: players that know it so go on showing it.",
    )
    size: str = Field(
        "1920x1080",
        pattern=r"^[1-9]\d{2,3}x[1-9]\d{2,3}$",
        description="Pixels, as the passer-by sees it: upright is 1080x1920.",
    )
    rotate: Literal[0, 90, 180, 270] = Field(
        0, description="Degrees clockwise that the player turns the picture for a panel that is mounted turned."
    )
    layout: str = Field("fjord", description="A folder in layouts/.")
    night_layout: str = Field("", description="The layout of its dark hours; the same all day if left out.")
    night: OpenTimes = Field("20:00-07:00", description="When night_layout is used.")
    language: Language | None = Field(None, description="site.languages' first if left out.")
    languages: list[Language] = Field(
        [], description="Several languages that take turns, a round of the playlist each; instead of language."
    )
    distance: float = Field(
        4.0, ge=0.3, le=50, description="How far away people stand who should be able to read it, in metres."
    )
    diagonal: float = Field(55.0, ge=5, le=500, description="The panel's diagonal, in inches.")
    hours: dict[Days, SpecialTimes] | None = Field(
        None,
        description='{ mon-fri = "10:00-18:00", sat = "10:00-14:00" }; other days and public holidays are closed, '
        'unless holidays = "12-16" or "as usual", or a date like 2026-12-24, say otherwise. Left out: always open.',
    )
    when_closed: Literal["show", "dark"] = Field(
        "show", description="Outside the hours: go on showing, or a black picture."
    )
    smallest_text: int = Field(0, ge=0, le=200, description="Smallest letter size in pixels; 0: the layout's own.")
    playlist: list[PlaylistItem] = Field(min_length=1, description="What is shown, in this order, over and over.")

    @field_validator("hours")
    @classmethod
    def _one_answer_per_day(cls, hours: dict[str, str] | None) -> dict[str, str] | None:
        if hours is not None:
            parse_hours(hours)
        return hours

    _country: str = PrivateAttr("")  # the site's: hours alone don't know what is a holiday
    _lines: Lines = PrivateAttr(Lines((), Part()))  # with the shared playlists in place

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown, in order: the playlist with the shared ones in place."""
        return self._lines.lines

    @property
    def rounds(self) -> Part:
        """Which of the lines each round has."""
        return self._lines.rounds

    @property
    def alternates(self) -> bool:
        """Whether the rounds of the playlist differ."""
        return longest_cycle(self._lines.rounds) > 1

    @property
    def entries(self) -> tuple[PlaylistEntry, ...]:
        """The entries of all lines."""
        return tuple(line.entry for line in self._lines.lines)

    @property
    def former_ids(self) -> list[str]:
        """The ids that the screen had before."""
        return [self.was] if isinstance(self.was, str) else self.was

    @property
    def spoken(self) -> list[Language]:
        """The languages that take turns; empty when the site's first is meant."""
        return self.languages or ([self.language] if self.language else [])

    @property
    def opening(self) -> Hours | None:
        """The opening hours, parsed; None: always open. `signage.config.hours.open_spans` makes instants of them."""
        if self.hours is None:
            return None
        return Hours.written(self.hours, self._country)

    @property
    def width(self) -> int:
        return int(self.size.split("x")[0])

    @property
    def height(self) -> int:
        return int(self.size.split("x")[1])


class Sponsor(Strict):
    """A local business that pays for a turn in the rotation."""

    id: Id = Field(description="A short name for reports.")
    name: str = Field(min_length=1, max_length=80, description="As it is written on the card.")
    text: str = Field("", max_length=200, description="A sentence on the typeset card.")
    picture: str = Field("", description="A picture file that fills the page instead, seen from this file's folder.")
    url: HttpUrl | None = Field(None, description="Where the QR code leads.")
    weight: float = Field(1.0, gt=0, le=1000, description="Its share of the time, against the weights of the others.")
    screens: list[Id] = Field([], description="The screens it is shown on; all that have a slot, if left out.")
    per_hour: int | None = Field(None, ge=1, le=600, description="At most this many showings an hour on each screen.")
    from_: Moment | None = Field(None, alias="from", description="From this time, or from the beginning of this day.")
    until: Moment | None = Field(None, description="Until this time, or to the end of this day.")


class Config(Strict):
    """screens.toml: the info screens of one municipality or organisation."""

    site: Site = Field(description="What all screens have in common.")
    sources: list[AnySource] = Field(min_length=1, description="Where events come from.")
    places: dict[Id, Place] = Field(description="Houses that screens hang in and events happen at.")
    hold_back: list[HoldBack] = Field([], description="Rules for events that are not for the public.")
    publish: Publishing = Field(Publishing(), description="An object store that gets what is published, too.")
    render: Rendering = Field(Rendering(), description="Where pages are rendered, if not on this machine.")
    sponsors: list[Sponsor] = Field([], description="Who pays for a turn on the screens.")
    playlists: dict[Id, SharedPlaylist] = Field({}, description="Playlists that screens have in common.")
    screens: dict[Id, Screen] = Field(min_length=1, description="The screens, each under its own short name.")

    @model_validator(mode="before")
    @classmethod
    def _times_in_the_sites_zone(cls, data: Any) -> Any:
        return place_moments(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _sources_in_the_sites_language(self) -> Config:
        for source in self.sources:
            source.read_in(self.site.languages[0])
        return self

    @model_validator(mode="after")
    def _screens_in_context(self) -> Config:
        for name, screen in self.screens.items():
            screen._country = self.site.country
            screen._lines = lines_of(screen.playlist, ("screens", name, "playlist"), self.playlists)
        return self

    @property
    def screen_names(self) -> dict[str, str]:
        """The screens: id -> what people call it."""
        return {name: screen.name or self.places[screen.place].name for name, screen in self.screens.items()}

    @property
    def former_screens(self) -> dict[str, str]:
        """Ids that screens had before -> the id that each has now."""
        return {former: name for name, screen in self.screens.items() for former in screen.former_ids}


def accept_entries(types: Mapping[str, EntryType]) -> None:
    """Complete the models with what may stand in a playlist; before that, no configuration can be read.

    `types` by the word after `show`, in the order in which messages list them.
    """
    ENTRIES.clear()
    ENTRIES.update(types)
    kinds = {name: kind.model for name, kind in types.items()}
    names = {
        "PlaylistItem": _one_of({**kinds, "use": Use, "one_of": OneOf}),
        "SplitArea": _one_of({name: kinds[name] for name, kind in types.items() if kind.zone}),
    }
    models: tuple[type[Strict], ...] = (*kinds.values(), OneOf, SharedPlaylist, Screen, Config)
    for model in models:
        model.model_rebuild(force=True, _types_namespace=names)


def _one_of(models: Mapping[str, type[Strict]]) -> Any:
    tagged = tuple(Annotated[model, Tag(name)] for name, model in models.items())
    return Annotated[Union[tagged], Discriminator(_kind_written)]  # noqa: UP007 their number is not known here


def _kind_written(item: Any) -> str | None:
    """What an item of a playlist is: the word after `show`, or "use" or "one_of"."""
    if not isinstance(item, dict):
        return str(getattr(item, "show", "use" if isinstance(item, Use) else "one_of"))
    special = next((word for word in ("use", "one_of") if word in item), None)
    return special or (str(item["show"]) if "show" in item else None)
