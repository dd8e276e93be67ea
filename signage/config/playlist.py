"""What all lines of a playlist have in common: the filters that choose among the events, and how long a page stays.

What else each page kind accepts is its own matter (`signage.planning.kinds`). The kinds hand it in as a table, with
`signage.config.models.accept_entries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from signage.config.base import Id, Strict

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
    """What a page kind accepts in a playlist. `zone`: it may also be one zone of a split page."""

    model: type[Strict]
    zone: bool


ENTRIES: dict[str, EntryType] = {}  # by the word after `show`; filled by `signage.config.models.accept_entries`


def has_setting(entry: Mapping[str, Any], name: str) -> bool:
    """Whether the kind of a line, as parsed, knows a setting of this name."""
    known = ENTRIES.get(str(entry.get("show")))
    return known is not None and any(name == (field.alias or key) for key, field in known.model.model_fields.items())


class Filter(Strict):
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
