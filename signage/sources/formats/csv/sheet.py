"""A sheet out of text: what separates the cells, where the heading line is, and the rows below it. Pure.

`csv.Sniffer` of the library is not used: it takes the separator for what is most regular in the text, which in a sheet
of times is the colon (Python 3.11).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from signage.sources.base import UnusableAnswer
from signage.sources.formats.csv.columns import Columns, is_heading_line, plain, understand
from signage.sources.formats.written_times import read_days

SEPARATORS = (";", ",", "\t", "|")
MOST_ROWS = 10_000  # a village has some hundred events a year
SKIPPED = 5  # rows before the heading line: the sheet's title, whom to ask
_SEP = re.compile(r'"?sep=(.)"?(?:\r\n|\n|\r)', re.IGNORECASE)  # Excel's own first line
_END = "\x1e"  # put behind the text: when the last row holds more than it, a quotation mark was never closed
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_MUCH = 0.01  # of the characters are control characters: it isn't a text
# The text of a cell whose formula has failed, in English and Norwegian, or is still waiting; or the formula itself.
_FAILED = re.compile(
    r"#(?:REF!|NAME\?|NAVN\?|VALUE!|VERDI!|DIV/0!|NUM!|NULL!|ERROR!|SPILL!|OVERFLYT!|CALC!|FIELD!|FELT!|CONNECT!|BUSY!"
    r"|BLOCKED!|UNKNOWN!|N/A|I/T|GETTING_DATA)|#{3,}|Err:\d{3}|Loading\.\.\.|=[A-ZÆØÅ][A-ZÆØÅ0-9._]*\(.*",
    re.DOTALL,
)
NO_SHEET = "The answer isn't a sheet."
_ANY_DAY = date(2026, 1, 1)  # whether it is a date does not depend on the year


class UnreadableSheet(UnusableAnswer):
    """It isn't a sheet, or not one of events."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The heading line, and the rows that hold something, with their numbers in the sheet (the first line is 1)."""

    columns: Columns
    rows: tuple[tuple[int, list[str]], ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    """Where a heading line was found."""

    columns: Columns
    separator: str
    number: int

    @property
    def worth(self) -> int:
        return len(self.columns.at) if is_heading_line(self.columns) else 0


def read_sheet(text: str, given: Mapping[str, str]) -> Sheet:
    """The sheet in a text. `given`: field -> heading, from screens.toml. Raises `UnreadableSheet`."""
    text, separators = begun(text)
    candidates = [heading for separator in separators for heading in _candidates(text, separator, given)]
    best = max(candidates, key=lambda heading: (heading.worth, len(heading.columns.at)), default=None)
    if best is None or not best.worth:
        raise _nothing(candidates, given)
    require_given(best.columns, given)
    if "title" not in best.columns.at:
        raise _needs("titles", "Tittel", best.columns)
    filled = (
        (number, ["" if has_failed(cell) else cell for cell in row])
        for number, row in rows_of(text, best.separator)
        if number > best.number and any(cell.strip() for cell in row)
    )
    rows = tuple(islice(filled, MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise UnreadableSheet(f"The sheet has more than {MOST_ROWS} rows.", fault="too_large")
    if not best.columns.dated and rows and not any(_is_date(best.columns.cell(row, "time")) for _, row in rows):
        raise _needs("dates", "Dato", best.columns)
    return Sheet(best.columns, rows)


def begun(text: str) -> tuple[str, tuple[str, ...]]:
    """A sheet's text without what programs write before it, and what may separate its cells. Raises
    `UnreadableSheet`.
    """
    text = text.lstrip("\ufeff")
    if len(_CONTROL.findall(text[:10_000])) > _MUCH * len(text[:10_000]):
        raise UnreadableSheet(NO_SHEET)
    if marked := _SEP.match(text):
        return text[marked.end() :], (marked[1],)
    return text, SEPARATORS


def has_failed(cell: str) -> bool:
    """Whether a cell has an error of its spreadsheet in it, which isn't for the public."""
    return _FAILED.fullmatch(cell.strip()) is not None


def looks_like_a_sheet(text: str) -> bool:
    """Whether a heading line is among the first lines of a text. Never raises."""
    text = text.lstrip("\ufeff \r\n")
    if text[:1] in ("<", "{", "["):
        return False
    if marked := _SEP.match(text):
        text = text[marked.end() :]
    found = (heading for separator in SEPARATORS for heading in _candidates(text, separator, {}))
    return any(heading.worth and "title" in heading.columns.at for heading in found)


def _candidates(text: str, separator: str, given: Mapping[str, str]) -> Iterator[_Heading]:
    for number, row in islice(rows_of(text, separator, whole=False), SKIPPED + 1):
        if any(cell.strip() for cell in row):
            yield _Heading(understand(row, given), separator, number)


def rows_of(text: str, separator: str, whole: bool = True) -> Iterator[tuple[int, list[str]]]:
    """All rows with their numbers, empty ones too.

    With `whole` raises `UnreadableSheet` for a quotation mark that is never closed; else such a row ends the text.
    """
    lines: Iterable[str] = io.StringIO(f"{text}\n{_END}" if whole else text, newline="")
    number = 0
    last: list[str] | None = None
    try:
        for row in csv.reader(lines, delimiter=separator):
            if last is not None:
                yield number, last
            number, last = number + 1, row
    except csv.Error:
        if whole:
            raise UnreadableSheet(
                f"Row {number + 1} has a cell that is too long.", "add the quotation mark that may be missing."
            ) from None
    if not whole and last is not None:
        yield number, last
    elif whole and last != [_END]:
        raise UnreadableSheet(
            f"A quotation mark in row {number} is never closed.",
            "the sheet may be cut off, or a quotation mark is missing.",
            "incomplete",
        )


def require_given(columns: Columns, given: Mapping[str, str]) -> None:
    """Raise `UnreadableSheet` when a column is missing that is named in screens.toml."""
    names = {plain(heading) for heading in columns.headings}
    for field, heading in given.items():
        if plain(heading) not in names:
            raise _missing(field, heading, columns)


def _missing(field: str, heading: str, columns: Columns) -> UnreadableSheet:
    return UnreadableSheet(
        f'The sheet has no column "{heading}" for {field}. Its columns are {columns.named}.',
        "correct columns in screens.toml.",
        "columns",
    )


def _needs(what: str, example: str, columns: Columns) -> UnreadableSheet:
    return UnreadableSheet(
        f"The sheet has no column of {what}. Its columns are {columns.named}.",
        f'call one "{example}", or write columns = {{...}} in screens.toml.',
        "columns",
    )


def _nothing(candidates: list[_Heading], given: Mapping[str, str]) -> UnreadableSheet:
    """What is missing, when no line is a heading line."""
    wide = max(candidates, key=lambda heading: (len(heading.columns.at), len(heading.columns.headings)), default=None)
    if wide is None or len(wide.columns.headings) < 2:
        return UnreadableSheet(NO_SHEET)
    names = {plain(heading) for heading in wide.columns.headings}
    if missing := [(field, heading) for field, heading in given.items() if plain(heading) not in names]:
        return _missing(*missing[0], wide.columns)
    if "title" in wide.columns.at:
        return _needs("dates", "Dato", wide.columns)
    if wide.columns.dated:
        return _needs("titles", "Tittel", wide.columns)
    return UnreadableSheet(
        f"The sheet has no columns of dates and titles. Its first lines hold {wide.columns.named}.",
        'call the columns "Dato" and "Tittel".',
        "columns",
    )


def _is_date(text: str) -> bool:
    try:
        read_days(text, _ANY_DAY)
    except ValueError:
        return False
    return True
