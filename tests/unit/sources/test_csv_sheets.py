"""Where a sheet comes from, what makes it one, and which ids its rows get."""

from __future__ import annotations

import pytest

from signage.sources.formats.csv.columns import HEADINGS
from signage.sources.formats.csv.sheet import MOST_ROWS
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.csv import CsvSource, csv_address
from tests.fixtures.docs import items
from tests.fixtures.paths import ROOT
from tests.unit.sources.test_csv import CSV, DECEMBER, parse, refused

SHEET = "https://docs.google.com/spreadsheets/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz"

LOGIN = "The answer is HTML instead of a sheet. Hint: share the sheet with everyone who has the link."


@pytest.mark.parametrize(
    ("address", "csv"),
    [
        (f"{SHEET}/edit", f"{SHEET}/export?format=csv"),
        (f"{SHEET}/edit#gid=42", f"{SHEET}/export?format=csv&gid=42"),
        (f"{SHEET}/edit?gid=42#gid=42", f"{SHEET}/export?format=csv&gid=42"),
        (f"{SHEET}/edit?usp=sharing", f"{SHEET}/export?format=csv"),
        (SHEET, f"{SHEET}/export?format=csv"),
        (SHEET.replace("/d/", "/u/1/d/") + "/view", f"{SHEET}/export?format=csv"),
        (f"{SHEET}/export?format=csv&gid=7", f"{SHEET}/export?format=csv&gid=7"),
        (f"{SHEET}/gviz/tq?tqx=out:csv&sheet=Program",) * 2,
        (
            "https://docs.google.com/spreadsheets/d/e/2PACX-1vR_x/pubhtml?gid=3&single=true",
            "https://docs.google.com/spreadsheets/d/e/2PACX-1vR_x/pub?output=csv&gid=3",
        ),
        ("https://sky.example.no/s/aBcDeFgHiJkLmNo", "https://sky.example.no/s/aBcDeFgHiJkLmNo/download"),
        (
            "https://sky.example.no/index.php/s/aBcDeFgHiJkLmNo",
            "https://sky.example.no/index.php/s/aBcDeFgHiJkLmNo/download",
        ),
        ("https://example.no/program.csv?x=1", "https://example.no/program.csv?x=1"),
        ("https://evil.no/spreadsheets/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit",) * 2,
        ("/srv/program.csv", "/srv/program.csv"),
        ("file:///srv/program.csv", "file:///srv/program.csv"),
        ("http://[x", "http://[x"),
    ],
)
def test_addresses(address: str, csv: str) -> None:
    assert csv_address(address) == csv
    if address != "http://[x":
        assert CSV.address(CsvSource(id="laget", type="csv", url=address), DECEMBER) == csv


def test_sheets_are_found_on_a_page() -> None:
    page = HtmlPage(
        "https://laget.no/program/",
        f'<a href="program.CSV?v=2">ark</a> <iframe src="{SHEET}/pubhtml"></iframe> <a href="{SHEET}/edit#gid=1">x</a>'
        '<a href="bilde.jpg">bilde</a> <a href="ftp://laget.no/x.csv">x</a> <a href="http://[x">x</a>'.encode(),
    )
    assert list(CSV.addresses(page)) == [
        "https://laget.no/program/program.CSV?v=2",
        f"{SHEET}/export?format=csv",
        f"{SHEET}/export?format=csv&gid=1",
    ]


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("Tittel;Dato\n", True),
        ("Program 2026\n\nHva,Når\nKonsert,5.12.\n", True),
        ("sep=;\nTittel;Dato\n", True),
        ("Navn;Telefon\nKari;99887766\n", False),
        ("Sted;Dato\n", False),
        ("Dette er en tekst, om dato og sted\n", False),
        ("<html><p>Tittel;Dato</p></html>", False),
        ('{"Tittel;Dato": 1}', False),
        ("\n" * 8 + "x\n" * 6 + "Tittel;Dato\n", False),
        ("", False),
    ],
)
def test_a_sheet_is_recognised_by_its_heading_line(body: str, known: bool) -> None:
    assert CSV.recognises(body.encode()) is known


