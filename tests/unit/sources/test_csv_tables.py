"""A sheet that is a table: what its columns hold is seen from the cells, and no row is lost for what it says."""

from __future__ import annotations

import random
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from signage.domain.table import ColumnKind, Table
from signage.errors import SourceError
from signage.sources.base import FetchWindow
from signage.sources.formats.csv.sheet import UnreadableSheet
from signage.sources.formats.csv.table import LONGEST_CELL, read_table
from signage.sources.types.csv import Csv, CsvSource
from tests.fixtures.hostile_texts import anything

TODAY = date(2026, 11, 24)


def read(text: str) -> tuple[Table, list[str]]:
    warnings: list[str] = []
    return read_table(text, TODAY, warnings.append), warnings


def parsed(text: str, **columns: str) -> Table:
    """As a source of such a table reads it."""
    source = CsvSource(id="meny", type="csv", url="meny.csv", table=True, columns=columns)
    table = Csv().parse(text.encode(), source, FetchWindow(TODAY, TODAY + timedelta(days=7)), ZoneInfo("UTC")).table
    assert table is not None
    return table


def kinds(text: str) -> str:
    return " ".join(column.kind.value for column in read(text)[0].columns)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_canteens_week(separator: str) -> None:
    text = "Ukas meny\nDag;Rett;Pris\nmandag;Suppe med reker;89\nTirsdag;Kjøttkaker;105\n;Pizza;99\n"
    table, warnings = read(text.replace(";", separator))
    assert [column.heading for column in table.columns] == ["Dag", "Rett", "Pris"]
    assert [column.kind.value for column in table.columns] == ["day", "text", "number"]
    assert [row.weekdays for row in table.rows] == [(0,), (1,), (1,)]  # an empty day is the one above
    assert (table.title, warnings) == ("Ukas meny", [])


def test_a_pools_hours() -> None:
    table, _ = read(
        "Dag;Åpent;Badstu\nman-fre;07-21;10:00–20:30\nlørdag og søndag;10.00-16;stengt\nhelligdager;stengt;\n"
    )
    assert [column.kind.value for column in table.columns] == ["day", "time", "time"]
    assert [(row.weekdays, row.ends, row.holidays) for row in table.rows] == [
        ((0, 1, 2, 3, 4), 21 * 60, False),
        ((5, 6), 16 * 60, False),
        ((), None, True),
    ]


def test_who_has_which_room() -> None:
    text = "Dato,Tid,Rom\n24.11.2026,10-12,A\n,18-02,B\n5.-7. desember,,C\n31.11.2026,8,D\n"
    table, warnings = read(text)
    night = 26 * 60
    assert [(row.first, row.last, row.ends) for row in table.rows] == [
        (TODAY, TODAY, 12 * 60),
        (TODAY, TODAY, night),
        (date(2026, 12, 5), date(2026, 12, 7), None),
        (None, None, None),
    ]
    assert warnings == ['row 5 is shown on all days: its date "31.11.2026" is not understood.']


def test_a_second_column_has_last_days() -> None:
    table, _ = read("Fra dato;Til dato;Hva\n2026-11-20;2026-11-26;Utstilling\n2026-11-27;;Konsert\n")
    assert [(row.first, row.last) for row in table.rows] == [
        (date(2026, 11, 20), date(2026, 11, 26)),
        (date(2026, 11, 27), date(2026, 11, 27)),
    ]


def test_headings_of_ones_own_say_what_a_column_holds() -> None:
    text = "Når spises det;Rett;Serveres til\n5.12;Suppe;\n6.12;Laks;8.12\n"
    assert [row.first for row in parsed(text).rows] == [None, None]  # may be amounts
    table = parsed(text, date="når spises DET", end_date="Serveres til")
    assert [column.kind for column in table.columns] == [ColumnKind.DAY, ColumnKind.TEXT, ColumnKind.TEXT]
    assert [(row.first, row.last) for row in table.rows] == [
        (date(2026, 12, 5), date(2026, 12, 5)),
        (date(2026, 12, 6), date(2026, 12, 8)),
    ]


def test_a_heading_of_ones_own_goes_before_other_columns_of_days() -> None:
    text = "Bestilt;Spises;Dag\n2026-11-01;24.11;man\n2026-11-02;25.11;tir\n"
    assert [row.first for row in parsed(text).rows] == [date(2026, 11, 1), date(2026, 11, 2)]
    table = parsed(text, date="Spises")
    assert [row.first for row in table.rows] == [TODAY, TODAY + timedelta(days=1)]
    assert table.columns[0].kind is ColumnKind.TEXT
    weekly = parsed("Ring;Serveres\nman;ons\ntir;tor\n", weekday="Serveres")
    assert [row.weekdays for row in weekly.rows] == [(2,), (3,)]


