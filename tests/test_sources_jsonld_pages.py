"""Lists of pages that tell of events, and shops with many pages: followed politely, and bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.base import Window
from signage.sources.http import Fetcher
from signage.sources.types.jsonld import MOST_DETAILS, JsonLd
from signage.store import Store
from tests import portal as answers
from tests.portal import Portal
from tests.source_cases.base import told
from tests.source_cases.jsonld import html, node
from tests.test_source_contract import QUICK

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = Window(date(2000, 1, 1), date(2040, 1, 1))
SOURCE = Source(id="x", type="jsonld", url="https://example.no/program/")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)


def replace_url(url: str, **more: Any) -> Source:
    return SOURCE.model_copy(update={"url": url, **more})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.sqlite")
    yield opened
    opened.close()


def fetcher(portal: Portal, store: Store, now: datetime = NOW) -> Fetcher:
    return Fetcher("x", portal.url, store, now, limits=QUICK, page=True)


def test_links_of_a_list_are_followed_politely(store: Store) -> None:
    with Portal() as portal:
        links = "".join(f'<a href="/arrangement/{n}">Kor</a>' for n in range(MOST_DETAILS + 5))
        portal.paths["/program"] = answers.ok(
            f'<html>{links}<a href="/om">Om</a><a href="https://other.example/arrangement/1">x</a>', "text/html"
        )
        for n in range(MOST_DETAILS + 5):
            event = {**node(told(1)[0]), "@id": f"e{n}"}
            portal.paths[f"/arrangement/{n}"] = answers.ok(html(json.dumps(event)), "text/html")
        source = replace_url(f"{portal.url}/program", links="/arrangement/*")
        first = fetcher(portal, store)
        fetched = JsonLd().fetch(source, first, WINDOW, ZONE)
        first.remember()
        assert (len(fetched.records), fetched.complete) == (MOST_DETAILS, False)
        assert fetched.warnings == ("it lists 45 pages; 40 new ones are read at each refresh",)
        portal.asked.clear()
        second = fetcher(portal, store, NOW + timedelta(hours=1))
        rest = JsonLd().fetch(source, second, WINDOW, ZONE)
        assert (len(rest.records), rest.complete) == (MOST_DETAILS + 5, True)
        assert len([path for path, _ in portal.asked if path.startswith("/arrangement/")]) == 5


def test_a_page_behind_a_link_that_fails_costs_that_page(store: Store) -> None:
    with Portal() as portal:
        portal.paths["/program"] = answers.ok('<html><a href="/a/1">1</a><a href="/a/2">2</a>', "text/html")
        portal.paths["/a/1"] = answers.ok(html(json.dumps(node(told(1)[0]))), "text/html")
        fetched = JsonLd().fetch(
            replace_url(f"{portal.url}/program", links="/a/"), fetcher(portal, store), WINDOW, ZONE
        )
        assert len(fetched.records) == 1
        assert fetched.warnings == ("/a/2 answered 404",)


def test_a_list_without_such_links_is_a_failure(store: Store) -> None:
    with Portal() as portal:
        portal.paths["/program"] = answers.ok("<html><a href='/om'>Om</a>", "text/html")
        with pytest.raises(SourceError, match='has no link like "/arrangement/\\*"'):
            JsonLd().fetch(
                replace_url(f"{portal.url}/program", links="/arrangement/*"), fetcher(portal, store), WINDOW, ZONE
            )


def test_the_pages_of_a_shop_are_turned_until_nothing_new_comes(store: Store) -> None:
    """Every page is the same path; the query says which."""
    events = told(5)

    def shop(handler: answers.Handler) -> None:
        number = int(dict(part.split("=") for part in handler.path.partition("?")[2].split("&") if part).get("page", 1))
        shown = events[(number - 1) * 2 : number * 2] or events[:2]
        cards = [
            {
                **node(e),
                "startDate": f"{e.start:%Y-%m-%dT%H:%M:%S.000Z}",
                "offers": {"url": f"https://kulturhus.ticketco.events/e/{e.uid}"},
            }
            for e in shown
        ]
        answers.ok(html(*(json.dumps({k: v for k, v in c.items() if k != "endDate"}) for c in cards)), "text/html")(
            handler
        )

    with Portal(shop=shop) as portal:
        fetched = JsonLd().fetch(replace_url(f"{portal.url}/shop"), fetcher(portal, store), WINDOW, ZONE)
        assert [record.start for record in fetched.records] == [event.start for event in events]
        assert [path for path, _ in portal.asked if path.startswith("/shop")] == [
            "/shop",
            "/shop?page=2",
            "/shop?page=3",
            "/shop?page=4",
        ]
