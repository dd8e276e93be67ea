"""What a record means: whole days that are written as midnight, and spans whose text lists the showings."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.domain.model import Record
from signage.sources.base import FetchWindow, Warnings
from signage.sources.formats.occurrences import entry_of, occurrences_of
from signage.sources.types.ical import ICal, ICalSource
from signage.sources.types.jsonld import JsonLd, JsonLdSource
from signage.sources.types.rss import Rss, RssSource
from signage.sources.types.tec import TheEventsCalendar
from signage.sources.types.wis import Wis
from tests.fixtures.make import oslo
from tests.fixtures.source_cases.jsonld import html

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2026, 11, 1), date(2027, 12, 31))

SHOWINGS = (
    "Virginia og Julenissen. Forestillinger: Fredag 27. november kl. 18, lørdag 28. november kl. 13 og 16, "
    "søndag 29. november kl. 13.00 og kl. 16.00. Billetter fra 1. november."
)
FIVE = [
    oslo("2026-11-27 18:00"),
    oslo("2026-11-28 13:00"),
    oslo("2026-11-28 16:00"),
    oslo("2026-11-29 13:00"),
    oslo("2026-11-29 16:00"),
]


def tec(start: str, end: str, text: str) -> list[Record]:
    row = {"id": 7, "title": "Virginia og Julenissen", "start_date": start, "end_date": end, "description": text}
    source = Source(id="x", type="tec", url="https://kulturhus.example.no")
    body = json.dumps({"events": [row], "total": 1}).encode()
    return list(TheEventsCalendar().parse(body, source, WINDOW, ZONE).records)


def wis(start: str, end: str, text: str) -> list[Record]:
    first, last = start.split(), end.split()
    row = {"id": 7, "title": "Virginia", "startDate": first[0], "startTime": first[1][:5], "location": "Kulturhuset"}
    row |= {"endDate": last[0], "endTime": last[1][:5], "description": text}
    source = Source(id="x", type="wis", url="https://portal.example.no")
    return list(Wis().parse(json.dumps([row]).encode(), source, WINDOW, ZONE).records)


def ical(start: str, end: str, text: str) -> list[Record]:
    begins, ends = (at.replace("-", "").replace(":", "").replace(" ", "T") for at in (start, end))
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:7", "SUMMARY:Virginia", f"DTSTART:{begins}", f"DTEND:{ends}")
    body = "\r\n".join([*lines, f"DESCRIPTION:{text}", "END:VEVENT", "END:VCALENDAR"]).encode()
    source = ICalSource(id="x", type="ical", url="https://kulturhus.example.no/k.ics")
    return list(ICal().parse(body, source, WINDOW, ZONE).records)


def jsonld(start: str, end: str, text: str) -> list[Record]:
    node = {"@type": "Event", "name": "Virginia", "startDate": start, "endDate": end, "description": text}
    source = JsonLdSource(id="x", type="jsonld", url="https://kulturhus.example.no/")
    return list(JsonLd().parse(html(json.dumps(node)).encode(), source, WINDOW, ZONE).records)


def rss(start: str, end: str, text: str) -> list[Record]:
    body = (
        '<rss version="2.0" xmlns:ev="http://purl.org/rss/1.0/modules/event/"><channel><item><title>Virginia</title>'
        f"<ev:startdate>{start}</ev:startdate><ev:enddate>{end}</ev:enddate><description>{text}</description>"
        "</item></channel></rss>"
    )
    source = RssSource(id="x", type="rss", url="https://kulturhus.example.no/feed")
    return list(Rss().parse(body.encode(), source, WINDOW, ZONE).records)


TYPES = {"tec": tec, "wis": wis, "ical": ical, "jsonld": jsonld, "rss": rss}


@pytest.mark.parametrize("name", TYPES)
def test_a_span_whose_text_lists_its_showings_becomes_them(name: str) -> None:
    records = TYPES[name]("2026-11-27 18:00:00", "2026-11-29 17:30:00", SHOWINGS)
    assert [record.start for record in records] == FIVE
    assert len({entry_of(record) for record in records}) == 5


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("Spilles 27.11 kl 19.00, 28.11 kl 19.00 og 29.11 kl 17.00", ["27 19:00", "28 19:00", "29 17:00"]),
        ("Laurdag 28.11. kl. 15, fredag 27.11. kl. 15", ["27 15:00", "28 15:00"]),
    ],
)
def test_other_lists_of_showings(name: str, text: str, starts: list[str]) -> None:
    records = TYPES[name]("2026-11-27 15:00:00", "2026-11-29 19:00:00", text)
    assert [f"{record.start:%d %H:%M}" for record in records] == starts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Åpent hver dag kl. 10-16",
        "Utstillingen åpner fredag 27. november kl. 13, og siste dag er søndag 29. november kl. 15",
        "Vernissage 27.11 kl 18. Kunstnersamtale 28.11 kl 18.",
        "Billetter fra 12. oktober",
    ],
)
def test_a_span_that_lists_no_showings_stays_one(text: str) -> None:
    (record,) = tec("2026-11-27 10:00:00", "2026-11-29 16:00:00", text)
    assert (record.start, record.end) == (oslo("2026-11-27 10:00"), oslo("2026-11-29 16:00"))


def test_an_all_day_span_with_showings_gets_their_times() -> None:
    starts = [record.start for record in jsonld("2026-11-27", "2026-11-29", SHOWINGS)]
    assert starts == FIVE


def test_more_showings_than_are_read_are_reported() -> None:
    text = "<br>".join(f"{day}.12 kl {hour}.00" for day in range(1, 31) for hour in (10, 12, 14, 16))
    record = Record(
        source="x", uid="1", title="Nisser", start=date(2026, 12, 1), end=date(2026, 12, 31), description=text
    )
    warnings = Warnings()
    assert len(list(occurrences_of(record, ZONE, warnings))) == 100
    assert "only the first 100 of 120 are read" in warnings.all[0]


@pytest.mark.parametrize("name", TYPES)
def test_an_end_on_an_earlier_date_costs_the_end_and_not_the_event(name: str) -> None:
    (record,) = TYPES[name]("2026-11-27 18:00:00", "2026-11-20 19:00:00", "")
    assert record.start == oslo("2026-11-27 18:00")
    assert record.end in (None, oslo("2026-11-27 19:00"))  # the portal's date and time are two fields


def meaning(start: datetime, end: datetime | None) -> tuple[Any, Any]:
    (record,) = occurrences_of(Record(source="x", uid="1", title="Marked", start=start, end=end), ZONE, Warnings())
    return record.start, record.end


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        ("2026-12-05 00:00", "2026-12-06 00:00", date(2026, 12, 6)),
        ("2026-12-05 00:00", None, date(2026, 12, 6)),
        ("2026-12-05 00:00", "2026-12-05 00:00", date(2026, 12, 6)),
        ("2026-12-05 00:00", "2026-12-05 23:59", date(2026, 12, 6)),
        ("2026-12-05 00:00", "2026-12-07 23:59", date(2026, 12, 8)),
        ("2026-12-05 01:00", "2026-12-06 01:00", date(2026, 12, 6)),  # midnight to midnight in UTC
    ],
)
def test_midnight_is_what_programs_write_for_a_whole_day(start: str, end: str | None, last: date) -> None:
    assert meaning(oslo(start), oslo(end) if end else None) == (date(2026, 12, 5), last)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-07-01"])
def test_days_of_any_length_are_days(day: str) -> None:
    start = oslo(f"{day} 00:00")
    assert meaning(start, start.replace(hour=23, minute=59))[0] == date.fromisoformat(day)
    assert meaning(start.replace(hour=23), None) == (start.replace(hour=23), None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-12-24 23:59", None),
        ("2026-12-25 00:00", "2026-12-25 01:00"),
        ("2026-12-25 01:00", None),
        ("2026-12-25 01:00", "2026-12-25 01:00"),
        ("2026-12-25 00:00:01", None),
        ("2026-12-31 22:00", "2027-01-01 00:00"),
        ("2026-12-25 00:00", "2026-12-25 23:00"),
    ],
)
def test_a_night_mass_keeps_its_time(start: str, end: str | None) -> None:
    given = (oslo(start), oslo(end) if end else None)
    assert meaning(*given) == given
