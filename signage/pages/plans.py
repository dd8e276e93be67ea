"""What stands on a page, before it is put into words: occurrences by id, days and flags. Small, equal and hashable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

NewsKey = tuple[str, str]  # an item of news: its source, and its uid there


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence under one local day."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one local day. `ahead`: days from the page's own day. `part`: this is part n of m of the day's rows.

    `more`: how many further occurrences the day has that are not on the page (week pages only).
    """

    day: date
    ahead: int
    rows: tuple[Row, ...]
    tonight: bool = False
    part: tuple[int, int] | None = None
    more: int = 0


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One page. `day` is the local date it is for; None for a page that says nothing about the date.

    `elsewhere`: nothing is on at the screen's own place, these are others. `number`: page n of m. `notice` is the
    index of the playlist entry that a notice's text comes from; or `news` is the item that it comes from.
    """

    kind: str
    day: date | None = None
    groups: tuple[Group, ...] = ()
    elsewhere: bool = False
    number: tuple[int, int] | None = None
    notice: int | None = None
    news: NewsKey | None = None

    @property
    def event_ids(self) -> tuple[str, ...]:
        """Every occurrence on the page, once, in reading order."""
        return tuple(dict.fromkeys(row.event_id for group in self.groups for row in group.rows))


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many rows a layout's page holds before it is measured; a day's heading on an agenda costs `heading` rows."""

    today: int
    agenda: int
    heading: int
    week: int
