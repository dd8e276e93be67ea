"""What all entries of a playlist have in common: when they are shown, the filters that choose among the events, and how
long a page stays.

What else each page kind accepts is its own matter (`signage.planning.kinds`). The kinds hand it in as a table, with
`signage.config.models.accept_entries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic import Strict as PydanticStrict

from signage.config.base import Id, Moment, Strict
from signage.config.hours_text import EXAMPLE, parse_days, parse_spans
from signage.config.words import SettingError

if TYPE_CHECKING:
    PlaylistItem = Any  # when the program runs: every kind, `OneOf` or `Use`

READ = "How long each page stays; as long as reading it takes, if left out."
Seconds = Annotated[float | None, Field(ge=3, le=600, description=READ)]
ZONES = ("main", "side")  # of a split page: each is an entry of its own


class PlaylistEntry(Protocol):
    """A line of a playlist, of whatever kind."""

    @property
    def show(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class EntryType:
    """What a page kind accepts in a playlist. `zone`: it may also be one zone of a split page. `paths`: its settings
    that name files.
    """

    model: type[Strict]
    zone: bool
    paths: tuple[str, ...] = ()


ENTRIES: dict[str, EntryType] = {}  # by the word after `show`; filled by `signage.config.models.accept_entries`


def has_setting(entry: Mapping[str, Any], name: str) -> bool:
    """Whether the kind of a line, as parsed, knows a setting of this name."""
    known = ENTRIES.get(str(entry.get("show")))
    return known is not None and any(name == (field.alias or key) for key, field in known.model.model_fields.items())


def _check_weekdays(text: str) -> str:
    if text:
        parse_days(text)
    return text


def _check_hours(text: str) -> str:
    try:
        never = bool(text) and not parse_spans(text)
    except SettingError as error:
        raise SettingError(
            error.message, error.hint.replace(EXAMPLE, 'write hours like "08-12" or "10-14, 18-20".')
        ) from error
    if never:
        raise SettingError("This entry would never be shown.", 'delete it, or write hours like "08-12".')
    return text


MOST_TURNS = 12  # of `every`, and of the entries that share a slot: more would be seen too seldom to be of use
# TOML has days of its own; an editor would refuse them as the schema's "date", which is text.
Day = Annotated[date, PydanticStrict(), WithJsonSchema({"type": "string"})]


class Timed(Strict):
    """When an entry is shown. All that is given must hold; by the clock on the wall, in the screen's time zone."""

    weekdays: Annotated[str, AfterValidator(_check_weekdays)] = Field(
        "",
        description='Only on these weekdays: "mon-fri" or "mon, wed-fri". The same as days = "mon-fri", for entries '
        "whose days is a number.",
    )
    hours: Annotated[str, AfterValidator(_check_hours)] = Field(
        "", description='Only at these hours: "08-12", "10-14, 18-20"; "22-02" reaches into the following night.'
    )
    # `from` is a word of Python; both are instants in UTC once they come from a `Config`
    from_: Moment | None = Field(
        None,
        alias="from",
        description="Shown from this time (site's zone unless it has an offset), or from the beginning of this day.",
    )
    until: Moment | None = Field(None, description="Shown until this time, or to the end of this day.")
    dates: list[Day] = Field([], description="Only on these days: [2026-12-24, 2026-12-31].")
    holidays: bool = Field(True, description="false: not on public holidays.")
    every: int = Field(1, ge=1, le=MOST_TURNS, description="3: only in every third round of the playlist.")

    @model_validator(mode="before")
    @classmethod
    def _days_in_words(cls, written: Any) -> Any:
        """`days` is weekdays for every entry, unless it is a number of days, as for an agenda."""
        if not isinstance(written, dict) or "days" not in written or "weekdays" in written:
            return written
        if "days" in cls.model_fields and not isinstance(written["days"], str):
            return written
        return {**{key: value for key, value in written.items() if key != "days"}, "weekdays": written["days"]}

    @property
    def always(self) -> bool:
        """Whether it is shown at all times."""
        return self.holidays and not (self.weekdays or self.hours or self.from_ or self.until or self.dates)


class AtPosition(Timed):
    """An entry about one place, whose position must be known."""

    place: Id | None = Field(None, description="A key under [places]; the screen's own place if left out.")


class Use(Timed):
    """All entries of a shared playlist."""

    use: Id = Field(description="The entries of a shared playlist, [playlists.…], in this place.")


class OneOf(Timed):
    """Entries that share a slot: one of them in each round."""

    one_of: list[PlaylistItem] = Field(
        min_length=1, max_length=MOST_TURNS, description="Entries that take turns, one in each round."
    )


class SharedPlaylist(Strict):
    """Entries that the playlists of several screens have in common."""

    entries: list[PlaylistItem] = Field(min_length=1, description="What is shown, in this order.")


class Filter(Timed):
    """Which events an entry takes. Within one key any value is enough; all keys that are given must hold."""

    place: Literal["here", "anywhere"] | list[Id] = Field(
        "anywhere", description='"here": the screen\'s own place, or nearby ones when nothing is on.'
    )
    categories: list[str] = Field([], description='Category words of the source: "Kino", "Idrett".')
    audiences: list[str] = Field([], description='"Barn", "Ungdom", "Familie", "Voksne", "Senior".')
    organisers: list[str] = Field([], description="Who arranges it: organisations, by any of their names.")
    sources: list[Id] = Field([], description="Only events from one of these sources.")


MOST_OF_ONE = "At most this many occurrences of one activity at the same time, the soonest; 0: all."
Most = Annotated[int, Field(ge=0, le=50, description=MOST_OF_ONE)]


class EventsEntry(Filter):
    seconds: Seconds = None
    series: Most = 0
