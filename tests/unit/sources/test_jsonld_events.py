"""Awkward events of web pages: parts and wholes, names without descriptions, several starts, hostile scripts."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.schema_org.moments import LocalClock
from signage.sources.formats.schema_org.scripts import loads
from signage.sources.types.jsonld import JsonLd, JsonLdSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import FIXTURES
from tests.fixtures.source_cases.jsonld import html

PAGES = FIXTURES / "pages"
ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2000, 1, 1), date(2040, 1, 1))
SOURCE = JsonLdSource(id="x", type="jsonld", url="https://example.no/program/")
KOR = {"@type": "Event", "name": "Kor", "startDate": "2026-12-05T18:00"}


def read(value: Any) -> Parsed:
    text = value if isinstance(value, str) else html(json.dumps(value))
    return JsonLd().parse(text.encode(), SOURCE, WINDOW, ZONE)


def one(**more: Any) -> Record:
    (record,) = read({**KOR, **more}).records
    return record


def days(value: Any) -> list[tuple[str, str]]:
    return [(record.title, record.start.isoformat()[:16]) for record in read(value).records]


WHOLE = {"@type": "Festival", "@id": "#uka", "name": "Uka", "startDate": "2026-12-01", "endDate": "2026-12-06"}
EVENINGS = [
    {"@type": "Event", "@id": "#1", "name": "Åpning", "startDate": "2026-12-01T18:00"},
    {"@type": "Event", "@id": "#2", "name": "Dans", "startDate": "2026-12-05T20:00"},
]
SHOWN = [("Åpning", "2026-12-01T18:00"), ("Dans", "2026-12-05T20:00")]


@pytest.mark.parametrize(
    "value",
    [
        {**WHOLE, "subEvent": EVENINGS},
        {**WHOLE, "event": EVENINGS},
        {"@graph": [{**WHOLE, "subEvent": [{"@id": "#1"}, {"@id": "#2"}]}, *EVENINGS]},
        {"@graph": [WHOLE, *({**each, "superEvent": {"@id": "#uka"}} for each in EVENINGS)]},
        [{**each, "superEvent": WHOLE} for each in EVENINGS],
    ],
    ids=["within", "event", "named", "upwards", "inline"],
)
def test_a_festival_is_its_evenings(value: Any) -> None:
    """Not "all day from the 1st to the 6th" where the page tells."""
    assert days(value) == SHOWN


def test_events_that_call_each_other_their_parts_stay() -> None:
    named = [{"@id": each["@id"]} for each in EVENINGS]
    each_other = [{**EVENINGS[0], "superEvent": named[1]}, {**EVENINGS[1], "superEvent": named[0]}]
    assert days({"@graph": each_other}) == SHOWN
    parts = [{**EVENINGS[0], "subEvent": named}, {**EVENINGS[1], "subEvent": named}]
    assert sorted(days({"@graph": parts})) == sorted(SHOWN)


def test_a_part_has_from_the_whole_what_it_does_not_say() -> None:
    part = {"@type": "Event", "startDate": "2026-12-05T20:00"}
    (record,) = read({**WHOLE, "location": "kulØr'n", "eventStatus": "EventCancelled", "subEvent": part}).records
    assert (record.title, record.venue, record.status) == ("Uka", "kulØr'n", Status.CANCELLED)


def test_a_place_and_an_organiser_that_are_only_named_are_found() -> None:
    graph = [
        {**KOR, "location": {"@id": "#hall"}, "organizer": {"@id": "#kor"}, "image": {"@id": "#bilde"}},
        {"@type": "Place", "@id": "#hall", "name": "Halsahallen"},
        {"@type": "Organization", "@id": "#kor", "name": "Halsa mannskor"},
        {"@type": "ImageObject", "@id": "#bilde", "url": "/kor.jpg"},
    ]
    (record,) = read({"@graph": graph}).records
    assert (record.venue, record.organizer) == ("Halsahallen", "Halsa mannskor")
    assert record.picture_url == "https://example.no/kor.jpg"


def test_a_picture_that_is_only_named_is_none() -> None:
    assert one(image={"@id": "#primaryimage"}).picture_url is None


def test_each_of_several_starts_is_an_occurrence() -> None:
    assert days({**KOR, "startDate": ["2026-12-05T18:00", "2026-12-06T18:00"]}) == [
        ("Kor", "2026-12-05T18:00"),
        ("Kor", "2026-12-06T18:00"),
    ]
    ends = read({**KOR, "startDate": ["2026-12-05", "2026-12-07"], "endDate": ["2026-12-05", "2026-12-08"]}).records
    assert [record.end for record in ends] == [date(2026, 12, 6), date(2026, 12, 9)]


def test_one_start_written_twice_is_one() -> None:
    assert days({**KOR, "startDate": ["lørdag", "2026-12-05", "2026-12-05T18:00"]}) == [("Kor", "2026-12-05T18:00")]


@pytest.mark.parametrize(
    ("more", "start", "end"),
    [
        ({"startDate": "2026-12-05T00:00", "endDate": "2026-12-06T23:59:59"}, date(2026, 12, 5), date(2026, 12, 7)),
        ({"startDate": "2026-12-05T00:00", "endDate": "2026-12-05T03:00"}, oslo("2026-12-05 00:00"), None),
        ({"startDate": "20261205T180000Z"}, oslo("2026-12-05 19:00"), None),
        ({"startDate": "20261205"}, date(2026, 12, 5), date(2026, 12, 6)),
        ({"startDate": "2026-12-05", "duration": "P3D"}, date(2026, 12, 5), date(2026, 12, 8)),
        ({"startDate": "2026-12-05T18:00+5:30"}, oslo("2026-12-05 13:30"), None),
        ({"startDate": "2026-12-05T18:00-00:30"}, oslo("2026-12-05 19:30"), None),
    ],
)
def test_more_times(more: dict[str, str], start: Any, end: Any) -> None:
    record = one(**more)
    assert record.start == start
    assert end is None or record.end == end


@pytest.mark.parametrize(
    ("start", "end", "lasts", "minutes"),
    [
        ("2026-10-25T02:30+02:00", "2026-10-25T02:10+01:00", None, 40),
        ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", None, 60),
        ("2026-10-25T02:30", None, "PT1H", 60),
        ("2026-10-24T12:00", None, "P1D", 25 * 60),
        ("2026-10-24T12:00", None, "PT24H", 24 * 60),
    ],
)
def test_the_night_when_the_clock_is_moved(start: str, end: str | None, lasts: str | None, minutes: int) -> None:
    record = one(startDate=start, endDate=end, duration=lasts)
    assert isinstance(record.start, datetime)
    assert isinstance(record.end, datetime)
    assert record.end.timestamp() - record.start.timestamp() == minutes * 60


def test_a_schedule_is_not_read_and_that_is_said() -> None:
    schedule = {"@type": "Schedule", "repeatFrequency": "P1W"}
    assert read({**KOR, "eventSchedule": schedule}).warnings == (
        '"Kor": schedules are not supported. Only its first start is shown.',
    )
    with pytest.raises(SourceError, match="it has a schedule instead of a start"):
        read({"@type": "Event", "name": "Kor", "eventSchedule": schedule})


@pytest.mark.parametrize(
    ("offers", "ticket"),
    [
        (
            [{"price": 250}, {"price": 250, "priceCurrency": "NOK"}],
            Ticket(TicketKind.TICKETS, None, "250", price_to="250"),
        ),
        ({"lowPrice": 0, "highPrice": 200}, Ticket(TicketKind.TICKETS)),
        ([{"price": 0}, {"price": 200}], Ticket(TicketKind.TICKETS)),
        ({"lowPrice": "0", "highPrice": "0.00"}, Ticket(TicketKind.FREE)),
        (
            {"offers": [{"price": "120", "priceCurrency": "NOK"}]},
            Ticket(TicketKind.TICKETS, None, "120", "NOK", price_to="120"),
        ),
        ({"price": "-1"}, Ticket()),
        ({"price": "9" * 5000}, Ticket()),
    ],
)
def test_more_prices(offers: Any, ticket: Ticket) -> None:
    assert one(offers=offers).ticket == ticket


def test_addresses_are_no_names() -> None:
    record = one(location="https://meet.example/x", organizer=["https://kor.no", {"name": "Koret"}])
    assert (record.venue, record.organizer) == ("", "Koret")
    hybrid = [{"@type": "VirtualLocation", "name": "Zoom"}, {"@type": "Place", "name": "Trudvang"}]
    assert one(location=hybrid).venue == "Trudvang"
    assert one(location={"@type": "PostalAddress", "addressLocality": "Vågland"}).venue == "Vågland"
    assert one(location={"name": "Aurelia", "address": {"addressLocality": "Aure"}}).venue == "Aurelia, Aure"


def test_the_address_of_a_page_about_one_event_is_the_events() -> None:
    assert one().url == SOURCE.url
    assert {record.url for record in read([KOR, {**KOR, "name": "Dans"}]).records} == {None}


def test_moved_when_it_says_when_it_was() -> None:
    assert one(previousStartDate="2026-12-01T18:00").status is Status.MOVED
    assert one(previousStartDate="2026-12-01T18:00", eventStatus="EventScheduled").status is Status.SCHEDULED


def test_a_name_that_is_made_anew_for_every_page_is_no_id() -> None:
    assert one(**{"@id": "_:b0"}).uid == one().uid
    long = "https://example.no/" + "a" * 400
    assert one(url=f"{long}1").uid != one(url=f"{long}2").uid


@pytest.mark.parametrize(
    ("more", "hour"),
    [
        ({"url": "https://kulturhus.ticketco.events/e/1"}, 19),
        ({"image": "https://cdn.ticketco.events/1.jpg"}, 19),
        ({"offers": {"url": "https://kulturhus.ticketco.events/e/1"}}, 19),
        ({"url": "https://kulturhuset.no/1", "offers": {"url": "https://kulturhus.ticketco.events/e/1"}}, 20),
        ({"url": "https://ticketco.events.evil.example/1"}, 20),
    ],
)
def test_whose_z_is_not_true(more: dict[str, Any], hour: int) -> None:
    """An organiser's own page that sells through TicketCo was not written by TicketCo."""
    record = one(startDate="2026-12-05T19:00:00.000Z", **more)
    assert record.start == oslo(f"2026-12-05 {hour}:00")


