"""The pages of a Facebook page's events, and its refusals over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from signage.errors import SourceError
from signage.sources.base import Fetched
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.types.facebook import MOST_PAGES, Facebook, FacebookSource
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.portal import Answer, Handler, Portal
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.facebook import EVENTS, PAGE, TOKEN, pages, row
from tests.fixtures.source_office import DECEMBER, ONE_TRY

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
FACEBOOK = Facebook()
VARIABLE = "HEIM_FB"


def event(**fields: Any) -> dict[str, Any]:
    return {"id": "400001", "name": "Quiz", "start_time": "2026-12-04T20:00:00+0100", **fields}


def fetch(portal: Portal, store: Store, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    monkeypatch.setenv(VARIABLE, TOKEN)
    portal.paths[EVENTS] = answer
    source = FacebookSource(id="face", type="facebook", url=portal.url + PAGE, token_env=VARIABLE)
    fetcher = CachingFetcher("face", source.url, FetchSession(store, NOW, limits=ONE_TRY))
    fetcher.secret = FACEBOOK.secret(source)
    return FACEBOOK.fetch(source, fetcher, DECEMBER, ZONE)


def leading(*addresses: str) -> Answer:
    """Each page tells of one event, and of the next page's address."""
    bodies = ({"data": [event(id=str(n))], "paging": {"next": address}} for n, address in enumerate(addresses))
    return answers.one_after_the_other(*(answers.ok(json.dumps(body)) for body in bodies))


def test_pages_are_followed_and_each_is_asked_with_one_token(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(each) for each in listed_events(30)]
    many = [{**each, "id": f"{each['id']}-{n}"} for n in range(4) for each in rows]
    with Portal() as portal:
        found = fetch(portal, store, pages(many, portal), monkeypatch)
        queries = [parse_qs(urlsplit(path).query) for path, _ in portal.asked]
    assert len(found.records) == 120
    assert [query.get("after") for query in queries] == [None, ["50"], ["100"]]
    assert all(query["access_token"] == [TOKEN] for query in queries)


def test_a_token_in_an_address_is_not_sent_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with Portal() as portal:
        fetch(portal, store, leading(f"{portal.url}{EVENTS}?access_token=another&after=x", ""), monkeypatch)
        assert parse_qs(urlsplit(portal.asked[1][0]).query) == {"after": ["x"], "access_token": [TOKEN]}


@pytest.mark.parametrize(
    "address", ["https://ondsinnet.no/events", "https://127.0.0.1/events", "http://127.0.0.1:1/events", "http://[::1"]
)
def test_another_host_is_not_asked(address: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with Portal() as portal:
        found = fetch(portal, store, leading(address, ""), monkeypatch)
        assert len(portal.asked) == 1
    assert len(found.records) == 1
    assert "another site" in found.warnings[0]


def test_pages_without_end_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    number = 0

    def endless(handler: Handler) -> None:
        nonlocal number
        number += 1
        body = {"data": [event(id=str(number))], "paging": {"next": f"{EVENTS}?after={number}"}}
        answers.ok(json.dumps(body))(handler)

    with Portal() as portal:
        found = fetch(portal, store, endless, monkeypatch)
    assert (number, len(found.records), found.complete) == (MOST_PAGES, MOST_PAGES, False)


@pytest.mark.parametrize("code", [400, 401, 403, 200])
def test_a_refusal_is_understood_with_any_status(code: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"error": {"message": "(#4) Application request limit reached", "code": 4}})
    with Portal() as portal, pytest.raises(SourceError) as caught:
        fetch(portal, store, answers.status(code, body), monkeypatch)
    assert (caught.value.reason, caught.value.retry_after) == ("Facebook asks for fewer requests.", 3600)


@pytest.mark.parametrize("body", ["", "nei", "<html>", '{"error": {"code', '{"data": []}', '{"error": 0}', "[1]"])
def test_a_refusal_without_words_is_a_status(body: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with Portal() as portal, pytest.raises(SourceError) as caught:
        fetch(portal, store, answers.status(400, body), monkeypatch)
    assert caught.value.reason == "The server answered with status 400."
