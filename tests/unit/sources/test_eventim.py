"""Eventim's ticket feed: what is known of it, and what is not interpreted."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.domain.model import Availability, Record, Status, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.types.eventim import PICTURES, Eventim, EventimSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.source_office import DECEMBER

ZONE = ZoneInfo("Europe/Oslo")
HELSINKI = ZoneInfo("Europe/Helsinki")
SOURCE = EventimSource(id="billett", type="eventim", url="https://feeds.example/events.json")
EVENTIM = Eventim()


def row(**fields: Any) -> dict[str, Any]:
    basis = {"EventId": "11", "EventName": "Konsert", "EventDate": "05.12.2026", "EventTime": "19:00"}
    return {**basis, "EventDayOfWeek": "La", **fields}


def parse(*rows: Any, window: FetchWindow = DECEMBER) -> Parsed:
    return EVENTIM.parse(json.dumps({"EventCalendar": "", "Events": rows}).encode(), SOURCE, window, ZONE)


def one(**fields: Any) -> Record:
    (record,) = parse(row(**fields)).records
    return record


def test_the_shared_feed() -> None:
    body = (shared_data() / "json" / "lippupiste_response.json").read_bytes()
    assert EVENTIM.recognises(body)
    parsed = EVENTIM.parse(body, SOURCE, FetchWindow(date(2020, 4, 1), date(2020, 4, 30)), HELSINKI)
    (record,) = parsed.records
    assert (record.uid, record.title) == ("11116307", "PIENET JUHLAT")
    assert record.start.isoformat() == "2020-04-24T19:00:00+03:00"
    assert record.end is None
    assert record.venue == "Testi Teatteri, Suuri näyttämö, Testitie 123, Tampere"
    assert (record.organizer, record.organizer_id) == ("Helsingin Kaupunginteatteri", "999")
    assert record.categories == ("Draama",)
    assert record.picture_url is None
    assert record.url == record.ticket.url
    assert record.url is not None
    assert record.url.endswith("key=1231231$11116307&language=sv")
    assert (record.ticket.kind, record.ticket.availability) == (TicketKind.TICKETS, Availability.AVAILABLE)
    assert record.description == (
        '<b>Pienet juhlat</b> on klassikkonäytelmä "hurmuri" Taunosta<br><b>Huom!</b>Muista ottaa liput mukaan'
    )


def test_cancellations_and_changes_is_no_status_and_no_category_and_is_said() -> None:
    """The feed does not say whether it is a cancellation or a change, and of what."""
    parsed = parse(row(Categories=[{"Name": "Peruutukset ja muutokset"}, {"Name": "Draama"}], EventStatus="2"))
    assert (parsed.records[0].status, parsed.records[0].categories) == (Status.SCHEDULED, ("Draama",))
    assert parsed.warnings == (
        '"Konsert" is listed under cancellations and changes, without a reason. It is shown unchanged.',
    )
    assert (
        parse(
            row(Categories=[{"Name": "Peruutukset ja muutokset"}], EventDate="02.01.2027", EventDayOfWeek="")
        ).warnings
        == ()
    )


@pytest.mark.parametrize("state", ["0", "1", "2", "99", "", None])
def test_a_status_whose_meaning_is_not_known_changes_nothing(state: str | None) -> None:
    assert one(EventStatus=state) == one()


@pytest.mark.parametrize(
    ("available", "capacity", "expected"),
    [
        ("0", "313", Availability.SOLD_OUT),
        ("31", "313", Availability.FEW_LEFT),
        ("32", "313", Availability.AVAILABLE),
        (100, 313, Availability.AVAILABLE),
        ("5", "", Availability.AVAILABLE),
        ("0", "0", Availability.UNKNOWN),
        ("0", "", Availability.UNKNOWN),
        ("", "313", Availability.UNKNOWN),
        ("-1", "313", Availability.UNKNOWN),
        ("mange", "313", Availability.UNKNOWN),
    ],
)
def test_seats_that_are_left(available: Any, capacity: Any, expected: Availability) -> None:
    assert one(EventAvailable=available, EventCapacity=capacity).ticket.availability is expected


def test_marks_in_the_title() -> None:
    record = one(EventName="AVLYST: Konsert", EventAvailable="5", EventCapacity="10")
    assert (record.title, record.status) == ("Konsert", Status.CANCELLED)
    assert one(EventName="Konsert (utsolgt)", EventAvailable="5").ticket.availability is Availability.SOLD_OUT


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"EventDayOfWeek": "Pe"}, '05.12.2026 is a Saturday, and EventDayOfWeek is "Pe"'),
        ({"EventDayOfWeek": "fredag"}, '05.12.2026 is a Saturday, and EventDayOfWeek is "fredag"'),
        ({"EventDate": "31.02.2026"}, "EventDate is 31.02.2026, which does not exist"),
        ({"EventDate": "2026-12-05"}, 'EventDate is "2026-12-05"'),
        ({"EventDate": ""}, "EventDate: is empty"),
        ({"EventTime": "kl. 7"}, 'EventTime is "kl. 7"'),
        ({"EventTime": "25:00"}, 'EventTime is "25:00"'),
        ({"EventName": " "}, "EventName: is empty"),
        ({"EventId": None}, "EventId: is empty"),
    ],
)
def test_one_bad_event_costs_that_event(fields: dict[str, Any], reason: str) -> None:
    parsed = parse(row(EventId="12"), row(**fields))
    assert [record.uid for record in parsed.records] == ["12"]
    assert parsed.warnings[0].endswith(f"is left out: {reason}.")


@pytest.mark.parametrize("word", ["La", "lør", "lørdag", "Sat", "Lö", "", "?"])
def test_weekdays_that_agree_or_say_nothing(word: str) -> None:
    assert one(EventDayOfWeek=word).start == oslo("2026-12-05 19:00")


def test_without_a_time_it_is_all_day_and_24_is_midnight() -> None:
    assert one(EventTime="").start == date(2026, 12, 5)
    assert one(EventTime="24:00").start == oslo("2026-12-06 00:00")
    assert parse(
        row(EventDate="29.03.2026", EventDayOfWeek="Su", EventTime="02:30"),
        window=FetchWindow(date(2026, 3, 1), date(2026, 3, 31)),
    ).records[0].start == oslo("2026-03-29 03:30")


def test_links_and_pictures() -> None:
    links = {f"EventLink{language}": f"https://lippu.fi/{language}" for language in ("Fi", "Sv", "En")}
    assert one(**links).url == "https://lippu.fi/Sv"
    assert one(EventLinkFi="https://lippu.fi/Fi", EventLinkSv="javascript:x").url == "https://lippu.fi/Fi"
    pictures = {key: f"https://lippu.fi/{key}.jpg" for key in PICTURES}
    assert one(**pictures).picture_url == f"https://lippu.fi/{PICTURES[0]}.jpg"
    assert (
        one(**{**pictures, PICTURES[0]: "https://lippu.fi/teaser/blank.gif"}).picture_url
        == f"https://lippu.fi/{PICTURES[1]}.jpg"
    )


def test_a_serie_is_one_record_for_each_of_its_events() -> None:
    rows = [row(EventId=str(n), EventSerieId="7", EventDate=f"{n:02}.12.2026", EventDayOfWeek="") for n in (4, 5, 6)]
    assert [record.uid for record in parse(*rows, rows[0]).records] == ["4", "5", "6"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The answer is empty."),
        (b"<html></html>", "The answer is HTML instead of JSON."),
        (b'{"Events": [{"EventId"', "The JSON stops in the middle."),
        (b"[]", "The answer is a list instead of an object."),
        (b'{"EventCalendar": ""}', 'The answer has no list of "Events".'),
        (b'{"Events": {}}', 'The answer has no list of "Events".'),
        (b'{"Events": [1]}', "None of its 1 events can be read"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        EVENTIM.parse(body, SOURCE, DECEMBER, ZONE)
    assert caught.value.reason.startswith(reason)


def test_what_is_recognised() -> None:
    assert EVENTIM.recognises(b'\xef\xbb\xbf{"EventCalendar": "x", "Events": []}')
    for body in (
        b"",
        b'{"events": []}',
        b'{"Events": {}, "EventDate": 1}',
        b'{"Events": [',
        b'["Events", "EventDate"]',
    ):
        assert not EVENTIM.recognises(body)


def test_a_file_can_be_read(tmp_path: Path) -> None:
    assert EventimSource(id="billett", type="eventim", url=str(tmp_path / "events.json")).url.endswith("events.json")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.integers(),
    st.text(max_size=8),
    st.lists(st.none(), max_size=1),
)
FIELDS = st.sampled_from([*row(), "EventAvailable", "EventCapacity", "Categories", "EventLinkFi", *PICTURES])


@given(st.lists(st.one_of(VALUES, st.dictionaries(FIELDS, VALUES).map(lambda fields: row(**fields))), max_size=4))
def test_nothing_but_a_source_error_comes_of_any_rows(rows: list[Any]) -> None:
    with suppress(SourceError):
        parse(*rows)
