"""Page kind "table": a canteen's week, a pool's hours, who has which room; as many pages as it needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, Field, model_validator

from signage.config.models import Config, Id, Screen
from signage.config.playlist import Seconds, Timed
from signage.config.public_holidays import is_holiday
from signage.config.words import SettingError
from signage.domain.live_data import WantedData
from signage.domain.model import NO_EXCESS, Excess
from signage.domain.page_plan import EntryKey, PagePlan
from signage.domain.table import Column, ColumnKind, Table, TableRow, UnreadableText, written_rows
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import day_start, even, number_pages
from signage.wording.dates import RANGE, clock_separator

TYPE = "table"  # of its data in the catalog
MOST_ROWS = 60  # at a time: more pages than anybody waits for
MOST_COLUMNS = 12
LONGEST_NIGHT = timedelta(days=2)  # that a row may go on after the beginning of its last day
DENSITY = 1.25  # rows of a table are lower than those of an agenda
TITLE = 120  # letters at most

GAP, LONG_WORD, WORTH_A_LINE = 3.0, 16, 18  # letters: between columns; of a word that isn't broken; of a usual line
_HYPHEN = re.compile(r"(?<=\d)\s*[-–—−]\s*(?=\d)")
_CLOCK = re.compile(r"(?<=\d)[.:](?=\d\d(?!\d))")
_HOUR = re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-4])(?![\d.:])")
_NUMBER = re.compile(r"(?P<whole>.*?\d)(?P<rest>[,.]\d{1,2}(?!\d).*|\D*)")
_BARE_DATE = re.compile(r"[\d\s./–-]+")


def _check_rows(text: str) -> str:
    if text:
        try:
            written_rows(text)
        except UnreadableText as error:
            raise SettingError(error.message, error.hint) from None
    return text


class TableEntry(Timed):
    """A table: from a sheet, or written here."""

    show: Literal["table"] = Field(description="A table: a canteen's week, a pool's hours, who has which room.")
    source: Id | None = Field(None, description="The id of a source with table = true.")
    rows: Annotated[str, AfterValidator(_check_rows)] = Field(
        "", description='The table itself, instead of source: a line for each row, the first one "Dag | Rett | Pris".'
    )
    title: str = Field("", max_length=TITLE, description="The heading; else what the sheet or the source is called.")
    columns: list[str] = Field([], max_length=MOST_COLUMNS, description="Only these columns, by their headings.")
    days: int | None = Field(
        None, ge=1, le=60, description="Only the rows of this many days, today included; all that come if left out."
    )
    seconds: Seconds = None

    @model_validator(mode="after")
    def _one_of_both(self) -> TableEntry:
        if bool(self.source) == bool(self.rows):
            raise SettingError(
                "A table needs source or rows." if not self.rows else "A table has source or rows, and not both.",
                'write source = "…" with the id of a source, or rows = """…""" with the table itself.',
            )
        return self

    @property
    def key(self) -> WantedData:
        """Where the catalog has the table."""
        return WantedData(TYPE, self.source or self.rows)


class ColumnContext(TypedDict):
    """`kind`: "text", "day", "time" or "number". `decimals`: how many letters are behind the point, at the most."""

    heading: str
    kind: str
    decimals: float


class CellContext(TypedDict):
    """`rest`: of a number what begins with the decimal point."""

    text: str
    rest: str


class NamedContext(TypedDict):
    heading: str
    text: str


class TableRowContext(TypedDict):
    """`today`: it is about the present day; `label` says so, once for rows below each other. `named`: numbers, and
    several times, each with its heading.
    """

    cells: list[CellContext]
    today: bool
    label: str
    named: list[NamedContext]


class TableContext(TypedDict):
    """`letters`: how many stand beside each other, for the columns to have room."""

    letters: float
    title: str
    date: str
    columns: list[ColumnContext]
    rows: list[TableRowContext]


class _Coming:
    """The rows of a table on a line, as time goes on."""

    def __init__(self, table: Table, entry: TableEntry, context: ScreenContext) -> None:
        self.table, self.entry, self.context, self.zone = table, entry, context, context.zone
        self.capacity = max(1, round(context.capacity.agenda * DENSITY))
        self._days: dict[date, list[int]] = {}

    @cached_property
    def order(self) -> list[int]:
        """The rows' numbers by their days; one without a day stays behind the one above it."""
        keys: list[date] = []
        for row in self.table.rows:
            keys.append(row.first or (keys[-1] if keys else date.min))
        return sorted(range(len(keys)), key=keys.__getitem__)

    def of_day(self, day: date) -> list[int]:
        """The rows that are to be seen as a local day begins, or would be if none were over."""
        if day not in self._days:
            begins = day_start(day, self.zone)
            rows, earliest = self.table.rows, day - LONGEST_NIGHT  # most of a year of bookings is over
            near = (number for number in self.order if (rows[number].last or day) >= earliest)
            shown = (number for number in near if self._is_shown(rows[number], begins))
            self._days[day] = [number for number, _ in zip(shown, range(MOST_ROWS), strict=False)]
        return self._days[day]

    def _is_shown(self, row: TableRow, at: datetime) -> bool:
        over = row.over_at(self.zone)
        if over is not None and over <= at:
            return False
        if self.entry.days is None:
            return True
        today = at.astimezone(self.zone).date()
        if row.first is not None:
            return row.first < today + timedelta(days=self.entry.days)
        if not row.recurs:
            return True
        later = (today + timedelta(days=n) for n in range(1, self.entry.days))
        return self.is_of(row, at) or any(self._recurs_on(row, day) for day in later)

    def _recurs_on(self, row: TableRow, day: date) -> bool:
        return row.recurs_on(day, holiday=is_holiday(day, self.context.config.site.country))

    def is_of(self, row: TableRow, at: datetime) -> bool:
        """Whether it is about the present day, or the night that has gone on since yesterday, and not over."""
        day = at.astimezone(self.zone).date()
        if row.recurs:
            days = (day, day - timedelta(days=1))
            return any(at < row.end_on(each, self.zone) and self._recurs_on(row, each) for each in days)
        if row.first is None or row.last is None:
            return False
        return row.first <= day and at < row.end_on(row.last, self.zone)

    def instants(self) -> list[datetime]:
        """When its pages may change: each midnight, and as rows of the day are over."""
        if not self.table.dated:
            return []
        midnights = self.context.midnights()
        found = list(midnights)
        for begin in (self.context.start, *midnights):
            day = begin.astimezone(self.zone).date()
            for number in self.of_day(day):
                row = self.table.rows[number]
                if row.ends is not None:
                    found.append(row.end_on(row.last or day, self.zone))
        return found

    def pages(self, at: datetime, key: EntryKey) -> list[PagePlan]:
        """Rows are dealt evenly, and stay on their page until fewer pages would do (as on a page of kind "today")."""
        rows, zone = self.table.rows, self.zone
        today = at.astimezone(zone).date()
        candidates = self.of_day(today)
        left = {number for number in candidates if self._is_shown(rows[number], at)}
        if not left:
            return []
        count = ceil(len(left) / self.capacity)
        ends = {number: rows[number].over_at(zone) for number in candidates}
        for_good = datetime.max.replace(tzinfo=zone)
        by_end = sorted(candidates, key=lambda number: (ends[number] or for_good, number), reverse=True)
        lasting = set(by_end[: count * self.capacity]) | left
        dealt = even([number for number in candidates if number in lasting], count)
        day = today if self.table.dated else None
        found = [
            PagePlan(TYPE, day, entry=key, table=tuple((n, self.is_of(rows[n], at)) for n in chunk if n in left))
            for chunk in dealt
        ]
        return number_pages([page for page in found if page.table])


