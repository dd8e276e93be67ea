"""The Graph API's contract, field by field, and what Facebook's refusals mean."""

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

from signage.domain.model import Availability, Record, Status, TicketKind
from signage.errors import SourceError
from signage.sources.base import Parsed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.facebook import MOST_TIMES, Facebook, FacebookEvent, FacebookSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.properties import examples
from tests.fixtures.source_cases.facebook import TOKEN
from tests.fixtures.source_office import DECEMBER, refusal

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
SOURCE = FacebookSource(id="face", type="facebook", url="https://www.facebook.com/heimkommune", token_env="HEIM_FB")  # noqa: S106 its name
FACEBOOK = Facebook()


def event(**fields: Any) -> dict[str, Any]:
    return {"id": "400001", "name": "Quiz", "start_time": "2026-12-04T20:00:00+0100", **fields}


def parse(*events: Any) -> Parsed:
    return FACEBOOK.parse(json.dumps({"data": list(events)}).encode(), SOURCE, DECEMBER, ZONE)


def one(**fields: Any) -> Record:
    (record,) = parse(event(**fields)).records
    return record


def reason(body: bytes) -> str:
    return refusal(FACEBOOK, body, SOURCE)


def test_the_shared_page() -> None:
    body = (shared_data() / "facebook" / "page-1.json").read_bytes()
    assert FACEBOOK.recognises(body)
    parsed = FACEBOOK.parse(body, SOURCE, DECEMBER, ZONE)
    quiz, walk = parsed.records
    assert parsed.warnings == ()
    assert (quiz.uid, quiz.title) == ("400001", "Quizkveld 🎉 på kulØr'n")
    assert (quiz.start, quiz.end) == (oslo("2026-12-04 20:00"), oslo("2026-12-04 23:00"))
    assert quiz.venue == "kulØr'n, Kyrksæterøra"
    assert quiz.description == "Lag på inntil fem.\nTa med venner!"
    assert quiz.url == "https://www.facebook.com/events/400001"
    assert (walk.uid, walk.title, walk.start, walk.end) == ("400002", "Fakkeltur", oslo("2026-12-19 17:00"), None)
    assert (walk.venue, walk.picture_url) == ("", None)


def test_the_shared_refusal() -> None:
    body = (shared_data() / "facebook" / "token-expired.json").read_bytes()
    assert FACEBOOK.recognises(body)
    assert reason(body) == (
        "The token has expired: Session has expired. Hint: put a new page token into the variable HEIM_FB."
    )


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://www.facebook.com/heimkommune", "https://graph.facebook.com/v21.0/heimkommune"),
        ("https://www.facebook.com/heimkommune/", "https://graph.facebook.com/v21.0/heimkommune"),
        ("https://m.facebook.com/heim.kommune/events", "https://graph.facebook.com/v21.0/heim.kommune"),
        ("https://nb-no.facebook.com/heimkommune?ref=ts", "https://graph.facebook.com/v21.0/heimkommune"),
        ("https://www.facebook.com/profile.php?id=100064123456789", "https://graph.facebook.com/v21.0/100064123456789"),
        ("https://www.facebook.com/pages/Heim/100064123456789", "https://graph.facebook.com/v21.0/100064123456789"),
        ("https://www.facebook.com/p/Heim-kino-100064123456789/", "https://graph.facebook.com/v21.0/100064123456789"),
        ("https://www.facebook.com/pg/heimkommune/events", "https://graph.facebook.com/v21.0/heimkommune"),
        ("https://graph.facebook.com/v22.0/heimkommune", "https://graph.facebook.com/v22.0/heimkommune"),
        ("http://127.0.0.1:8000/v21.0/heim/", "http://127.0.0.1:8000/v21.0/heim"),
    ],
)
def test_the_address(url: str, base: str) -> None:
    address = FACEBOOK.address(SOURCE.model_copy(update={"url": url}), DECEMBER)
    assert address.startswith(f"{base}/events?")
    query = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
    assert query == {
        "time_filter": "upcoming",
        "fields": (
            "id,name,description,start_time,end_time,place,cover,is_canceled,is_draft,event_times,ticket_uri,is_online"
        ),
        "limit": "50",
    }


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"start_time": "2026-12-04T20:00:00+0200"}, "2026-12-04 19:00", None),
        ({"start_time": "2026-12-04T20:00:00"}, "2026-12-04 20:00", None),
        ({"start_time": "2026-12-04T19:00:00Z"}, "2026-12-04 20:00", None),
        ({"end_time": "2026-12-05T01:00:00+0100"}, "2026-12-04 20:00", "2026-12-05 01:00"),
        ({"end_time": "2026-12-04T01:00:00+0100"}, "2026-12-04 20:00", "2026-12-05 01:00"),
        ({"end_time": "2026-12-04T20:00:00+0100"}, "2026-12-04 20:00", None),
        ({"end_time": None}, "2026-12-04 20:00", None),
    ],
)
def test_times(fields: dict[str, Any], start: str, end: str | None) -> None:
    record = one(**fields)
    assert (record.start, record.end) == (oslo(start), oslo(end) if end else None)
    assert isinstance(record.start, datetime)
    assert record.start.tzinfo == ZONE


