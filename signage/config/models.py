"""What may stand in screens.toml. Unknown keys are errors; every description ends up in the JSON Schema and docs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    field_validator,
    model_validator,
)

from signage.config.alert_feeds import AlertFeed, Municipality, ShownAs
from signage.config.alerts import Alerts, PreparedAlert
from signage.config.base import Id, Strict, TimeZoneName
from signage.config.defaults import with_defaults
from signage.config.hours_text import WEEKDAYS, Weekday, check_days, check_open, check_spans, parse_hours
from signage.config.languages import Language
from signage.config.lines import Line, Lines, Part, lines_of, longest_cycle
from signage.config.lost import PartNotes
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
from signage.config.public_holidays import is_holiday
from signage.config.publishing import Publishing
from signage.config.rendering import Rendering
from signage.config.services import Services
from signage.config.site import NAME_LENGTH, Colours, Fonts, Site
from signage.config.sources import AnySource, Source
from signage.config.sponsor import Sponsor
from signage.config.words import SettingError

if TYPE_CHECKING:
    from signage.config.playlist import PlaylistItem  # when the program runs: what `accept_entries` is given

Days = Annotated[str, AfterValidator(check_days)]
OpenTimes = Annotated[str, AfterValidator(check_spans)]
Position = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
SpecialTimes = Annotated[str, AfterValidator(check_open)]


__all__ = [
    "WEEKDAYS",
    "AlertFeed",
    "Colours",
    "EventsEntry",
    "Filter",
    "Fonts",
    "Id",
    "Language",
    "ShownAs",
    "Site",
    "Source",
    "Sponsor",
    "Weekday",
]


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
    position: Position | None = Field(
        None,
        description="Latitude and longitude in degrees, for the weather and for official alerts: [63.3, 9.1]. At most "
        "four decimals count.",
    )
    municipality: Municipality = Field(
        "", description='The number of its municipality, for official alerts: "5055"; that of the site if left out.'
    )


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


MOST_PIXELS = 16 * 1024 * 1024  # of a page: as much as players take (docs/bundle-format.md)


class ScreenSettings(Strict):
    """What every screen has, and what all of them may have in common."""

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
    zone: TimeZoneName | None = Field(None, description="Its time zone, if it isn't the site's.")
    smallest_text: int = Field(0, ge=0, le=200, description="Smallest letter size in pixels; 0: the layout's own.")

    @field_validator("size")
    @classmethod
    def _players_can_show_it(cls, size: str) -> str:
        width, height = map(int, size.split("x"))
        if width * height > MOST_PIXELS:
            raise SettingError("This is more than players can show.", "7680x2160 is about the most.")
        return size

    @field_validator("hours")
    @classmethod
    def _one_answer_per_day(cls, hours: dict[str, str] | None) -> dict[str, str] | None:
        if hours is not None:
            parse_hours(hours)
        return hours


class Defaults(ScreenSettings):
    """What all screens have in common; a screen's own value wins."""


class Group(Strict):
    """Screens that can be named together."""

    screens: list[Id] = Field([], description="The screens in it, in addition to those that name it themselves.")


class Screen(ScreenSettings):
    name: str = Field(
        "", max_length=NAME_LENGTH, description="What is printed on the pages; the place's name if left out."
    )
    place: Id = Field(description="Where it hangs: a key under [places].")
    was: Id | list[Id] = Field(
        [],
        description="The short name that the screen had before, or several: players that know it so go on showing it.",
    )
    groups: list[Id] = Field([], description="The groups that it is in.")
    playlist: list[PlaylistItem] = Field(min_length=1, description="What is shown, in this order, over and over.")

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


class Config(Strict):
    """screens.toml: the info screens of one municipality or organisation."""

    site: Site = Field(description="What all screens have in common.")
    sources: list[AnySource] = Field(min_length=1, description="Where events come from.")
    places: dict[Id, Place] = Field(description="Houses that screens hang in and events happen at.")
    hold_back: list[HoldBack] = Field([], description="Rules for events that are not for the public.")
    publish: Publishing = Field(Publishing(), description="An object store that gets what is published, too.")
    render: Rendering = Field(Rendering(), description="Where pages are rendered, if not on this machine.")
    services: Services = Field(Services(), description="Where live data comes from, if not from the public services.")
    alert_feeds: list[AlertFeed] = Field([], description="Official alerts that the screens show.")
    alerts: Alerts = Field(Alerts(), description="What all emergency alerts have in common.")
    prepared_alerts: dict[Id, PreparedAlert] = Field({}, description="Messages that are ready to be sent.")
    sponsors: list[Sponsor] = Field([], description="Who pays for a turn on the screens.")
    defaults: Defaults = Field(Defaults(), description="What all screens have in common.")
    groups: dict[Id, Group] = Field({}, description="Screens that can be named together.")
    playlists: dict[Id, SharedPlaylist] = Field({}, description="Playlists that screens have in common.")
    screens: dict[Id, Screen] = Field(min_length=1, description="The screens, each under its own short name.")

    _parts: PartNotes = PrivateAttr(PartNotes())

    def note_parts(self, notes: PartNotes) -> None:
        """What is known of the files in screens.d, from `signage.config.load`."""
        self._parts = notes

    @property
    def parts(self) -> PartNotes:
        """The files in screens.d, and what is wrong with them."""
        return self._parts

    def may_have(self, screen_id: str) -> bool:
        """Whether there is such a screen, or there may be: in a file with mistakes, which is left out."""
        here = screen_id in self.screens or screen_id in self.former_screens
        return here or self._parts.lost.has(("screens", screen_id))

    @model_validator(mode="before")
    @classmethod
    def _times_in_the_sites_zone(cls, data: Any) -> Any:
        return with_defaults(place_moments(data)) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _sources_in_the_sites_language(self) -> Config:
        for source in self.sources:
            source.read_in(self.site.languages[0])
        return self

    @model_validator(mode="after")
    def _screens_in_context(self) -> Config:
        for name, screen in self.screens.items():
            screen._country = self.site.country
            screen._lines = lines_of(screen.playlist, ("screens", name, "playlist"), self.playlists, self.zone_of(name))
        return self

    @model_validator(mode="after")
    def _sponsors_of_groups(self) -> Config:
        for sponsor in self.sponsors:
            sponsor._members = frozenset(s for name in sponsor.screens for s in self.members.get(name, ()))
        return self

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The groups: name -> their screens, in the order of the file."""
        names = [*self.groups, *(group for screen in self.screens.values() for group in screen.groups)]
        listed = {name: self.groups[name].screens if name in self.groups else [] for name in names}
        return {
            group: tuple(n for n, screen in self.screens.items() if n in those or group in screen.groups)
            for group, those in listed.items()
        }

    @cached_property
    def group_places(self) -> dict[str, tuple[str, ...]]:
        """The groups as filters mean them: name -> the places of their screens. A place goes before a group."""
        return {
            name: tuple(dict.fromkeys(self.screens[screen].place for screen in screens))
            for name, screens in self.members.items()
            if name not in self.places
        }

    def zone_of(self, screen_id: str) -> ZoneInfo:
        """The time zone of a screen."""
        return ZoneInfo(self.screens[screen_id].zone or self.site.zone)

    def named_screens(self, name: str) -> tuple[str, ...]:
        """The screens that a name means: one, or those of a group; none when there is nothing of this name."""
        return (name,) if name in self.screens else self.members.get(name, ())

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
    shown = str(item["show"]) if "show" in item else None
    return special or (f"show {shown}" if shown in ("use", "one_of") else shown)
