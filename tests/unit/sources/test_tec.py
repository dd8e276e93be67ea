"""The Events Calendar's contract, field by field, its pages, and what a broken or strange site costs."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Source
from signage.domain.model import Availability, Record, Status, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.tec import TecEvent, TheEventsCalendar
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.properties import examples
from tests.fixtures.source_cases.tec import EVENTS
from tests.fixtures.source_office import DECEMBER, refusal

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
SOURCE = Source(id="lag", type="tec", url="https://example.no/")
TEC = TheEventsCalendar()


def event(**fields: Any) -> dict[str, Any]:
    basis = {"id": 1, "title": "Kor", "start_date": "2026-12-11 19:00:00", "end_date": "2026-12-11 21:30:00"}
    return {**basis, "all_day": False, "timezone": "Europe/Oslo", "url": "https://example.no/kor/", **fields}


def parse(*events: Any, source: Source = SOURCE) -> Parsed:
    body = json.dumps({"events": list(events), "total": len(events), "total_pages": 1}).encode()
    return TEC.parse(body, source, DECEMBER, ZONE)


def one(**fields: Any) -> Record:
    (record,) = parse(event(**fields)).records
    return record


def reason(body: bytes) -> str:
    return refusal(TEC, body, SOURCE)


def test_the_shared_page() -> None:
    body = (shared_data() / "tec" / "page.json").read_bytes()
    assert TEC.recognises(body)
    parsed = TEC.parse(body, SOURCE, DECEMBER, ZONE)
    revue, market = parsed.records
    assert parsed.warnings == ()
    # its utc_start_date says 19:00 in UTC, which would be 20:00 on the clock
    assert (revue.title, revue.start, revue.end) == (
        "Revy – «Heim til jul»",
        oslo("2026-12-11 19:00"),
        oslo("2026-12-11 21:30"),
    )
    assert (revue.ticket.kind, revue.ticket.price_from, revue.ticket.currency) == (TicketKind.TICKETS, "320.00", "NOK")
    assert (revue.venue, revue.organizer, revue.picture_url, revue.categories) == ("", "", None, ("Revy",))
    assert revue.url == "https://example.no/arrangement/revy/"
    assert (market.title, market.start, market.end) == ("Julemarked", date(2026, 12, 5), date(2026, 12, 7))
    assert market.venue == "Wesselgården, Øragata, Kyrksæterøra"
    assert market.organizer == "Heim Næringsforening"
    assert market.picture_url == "https://example.no/marked.jpg"


def test_the_shared_empty_answer() -> None:
    body = (shared_data() / "tec" / "empty.json").read_bytes()
    assert TEC.recognises(body)
    assert TEC.parse(body, SOURCE, DECEMBER, ZONE) == Parsed(())


@pytest.mark.parametrize(
    ("url", "path", "also"),
    [
        ("https://example.no", EVENTS, {}),
        ("https://example.no/", EVENTS, {}),
        ("https://example.no/blogg/", f"/blogg{EVENTS}", {}),
        ("https://example.no/wp-json/", EVENTS, {}),
        (f"https://example.no{EVENTS}/", EVENTS, {}),
        (f"https://example.no{EVENTS}?categories=konsert&per_page=5", EVENTS, {"categories": "konsert"}),
        (
            "https://example.no/?rest_route=/tribe/events/v1/events",
            "/",
            {"rest_route": "/tribe/events/v1/events"},
        ),
    ],
)
def test_the_address(url: str, path: str, also: dict[str, str]) -> None:
    parts = urlsplit(TEC.address(Source(id="lag", type="tec", url=url), DECEMBER))
    assert parts.path == path
    assert {key: value[0] for key, value in parse_qs(parts.query).items()} == {
        "start_date": "2026-10-31",
        "end_date": "2027-01-01",
        "per_page": "50",
        "status": "publish",
        **also,
    }


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"end_date": "2026-12-11 01:00:00"}, "2026-12-11 19:00", "2026-12-12 01:00"),
        ({"end_date": "2026-12-11 19:00:00"}, "2026-12-11 19:00", None),
        ({"end_date": ""}, "2026-12-11 19:00", None),
        ({"end_date": None}, "2026-12-11 19:00", None),
        ({"timezone": "UTC"}, "2026-12-11 19:00", "2026-12-11 21:30"),
        ({"timezone": "UTC+1"}, "2026-12-11 19:00", "2026-12-11 21:30"),
        ({"timezone": "Etc/UTC"}, "2026-12-11 19:00", "2026-12-11 21:30"),
        ({"timezone": "Europa/Oslo"}, "2026-12-11 19:00", "2026-12-11 21:30"),
        ({"timezone": "../../etc/passwd"}, "2026-12-11 19:00", "2026-12-11 21:30"),
        ({"timezone": "Europe/Helsinki"}, "2026-12-11 18:00", "2026-12-11 20:30"),
        ({"all_day": "false"}, "2026-12-11 19:00", "2026-12-11 21:30"),
    ],
)
def test_times(fields: dict[str, Any], start: str, end: str | None) -> None:
    record = one(**fields)
    assert (record.start, record.end) == (oslo(start), oslo(end) if end else None)
    assert isinstance(record.start, datetime)
    assert record.start.tzinfo == ZONE


@pytest.mark.parametrize(
    ("start", "end", "first", "after"),
    [
        ("2026-12-05 00:00:00", "2026-12-05 23:59:59", date(2026, 12, 5), date(2026, 12, 6)),
        ("2026-12-05 00:00:00", "2026-12-06 23:59:59", date(2026, 12, 5), date(2026, 12, 7)),
        ("2026-12-05 05:00:00", "2026-12-07 04:59:59", date(2026, 12, 5), date(2026, 12, 7)),  # days that end at five
        ("2026-12-05 00:00:00", "2026-12-05 00:00:00", date(2026, 12, 5), date(2026, 12, 6)),
        ("2026-12-05 00:00:00", "", date(2026, 12, 5), date(2026, 12, 6)),
    ],
)
def test_whole_days(start: str, end: str, first: date, after: date) -> None:
    record = one(start_date=start, end_date=end, all_day=True)
    assert (record.start, record.end) == (first, after)
    assert not isinstance(record.start, datetime)


def test_the_end_of_time_is_in_nobodys_window() -> None:
    parsed = parse(event(start_date="9999-12-31 23:59:59", end_date=None), event(id=2))
    assert [record.uid for record in parsed.records] == ["2"]
    with pytest.raises(SourceError, match="None of its 1 events can be read"):
        parse(event(start_date="0001-01-01 00:00:00"))


def test_a_time_that_the_clock_skips() -> None:
    body = json.dumps({"events": [event(start_date="2027-03-28 02:30:00", end_date="2027-03-28 03:30:00")]}).encode()
    (record,) = TEC.parse(body, SOURCE, FetchWindow(date(2027, 3, 28), date(2027, 3, 28)), ZONE).records
    assert (record.start, record.end) == (oslo("2027-03-28 03:30"), oslo("2027-03-28 04:30"))


@pytest.mark.parametrize(
    ("fields", "kind", "price", "currency"),
    [
        ({"cost": "320 kr"}, TicketKind.TICKETS, "320.00", "NOK"),
        ({"cost": "kr 1 250,-"}, TicketKind.TICKETS, "1250.00", "NOK"),
        ({"cost": "kr 1.250"}, TicketKind.TICKETS, "1250.00", "NOK"),
        ({"cost": "200 kr – 350 kr"}, TicketKind.TICKETS, "200.00", "NOK"),
        ({"cost": "kr 99,50"}, TicketKind.TICKETS, "99.50", "NOK"),
        ({"cost": "Gratis – 100 kr"}, TicketKind.TICKETS, "100.00", "NOK"),
        ({"cost": "15"}, TicketKind.TICKETS, "15.00", None),
        ({"cost": "Gratis"}, TicketKind.FREE, None, None),
        ({"cost": "FREE"}, TicketKind.FREE, None, None),
        ({"cost": "0"}, TicketKind.FREE, None, None),
        ({"cost": "0 kr"}, TicketKind.FREE, None, None),
        ({"cost": ""}, TicketKind.UNKNOWN, None, None),
        ({"cost": None}, TicketKind.UNKNOWN, None, None),
        ({"cost": "Frivillig gave"}, TicketKind.UNKNOWN, None, None),
        (
            {"cost": "€20 – €30", "cost_details": {"currency_code": "EUR", "values": ["20", "30"]}},
            TicketKind.TICKETS,
            "20.00",
            "EUR",
        ),
        ({"cost": "Gratis", "cost_details": {"values": ["0"]}}, TicketKind.FREE, None, None),
        (
            {"cost": "kr", "cost_details": {"currency_symbol": "kr", "values": [150]}},
            TicketKind.TICKETS,
            "150.00",
            "NOK",
        ),
        ({"cost": "320 kr", "cost_details": []}, TicketKind.TICKETS, "320.00", "NOK"),
    ],
)
def test_what_it_costs(fields: dict[str, Any], kind: TicketKind, price: str | None, currency: str | None) -> None:
    ticket = one(**fields).ticket
    assert (ticket.kind, ticket.price_from, ticket.currency) == (kind, price, currency)


@pytest.mark.parametrize(
    ("fields", "status", "held"),
    [
        ({"status": "publish"}, Status.SCHEDULED, ""),
        ({"status": "draft"}, Status.SCHEDULED, "a draft"),
        ({"status": "private"}, Status.SCHEDULED, "private"),
        ({"status": "pending"}, Status.SCHEDULED, "waits for approval"),
        ({"hide_from_listings": True}, Status.SCHEDULED, "hidden from the site's own lists"),
        ({"hide_from_listings": False, "sticky": True}, Status.SCHEDULED, ""),
        ({"event_status": "canceled"}, Status.CANCELLED, ""),
        ({"event_status": {"status": "postponed"}}, Status.POSTPONED, ""),
        ({"status": "canceled"}, Status.CANCELLED, ""),
        ({"title": "Avlyst &#8211; Kor"}, Status.CANCELLED, ""),
        ({"event_status": "scheduled"}, Status.SCHEDULED, ""),
        ({"event_status": None}, Status.SCHEDULED, ""),
    ],
)
def test_whether_it_takes_place_and_who_may_see_it(fields: dict[str, Any], status: Status, held: str) -> None:
    record = one(**fields)
    assert (record.status, record.held, record.title) == (status, held, "Kor")


def test_marks_in_the_title() -> None:
    record = one(title="Kor &#8211; UTSOLGT")
    assert (record.title, record.ticket.availability) == ("Kor", Availability.SOLD_OUT)


def test_entities_that_mean_something_stay_for_the_cleaning() -> None:
    assert one(title="Fisk &#38; skalldyr &#60;3 &amp;oslash; &#99999999;").title == (
        "Fisk &#38; skalldyr &#60;3 &amp;oslash; &#99999999;"
    )


@pytest.mark.parametrize(
    ("fields", "venue"),
    [
        ({"venue": []}, ""),
        ({"venue": False}, ""),
        ({"venue": None}, ""),
        ({"venue": "Trudvang"}, "Trudvang"),
        ({"venue": [{"venue": "Trudvang"}, {"venue": "Halsahallen"}]}, "Trudvang"),
        ({"venue": {"venue": "Kyrksæterøra kirke", "address": "", "city": "Kyrksæterøra"}}, "Kyrksæterøra kirke"),
        ({"venue": {"venue": ["?"], "city": 7200}}, "7200"),
    ],
)
def test_venues(fields: dict[str, Any], venue: str) -> None:
    assert one(**fields).venue == venue


@pytest.mark.parametrize(
    ("organizer", "name", "number", "site"),
    [
        ([], "", None, None),
        (
            [{"id": 9, "organizer": "Heim musikklag", "website": "https://lag.no"}],
            "Heim musikklag",
            "9",
            "https://lag.no",
        ),
        ({"organizer": "Heim musikklag", "url": "/arr/9"}, "Heim musikklag", None, "https://example.no/arr/9"),
        ([False, {"organizer": "Koret"}], "Koret", None, None),
    ],
)
def test_organizers(organizer: Any, name: str, number: str | None, site: str | None) -> None:
    record = one(organizer=organizer)
    assert (record.organizer, record.organizer_id, record.organizer_url) == (name, number, site)


def test_addresses_are_of_the_web_or_nothing() -> None:
    record = one(url="javascript:alert(1)", image="ftp://x/y.jpg", website="https://lag.no/kor")
    assert (record.url, record.picture_url) == ("https://lag.no/kor", None)
    assert one(image={"url": "/wp-content/blåbær tur.jpg"}).picture_url == (
        "https://example.no/wp-content/bl%C3%A5b%C3%A6r%20tur.jpg"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start_date": "snart"}, '"Kor" is left out: start_date: "snart" is not a date and a time.'),
        ({"start_date": "2026-13-11 19:00:00"}, "is not a date and a time"),
        ({"start_date": "2026-12-11"}, "is not a date and a time"),
        ({"start_date": None}, '"Kor" is left out: start_date: is empty.'),
        ({"title": ""}, "event 1 is left out: title: is empty."),
        ({"id": None}, '"Kor" is left out: id: is empty.'),
    ],
)
def test_one_bad_event_costs_that_event(fields: dict[str, Any], words: str) -> None:
    parsed = parse(event(id=2), event(**fields), event(id=3))
    assert [record.uid for record in parsed.records] == ["2", "3"]
    (warning,) = parsed.warnings
    assert words in warning
    with pytest.raises(SourceError, match="None of its 1 events can be read"):
        parse(event(**fields))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The answer is empty."),
        (b"<br /><b>Warning</b>: {}", "The answer is HTML instead of JSON."),
        (b'{"events": [{"id": 1, "ti', "The JSON stops in the middle."),
        (b"[]", "The answer is a list instead of an object."),
        (b"{}", 'The answer has no "events".'),
        (b'{"events": null}', 'The answer has no "events".'),
        (
            b'{"code": "rest_no_route", "message": "Fant ingen rute", "data": {"status": 404}}',
            'answered with an error: "Fant ingen rute"',
        ),
        (b"[" * 100_000, "The JSON can't be read."),
        (b'{"events": [1, null, "x", []]}', "None of its 4 events can be read"),
        (b"\xff\xfe{", "The answer isn't UTF-8."),
    ],
)
def test_something_else_is_a_failure(body: bytes, words: str) -> None:
    assert words in reason(body)


def test_a_list_with_gaps_as_php_writes_it() -> None:
    body = json.dumps({"events": {"0": event(), "2": event(id=2)}, "total": 2}).encode()
    assert len(TEC.parse(body, SOURCE, DECEMBER, ZONE).records) == 2


def test_half_a_letter_can_be_kept() -> None:
    body = b'{"events": [' + json.dumps(event(title="Kor X")).encode().replace(b"X", b"\\ud83d") + b'], "total": 1}'
    (record,) = TEC.parse(body, SOURCE, DECEMBER, ZONE).records
    assert record.title == "Kor \ufffd"


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (b'{"events": [], "rest_url": ""}', True),
        (b'{"events": 3, "total": 1}', False),
        (b'{"events": []}', False),
        (b'{"data": {"events": []}, "meta": {"total": 3}}', False),
        (b'["events", "total"]', False),
        (b'"events" "total"', False),
    ],
)
def test_what_is_recognised(body: bytes, known: bool) -> None:
    assert TEC.recognises(body) is known


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<link rel="https://api.w.org/" href="https://lag.no/blogg/wp-json/">', ["https://lag.no/blogg"]),
        ('<link rel="https://api.w.org/" href="https://lag.no/?rest_route=/">', ["https://lag.no"]),
        ('<script src="/wp-content/plugins/the-events-calendar/x.js">', ["https://lag.no"]),
        ('<div class="tribe-events-view">', ["https://lag.no"]),
        ("<p>Vanlig side</p>", []),
    ],
)
def test_where_it_may_be_found(html: str, found: list[str]) -> None:
    assert list(TEC.addresses(HtmlPage("https://lag.no/arrangement/", html.encode()))) == found


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
moments = st.sampled_from(
    ["2026-12-11 19:00:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "2026-10-25 02:30:00", "2026-12-11T1", ""]
)
FIELDS = sorted(TecEvent.model_fields)
strange = st.dictionaries(
    st.sampled_from(FIELDS), anything | moments | st.just({"values": ["1e9", None], "url": [], "venue": {}}), max_size=8
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(strange | anything, max_size=4), st.sampled_from(["Europe/Oslo", "Pacific/Kiritimati"]))
def test_whatever_comes_is_read_or_refused(fields: list[Any], zone: str) -> None:
    rows = [{**event(), **each} if isinstance(each, dict) else each for each in fields]
    body = json.dumps({"events": rows, "total": 1}).encode()
    with suppress(SourceError):
        parsed = TEC.parse(body, SOURCE, DECEMBER, ZoneInfo(zone))
        assert all(record.title and record.uid for record in parsed.records)


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_whatever_bytes_come_are_refused_in_words(body: bytes) -> None:
    TEC.recognises(body)
    with suppress(SourceError):
        TEC.parse(body, SOURCE, DECEMBER, ZONE)