@pytest.mark.parametrize(
    ("end", "after"),
    [(None, 5), ("2026-12-05", 6), ("2026-12-05T12:00:00+0100", 6), ("2026-12-01", 5)],
)
def test_whole_days(end: str | None, after: int) -> None:
    record = one(start_time="2026-12-04", end_time=end)
    assert (record.start, record.end) == (date(2026, 12, 4), date(2026, 12, after))


def test_an_event_that_comes_again_is_one_record_for_each_date() -> None:
    parsed = parse(
        event(
            end_time="2026-12-18T22:00:00+0100",  # of the last date
            ticket_uri="https://billett.no/alle",
            event_times=[
                {"id": "11", "start_time": "2026-12-04T20:00:00+0100", "end_time": "2026-12-04T22:00:00+0100"},
                {"id": "12", "start_time": "snart"},
                {"start_time": "2026-12-11T20:00:00+0100", "ticket_uri": "https://billett.no/2"},
                {"id": "14", "start_time": "2026-12-18T20:00:00+0100"},
                "nei",
            ],
        )
    )
    assert [(record.uid, record.start, record.end, record.ticket.url) for record in parsed.records] == [
        ("11", oslo("2026-12-04 20:00"), oslo("2026-12-04 22:00"), "https://billett.no/alle"),
        ("400001", oslo("2026-12-11 20:00"), None, "https://billett.no/2"),
        ("14", oslo("2026-12-18 20:00"), None, "https://billett.no/alle"),
    ]
    assert parsed.records[0].url == "https://www.facebook.com/events/11"
    assert len(parsed.warnings) == 2
    assert 'A date of "Quiz" is left out: start_time: "snart"' in parsed.warnings[0]


def test_an_event_that_comes_again_without_end_is_bounded() -> None:
    times = [{"id": str(n), "start_time": f"2026-12-04T20:00:{n % 60:02}+0100"} for n in range(MOST_TIMES + 1)]
    parsed = parse(event(event_times=times))
    assert len(parsed.records) == MOST_TIMES
    assert f"has {MOST_TIMES + 1} dates" in parsed.warnings[0]


@pytest.mark.parametrize(
    ("fields", "venue"),
    [
        ({"place": {"name": "kulØr'n", "location": {"street": "Øragata 2", "city": "Kyrksæterøra"}}}, None),
        (
            {"place": {"name": "Øragata 2, Kyrksæterøra", "location": {"city": "Kyrksæterøra"}}},
            "Øragata 2, Kyrksæterøra",
        ),
        ({"place": {"name": "Trudvang", "location": []}}, "Trudvang"),
        ({"place": "Trudvang"}, "Trudvang"),
        ({"place": None}, ""),
        ({"is_online": True}, "På nett"),
        ({"is_online": True, "place": {"name": "Trudvang"}}, "Trudvang"),
    ],
)
def test_venues(fields: dict[str, Any], venue: str | None) -> None:
    assert one(**fields).venue == (venue if venue is not None else "kulØr'n, Øragata 2, Kyrksæterøra")


def test_status_tickets_and_drafts() -> None:
    cancelled = one(is_canceled=True, name="Quiz - UTSOLGT")
    assert (cancelled.status, cancelled.title) == (Status.CANCELLED, "Quiz")
    assert cancelled.ticket.availability is Availability.SOLD_OUT
    assert one(name="AVLYST: Quiz").status is Status.CANCELLED
    assert one(is_draft=True).held == "a draft"
    plain = one(is_canceled=False, is_draft=False)
    assert (plain.status, plain.held, plain.ticket.kind) == (Status.SCHEDULED, "", TicketKind.UNKNOWN)
    sold = one(ticket_uri="https://checkin.no/event/3").ticket
    assert (sold.kind, sold.url) == (TicketKind.TICKETS, "https://checkin.no/event/3")
    assert one(ticket_uri="javascript:alert(1)").ticket.url is None


def test_pictures() -> None:
    assert one(cover={"source": "https://scontent.fbcdn.net/a.jpg?oe=1"}).picture_url == (
        "https://scontent.fbcdn.net/a.jpg?oe=1"
    )
    assert one(cover={"id": "3"}).picture_url is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start_time": "snart"}, '"Quiz" is left out: start_time: "snart" is not a date and a time.'),
        ({"start_time": None}, '"Quiz" is left out: it has no start_time.'),
        ({"name": ""}, "event 400001 is left out: name: is empty."),
        ({"id": ""}, '"Quiz" is left out: id: is empty.'),
    ],
)
def test_one_bad_event_costs_that_event(fields: dict[str, Any], words: str) -> None:
    parsed = parse(event(id="2"), event(**fields), event(id="3"))
    assert [record.uid for record in parsed.records] == ["2", "3"]
    assert words in parsed.warnings[0]
    with pytest.raises(SourceError, match="None of its 1 events can be read"):
        parse(event(**fields))