class TableKind(PageKind[TableEntry]):
    name = "table"
    model = TableEntry
    order = 86

    def wanted_data(self, entry: TableEntry, config: Config, screen: Screen) -> tuple[WantedData, ...]:
        return (entry.key,)

    def content(self, entry: TableEntry, key: EntryKey, context: ScreenContext) -> EntryContent:
        table = context.catalog.data.get(entry.key)
        if not isinstance(table, Table) or not 0 < len(columns_of(table, entry)) <= MOST_COLUMNS:
            return EntryContent((), lambda at: [])
        coming = _Coming(table, entry, context)
        return EntryContent(tuple(coming.instants()), lambda at: coming.pages(at, key))

    def context(self, plan: PagePlan, writer: PageWriter) -> TableContext:
        entry = writer.entry(plan)
        assert isinstance(entry, TableEntry)
        table = writer.catalog.data[entry.key]
        assert isinstance(table, Table)
        shown = columns_of(table, entry)
        columns = [table.columns[n] for n in shown]
        exact = [n for n in shown if any(_CLOCK.search(table.rows[number].cells[n]) for number, _ in plan.table)]
        rows = [[_cell(table, number, n, writer, exact=n in exact) for n in shown] for number, _ in plan.table]
        days = next((n for n, column in enumerate(columns) if column.kind is ColumnKind.DAY), None)
        if days is not None:  # each is said once for the rows below each other
            texts = [row[days]["text"] for row in rows]
            for n in range(1, len(rows)):
                if texts[n] == texts[n - 1]:
                    rows[n][days] = {"text": "", "rest": ""}
        decimals = [_decimals(rows, n) if c.kind is ColumnKind.NUMBER else 0.0 for n, c in enumerate(columns)]
        marks = [today for _, today in plan.table]
        sources = {source.id: source.name for source in writer.config.sources}
        named = entry.title or table.title or sources.get(entry.source or "", "")
        return {
            "letters": sum(_letters(table, n) for n in shown),
            "title": writer.lines.headline(named or writer.screen.name or writer.place.name),
            "date": writer.wording.day(plan.day, "full_day") if plan.day else "",
            "columns": [
                {"heading": writer.lines.broken(column.heading), "kind": column.kind.value, "decimals": space}
                for column, space in zip(columns, decimals, strict=True)
            ],
            "rows": [
                {
                    "cells": cells,
                    "today": today,
                    "label": writer.words("today") if today and not before else "",
                    "named": _named(cells, columns),
                }
                for cells, today, before in zip(rows, marks, [False, *marks], strict=False)
            ],
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        if len(plan.table) < 2:
            return [plan]
        return [replace(plan, table=part) for part in even(plan.table, 2)]

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        return number_pages(plans)

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return plan.day is not None

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"source": "meny"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """A canteen's week, and who has which room."""
        found = {}
        for name in ("table", "table-dates"):
            key = material.keys[name]
            entry = material.context.screen.entries[key[0]]
            assert isinstance(entry, TableEntry)
            found[name] = self.content(entry, key, material.context).pages(material.at)[0]
        return found


def columns_of(table: Table, entry: TableEntry) -> list[int]:
    """Which columns a line shows, in its order; those that are empty are left out, and so is what isn't there."""
    headings = [_plain(column.heading) for column in table.columns]
    wanted = [_plain(heading) for heading in entry.columns]
    if wanted:
        return [headings.index(heading) for heading in wanted if heading in headings]
    cells = (row.cells for row in table.rows)
    used = {n for row in cells for n, cell in enumerate(row) if cell}
    return [n for n, heading in enumerate(headings) if heading or n in used]


def missing_columns(table: Table, entry: TableEntry) -> list[str]:
    """What a line names and the table doesn't have."""
    headings = [_plain(column.heading) for column in table.columns]
    return [heading for heading in entry.columns if _plain(heading) not in headings]


def _plain(heading: str) -> str:
    return heading.casefold().strip(" :")


def _cell(table: Table, number: int, place: int, writer: PageWriter, *, exact: bool) -> CellContext:
    """`exact`: minutes are written, where times of the column have some."""
    column, row = table.columns[place], table.rows[number]
    text = row.cells[place]
    match column.kind:
        case ColumnKind.DAY:
            return {"text": _day(table, number, place, writer), "rest": ""}
        case ColumnKind.TIME:
            if exact:
                text = _HOUR.sub(r"\g<0>.00", text)
            text = _CLOCK.sub(clock_separator(writer.words), _HYPHEN.sub(RANGE, text))
            return {"text": text.replace(" ", "\u00a0"), "rest": ""}
        case ColumnKind.NUMBER if found := _NUMBER.fullmatch(text):
            return {"text": found["whole"].replace(" ", "\u00a0"), "rest": found["rest"].replace(" ", "\u00a0")}
    return {"text": writer.lines.headline(text), "rest": ""}


def _day(table: Table, number: int, place: int, writer: PageWriter) -> str:
    """A day as it is written, and a bare date in the screen's words; of an empty cell that of the row above."""
    row = table.rows[number]
    text = row.cells[place]
    while not text and number and table.rows[number - 1].first == row.first:
        number -= 1
        text = table.rows[number].cells[place]
    if row.first and row.first == row.last and _BARE_DATE.fullmatch(text):
        return writer.wording.weekday_and_date(row.first)
    return writer.lines.broken(text)


def _named(cells: Sequence[CellContext], columns: Sequence[Column]) -> list[NamedContext]:
    kinds = [column.kind for column in columns]
    named = {ColumnKind.NUMBER} | ({ColumnKind.TIME} if kinds.count(ColumnKind.TIME) > 1 else set())
    return [
        {"heading": column.heading, "text": cell["text"] + cell["rest"]}
        for cell, column in zip(cells, columns, strict=True)
        if column.kind in named and cell["text"]
    ]


def _letters(table: Table, place: int) -> float:
    """How many letters a column needs beside each other, and the space to the next one."""
    column = table.columns[place]
    texts = [row.cells[place] for row in table.rows]
    if column.kind in (ColumnKind.TIME, ColumnKind.NUMBER):
        return max(map(len, (column.heading, *texts))) + GAP
    words = max(len(word) for text in (column.heading, *texts) for word in ("", *text.split()))
    return max(min(words, LONG_WORD), min(max(map(len, texts)), WORTH_A_LINE)) + GAP


def _decimals(rows: Sequence[Sequence[CellContext]], place: int) -> float:
    """The width of what is behind the point, in digits."""
    return max((sum(1.0 if c.isdigit() else 0.6 for c in row[place]["rest"]) for row in rows), default=0.0)


KIND = TableKind()
