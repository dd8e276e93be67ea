"""Lists of pages that tell of events, and shops with many pages: followed politely, and bounded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.types.jsonld import MOST_DETAILS, MOST_PAGES, JsonLd, JsonLdSource
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.portal import Portal
from tests.fixtures.source_cases.base import ListedEvent, listed_events
from tests.fixtures.source_cases.jsonld import html, node
from tests.integration.sources.test_source_contract import QUICK

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2000, 1, 1), date(2040, 1, 1))
SOURCE = JsonLdSource(id="x", type="jsonld", url="https://example.no/program/")
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)


def replace_url(url: str, **more: Any) -> Source:
    return SOURCE.model_copy(update={"url": url, **more})


def fetcher(portal: Portal, store: Store, now: datetime = NOW) -> CachingFetcher:
    return CachingFetcher("x", portal.url, FetchSession(store, now, limits=QUICK), page=True)


def test_links_of_a_list_are_followed_politely(store: Store) -> None:
    with Portal() as portal:
        links = "".join(f'<a href="/arrangement/{n}">Kor</a>' for n in range(MOST_DETAILS + 5))
        portal.paths["/program"] = answers.ok(
            f'<html>{links}<a href="/om">Om</a><a href="https://other.example/arrangement/1">x</a>', "text/html"
        )
        for n in range(MOST_DETAILS + 5):
            event = {**node(listed_events(1)[0]), "@id": f"e{n}"}
            portal.paths[f"/arrangement/{n}"] = answers.ok(html(json.dumps(event)), "text/html")
        source = replace_url(f"{portal.url}/program", links="/arrangement/*")
        first = fetcher(portal, store)
        fetched = JsonLd().fetch(source, first, WINDOW, ZONE)
        first.remember()
        assert (len(fetched.records), fetched.complete) == (MOST_DETAILS, False)
        assert fetched.warnings == ("The page lists 45 pages. At each refresh, 40 new ones are read.",)
        portal.asked.clear()
        second = fetcher(portal, store, NOW + timedelta(hours=1))
        rest = JsonLd().fetch(source, second, WINDOW, ZONE)
        assert len(rest.records) == MOST_DETAILS + 5
        assert rest.warnings == ()
        assert len([path for path, _ in portal.asked if path.startswith("/arrangement/")]) == 5


def test_a_page_behind_a_link_that_fails_costs_that_page(store: Store) -> None:
    with Portal() as portal:
        portal.paths["/program"] = answers.ok('<html><a href="/a/1">1</a><a href="/a/2">2</a>', "text/html")
        portal.paths["/a/1"] = answers.ok(html(json.dumps(node(listed_events(1)[0]))), "text/html")
        fetched = JsonLd().fetch(
            replace_url(f"{portal.url}/program", links="/a/"), fetcher(portal, store), WINDOW, ZONE
        )
        assert len(fetched.records) == 1
        assert fetched.warnings == ("/a/2: The server answered with status 404.",)


def test_a_list_without_such_links_is_a_failure(store: Store) -> None:
    with Portal() as portal:
        portal.paths["/program"] = answers.ok("<html><a href='/om'>Om</a>", "text/html")
        with pytest.raises(SourceError, match='The page has no link like "/arrangement/\\*"'):
            JsonLd().fetch(
                replace_url(f"{portal.url}/program", links="/arrangement/*"), fetcher(portal, store), WINDOW, ZONE
            )


def details(portal: Portal, count: int) -> Source:
    """A list of pages with an event each; gives the source."""
    links = "".join(f'<a href="/a/{n}">Kor</a>' for n in range(count))
    portal.paths["/program"] = answers.ok(f"<html>{links}", "text/html")
    for n, event in enumerate(listed_events(count)):
        portal.paths[f"/a/{n}"] = answers.ok(html(json.dumps({**node(event), "@id": "#event"})), "text/html")
    return replace_url(f"{portal.url}/program", links="/a/*")


def refresh(source: Source, portal: Portal, store: Store, hours: float = 0) -> Fetched:
    portal.asked.clear()
    asking = fetcher(portal, store, NOW + timedelta(hours=hours))
    fetched = JsonLd().fetch(source, asking, WINDOW, ZONE)
    asking.remember()
    return fetched


def asked(portal: Portal) -> list[str]:
    return [path for path, _ in portal.asked if path.startswith("/a/")]


def test_a_long_list_loses_nothing_when_its_pages_grow_old(store: Store) -> None:
    """A day later all are due at once; those that are not asked now stay as they were."""
    with Portal() as portal:
        source = details(portal, 100)
        assert [len(refresh(source, portal, store, hours).records) for hours in (0, 1, 2)] == [40, 80, 100]
        for hours, due in ((26.5, 40), (27.5, 40), (28.5, 20), (29.5, 0)):
            again = refresh(source, portal, store, hours)
            assert (len(again.records), len(asked(portal)), again.complete) == (100, due, False)


def test_the_same_name_on_every_page_is_not_the_same_event(store: Store) -> None:
    with Portal() as portal:
        source = details(portal, 3)
        assert len({record.uid for record in refresh(source, portal, store).records}) == 3


def test_a_page_that_can_not_be_asked_stays_as_it_was_until_it_is_gone(store: Store) -> None:
    with Portal() as portal:
        source = details(portal, 3)
        refresh(source, portal, store)
        portal.paths["/a/1"] = answers.status(500)
        kept = refresh(source, portal, store, 25)
        assert (len(kept.records), kept.warnings) == (3, ("/a/1: The server answered with status 500.",))
        portal.paths["/a/1"] = answers.status(404)
        gone = refresh(source, portal, store, 26)
        assert (len(gone.records), gone.warnings) == (2, ("/a/1: The server answered with status 404.",))


def test_pages_none_of_which_answers_are_a_failure_however_many_are_left(store: Store) -> None:
    """Not an empty calendar, which would take the last good events away."""
    with Portal() as portal:
        source = details(portal, 50)
        portal.paths = {"/program": portal.paths["/program"]}
        with pytest.raises(
            SourceError,
            match=r"None of its 40 pages can be read\. For example: /a/0: The server answered with status 404",
        ):
            refresh(source, portal, store)


def test_a_site_that_asks_for_a_pause_gets_it(store: Store) -> None:
    with Portal() as portal:
        source = details(portal, 10)
        portal.paths["/a/3"] = answers.status(429, retry_after="3600")
        fetched = refresh(source, portal, store)
        assert (len(fetched.records), fetched.complete) == (3, False)
        assert "/a/4" not in asked(portal)


def test_pages_that_lead_to_each_other_end(store: Store) -> None:
    with Portal() as portal:
        event = html(json.dumps(node(listed_events(1)[0])))
        back = f'{event}<a href="/a/1">1</a><a href="/a/2">2</a><a href="/a/1#x">1</a><a href="/program">p</a>'
        portal.paths = {path: answers.ok(back, "text/html") for path in ("/program", "/a/1", "/a/2")}
        refresh(replace_url(f"{portal.url}/program", links="*"), portal, store)
        assert asked(portal) == ["/a/1", "/a/2"]


def test_a_list_of_bare_addresses_is_followed_without_being_told(store: Store) -> None:
    """What search engines call a summary page. Other sites' pages are not asked."""
    with Portal() as portal:
        details(portal, 2)
        rows: list[Any] = [{"@type": "ListItem", "position": n, "url": f"/a/{n}"} for n in range(2)]
        rows += ["https://other.example/a/3", {"@type": "ListItem", "item": "/a/1"}]
        crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": "/om"}]}
        whole = html(json.dumps(crumbs), json.dumps({"@type": "ItemList", "itemListElement": rows}))
        portal.paths["/program"] = answers.ok(whole, "text/html")
        assert len(refresh(replace_url(f"{portal.url}/program"), portal, store).records) == 2
        assert asked(portal) == ["/a/0", "/a/1"]


