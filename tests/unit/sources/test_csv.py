"""Sheets that volunteers keep: headings, dates, separators, encodings, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from signage.domain.model import Availability, Record, Status, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.csv.columns import FIELDS, HEADINGS, understand
from signage.sources.types.csv import Csv, CsvSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import FIXTURES
from tests.fixtures.source_office import DECEMBER

SHEETS = FIXTURES / "sheets"
ZONE = ZoneInfo("Europe/Oslo")
SOURCE = CsvSource(id="laget", type="csv", url="program.csv")
CSV = Csv()


def parse(text: str | bytes, window: FetchWindow = DECEMBER, **columns: str) -> Parsed:
    source = SOURCE.model_copy(update={"columns": columns})
    return CSV.parse(text.encode() if isinstance(text, str) else text, source, window, ZONE)


def one(headings: str, row: str) -> Record:
    (record,) = parse(f"{headings}\n{row}\n").records
    return record


def refused(text: str | bytes, **columns: str) -> str:
    with pytest.raises(SourceError) as caught:
        parse(text, **columns)
    return caught.value.reason


def sheet(name: str) -> Parsed:
    body = (SHEETS / name).read_bytes()
    assert CSV.recognises(body)
    return parse(body)


def test_a_sheet_from_excel() -> None:
    """Windows-1252, semicolons, "sep=", rows above the heading line, an empty row and a trailing empty column."""
    parsed = sheet("bygdelaget-excel.csv")
    assert [(record.title, record.start, record.end, record.venue) for record in parsed.records] == [
        ("Åpen gård", oslo("2026-12-05 11:00"), oslo("2026-12-05 15:00"), "Øra gård"),
        ("Julemesse", oslo("2026-12-06 12:00"), oslo("2026-12-06 16:00"), "Samfunnshuset\n(storsalen)"),
        ("Førjulskonsert", oslo("2026-12-13 18:00"), None, "Hemne kirke"),
    ]
    farm, fair, concert = parsed.records
    assert (farm.organizer, concert.organizer) == ("Bygdelaget", "Koret «Ålreit»")
    assert (farm.status, concert.status) == (Status.SCHEDULED, Status.CANCELLED)
    assert farm.ticket.kind is TicketKind.FREE
    assert (fair.ticket.kind, fair.ticket.price_from, fair.ticket.currency) == (TicketKind.TICKETS, "50.00", "NOK")
    assert parsed.warnings == (
        'row 6 "Strikkekafé" is left out: the date "Hver tirsdag" is not understood.',
        'row 8 "Basar" is left out: "fredag 12. desember" is a Saturday in 2026, not a Friday.',
    )


def test_a_sheet_from_google() -> None:
    parsed = sheet("frivilligsentralen-google.csv")
    assert parsed.warnings == ()
    by_id: dict[str, list[Record]] = {}
    for record in parsed.records:
        by_id.setdefault(record.uid, []).append(record)
    coffee = by_id["a1"][0]
    assert (coffee.start, coffee.end, coffee.description) == (oslo("2026-12-02 10:00"), None, 'Kaffe, vafler og "prat"')
    assert coffee.audiences == ("Senior",)
    exhibition = by_id["a2"]
    assert [record.start for record in exhibition] == [oslo(f"2026-12-{day:02} 10:00") for day in range(1, 21)]
    assert {record.end for record in exhibition} == {oslo(f"2026-12-{day:02} 16:00") for day in range(1, 21)}
    assert exhibition[0].ticket.url == "https://example.no/billett"
    assert exhibition[0].picture_url == "https://example.no/u.jpg"
    assert exhibition[0].categories == ("Kunst", "Utstilling")
    (cup,) = by_id["a3"]
    assert (cup.start, cup.end, cup.status) == (date(2026, 12, 28), date(2026, 12, 31), Status.POSTPONED)
    (night,) = by_id["a4"]
    assert (night.start, night.end) == (oslo("2026-12-04 22:00"), oslo("2026-12-05 01:00"))
    assert night.ticket.availability is Availability.SOLD_OUT
    assert by_id["a5"][0].held == "a draft"


def test_excels_unicode_text_in_nynorsk() -> None:
    dance, church = sheet("nynorsk-utf16.txt").records
    assert (dance.title, dance.start, dance.end) == (
        "Førjulsdans",
        oslo("2026-12-05 20:00"),
        oslo("2026-12-06 01:00"),
    )
    assert (dance.venue, dance.organizer) == ("Ungdomshuset", "Ungdomslaget")
    assert (church.start, church.end) == (oslo("2026-12-24 16:00"), None)


def test_what_calendar_programs_export() -> None:
    games, camp = sheet("calendar-export.csv").records
    assert (games.title, games.venue) == ("Board games", "Library")
    assert (games.start, games.end) == (oslo("2026-12-05 18:30"), oslo("2026-12-05 21:00"))
    assert (camp.start, camp.end) == (date(2026, 12, 11), date(2026, 12, 14))


def test_every_field_is_found_by_each_of_its_headings_in_any_spelling() -> None:
    for field in FIELDS:
        for word in HEADINGS[field].split():
            for heading in (word, f" {word.upper().replace('-', ' ')} : ", f"{word.replace('-', '')} (dd.mm)"):
                assert understand([heading], {}).at == {field: (0,)}, heading


def test_the_order_of_the_columns_does_not_matter() -> None:
    record = one("Sted;KLOKKESLETT;Tittel; dato ", "Kirka;18;Konsert;5.12.2026")
    assert (record.title, record.start, record.venue) == ("Konsert", oslo("2026-12-05 18:00"), "Kirka")


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_separators(separator: str) -> None:
    lines = ["Tittel;Dato;Kl;Sted", 'Konsert;5.12.2026;18:00-20:00;"Kirka, Øra; nord|sør"']
    assert one(*(line.replace(";", separator, 3) for line in lines)).venue == "Kirka, Øra; nord|sør"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(name: str) -> None:
    body = "Tittel;Dato;Arrangør\nBlåbærtur på Øra – «ålreit»;5.12.2026;Sæterlaget\n".encode(name)
    (record,) = parse(body).records
    assert (record.title, record.organizer) == ("Blåbærtur på Øra – «ålreit»", "Sæterlaget")


def test_two_programs_have_written_the_file() -> None:
    body = "Tittel;Dato\nBlåbærtur;5.12.2026\n".encode() + "Sildebordet på Øra;6.12.2026\n".encode("cp1252")
    assert [record.title for record in parse(body).records] == ["Blåbærtur", "Sildebordet på Øra"]


@pytest.mark.parametrize(
    ("headings", "row", "start", "end"),
    [
        ("Tittel;Dato;Start;Slutt", "K;5.12.2026;18:00;20:00", "2026-12-05 18:00", "2026-12-05 20:00"),
        ("Tittel;Dato;Fra;Til", "K;5.12.2026;18;til kl. 20", "2026-12-05 18:00", "2026-12-05 20:00"),
        ("Tittel;Dato;Start;Slutt", "K;5.12.2026;22.00;01.00", "2026-12-05 22:00", "2026-12-06 01:00"),
        ("Tittel;Dato;Start;Slutt", "K;5.12.2026;20;24:00", "2026-12-05 20:00", "2026-12-06 00:00"),
        ("Tittel;Dato;Start;Slutt", "K;5.12.2026;18;18", "2026-12-05 18:00", None),
        ("Tittel;Start;Slutt", "K;5.12.2026 18:00;6.12.2026 16:00", "2026-12-05 18:00", "2026-12-06 16:00"),
        ("Tittel;Start;Slutt", "K;05.12.2026 19:00;06.12.2026 00:00", "2026-12-05 19:00", "2026-12-06 00:00"),
        ("Tittel;Startdato;Sluttdato", "K;5.12.2026 19:00;6.12.2026 00:00", "2026-12-05 19:00", "2026-12-06 00:00"),
        ("Tittel;Startdato;Sluttdato", "K;5.12.2026 19:00;8.12.2026 00:00", "2026-12-05 19:00", "2026-12-08 00:00"),
        ("Tittel;Start;Slutt", "K;5.12.2026 19:00;5.12.2026 00:00", "2026-12-05 19:00", None),
        ("Tittel;Startdato;Sluttdato", "K;5.12.2026 10:00;5.12.2026 00:00", "2026-12-05 10:00", None),
        ("Tittel;Start;Slutt", "K;5.12.2026 19:00;6.12.2026", "2026-12-05 19:00", "2026-12-07 00:00"),
        ("Tittel;Start;Slutt", "K;5.12.2026 00:00;6.12.2026 00:00", "2026-12-05", "2026-12-07"),
        ("Tittel;Startdato;Sluttdato", "K;5.12.2026 00:00;6.12.2026 00:00", "2026-12-05", "2026-12-07"),
        (
            "Tittel;Startdato;Kl;Sluttdato",
            "K;5.12.2026 00:00;19;6.12.2026 00:00",
            "2026-12-05 19:00",
            "2026-12-07 00:00",
        ),
        ("Tittel;Dato;Til dato;Start;Slutt", "K;5.12.2026;6.12.2026;18;16", "2026-12-05 18:00", "2026-12-06 16:00"),
        ("Tittel;Dato;Til dato;Kl", "K;5.12.2026;6.12.2026;22-01", "2026-12-05 22:00", "2026-12-06 01:00"),
        ("Tittel;Dato;Til dato;Kl", "K;5.12.2026;6.12.2026;18", "2026-12-05 18:00", "2026-12-07 00:00"),
        ("Tittel;Dato", "K;5.12.2026 kl 18-20", "2026-12-05 18:00", "2026-12-05 20:00"),
        ("Tittel;Dato;Ukedag;Kl", "K;5.12.2026;lørdag;-", "2026-12-05", "2026-12-06"),
        ("Tittel;Dato;Dag", "K;5.12.2026;Lør", "2026-12-05", "2026-12-06"),
        ("Tittel;Dato", "K;05.12.2026 00:00:00", "2026-12-05", "2026-12-06"),
        ("Tittel;Dato;Kl", "K;46361;0,75", "2026-12-05 18:00", None),
        ("Tittel;Dato", "K;5.-7. desember", "2026-12-05", "2026-12-08"),
        ("Tittel;Fra;Til", "K;5.12.2026;7.12.2026", "2026-12-05", "2026-12-08"),
        ("Tittel;Dato;Til dato", "K;30.12;2.1", "2026-12-30", "2027-01-03"),
        ("Tittel;Dato;Kl", "K;5.12.2026;hele dagen", "2026-12-05", "2026-12-06"),
    ],
)
def test_when_it_is(headings: str, row: str, start: str, end: str | None) -> None:
    record = one(headings, row)
    assert (record.start, record.end) == (moment(start), moment(end) if end else None)


def moment(text: str) -> date:
    return oslo(text) if len(text) > 10 else date.fromisoformat(text)


def test_times_in_one_cell_are_those_of_each_day_of_a_span() -> None:
    records = parse("Tittel;Dato;Kl\nBasar;5.-7. desember;18-20\n").records
    assert [(record.start, record.end) for record in records] == [
        (oslo(f"2026-12-{day:02} 18:00"), oslo(f"2026-12-{day:02} 20:00")) for day in (5, 6, 7)
    ]
    assert len({record.uid for record in records}) == 1
    years = parse("Tittel;Dato;Kl\nUtstilling;1.1.1970 - 31.12.2199;10-16\n").records
    assert len(years) == DECEMBER.days


def test_clocks_are_moved_in_the_night() -> None:
    march, october = (
        FetchWindow(date(2026, 3, 28), date(2026, 3, 30)),
        FetchWindow(date(2026, 10, 24), date(2026, 10, 26)),
    )
    (spring,) = parse("Tittel;Dato;Kl\nNattvandring;29.3.2026;02:30-03:30\n", march).records
    assert (spring.start, spring.end) == (oslo("2026-03-29 03:30"), oslo("2026-03-29 04:30"))
    (autumn,) = parse("Tittel;Dato;Kl\nNattkafé;24.10.2026;23-04\n", october).records
    assert isinstance(autumn.start, type(autumn.end))
    assert (autumn.end, autumn.end.utcoffset()) == (oslo("2026-10-25 04:00"), oslo("2026-10-25 04:00").utcoffset())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Bingo;hver tirsdag;18;", 'the date "hver tirsdag" is not understood'),
        ("Bingo;;18;", "it has no date"),
        ("Bingo;?;18;", "it has no date"),
        ("Bingo;5.12.2026;om kvelden;", 'the time "om kvelden" is not understood'),
        ("Bingo;5.12.2026;18;fredag", '"5.12.2026" is a Saturday in 2026, not a Friday'),
        ("Bingo;5.12.2026;18;snart", '"snart" is not a weekday'),
        ("Bingo;31.11.2026;18;", 'the date "31.11.2026" does not exist'),
    ],
)
def test_a_row_that_is_left_out_is_named_with_its_number_and_the_reason(row: str, reason: str) -> None:
    parsed = parse(f'Tittel;Dato;Kl;Ukedag\n"Ko\nnsert";4.12.2026;18;\n\n{row}\n')
    assert len(parsed.records) == 1
    assert parsed.warnings == (f'row 4 "Bingo" is left out: {reason}.',)


def test_a_weekday_in_a_column_of_its_own_must_agree() -> None:
    parsed = parse("Tittel;Dag;Dato\nA;lørdag;5.12.2026\nB;fredag;5.12.2026\nC;;5.12.2026\n")
    assert [record.title for record in parsed.records] == ["A", "C"]
    assert parsed.warnings == ('row 3 "B" is left out: "5.12.2026" is a Saturday in 2026, not a Friday.',)


def test_a_last_day_without_a_year_is_the_one_after_the_first_day() -> None:
    assert parse("Tittel;Dato;Til dato\nHøstferie;20.10.2026;25.10\n").records == ()


def test_a_date_without_a_title_is_left_out_and_said() -> None:
    parsed = parse("Tittel;Dato\nKonsert;4.12.2026\n;5.12.2026\n")
    assert parsed.warnings == ("row 3 is left out: it has no title.",)


@pytest.mark.parametrize(
    ("text", "kind", "least"),
    [
        ("Gratis", TicketKind.FREE, None),
        ("gratis inngang!", TicketKind.FREE, None),
        ("Fri entré", TicketKind.FREE, None),
        ("0", TicketKind.FREE, None),
        ("0,-", TicketKind.FREE, None),
        ("150 kr", TicketKind.TICKETS, "150.00"),
        ("kr 150,-", TicketKind.TICKETS, "150.00"),
        ("kr. 1 250,-", TicketKind.TICKETS, "1250.00"),
        ("150,00", TicketKind.TICKETS, "150.00"),
        ("150/100", TicketKind.TICKETS, "100.00"),
        ("Voksne 150, barn under 12 år 50", TicketKind.TICKETS, "50.00"),
        ("Fra 15 år: 100 kr", TicketKind.TICKETS, "100.00"),
        ("Barn gratis, voksne 100", TicketKind.TICKETS, None),
        ("Kun medlemmer", TicketKind.MEMBERS, None),
        ("Se nettsida", TicketKind.UNKNOWN, None),
        ("", TicketKind.UNKNOWN, None),
    ],
)
def test_prices(text: str, kind: TicketKind, least: str | None) -> None:
    ticket = one("Tittel|Dato|Pris", f"Konsert|5.12.2026|{text}").ticket
    assert (ticket.kind, ticket.price_from) == (kind, least)


@pytest.mark.parametrize(
    ("text", "dearest"),
    [
        ("150 kr", "150.00"),
        ("150/100", "150.00"),
        ("Voksne 150, barn 50", None),
        ("Fra kr 150", None),
        ("fra 100 til 300", None),
        ("Fra 15 år: 100 kr", None),
        ("Barn gratis, voksne 100", None),
    ],
)
def test_the_dearest_price(text: str, dearest: str | None) -> None:
    assert one("Tittel|Dato|Pris", f"Konsert|5.12.2026|{text}").ticket.price_to == dearest


@pytest.mark.parametrize(
    ("heading", "text", "status", "availability"),
    [
        ("Avlyst", "ja", Status.CANCELLED, Availability.UNKNOWN),
        ("Avlyst?", "X", Status.CANCELLED, Availability.UNKNOWN),
        ("Avlyst", "nei", Status.SCHEDULED, Availability.UNKNOWN),
        ("Status", "Avlyst!", Status.CANCELLED, Availability.UNKNOWN),
        ("Status", "avlyst pga. sykdom", Status.CANCELLED, Availability.UNKNOWN),
        ("Status", "UTSATT", Status.POSTPONED, Availability.UNKNOWN),
        ("Status", "flytta", Status.MOVED, Availability.UNKNOWN),
        ("Status", "utsolgt", Status.SCHEDULED, Availability.SOLD_OUT),
        ("Avlyst", "utsolgt", Status.SCHEDULED, Availability.SOLD_OUT),
        ("Status", "få plasser", Status.SCHEDULED, Availability.FEW_LEFT),
        ("Status", "OK", Status.SCHEDULED, Availability.UNKNOWN),
    ],
)
def test_states(heading: str, text: str, status: Status, availability: Availability) -> None:
    record = one(f"Tittel;Dato;{heading}", f"Konsert;5.12.2026;{text}")
    assert (record.status, record.ticket.availability) == (status, availability)


def test_a_state_that_nobody_knows_is_said_and_the_event_is_shown() -> None:
    parsed = parse("Tittel;Dato;Status\nKonsert;5.12.2026;ja\n")
    assert parsed.records[0].status is Status.SCHEDULED
    assert parsed.warnings == ('row 2 "Konsert": "ja" under "Status" is not understood.',)


def test_marks_in_the_title_count_too() -> None:
    record = one("Tittel;Dato;Billetter", "AVLYST: Konsert;5.12.2026;www.kulorn.no/kino")
    assert (record.title, record.status) == ("Konsert", Status.CANCELLED)
    assert record.ticket.url == "https://www.kulorn.no/kino"


def test_only_http_links_are_links() -> None:
    record = one(
        "Tittel|Dato|Lenke|Bilde|Billetter", "Konsert|5.12.2026|javascript:alert(1)|bilde.jpg|ring 99 88 77 66"
    )
    assert (record.url, record.picture_url, record.ticket.url) == (None, None, None)


def test_headings_that_come_twice_the_first_one_with_something_counts() -> None:
    assert one("Tittel;Dato;Sted;Sted", "K;5.12.2026;;Kirka").venue == "Kirka"
    assert one("Hva;Dato;Tittel", "Sang;5.12.2026;Konsert").title == "Konsert"


def test_only_the_window_is_told_of() -> None:
    parsed = parse("Tittel;Dato;Kl\nA;30.11.2026;18-20\nB;1.12.2026;18\nC;1.1.2027;18\nD;30.11.2026;22-01\n")
    assert [record.title for record in parsed.records] == ["B", "D"]


@given(st.binary(max_size=400))
def test_nothing_but_a_source_error_comes_of_any_bytes(body: bytes) -> None:
    CSV.recognises(body)
    for start in (b"", b"Tittel;Dato;Kl;Til\n", b"\xff\xfeT\x00"):
        with suppress(SourceError):
            parse(start + body)


def test_a_field_that_there_is_none_of_is_found_when_the_settings_are_read() -> None:
    with pytest.raises(ValidationError, match=r'There is no field "tittel". Hint: did you mean "title"'):
        CsvSource(id="laget", type="csv", url="program.csv", columns={"tittel": "Hva"})
    with pytest.raises(ValidationError, match="can't be the heading for title"):
        CsvSource(id="laget", type="csv", url="program.csv", columns={"title": " "})
