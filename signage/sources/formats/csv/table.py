"""A sheet that is a table for people and not a list of events: its cells, and what its columns hold. Pure.

No row is refused for what it says. What isn't understood as a day or a time is a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from signage.domain.date_words import WEEKDAYS
from signage.domain.table import Column, ColumnKind, Table, TableRow
from signage.sources.formats.csv.columns import understand
from signage.sources.formats.csv.sheet import (
    MOST_ROWS,
    NO_SHEET,
    UnreadableSheet,
    begun,
    has_failed,
    require_given,
    rows_of,
)
from signage.sources.formats.written_times import MIDNIGHT, OLD, Days, read_days, read_times

MOST_COLUMNS = 30  # a page has room for some ten; `columns` chooses among more
MOST_CELLS = 60_000  # 10,000 bookings of six cells
LONGEST_CELL = 300  # characters; more is a text, and no cell
LOOKED_AT = 40  # lines, to find out what separates the cells
HALF_A_YEAR = timedelta(days=180)
LEAST_UNDERSTOOD = 0.5  # of a column's cells make it one of days: one typing error doesn't change what it is
NOTHING_GIVEN: Mapping[str, str] = {}

_CERTAIN = re.compile(r"[^\W\d_]{3}|\b\d{4}\b")  # a month, a weekday or a year: "12.5" may be an amount
_BETWEEN = re.compile(r"\s*(?:-|–|—|\btil\b|\bto\b)\s*")
_AND = re.compile(r"\s*(?:,|;|/|&|\+|\bog\b|\band\b)\s*")
_HOLIDAYS = frozenset(
    {
        "helligdag",
        "helligdager",
        "helgedag",
        "helgedagar",
        "høytidsdager",
        "høgtidsdagar",
        "holidays",
        "public holidays",
    }
)
_WEEKDAYS_IN_WORDS = {
    **dict.fromkeys(("hverdag", "hverdager", "kvardag", "kvardagar", "yrkedager", "weekdays"), range(5)),
    **dict.fromkeys(("helg", "helga", "helgen", "weekend", "weekends"), range(5, 7)),
    **dict.fromkeys(("hver dag", "kvar dag", "alle dager", "alle dagar", "daglig", "dagleg", "daily"), range(7)),
}
_CLOSED = frozenset(
    {"stengt", "stengd", "closed", "-", "–", "—", "hele dagen", "heile dagen", "hele døgnet", "døgnåpent"}
)
_NO_TIMES = frozenset({"price", "audience", "id"})  # columns whose "10-14" are kroner or years
_NUMBER = re.compile(
    r"(?:kr\.?\s?|nok\s?|[€$£]\s?)?[-−]?\d{1,3}(?:(?:[ \u00a0.]?\d{3})*)(?:,\d{1,4}|\.\d{1,2})?(?:,-|,–)?"
    r"\s?(?:kr\.?|kroner|nok|[€$£%]|°c?|kg|g|l|dl|cl|m|km|min|stk|t)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A heading line, the rows below it with their numbers in the sheet, and what stands above the heading line."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    title: str = ""


def read_table(text: str, today: date, warn: Callable[[str], None], given: Mapping[str, str] = NOTHING_GIVEN) -> Table:
    """The table in a text. `warn` gets a sentence for each cell that isn't understood as a day, where others are.

    `given`: field -> heading, from screens.toml. Raises `UnreadableSheet`, also when one of these headings is missing.
    """
    cells = read_cells(text, warn)
    require_given(understand(cells.headings, given), given)
    return understood(cells, today, warn, given)


def read_cells(text: str, warn: Callable[[str], None]) -> Cells:
    """The cells of a text, each in one line. Raises `UnreadableSheet`."""
    text, separators = begun(text)
    best = max((_regularity(text, each) for each in separators), default=(0, 0, ""))
    if not best[0]:
        raise UnreadableSheet(NO_SHEET, "separate the cells by semicolons, commas, tabs or upright strokes.")
    above: list[str] = []
    headings: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    cells = 0
    for number, row in rows_of(text, best[2]):
        if failed := [each for each in row if has_failed(each)]:
            warn(f'row {number} has the error "{_cell(failed[0])[:40]}" of a formula; its cell is left empty.')
        row = ["" if has_failed(each) else _cell(each) for each in row]
        if not any(row):
            continue
        if not headings:
            if sum(map(bool, row)) < 2:
                above += filter(None, row)
            else:
                headings = row
            continue
        cells += len(row)
        rows.append((number, row))
        if len(rows) > MOST_ROWS:
            raise UnreadableSheet(f"The table has more than {MOST_ROWS} rows.", fault="too_large")
        if cells > MOST_CELLS:
            raise UnreadableSheet(f"The table has more than {MOST_CELLS} cells.", fault="too_large")
    width = max((number for row in (headings, *(row for _, row in rows)) for number in _filled(row)), default=0)
    if width > MOST_COLUMNS:
        message = f"The table has {width} columns. At most {MOST_COLUMNS} are read."
        raise UnreadableSheet(message, "put what the screens show in a sheet of its own.", "too_large")
    if not rows:
        raise UnreadableSheet("There is no row under the heading line.", fault="empty")
    return Cells(
        _wide(headings, width), tuple((number, _wide(row, width)) for number, row in rows), above[0] if above else ""
    )


def understood(
    cells: Cells, today: date, warn: Callable[[str], None], given: Mapping[str, str] = NOTHING_GIVEN
) -> Table:
    """What the columns hold, and the days of the rows. A date without a year is the one nearest to `today`.

    `given`: field -> heading, from screens.toml; no other column is then taken for the dates or the weekdays.
    """
    fields = {place: field for field, places in understand(cells.headings, given).at.items() for place in places}
    columns: list[Column] = []
    days: list[Days | None] = []
    weekdays: list[_Weekdays | None] = []
    until_days: list[Days | None] = [None] * len(cells.rows)
    ends: list[list[int]] = [[] for _ in cells.rows]
    for place, heading in enumerate(cells.headings):
        texts = [row[place] for _, row in cells.rows]
        named = fields.get(place, "")
        kind = ColumnKind.TEXT
        dates, weeks = (named == field or field not in given for field in ("date", "weekday"))
        if not days and dates and named != "end_date" and (found := _days(texts, named in ("date", "weekday"), today)):
            days, kind = found, ColumnKind.DAY
            _warn_about(cells, place, days, warn)
        elif named == "end_date" and (found := _days(texts, True, today)):
            until_days = [day if text else None for day, text in zip(found, texts, strict=True)]
        elif not weekdays and weeks and (of_weeks := _of_weeks(texts)):
            weekdays, kind = of_weeks, ColumnKind.DAY
        elif named not in _NO_TIMES and (spans := _times(texts)):
            kind = ColumnKind.TIME
            for own, end in zip(ends, spans, strict=True):
                own += [] if end is None else [end]
        elif _all(texts, lambda text: _NUMBER.fullmatch(text) is not None):
            kind = ColumnKind.NUMBER
        columns.append(Column(heading, kind))
    rows = []
    for place, (_, row) in enumerate(cells.rows):
        on = days[place] if days else None
        of = weekdays[place] if weekdays and not days else None
        until = [*ends[place], *([on.times.end] if on and on.times.end is not None else [])]
        first, last = (on.first, on.last) if on else (None, None)
        if last and (closing := until_days[place]):
            last = max(last, closing.last)
        end = max(until, default=None) if on or of else None
        rows.append(TableRow(row, first, last, of.days if of else (), of is not None and of.holidays, end))
    return Table(tuple(columns), tuple(rows), cells.title)


def _regularity(text: str, separator: str) -> tuple[int, int, str]:
    """How many of the first lines have as many cells as the first one with several, and how many those are."""
    widths = [
        len(row) for _, row in islice(rows_of(text, separator, whole=False), LOOKED_AT) if any(map(str.strip, row))
    ]
    width = next((width for width in widths if width > 1), 0)
    return (widths.count(width) if width else 0, width, separator)


def _cell(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= LONGEST_CELL:
        return text
    return text[: LONGEST_CELL - 1].rpartition(" ")[0] + "…" if " " in text[:LONGEST_CELL] else text[:LONGEST_CELL]


def _filled(row: Sequence[str]) -> Iterator[int]:
    return (number for number, cell in enumerate(row, 1) if cell)


def _wide(row: Sequence[str], width: int) -> tuple[str, ...]:
    return tuple([*row, *[""] * width][:width])


def _all(texts: Sequence[str], holds: Callable[[str], bool]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and all(map(holds, filled))


def _days(texts: Sequence[str], named: bool, today: date) -> list[Days | None]:
    """The days of each cell, if this is a column of dates; an empty cell is about the day above it."""
    found: list[Days | None] = []
    count = 0
    above: Days | None = None
    for text in texts:
        day = None
        if text and (named or _CERTAIN.search(text)):
            with suppress(ValueError, OverflowError):
                day = read_days(text, today + OLD - HALF_A_YEAR)
        count += day is not None
        above = day if text else above
        found.append(above)
    return found if count and count >= LEAST_UNDERSTOOD * sum(map(bool, texts)) else []


def _warn_about(cells: Cells, place: int, days: Sequence[Days | None], warn: Callable[[str], None]) -> None:
    for day, (number, row) in zip(days, cells.rows, strict=True):
        if day is None and row[place]:
            warn(f'row {number} is shown on all days: its date "{row[place][:40]}" is not understood.')


@dataclass(frozen=True, slots=True)
class _Weekdays:
    """0 is Monday. `holidays`: public holidays, too."""

    days: tuple[int, ...] = ()
    holidays: bool = False


def _of_weeks(texts: Sequence[str]) -> list[_Weekdays | None]:
    """The weekdays of each cell, if this is a column of weekdays; an empty cell is about those above it."""
    found: list[_Weekdays | None] = []
    count = 0
    above: _Weekdays | None = None
    for text in texts:
        named = _weekdays(text.casefold()) if text else None
        count += named is not None
        above = named if text else above
        found.append(above)
    return found if count and count >= LEAST_UNDERSTOOD * sum(map(bool, texts)) else []


def _weekdays(text: str) -> _Weekdays | None:
    """Monday to Friday of "man-fre", Saturday and Sunday of "lørdag og søndag"; None for other texts."""
    numbers: set[int] = set()
    holidays = False
    for part in _AND.split(text.strip(" .:")):
        part = part.strip(" .:")
        if part in _WEEKDAYS_IN_WORDS:
            numbers |= set(_WEEKDAYS_IN_WORDS[part])
        elif part in _HOLIDAYS:
            holidays = True
        else:
            ends = [WEEKDAYS.get(_one_day(each)) for each in _BETWEEN.split(part)]
            if not 1 <= len(ends) <= 2 or None in ends:
                return None
            first, last = ends[0], ends[-1]
            assert first is not None
            assert last is not None
            numbers |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    return _Weekdays(tuple(sorted(numbers)), holidays)


def _one_day(text: str) -> str:
    """ "mandager" and "mandagene" are Mondays."""
    text = text.strip(" .:")
    return next((text.removesuffix(end) for end in ("ene", "er", "ane", "ar", "s") if text.endswith("dag" + end)), text)


def _times(texts: Sequence[str]) -> list[int | None]:
    """Until when each cell is, if this is a column of times and not of numbers."""
    found: list[int | None] = []
    sure = False
    for text in texts:
        if not text or text.casefold().strip(" .") in _CLOSED:
            found.append(None)
            continue
        try:
            times = read_times(text)
        except ValueError:
            return []
        sure = sure or times.end is not None or re.search(r"[.:]\d\d", text) is not None
        end = times.end
        if end is not None and times.start is not None and end < times.start:
            end += MIDNIGHT
        found.append(end)
    return found if sure else []