def test_what_stands_behind_the_end_of_the_page_is_read_too() -> None:
    """Where plugins of WordPress write it, and browsers read it."""
    script = f'<script type="application/ld+json">{json.dumps(KOR)}</script>'
    assert days(f"<html><body><p>Velkommen</p></body></html>{script}") == [("Kor", "2026-12-05T18:00")]


def test_half_a_letter_can_be_kept() -> None:
    record = one(name="Kor \ud83d i kveld", description="\udc00")
    assert record.title.encode()
    assert record.description.encode()


@pytest.mark.parametrize("script", ['{"a": "' + '\\"' * 200_000, "{" + "/*" * 200_000, "[" + ", " * 200_000])
def test_a_script_that_is_made_to_take_long_does_not(script: str) -> None:
    """The first took 63 s with a tenth of that length."""
    started = time.perf_counter()
    with pytest.raises(ValueError):
        loads(script)
    assert time.perf_counter() - started < 5


def test_parts_that_name_each_other_are_bounded() -> None:
    names = [{"@id": f"#{n}"} for n in range(300)]
    events = [{**KOR, "@id": f"#{n}", "name": f"Kor {n}", "subEvent": names} for n in range(300)]
    assert len(read({"@graph": events}).records) == 300


def test_a_shop_of_ticketcos() -> None:
    """Saved to a file, too: its events' addresses say whose it is."""
    parsed = read((PAGES / "ticketco-shop.html").read_text("utf-8"))
    revue, concert = parsed.records
    assert (revue.start, revue.end) == (oslo("2026-10-24 19:00"), oslo("2026-10-24 21:30"))
    assert revue.ticket.price_from == "350.0"
    assert (concert.start, concert.venue) == (oslo("2026-12-05 18:00"), "Hemne kirke, Kyrksæterøra")
    assert concert.ticket == Ticket(TicketKind.FREE, availability=Availability.SOLD_OUT)
    assert parsed.warnings == ("JSON-LD script 3 is empty.",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


PROPERTIES = ("name", "startDate", "endDate", "duration", "location", "offers", "url", "@id", "image", "subEvent")


@pytest.mark.parametrize("key", PROPERTIES)
@given(value=VALUES)
def test_whatever_stands_in_a_property(key: str, value: Any) -> None:
    try:
        parsed = read({**KOR, key: value})
    except SourceError:
        assert key in ("name", "startDate")
    else:
        repr(parsed).encode()


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(1, 48))
def test_a_span_has_the_length_that_it_was_given(minute: int, hours: int) -> None:
    """Whatever the clock does in between."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    texts = [f"{moment:%Y-%m-%dT%H:%M}Z" for moment in (start, start + timedelta(hours=hours))]
    said: list[str] = []
    begins, ends = LocalClock(ZONE).span(*texts, None, said.append)
    if isinstance(begins, datetime):
        assert isinstance(ends, datetime)
        assert ends.timestamp() - begins.timestamp() == hours * 3600
    assert said == []
