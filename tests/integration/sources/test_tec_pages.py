"""The pages of The Events Calendar: which are followed, where, and how far."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.base import Fetched
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.types.tec import MOST_PAGES, TheEventsCalendar
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.portal import Answer, Handler, Portal
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.tec import EVENTS, pages, row
from tests.fixtures.source_office import DECEMBER, ONE_TRY

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
TEC = TheEventsCalendar()


def event(**fields: Any) -> dict[str, Any]:
    return {"id": 1, "title": "Kor", "start_date": "2026-12-11 19:00:00", **fields}


def fetch(portal: Portal, store: Store, answer: Answer) -> Fetched:
    portal.paths[EVENTS] = answer
    source = Source(id="lag", type="tec", url=portal.url)
    return TEC.fetch(
        source, CachingFetcher("lag", source.url, FetchSession(store, NOW, limits=ONE_TRY)), DECEMBER, ZONE
    )


def following(*addresses: str) -> Answer:
    """Each page tells of one event, and of the next page's address."""

    def page(number: int, address: str) -> Answer:
        return answers.ok(json.dumps({"events": [event(id=number)], "total": 9, "next_rest_url": address}))

    return answers.one_after_the_other(*(page(n, address) for n, address in enumerate(addresses)))


def test_pages_are_followed(store: Store) -> None:
    with Portal() as portal:
        rows = [row(each) for each in listed_events(31)]
        found = fetch(portal, store, pages(rows * 4, portal))
        assert [urlsplit(path).query.rpartition("&")[2] for path, _ in portal.asked] == [
            "status=publish",
            "page=2",
            "page=3",
        ]
    assert len(found.records) == 31
    assert found.complete


def test_a_page_past_the_end_ends_it(store: Store) -> None:
    first = answers.ok(json.dumps({"events": [event()], "next_rest_url": f"{EVENTS}?page=2"}))
    with Portal() as portal:
        found = fetch(portal, store, answers.one_after_the_other(first, answers.status(404)))
    assert len(found.records) == 1
    assert found.complete


def test_a_site_without_the_plugin_is_a_failure(store: Store) -> None:
    with Portal() as portal, pytest.raises(SourceError, match="The server answered with status 404"):
        fetch(portal, store, answers.status(404, '{"code": "rest_no_route"}'))


def test_an_old_version_says_404_for_an_empty_calendar(store: Store) -> None:
    with Portal() as portal:
        found = fetch(portal, store, answers.status(404, '{"code": "event-archive-page-not-found"}'))
    assert found.records == ()


def test_a_page_that_fails_fails_all(store: Store) -> None:
    first = answers.ok(json.dumps({"events": [event()], "next_rest_url": f"{EVENTS}?page=2"}))
    with Portal() as portal, pytest.raises(SourceError, match="The server answered with status 500"):
        fetch(portal, store, answers.one_after_the_other(first, answers.status(500)))


def test_the_next_page_is_asked_where_the_first_was(store: Store) -> None:
    with Portal() as portal:
        other = f"https://127.0.0.1{EVENTS}?page=2"  # behind a proxy WordPress may not know its own address
        found = fetch(portal, store, following(other, ""))
        assert portal.asked[1][0] == f"{EVENTS}?page=2"
    assert len(found.records) == 2


@pytest.mark.parametrize("address", ["https://ondsinnet.no/wp-json?page=2", "http://169.254.169.254/x", "http://[::1"])
def test_another_site_is_not_asked(address: str, store: Store) -> None:
    with Portal() as portal:
        found = fetch(portal, store, following(address, ""))
        assert len(portal.asked) == 1
    assert len(found.records) == 1
    assert "another site" in found.warnings[0]


def test_pages_without_end_are_bounded(store: Store) -> None:
    number = 0

    def endless(handler: Handler) -> None:
        nonlocal number
        number += 1
        body = {"events": [event(id=number)], "next_rest_url": f"{EVENTS}?page={number + 1}"}
        answers.ok(json.dumps(body))(handler)

    with Portal() as portal:
        found = fetch(portal, store, endless)
    assert number == MOST_PAGES
    assert (len(found.records), found.complete) == (MOST_PAGES, False)
    assert "Only the first 20 pages" in found.warnings[0]


def test_a_page_that_leads_to_itself_is_asked_once(store: Store) -> None:
    with Portal() as portal:
        itself = f"{EVENTS}?page=2"
        assert len(fetch(portal, store, following(itself, itself, itself)).records) == 2