@pytest.mark.parametrize(
    ("error", "words", "retry_after"),
    [
        (
            {
                "message": "Error validating access token: Session has expired on Friday, 04-Dec-26 01:00:00 PST. The",
                "code": 190,
                "error_subcode": 463,
            },
            "The token has expired: Session has expired on Friday, 04-Dec-26 01:00:00 PST. Hint: put a new page token"
            " into the variable HEIM_FB.",
            None,
        ),
        (
            {"message": f"Malformed access token {TOKEN}", "code": 190},
            "The token is no longer valid: Malformed access token …. Hint: put a new page token"
            " into the variable HEIM_FB.",
            None,
        ),
        (
            {"code": 190},
            "The token is no longer valid. Hint: put a new page token into the variable HEIM_FB.",
            None,
        ),
        ({"message": "(#4) Application request limit reached", "code": 4}, "Facebook asks for fewer requests.", 3600),
        ({"message": "User request limit reached", "code": 17}, "Facebook asks for fewer requests.", 3600),
        ({"message": "Page request limit reached", "code": 32}, "Facebook asks for fewer requests.", 3600),
        (
            {"message": "(#10) To use 'Page Public Content Access' ...", "code": 10},
            "The token has no access to this page's events. "
            "Facebook answered: \"(#10) To use 'Page Public Content Access' ...\".",
            None,
        ),
        (
            {"message": "Unsupported get request. Object does not exist", "code": 100, "error_subcode": 33},
            "The token has no access to this page's events. "
            'Facebook answered: "Unsupported get request. Object does not exist".',
            None,
        ),
        ({"code": 200}, "The token has no access to this page's events.", None),
        (
            {"message": "Tried accessing nonexisting field (cover)", "code": 100},
            'Facebook answered with an error (code 100): "Tried accessing nonexisting field (cover)".',
            None,
        ),
        ({"message": "An unknown error", "code": "1"}, 'Facebook answered with an error: "An unknown error".', None),
        ("nei", 'Facebook answered with an error: "nei".', None),
        (["nei"], "Facebook answered with an error.", None),
    ],
)
def test_refusals_say_what_to_do(error: Any, words: str, retry_after: float | None) -> None:
    with pytest.raises(SourceError) as caught:
        FACEBOOK.parse(json.dumps({"error": error}).encode(), SOURCE, DECEMBER, ZONE)
    assert (caught.value.reason, caught.value.retry_after) == (words, retry_after)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The answer is empty."),
        (b"<!doctype html>", "The answer is HTML instead of JSON."),
        (b'{"data": [', "The JSON stops in the middle."),
        (b"[]", "The answer is a list instead of an object."),
        (b"{}", 'The answer has no "data".'),
        (b'{"data": {}}', 'The answer has no "data".'),
    ],
)
def test_something_else_is_a_failure(body: bytes, words: str) -> None:
    assert reason(body) == words


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (b'{"data": [{"id": 1, "start_time": "x"}]}', True),
        (b'{"error": {"fbtrace_id": "x"}}', True),
        (b'{"data": []}', False),
        (b'{"data": [{"start": "start_time"}]}', False),
        (b'[{"start_time": 1}]', False),
        (b'"fbtrace_id"', False),
    ],
)
def test_what_is_recognised(body: bytes, known: bool) -> None:
    assert FACEBOOK.recognises(body) is known


def test_a_page_alone_leads_nowhere() -> None:
    page = HtmlPage("https://lag.no", b'<a href="https://www.facebook.com/heimkommune">Facebook</a>')
    assert list(FACEBOOK.addresses(page)) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
moments = st.sampled_from(
    ["2026-12-04T20:00:00+0100", "2026-12-04", "9999-12-31", "0001-01-01T00:00:00+1400", "9999-12-31T23:00:00-1200"]
)
times = st.fixed_dictionaries({"start_time": moments}, optional={"end_time": moments, "id": anything})
strange = st.dictionaries(
    st.sampled_from(sorted(FacebookEvent.model_fields)),
    anything | moments | st.lists(times | anything, max_size=3),
    max_size=8,
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(strange | anything, max_size=4), st.sampled_from(["Europe/Oslo", "Pacific/Kiritimati"]))
def test_whatever_comes_is_read_or_refused(fields: list[Any], zone: str) -> None:
    rows = [{**event(), **each} if isinstance(each, dict) else each for each in fields]
    with suppress(SourceError):
        parsed = FACEBOOK.parse(json.dumps({"data": rows}).encode(), SOURCE, DECEMBER, ZoneInfo(zone))
        assert all(record.title and record.uid for record in parsed.records)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps({"data": value, "paging": value}).encode())
    | st.dictionaries(st.sampled_from(["message", "code", "error_subcode"]), anything | st.just(190)).map(
        lambda error: json.dumps({"error": error}).encode()
    )
)
def test_whatever_bytes_come_are_refused_in_words(body: bytes) -> None:
    FACEBOOK.recognises(body)
    with suppress(SourceError):
        FACEBOOK.parse(body, SOURCE, DECEMBER, ZONE)
