"""Politeness: one pace for each host, and what a site's robots.txt asks for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from signage.errors import SourceError
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.politeness import LONGEST_PAUSE, Politeness, rules_for
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.portal import Portal
from tests.integration.sources.test_source_contract import QUICK

MORNING = datetime(2026, 12, 1, 7, tzinfo=UTC)
NIGHT = datetime(2026, 12, 1, 3, tzinfo=UTC)


def visitor(
    portal: Portal, store: Store, now: datetime, page: bool = True, limits: FetchLimits = QUICK
) -> CachingFetcher:
    return CachingFetcher("s", portal.url, FetchSession(store, now, limits=limits), page)


def test_a_page_is_not_visited_outside_its_hours(store: Store) -> None:
    with Portal(kalender=answers.ok("<html>")) as portal:
        portal.paths["/robots.txt"] = answers.ok("User-agent: *\nVisit-time: 0200-0500\n", "text/plain")
        with pytest.raises(SourceError) as refused:
            visitor(portal, store, MORNING).feed(f"{portal.url}/kalender", "*/*")
        assert refused.value.waiting
        assert refused.value.reason == "The site may only be visited from 02:00 to 05:00 UTC."
        assert [path for path, _ in portal.asked] == ["/robots.txt"]
        assert visitor(portal, store, NIGHT).feed(f"{portal.url}/kalender", "*/*").read(bytes) == b"<html>"


def test_a_page_that_robots_may_not_see_is_not_asked_for(store: Store) -> None:
    with Portal(kalender=answers.ok("<html>")) as portal:
        portal.paths["/robots.txt"] = answers.ok("User-agent: heim-signage\nDisallow: /kalender\n", "text/plain")
        with pytest.raises(SourceError, match=r"The site's robots\.txt doesn't allow it\.") as refused:
            visitor(portal, store, NIGHT).feed(f"{portal.url}/kalender", "*/*")
        assert not refused.value.waiting


def test_no_robots_txt_is_no_objection_and_a_broken_server_is(store: Store) -> None:
    with Portal(kalender=answers.ok("<html>")) as portal:
        assert visitor(portal, store, NIGHT).feed(f"{portal.url}/kalender", "*/*").read(bytes) == b"<html>"
        portal.paths["/robots.txt"] = answers.status(503)
        with pytest.raises(SourceError, match="The server answered with status 503"):
            visitor(portal, store, NIGHT + timedelta(hours=25)).feed(f"{portal.url}/kalender", "*/*")


def test_robots_txt_is_asked_for_once_a_day(store: Store) -> None:
    with Portal(kalender=answers.ok("<html>")) as portal:
        portal.paths["/robots.txt"] = answers.ok("User-agent: *\nDisallow: /admin\n", "text/plain")
        for hours in (0, 1, 23, 25):
            fetcher = visitor(portal, store, NIGHT + timedelta(hours=hours))
            fetcher.feed(f"{portal.url}/kalender", "*/*")
        assert [path for path, _ in portal.asked].count("/robots.txt") == 2


def test_programs_addresses_need_no_robots_txt(store: Store) -> None:
    with Portal(api=answers.ok("[]")) as portal:
        visitor(portal, store, NIGHT, page=False).feed(f"{portal.url}/api", "*/*")
        assert [path for path, _ in portal.asked] == ["/api"]


def test_requests_to_one_host_keep_their_distance() -> None:
    """Measured on the real clock: three turns are two pauses, whoever takes them."""
    politeness = Politeness(pause=0.05, page_pause=0.05)
    started = time.monotonic()
    politeness.take_turn("http://a.example/1", page=False)
    politeness.take_turn("http://a.example/2", page=True)
    politeness.take_turn("http://A.example/3", page=False)
    assert time.monotonic() - started >= 0.1


def test_other_hosts_do_not_wait() -> None:
    politeness = Politeness(pause=600, page_pause=600)
    started = time.monotonic()
    politeness.take_turn("http://a.example/1", page=False)
    politeness.take_turn("http://b.example/1", page=True)
    assert time.monotonic() - started < 60


def test_a_crawl_delay_is_honoured_up_to_a_limit() -> None:
    politeness = Politeness(pause=0, page_pause=0)
    robots = b"User-agent: *\nCrawl-delay: 0.06\n"
    rules = rules_for(robots, "http://a.example/x")
    assert rules.refusal(NIGHT) is None
    politeness.heed_pause("http://a.example/x", rules.pause)
    started = time.monotonic()
    for _ in range(2):
        politeness.take_turn("http://a.example/x", page=True)
    assert time.monotonic() - started >= 0.06


@pytest.mark.parametrize(
    ("clock", "allowed"), [("22:59", False), ("23:00", True), ("00:30", True), ("01:00", True), ("01:01", False)]
)
def test_visit_hours_may_pass_midnight(clock: str, allowed: bool) -> None:
    at = datetime.fromisoformat(f"2026-12-01T{clock}:00+00:00")
    rules = rules_for(b"User-agent: *\nVisit-time: 2300-0100\n", "http://a.example/x")
    assert (rules.refusal(at) is None) == allowed


@pytest.mark.parametrize("delay", ["-5", "1e9", "inf", "nan", "soon"])
def test_no_crawl_delay_makes_the_pause_longer_than_the_limit_or_negative(delay: str) -> None:
    rules = rules_for(f"User-agent: *\nCrawl-delay: {delay}\n".encode(), "http://a.example/x")
    assert 0 <= rules.pause <= LONGEST_PAUSE