def test_a_sheet_with_headings_only_is_empty() -> None:
    assert parse("Tittel;Dato;Sted\n").records == ()
    assert parse("Tittel;Dato;Sted\n;;\n\n").records == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The file is empty."),
        (b" \r\n ", "The file is empty."),
        (b"<!DOCTYPE html><html><title>Google Docs: Sign-in", LOGIN),
        (b"\n <html lang=no>", LOGIN),
        (b"PK\x03\x04\x14\x00\x06", "This is a file of Excel or LibreOffice. Hint: save it as CSV."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a file of Excel. Hint: save it as CSV."),
        (b"\x00\x01\x02\x03" * 50, "The answer isn't a sheet."),
        (b"Not a sheet at all", "The answer isn't a sheet."),
        (
            b"Navn;Telefon\nKari;99887766\n",
            'The sheet has no column of dates. Its columns are "Navn", "Telefon". '
            'Hint: call one "Dato", or write columns = {...} in screens.toml.',
        ),
        (
            b"Sted;Dato\nKirka;5.12.2026\n",
            'The sheet has no column of titles. Its columns are "Sted", "Dato". '
            'Hint: call one "Tittel", or write columns = {...} in screens.toml.',
        ),
        (
            b"Tittel;Kl\nKonsert;18\n",
            'The sheet has no column of dates. Its columns are "Tittel", "Kl". '
            'Hint: call one "Dato", or write columns = {...} in screens.toml.',
        ),
        (
            b'Tittel;Dato\nA;5.12.2026\n"B;6.12.2026\n',
            "A quotation mark in row 3 is never closed. "
            "Hint: the sheet may be cut off, or a quotation mark is missing.",
        ),
        (
            b"Tittel;Dato\nA;snart\nB;\n",
            'None of its 2 rows can be read. For example: row 2 "A" is left out: the date "snart" is not understood.',
        ),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(body: bytes, reason: str) -> None:
    assert refused(body) == reason


def test_a_cell_that_swallows_the_rest_of_the_sheet_is_refused() -> None:
    body = 'Tittel;Dato\n"A;5.12.2026\n' + "B;6.12.2026\n" * 20_000
    assert "quotation mark" in refused(body)


def test_a_sheet_without_end_is_refused() -> None:
    rows = "".join(f"Nr. {n};5.12.2026\n" for n in range(MOST_ROWS + 1))
    assert refused(f"Tittel;Dato\n{rows}") == "The sheet has more than 10000 rows."


def test_headings_of_ones_own() -> None:
    text = "Greie;Tidsrom;Rom 2\nKonsert;5.12.2026;Kirka\n"
    (record,) = parse(text, title="greie", date="TIDSROM", venue="Rom 2").records
    assert (record.title, record.venue) == ("Konsert", "Kirka")
    assert refused(text, title="Hva", date="Tidsrom") == (
        'The sheet has no column "Hva" for title. Its columns are "Greie", "Tidsrom", "Rom 2". '
        "Hint: correct columns in screens.toml."
    )
    assert (
        refused("A;B\nx;y\n", title="Hva")
        == 'The sheet has no column "Hva" for title. Its columns are "A", "B". Hint: correct columns in screens.toml.'
    )


def test_a_heading_of_ones_own_goes_before_those_that_are_known() -> None:
    parsed = parse("Tittel;Dato;Hva\nNr. 4;5.12.2026;Konsert\nNr. 5;5.12.2026;\n", title="Hva")
    assert [record.title for record in parsed.records] == ["Konsert"]
    assert parsed.warnings == ("row 3 is left out: it has no title.",)


def ids(text: str) -> dict[str, str]:
    return {f"{record.title} {record.start:%d %H}": record.uid for record in parse(text).records}


def test_an_id_stays_when_the_time_is_corrected() -> None:
    before = ids("Tittel;Dato;Kl;Sted\nKonsert;5.12.2026;18;Kirka\n")
    after = ids("Sted;Tittel;Dato;Kl\nkirka ;Konsert;5.12.2026;19;\n")
    assert list(before.values()) == list(after.values())
    elsewhere = ids("Tittel;Dato;Kl;Sted\nKonsert;5.12.2026;18;Hallen\n")
    assert list(before.values()) != list(elsewhere.values())


def test_the_same_activity_twice_on_one_day_has_two_ids_and_a_series_has_one() -> None:
    rows = ["Kino;5.12.2026;18", "Kino;5.12.2026;21", "Kino;6.12.2026;18", "Kino;5.12.2026;13"]
    found = ids("\n".join(["Tittel;Dato;Kl", *rows]))
    assert found == ids("\n".join(["Tittel;Dato;Kl", *reversed(rows)]))
    basis = found["Kino 05 13"]
    assert found["Kino 06 18"] == basis
    assert found["Kino 05 18"] == f"{basis}-1800"
    assert found["Kino 05 21"] == f"{basis}-2100"


def test_a_row_that_is_there_twice_is_told_once() -> None:
    parsed = parse("Tittel;Dato;Kl\nKino;5.12.2026;18\nKino;5.12.2026;18\n")
    assert len(parsed.records) == 1
    assert parsed.warnings == ('row 3 "Kino" is left out: it is the same as row 2.',)


def test_every_heading_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "sources" / "csv.md").read_text(encoding="utf-8")
    rows = {item.names[0]: item.text for item in items(text.split("## The sheet")[1].split("\n## ")[0])}
    assert {field: words.replace("-", " ").split() for field, words in HEADINGS.items()} == {
        field: words.replace(",", "").split() for field, words in rows.items()
    }
