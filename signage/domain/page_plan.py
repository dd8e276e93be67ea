"""What is on a page, before it is put into words: occurrences by id, days and flags. Small, equal and hashable."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from signage.domain.departures import Board

NewsKey = tuple[str, str]  # an item of news: its source, and its uid there
PosterKey = tuple[str, str, int]  # a page of a file: the path in screens.toml, the file's name, and which page
TableRows = tuple[tuple[int, bool], ...]  # rows of a table by their numbers, and whether each is about the present day
EntryKey = tuple[int, str]  # a line of the playlist, and which zone of it: "", "main" or "side"


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence under one local day. `on`: it goes on at the moment (pages of kind "now" only). `band`: it is
    part of a band across several days (week pages only).
    """

    event_id: str
    on: bool = False
    band: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """In what a page appears: language and layout when they aren't the screen's usual ones, and the season."""

    language: str = ""
    layout: str = ""
    season: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one local day. `ahead`: days from the page's own day. `part`: this is part n of m of the day's rows.

    `more`: how many further occurrences the day has that are not on the page (week pages only). `room`: the rows are
    those of one room, or of the house ("") (pages of kind "now" only).
    """

    day: date
    ahead: int
    rows: tuple[Row, ...]
    part: tuple[int, int] | None = None
    more: int = 0
    room: str | None = None


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One page. `day` is the local date it is for; None for a page that says nothing about the date.

    `elsewhere`: nothing is on at the screen's own place, these are others. `number`: page n of m. `entry` is where in
    the playlist the page's own words stand (notice, now, countdown): an index, and for a zone of a split page its
    name. `news` is the item, `organisation` and `sponsor` the id that a page is about; `poster` the page of a file
    that it shows; `table` the rows of one; `board` the departures; `parts` are the main zone and the column of a split
    page. `at`: the beginning of the hour that a page of weather is for, and `sections` what of it is on the page.
    """

    kind: str
    day: date | None = None
    groups: tuple[Group, ...] = ()
    elsewhere: bool = False
    number: tuple[int, int] | None = None
    entry: EntryKey | None = None
    news: NewsKey | None = None
    organisation: str | None = None
    sponsor: str | None = None
    poster: PosterKey | None = None
    table: TableRows = ()
    board: Board | None = None
    parts: tuple[PagePlan, PagePlan] | None = None
    at: datetime | None = None
    sections: tuple[str, ...] = ()
    variant: Variant = Variant()
    _hash: int = field(default=0, init=False, repr=False, compare=False)  # kept, for plans are looked up all the time

    def __hash__(self) -> int:
        if not self._hash:
            values = tuple(getattr(self, name) for name in _PLAN_FIELDS)
            object.__setattr__(self, "_hash", hash(values) or 1)
        return self._hash

    def in_variant(self, variant: Variant) -> PagePlan:
        """The page as it appears in another variant; itself where that is its own."""
        return self if variant == self.variant else replace(self, variant=variant)

    @property
    def event_ids(self) -> tuple[str, ...]:
        """Every occurrence on the page, once, in reading order."""
        own = [row.event_id for group in self.groups for row in group.rows]
        of_parts = [identity for part in self.parts or () for identity in part.event_ids]
        return tuple(dict.fromkeys(own + of_parts))


_PLAN_FIELDS = tuple(each.name for each in fields(PagePlan) if each.compare)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many rows a layout's page holds before it is measured; a day's heading on an agenda costs `heading` rows."""

    today: int
    agenda: int
    heading: int
    week: int

    def part(self, share: float) -> Capacity:
        """What a zone holds that has this share of the page."""
        rows = max(1, int(self.today * share))
        return Capacity(rows, max(self.heading + 1, int(self.agenda * share)), self.heading, self.week)
