"""A table as people keep it: a canteen's week, a pool's hours, who has which room. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class ColumnKind(StrEnum):
    """What the cells of a column are, as far as it decides how they stand."""

    TEXT = "text"
    DAY = "day"
    TIME = "time"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row. `first` and `last`: the days that it is about, both included; or `weekdays` (0 is Monday), of every week.
    None and empty: it is about no day.

    `holidays`: it is about public holidays, on which other rows of weekdays don't hold.
    `ends`: when it is over on its last day, in minutes after midnight; more than a day's for a night. None: not known.
    """

    cells: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    weekdays: tuple[int, ...] = ()
    holidays: bool = False
    ends: int | None = None

    def over_at(self, zone: ZoneInfo) -> datetime | None:
        """When it is over for good; None for a row without a date."""
        return None if self.last is None else self.end_on(self.last, zone)

    @property
    def recurs(self) -> bool:
        """Whether it is about days of every week."""
        return bool(self.weekdays) or self.holidays

    def recurs_on(self, day: date, *, holiday: bool) -> bool:
        """Whether it is about a day because it is about one of every week. `holiday`: that is a public holiday."""
        return self.holidays if holiday else day.weekday() in self.weekdays

    def end_on(self, day: date, zone: ZoneInfo) -> datetime:
        """When it is over on a day that it is about."""
        minutes = 24 * 60 if self.ends is None else self.ends
        return datetime.combine(day, time(), zone) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Table:
    """`title`: what stands above the heading line, if anything does. `rows` are in the order of the sheet."""

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    title: str = ""

    @property
    def dated(self) -> bool:
        """Whether any row is about a day."""
        return any(row.last is not None or row.recurs for row in self.rows)


class UnreadableText(ValueError):
    """A text that is to be a table and isn't. `hint`: how to write it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def written_rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows of a table that is written line by line, the heading line first, each with the number of its line.

    Cells are separated by what separates those of the heading line: upright strokes, tabs or semicolons. Raises
    `UnreadableText`.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [(number, line) for number, line in lines if set(line) - set("|-: +")]  # as Markdown rules its tables
    if len(lines) < 2:
        raise UnreadableText("There is no row under the heading line.", EXAMPLE)
    separator = next((each for each in ("|", "\t", ";") if each in lines[0][1]), None)
    if separator is None:
        raise UnreadableText("The headings are not separated.", EXAMPLE)
    rows = [(number, _cells(line, separator)) for number, line in lines]
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) > width:
            message = f"Line {number} has {len(row)} cells, and there are {width} headings."
            raise UnreadableText(message, f'"{lines[0][1].strip()[:60]}" has the headings.')
    return [(number, [*row, *[""] * (width - len(row))]) for number, row in rows]


EXAMPLE = 'write a line for each row, and "Dag | Rett | Pris" as the first one.'


def _cells(line: str, separator: str) -> list[str]:
    line = line.strip(" ")
    if separator == "|":
        line = line.removeprefix("|").removesuffix("|")
    return [" ".join(cell.split()) for cell in line.split(separator)]