def card(event: ListedEvent, shop: str = "https://kulturhus.ticketco.events") -> str:
    """An event of a shop, with the "Z" that is not true."""
    said = {**node(event), "url": f"{shop}/no/nb/e/{event.uid}", "startDate": f"{event.start:%Y-%m-%dT%H:%M:%S.000Z}"}
    return json.dumps({key: value for key, value in said.items() if key != "endDate"})


@pytest.mark.parametrize(
    "past_the_end",
    [
        answers.status(404),
        answers.ok("<html><body>Ingen arrangementer</body></html>", "text/html"),
        answers.ok(html('{"@type": "Organization", "name": "Kulturhuset"}'), "text/html"),
    ],
    ids=["404", "nothing", "no-events"],
)
def test_a_shop_ends_where_its_pages_end(past_the_end: answers.Answer, store: Store) -> None:
    events = listed_events(2)

    def shop(handler: answers.Handler) -> None:
        first = "page=" not in handler.path
        (answers.ok(html(*map(card, events)), "text/html") if first else past_the_end)(handler)

    with Portal(shop=shop) as portal:
        fetched = refresh(replace_url(f"{portal.url}/shop"), portal, store)
        assert [record.start for record in fetched.records] == [event.start for event in events]


def test_half_a_shop_is_not_taken_for_all_of_it(store: Store) -> None:
    def shop(handler: answers.Handler) -> None:
        first = "page=" not in handler.path
        (answers.ok(html(card(listed_events(1)[0])), "text/html") if first else answers.status(500))(handler)

    with Portal(shop=shop) as portal, pytest.raises(SourceError, match="The server answered with status 500"):
        refresh(replace_url(f"{portal.url}/shop"), portal, store)


def test_a_shop_without_an_end_is_left_after_some_pages(store: Store) -> None:
    events = listed_events(MOST_PAGES + 5)

    def shop(handler: answers.Handler) -> None:
        number = int(handler.path.partition("page=")[2] or 1)
        answers.ok(html(card(events[number - 1])), "text/html")(handler)

    with Portal(shop=shop) as portal:
        fetched = refresh(replace_url(f"{portal.url}/shop"), portal, store)
        assert (len(fetched.records), len(fetched.warnings)) == (MOST_PAGES, 1)


def test_the_pages_of_a_shop_are_turned_until_nothing_new_comes(store: Store) -> None:
    """Every page is the same path; the query says which."""
    events = listed_events(5)

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