def test_columns_that_are_no_times() -> None:
    text = "Dag;Kroner\nmandag;10-14\n"
    assert [column.kind.value for column in parsed(text).columns] == ["day", "time"]
    assert [column.kind.value for column in parsed(text, price="Kroner").columns] == ["day", "text"]


def test_a_heading_of_ones_own_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(SourceError) as caught:
        parsed("Dag;Rett\nmandag;Suppe\n", date="Når spises det")
    assert caught.value.reason == (
        'The sheet has no column "Når spises det" for date. Its columns are "Dag", "Rett". '
        "Hint: correct columns in screens.toml."
    )


@pytest.mark.parametrize(
    ("written", "year"), [("20.11.", 2026), ("1.6.", 2026), ("5.12.", 2026), ("10.1.", 2027), ("30. mars", 2027)]
)
def test_a_date_without_a_year_is_the_nearest_one(written: str, year: int) -> None:
    table, _ = read(f"Dato;Hva\n{written};Dugnad\n")
    assert table.rows[0].first
    assert table.rows[0].first.year == year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vare;Pris\nEple;12.5\nPære;8.30\n", "text number"),  # no dates
        ("Vare;Antall;Pris\nA;1 250;kr 89,-\nB;-3;1.135,50 kr\n", "text number number"),
        ("Kurs;Alder;Plasser\nBabysang;0-2;12\nKor;10-14;30\n", "text text number"),  # no times
        ("Lag;Resultat\nKIL;3-2\nHil;10-0\n", "text time"),  # times of no day, so nothing ends by them
        ("Navn;Telefon\nKari;72 45 40 00\nOla;+47 900 00 000\n", "text text"),
        ("Tall;Ord\n1;én\n2;\n;to\n", "number text"),
    ],
)
def test_what_columns_hold(text: str, expected: str) -> None:
    assert kinds(text) == expected
    assert not read(text)[0].dated
    assert all(row.ends is None for row in read(text)[0].rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "isn't a sheet"),
        ("bare en linje\n", "isn't a sheet"),
        ("a;b\n", "no row"),
        ("\x00\x01\x02;\x03\n" * 9, "isn't a sheet"),
        ("a;b\n" + "1;2\n" * 10_001, "more than 10000 rows"),
        (";".join("abc") + "\n" + ";".join("x" * 200) + "\n", "has 200 columns"),
        ("a;b\n" + (";".join("x" * 25) + "\n") * 3_000, "more than 60000 cells"),
        ('a;b\n1;"2\n', "never closed"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(text: str, message: str) -> None:
    with pytest.raises(UnreadableSheet, match=message):
        read(text)


def test_empty_columns_at_the_right_cost_nothing() -> None:
    table, _ = read("Dag;Rett" + ";" * 500 + "\nmandag;Suppe" + ";" * 500 + "\n")
    assert len(table.columns) == 2


def test_a_long_cell_is_cut_at_a_word() -> None:
    table, _ = read("a;b\n" + "ord " * 400 + ";2\n")
    cell = table.rows[0].cells[0]
    assert len(cell) <= LONGEST_CELL
    assert cell.endswith("ord…")


@pytest.mark.parametrize(
    "error", ["#REF!", "#NAVN?", "#I/T", "#DIV/0!", "########", "Err:502", "Loading...", '"=SUM(A1;B2)"']
)
def test_an_error_of_the_spreadsheet_is_not_shown_to_the_public(error: str) -> None:
    table, warnings = read(f"Dag;Rett;Pris\nmandag;Suppe;60\ntirsdag;Fisk;{error}\nonsdag;#jul!;70\n")
    assert [row.cells[2] for row in table.rows] == ["60", "", "70"]
    assert table.columns[2].kind is ColumnKind.NUMBER
    assert table.rows[2].cells[1] == "#jul!"
    (warning,) = warnings
    assert warning.startswith(f'row 3 has the error "{error.strip(chr(34))}" of a formula')


def test_hostile_cells_are_texts() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        rows = [[_cell(anything(chance, 80)) for _ in range(4)] for _ in range(6)]
        rows[0] = ["Dato", "Tid", "Pris", "Hva"]
        text = "\n".join(map(";".join, rows))
        table, _ = read(text)
        assert len(table.rows) == 5
        assert len(table.columns) == 4


def _cell(text: str) -> str:
    """In one line, and without what separates cells: the rest is for the reader."""
    return " ".join("".join(" " if c in '";,|\t' or ord(c) < 32 else c for c in text).split()) or "x"
