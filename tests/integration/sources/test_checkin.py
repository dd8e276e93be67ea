"""Checkin's contract, field by field, its pages and its errors, and the evenings of its courses."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from signage.domain.model import Availability, Record, Status, TicketKind
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow, Parsed
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.types.checkin import LENGTH, MOST_PAGES, Checkin, CheckinEvent, CheckinSource
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.portal import Answer, Handler, Portal
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.checkin import API, pages, row
from tests.fixtures.source_office import DECEMBER, ONE_TRY

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
SOURCE = CheckinSource(id="billett", type="checkin", url="https://api.checkin.no/graphql", customer=3118)
CHECKIN = Checkin()


def event(**fields: Any) -> dict[str, Any]:
    basis = {"id": 310001, "name": "Konsert", "startsAt": "2026-12-13T19:00:00+01:00"}
    return {**basis, "endsAt": "2026-12-13T21:00:00+01:00", **fields}


def body(*events: Any) -> bytes:
    return json.dumps({"data": {"allEventRegistrations": {"records": len(events), "data": list(events)}}}).encode()


def parse(*events: Any, window: FetchWindow = DECEMBER) -> Parsed:
    return CHECKIN.parse(body(*events), SOURCE, window, ZONE)


def one(**fields: Any) -> Record:
    (record,) = parse(event(**fields)).records
    return record


def test_the_shared_page() -> None:
    answer = (shared_data() / "checkin" / "page.json").read_bytes()
    assert CHECKIN.recognises(answer)
    parsed = CHECKIN.parse(answer, SOURCE, DECEMBER, ZONE)
    assert parsed.warnings == ()
    assert [(record.uid, record.title, record.start, record.end) for record in parsed.records] == [
        ("310001", "Julekonsert i Hemne kirke", oslo("2026-12-13 19:00"), oslo("2026-12-13 21:00")),
        ("310002", "Strikkekurs over tre kvelder", oslo("2026-12-02 18:00"), oslo("2026-12-02 21:00")),
        ("310002", "Strikkekurs over tre kvelder", oslo("2026-12-09 18:00"), oslo("2026-12-09 21:00")),
        ("310002", "Strikkekurs over tre kvelder", oslo("2026-12-16 18:00"), oslo("2026-12-16 21:00")),
        ("310003", "Nattkino", oslo("2026-12-05 23:00"), oslo("2026-12-06 01:30")),
    ]
    concert, course, *_, cinema = parsed.records
    assert concert.picture_url == "https://checkin.no/static/1/event_310001/image700.jpg"
    assert (course.picture_url, cinema.picture_url) == (None, None)
    assert concert.venue == "Hemne kirke, Kyrksæterøra"
    assert (course.venue, cinema.venue) == ("", "kulØr'n")
    assert concert.categories == ("Konsert",)
    assert concert.description == "Fire kor og et trekkspill.\n<p>Dørene åpner kl. 18.</p>"
    ticket = concert.ticket
    assert (ticket.kind, ticket.price_from, ticket.currency) == (TicketKind.TICKETS, "250.00", "NOK")
    assert ticket.url == concert.url == "https://checkin.no/event/310001"
    assert (cinema.ticket.kind, cinema.ticket.price_from) == (TicketKind.FREE, None)


def test_the_shared_error() -> None:
    answer = (shared_data() / "checkin" / "error-with-http-200.json").read_bytes()
    assert CHECKIN.recognises(answer)
    with pytest.raises(SourceError) as caught:
        CHECKIN.parse(answer, SOURCE, DECEMBER, ZONE)
    assert caught.value.reason == 'Checkin answered with an error: "Rate limit exceeded".'


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"startsAt": "2026-12-13T18:00:00Z", "endsAt": None}, "2026-12-13 19:00", None),
        ({"startsAt": "2026-12-13T19:00:00", "endsAt": ""}, "2026-12-13 19:00", None),
        ({"endsAt": "2026-12-13T19:00:00+01:00"}, "2026-12-13 19:00", None),
        ({"endsAt": "2026-12-13T01:00:00+01:00"}, "2026-12-13 19:00", "2026-12-14 01:00"),
        ({"endsAt": "2026-12-14T19:00:00+01:00"}, "2026-12-13 19:00", "2026-12-14 19:00"),
    ],
)
def test_times(fields: dict[str, Any], start: str, end: str | None) -> None:
    record = one(**fields)
    assert (record.start, record.end) == (oslo(start), oslo(end) if end else None)
    assert isinstance(record.start, datetime)
    assert record.start.tzinfo == ZONE


def test_the_hour_that_comes_twice() -> None:
    fields = event(startsAt="2026-10-25T02:30:00+02:00", endsAt="2026-10-25T02:15:00+01:00")
    (record,) = parse(fields, window=FetchWindow(date(2026, 10, 25), date(2026, 10, 25))).records
    assert isinstance(record.start, datetime)
    assert isinstance(record.end, datetime)
    assert record.end.astimezone(UTC) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


COURSE = {"startsAt": "2026-12-09T18:00:00+01:00", "endsAt": "2026-12-23T21:00:00+01:00"}


def test_a_course_whose_dates_nobody_knows_is_no_fortnight() -> None:
    parsed = parse(event(**COURSE, description="Tre kvelder."))
    (record,) = parsed.records
    assert (record.start, record.end) == (oslo("2026-12-09 18:00"), oslo("2026-12-23 21:00"))  # timed, not all day
    words = "lasts from 2026-12-09 to 2026-12-23, and its dates are not known"
    assert parsed.warnings == (f'"Konsert" {words}.',)
    assert record.warnings == (words,)


def test_a_course_with_a_wrong_weekday_loses_that_evening() -> None:
    text = (
        "<p>Onsdag 9. desember kl. 18-21</p><p>Tirsdag 16. desember kl. 18-21</p><p>Onsdag 23. desember kl. 18-21</p>"
    )
    parsed = parse(event(**COURSE, description=text))
    assert [record.start for record in parsed.records] == [oslo("2026-12-09 18:00"), oslo("2026-12-23 18:00")]
    assert parsed.warnings == ('A date of "Konsert" is left out: "Tirsdag 16. desember" is another weekday.',)


def test_the_dates_may_stand_in_the_selling_text() -> None:
    parsed = parse(event(**COURSE, sellingDescription="Onsdag 9.12, 16.12 og 23.12 kl. 18.00-20.30"))
    assert [record.end for record in parsed.records] == [
        oslo("2026-12-09 20:30"),
        oslo("2026-12-16 20:30"),
        oslo("2026-12-23 20:30"),
    ]
    assert {record.uid for record in parsed.records} == {"310001"}


def test_only_the_evenings_in_the_window() -> None:
    text = "Onsdag 9.12, 16.12 og 23.12 kl. 18.00-20.30"
    (record,) = parse(
        event(**COURSE, description=text), window=FetchWindow(date(2026, 12, 10), date(2026, 12, 20))
    ).records
    assert record.start == oslo("2026-12-16 18:00")


@pytest.mark.parametrize(
    ("fields", "kind", "price", "currency"),
    [
        ({"priceFrom": "380.00", "priceTo": "380.00", "currency": "NOK"}, TicketKind.TICKETS, "380.00", "NOK"),
        ({"priceFrom": 380, "priceTo": 400, "currency": "nok"}, TicketKind.TICKETS, "380.00", "NOK"),
        ({"priceFrom": "0.00", "priceTo": "0.00", "currency": "NOK"}, TicketKind.FREE, None, None),
        ({"priceFrom": "0", "priceTo": None}, TicketKind.FREE, None, None),
        ({"priceFrom": "0.00", "priceTo": "100.00", "currency": "NOK"}, TicketKind.TICKETS, "0.00", "NOK"),
        ({"priceFrom": None, "priceTo": "100.00"}, TicketKind.TICKETS, None, None),
        ({"priceFrom": "etter avtale"}, TicketKind.UNKNOWN, None, None),
        ({}, TicketKind.UNKNOWN, None, None),
    ],
)
def test_what_it_costs(fields: dict[str, Any], kind: TicketKind, price: str | None, currency: str | None) -> None:
    ticket = one(**fields).ticket
    assert (ticket.kind, ticket.price_from, ticket.currency) == (kind, price, currency)
    assert ticket.url == "https://checkin.no/event/310001"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("/static/1/a.jpg", "https://checkin.no/static/1/a.jpg"),
        ("https://cdn.checkin.no/a.jpg", "https://cdn.checkin.no/a.jpg"),
        ("data:image/png;base64,AAAA", None),
        ("", None),
        (None, None),
    ],
)
def test_pictures(written: str | None, address: str | None) -> None:
    assert one(imageUrl=written).picture_url == address


def test_marks_in_the_name() -> None:
    record = one(name="AVLYST: Konsert")
    assert (record.title, record.status) == ("Konsert", Status.CANCELLED)
    assert one(name="Konsert (UTSOLGT)").ticket.availability is Availability.SOLD_OUT


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"startsAt": "snart"}, '"Konsert" is left out: startsAt: "snart" is not a date and a time.'),
        ({"startsAt": None}, '"Konsert" is left out: startsAt: is empty.'),
        ({"startsAt": "2026-12-13"}, "is not a date and a time"),
        ({"name": " "}, "event 310001 is left out: name: is empty."),
        ({"id": None}, '"Konsert" is left out: id: is empty.'),
    ],
)
def test_one_bad_event_costs_that_event(fields: dict[str, Any], words: str) -> None:
    parsed = parse(event(id=2), event(**fields), event(id=3))
    assert [record.uid for record in parsed.records] == ["2", "3"]
    assert words in parsed.warnings[0]
    with pytest.raises(SourceError, match="None of its 1 events can be read"):
        parse(event(**fields))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "The answer is empty."),
        (b"<html>", "The answer is HTML instead of JSON."),
        (b'{"data": {"allEve', "The JSON stops in the middle."),
        (b"[]", "The answer is a list instead of an object."),
        (b"{}", "The answer has no list of events."),
        (b'{"data": null}', "The answer has no list of events."),
        (b'{"data": {"allEventRegistrations": null}}', "The answer has no list of events."),
        (b'{"data": {"allEventRegistrations": {"records": 3, "data": null}}}', "The answer has no list of events."),
        (b'{"errors": [{"message": "Unknown\\n field"}]}', 'Checkin answered with an error: "Unknown field".'),
        (b'{"errors": ["no"], "data": {}}', 'Checkin answered with an error: "no".'),
        (b'{"errors": {"a": 1}}', "Checkin answered with an error."),
    ],
)
def test_something_else_is_a_failure(answer: bytes, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        CHECKIN.parse(answer, SOURCE, DECEMBER, ZONE)
    assert caught.value.reason == words


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (b'{"errors": [{"message": "x"}], "data": null}', True),
        (b'{"data": {"allEventRegistrations": null}}', True),
        (b'{"errors": [], "events": []}', False),
        (b'{"errors": [{"message": "x"}], "data": {"other": 1}}', False),
        (b'["allEventRegistrations"]', False),
        (b'"allEventRegistrations', False),
    ],
)
def test_what_is_recognised(answer: bytes, known: bool) -> None:
    assert CHECKIN.recognises(answer) is known


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "https://api.checkin.no/graphql"}, "customer"),
        ({"url": "https://checkin.no/", "customer": 3}, 'write "https://api.checkin.no/graphql"'),
    ],
)
def test_what_the_settings_need(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CheckinSource(id="billett", type="checkin", **fields)


def fetch(portal: Portal, store: Store, answer: Answer) -> Fetched:
    portal.paths[API] = answer
    source = CheckinSource(id="billett", type="checkin", url=portal.url + API, customer=3118)
    return CHECKIN.fetch(
        source, CachingFetcher("billett", source.url, FetchSession(store, NOW, limits=ONE_TRY)), DECEMBER, ZONE
    )


def listening(questions: list[Any], answer: Answer) -> Answer:
    """Keeps what was asked."""

    def listen(handler: Handler) -> None:
        questions.append(json.loads(handler.body))
        answer(handler)

    return listen


def test_the_question_is_the_contracts(store: Store) -> None:
    questions: list[Any] = []
    rows = [row(each) for each in listed_events(28)]
    many = [{**each, "id": f"{each['id']}-{n}"} for n in range(8) for each in rows]
    with Portal() as portal:
        found = fetch(portal, store, listening(questions, pages(many)))
    assert len(found.records) == 224
    assert found.complete
    assert [question["variables"]["offset"] for question in questions] == [0, 100, 200]
    variables = questions[0]["variables"]
    assert (variables["customerId"], variables["length"]) == (3118, LENGTH)
    (condition,) = variables["reportFilters"][0]["conditions"]
    assert (condition["field"], condition["value"]) == ("EVENT_ENDS_AT", "2026-12-01")
    assert "allEventRegistrations(customerId: $customerId, offset: $offset, length: $length" in questions[0]["query"]


@pytest.mark.parametrize("records", [None, "mange", 10**12])
def test_a_total_that_is_none_ends_with_a_page_that_is_not_full(records: Any, store: Store) -> None:
    answer = {"data": {"allEventRegistrations": {"records": records, "data": [event()]}}}
    questions: list[Any] = []
    with Portal() as portal:
        assert len(fetch(portal, store, listening(questions, answers.ok(json.dumps(answer)))).records) == 1
    assert len(questions) == 1


def test_a_full_page_without_a_total_is_not_the_last(store: Store) -> None:
    def answer(handler: Handler) -> None:
        offset = json.loads(handler.body)["variables"]["offset"]
        rows = [event(id=n) for n in range(offset, min(offset + LENGTH, 130))]
        answers.ok(json.dumps({"data": {"allEventRegistrations": {"data": rows}}}))(handler)

    with Portal() as portal:
        assert len(fetch(portal, store, answer).records) == 130


def test_pages_without_end_are_bounded(store: Store) -> None:
    questions: list[Any] = []
    answer = {"data": {"allEventRegistrations": {"records": 99999, "data": [event()]}}}
    with Portal() as portal:
        found = fetch(portal, store, listening(questions, answers.ok(json.dumps(answer))))
    assert len(questions) == MOST_PAGES
    assert not found.complete
    assert "Only the first 20 are read" in found.warnings[0]


def test_a_total_that_never_comes_ends_with_an_empty_page(store: Store) -> None:
    full = json.dumps({"data": {"allEventRegistrations": {"records": 5, "data": [event()]}}})
    empty = json.dumps({"data": {"allEventRegistrations": {"records": 5, "data": []}}})
    with Portal() as portal:
        found = fetch(portal, store, answers.one_after_the_other(answers.ok(full), answers.ok(empty)))
        assert len(portal.asked) == 2
    assert len(found.records) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answers.ok('{"errors": [{"message": "Rate limit exceeded"}], "data": null}'), '"Rate limit exceeded"'),
        (answers.status(400, '{"errors": [{"message": "Unknown argument"}]}'), '"Unknown argument"'),
        (answers.status(400, "nei"), "The server answered with status 400."),
        (answers.status(503), "The server answered with status 503."),
    ],
)
def test_errors_are_said(answer: Answer, words: str, store: Store) -> None:
    with Portal() as portal, pytest.raises(SourceError) as caught:
        fetch(portal, store, answer)
    assert words in caught.value.reason


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
moments = st.sampled_from(
    ["2026-12-13T19:00:00+01:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-10-25T02:30:00", "T"]
)
strange = st.dictionaries(
    st.sampled_from(sorted(field.alias or name for name, field in CheckinEvent.model_fields.items())),
    anything | moments | st.just("onsdag 9. desember, onsdag 16. desember"),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(strange | anything, max_size=4), st.sampled_from(["Europe/Oslo", "Pacific/Kiritimati"]))
def test_whatever_comes_is_read_or_refused(fields: list[Any], zone: str) -> None:
    rows = [{**event(**COURSE), **each} if isinstance(each, dict) else each for each in fields]
    with suppress(SourceError):
        parsed = CHECKIN.parse(body(*rows), SOURCE, DECEMBER, ZoneInfo(zone))
        assert all(record.title and record.uid for record in parsed.records)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps({"data": value, "errors": value}).encode()))
def test_whatever_bytes_come_are_refused_in_words(answer: bytes) -> None:
    CHECKIN.recognises(answer)
    with suppress(SourceError):
        CHECKIN.parse(answer, SOURCE, DECEMBER, ZONE)
