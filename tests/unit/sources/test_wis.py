"""The portal's contract, field by field, and what is noticed when the portal changes."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.domain.model import Record, Status, TicketKind
from signage.sources.base import FetchWindow
from signage.sources.formats.titles import SplitTitle, read_title
from signage.sources.types.wis import Wis
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.source_office import refusal

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = Source(id="iheim", type="wis", url="https://iheim.no/")
SEPTEMBER = FetchWindow(date(2026, 9, 14), date(2026, 11, 13))


def item(**fields: Any) -> dict[str, Any]:
    basis = {"id": 1, "title": "Kor", "startDate": "2026-09-15", "endDate": None, "startTime": "18:00", "endTime": ""}
    return {**basis, "location": "Trudvang", **fields}


def parse(*items: Any, window: FetchWindow = SEPTEMBER) -> tuple[Record, ...]:
    return Wis().parse(json.dumps(items).encode(), SOURCE, window, ZONE).records


def warnings(*items: Any) -> tuple[str, ...]:
    return Wis().parse(json.dumps(items).encode(), SOURCE, SEPTEMBER, ZONE).warnings


def reason(body: bytes) -> str:
    return refusal(Wis(), body, SOURCE, SEPTEMBER)


def test_every_field_of_the_contract() -> None:
    (record,) = parse(
        item(
            id=2703368,
            title="KINO: Vaiana",
            endTime="19:55",
            location="kulØr'n, Øragata, Kyrksæterøra",
            organizer="Heim kino",
            organizerId=1941,
            regionName="Heim",
            typeName="Billettsalg",
            targetNames=["Barn", "Familie"],
            activityNames="Kino, Kultur",
            imageId=77,
            imageMeta="t=123",
            description="<p>Om film</p>",
            details="Mer",
        )
    )
    assert record.uid == "2703368"
    assert record.source == "iheim"
    assert record.start == oslo("2026-09-15 18:00")
    assert record.end == oslo("2026-09-15 19:55")
    assert record.venue == "kulØr'n, Øragata, Kyrksæterøra"
    assert (record.organizer, record.organizer_id) == ("Heim kino", "1941")
    assert record.ticket.kind is TicketKind.TICKETS
    assert record.audiences == ("Barn", "Familie")
    assert record.categories == ("Kino", "Kultur")
    assert record.picture_url == "https://iheim.no/irisimage/77/77.jpg?maxheight=720&t=123"
    assert record.url == "https://iheim.no/hendelse?Id=2703368"
    assert record.description == "<p>Om film</p>\nMer"


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"endTime": "19:30"}, "2026-09-15T18:00+02:00", "2026-09-15T19:30+02:00"),
        ({}, "2026-09-15T18:00+02:00", None),
        ({"endTime": "18:00"}, "2026-09-15T18:00+02:00", None),
        ({"startTime": "22:00", "endTime": "01:00"}, "2026-09-15T22:00+02:00", "2026-09-16T01:00+02:00"),
        ({"endTime": "00:00"}, "2026-09-15T18:00+02:00", "2026-09-16T00:00+02:00"),
        ({"endTime": "24:00"}, "2026-09-15T18:00+02:00", "2026-09-16T00:00+02:00"),
        ({"startTime": ""}, "2026-09-15", "2026-09-16"),
        ({"startTime": None, "endDate": "2026-09-17"}, "2026-09-15", "2026-09-18"),
        ({"startTime": "", "endDate": "2026-09-01"}, "2026-09-15", "2026-09-16"),
        ({"endDate": "2026-09-17"}, "2026-09-15T18:00+02:00", "2026-09-18T00:00+02:00"),
        ({"endDate": "2026-09-16", "endTime": "02:00"}, "2026-09-15T18:00+02:00", "2026-09-16T02:00+02:00"),
        (
            {"startDate": "2026-10-24", "startTime": "20:00", "endDate": "2026-10-25", "endTime": "04:00"},
            "2026-10-24T20:00+02:00",
            "2026-10-25T04:00+01:00",
        ),
    ],
)
def test_when_it_happens(fields: dict[str, Any], start: str, end: str | None) -> None:
    (record,) = parse(item(**fields))
    assert record.start.isoformat().replace(":00+", "+") == start
    assert (None if record.end is None else record.end.isoformat().replace(":00+", "+")) == end


def test_a_time_that_the_clock_skips_keeps_its_length() -> None:
    window = FetchWindow(date(2027, 3, 20), date(2027, 4, 1))
    (record,) = parse(item(startDate="2027-03-28", startTime="02:30", endTime="03:30"), window=window)
    assert isinstance(record.start, datetime)
    assert record.start.isoformat() == "2027-03-28T03:30:00+02:00"
    assert record.end is not None
    assert record.end.isoformat() == "2027-03-28T04:30:00+02:00"


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("Gratis", TicketKind.FREE),
        ("Betalt medlemskap", TicketKind.MEMBERS),
        ("Billettsalg", TicketKind.TICKETS),
        ("Noe nytt", TicketKind.UNKNOWN),
        (None, TicketKind.UNKNOWN),
    ],
)
def test_what_it_costs(kind: str | None, meant: TicketKind) -> None:
    assert parse(item(typeName=kind))[0].ticket.kind is meant


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("AVLYST: Onsdagsgolf", "Onsdagsgolf"),
        ("Avlyst - Onsdagsgolf", "Onsdagsgolf"),
        ("Onsdagsgolf (AVLYST)", "Onsdagsgolf"),
        ("Onsdagsgolf – AVLYST!", "Onsdagsgolf"),
        ("*** AVLYST *** Onsdagsgolf", "Onsdagsgolf"),
        ("Onsdagsgolf er avlyst", "Onsdagsgolf"),
        ("AVLYST", "AVLYST"),
        ("Canceled: Onsdagsgolf", "Onsdagsgolf"),
    ],
)
def test_cancellation_in_the_title(title: str, clean: str) -> None:
    assert read_title(title) == SplitTitle(clean, Status.CANCELLED)


@pytest.mark.parametrize("title", ["Den avlyste konserten", "Foredrag om avlysning", "Onsdagsgolf"])
def test_titles_that_only_speak_of_it(title: str) -> None:
    assert read_title(title) == SplitTitle(title)


def test_a_title_without_end_is_not_a_wait_without_end() -> None:
    assert len(read_title("-" * 5_000_000).text) == 1000


def test_an_address_of_its_own_is_taken_when_it_is_one() -> None:
    assert parse(item(url="https://hoopla.no/x"))[0].url == "https://hoopla.no/x"
    assert parse(item(url="javascript:alert(1)"))[0].url == "https://iheim.no/hendelse?Id=1"
    assert parse(item(url="/kor"))[0].url == "https://iheim.no/hendelse?Id=1"


def test_a_picture_number_is_a_number() -> None:
    assert parse(item(imageId="../../etc"))[0].picture_url is None
    (record,) = parse(item(imageId=5, imageMeta=""))
    assert record.picture_url == "https://iheim.no/irisimage/5/5.jpg?maxheight=720"


def test_one_bad_record_costs_that_record() -> None:
    bad = [
        item(id=2, startDate="2026-13-45"),
        item(id=3, startTime="25:99"),
        item(id=4, title=None),
        item(id=5, startDate=None),
        item(id=None),
        "not an object",
        item(id=6, title=["a"]),
    ]
    records = parse(item(), *bad)
    assert [record.uid for record in records] == ["1"]
    said = warnings(item(), *bad)
    assert len(said) == len(bad)
    assert 'event 2 is left out: startDate: "2026-13-45" is not a date.' in said
    assert "event 4 is left out: title: is empty." in said


def test_only_the_window_is_told() -> None:
    window = FetchWindow(date(2026, 9, 15), date(2026, 9, 15))
    days = [item(id=day, startDate=f"2026-09-{day}", startTime="") for day in (13, 14, 15, 16)]
    days.append(item(id=99, startDate="2026-09-14", startTime="23:00", endTime="01:00"))
    assert [record.uid for record in parse(*days, window=window)] == ["15", "99"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "The answer is empty."),
        (b"  <html>", "The answer is HTML instead of JSON."),
        (b'[{"id": 1, "title": "Ko', "The JSON stops in the middle."),
        (b'[{"id": 1},', "The JSON stops in the middle."),
        (b"nope", "The answer isn't JSON."),
        (b'{"items": []}', "The answer is an object instead of a list."),
        (b'"hei"', "The answer is a text instead of a list."),
        (b"\xff\xfe[]", "The answer isn't UTF-8."),
        (b"[" * 100_000, "The JSON can't be read."),
    ],
)
def test_an_answer_that_is_something_else_is_a_failure(body: bytes, expected: str) -> None:
    assert reason(body) == expected


def test_an_answer_of_broken_records_is_a_failure() -> None:
    assert reason(json.dumps([item(id=7, startDate="?")]).encode()).startswith("None of its 1 events can be read")


def test_a_field_that_is_gone_everywhere_is_a_failure() -> None:
    """Renamed start times would turn every event all-day."""
    rows = [{**item(id=n), "start": "18:00"} for n in range(5)]
    for row in rows:
        del row["startTime"]
    assert (
        reason(json.dumps(rows).encode())
        == 'None of its 5 events has "startTime". Hint: check whether the portal has changed.'
    )


def test_an_empty_list_is_an_answer() -> None:
    assert parse() == ()


def test_the_real_listings() -> None:
    body = (shared_data() / "wis" / "heim-2026-09-14--16.json").read_bytes()
    parsed = Wis().parse(body, SOURCE, SEPTEMBER, ZONE)
    assert len(parsed.records) == 18
    assert parsed.warnings == ()


def test_the_awkward_listings() -> None:
    body = (shared_data() / "wis" / "edge-cases.json").read_bytes()
    parsed = Wis().parse(body, SOURCE, SEPTEMBER, ZONE)
    assert len(parsed.records) == 8
    assert len(parsed.warnings) == 3
