"""Feeds that are slow keep no other from being asked and shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app.alert_feeds import AlertFeeds
from signage.app.official_alerts import OfficialAlerts
from signage.runtime.cancel import CancelToken
from signage.sources.net.fetch_limits import FetchLimits
from signage.storage.store import Store
from tests.fixtures.alert_office import XML
from tests.fixtures.alert_site import CONFIG, NOW, AlertSite
from tests.fixtures.official_alerts import gale, rss
from tests.fixtures.portal import Answer, Portal, ok
from tests.fixtures.raw_http import until

PATIENCE = 60.0  # seconds
LIMITS = FetchLimits(PATIENCE, PATIENCE, PATIENCE, attempts=1, feed_bytes=8_000_000, pause_seconds=0.0)
FEEDS = """
[[alert_feeds]]
type = "cap"
id = "slow"
name = "Sen"
url = "{url}/slow.rss"
[[alert_feeds]]
type = "cap"
id = "quick"
name = "Rask"
url = "{url}/quick.rss"
"""


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as portal:
        yield portal


def held_back(answer: Answer, go_on: threading.Event) -> Answer:
    def waiting(handler: object) -> None:
        go_on.wait(PATIENCE / 2)
        answer(handler)  # type: ignore[arg-type]

    return waiting


@pytest.fixture
def official(tmp_path: Path, portal: Portal) -> Iterator[tuple[AlertSite, OfficialAlerts]]:
    about = 'name = "Heim kommune"\ncontact = "post@heim.kommune.no"'
    config = CONFIG.replace('name = "Heim kommune"', about)
    config = config.replace("[places.kino]", "[places.kino]\nposition = [63.3, 9.1]")
    site, stop = AlertSite(tmp_path, config + FEEDS.replace("{url}", portal.url)), CancelToken()
    feeds = AlertFeeds(Store(tmp_path / "state.sqlite"), limits=LIMITS)
    made = OfficialAlerts(feeds, site.desk, lambda: site.config, site.time, stop)
    yield site, made
    stop.cancel()
    assert made.join(PATIENCE)


def shown(site: AlertSite) -> Callable[[], bool]:
    return lambda: bool(site.log.path.exists() and [alert.by for alert in site.desk.current()] == ["quick"])


def test_what_a_quick_feed_says_is_shown_while_another_answers(
    official: tuple[AlertSite, OfficialAlerts], portal: Portal
) -> None:
    site, alerts = official
    go_on = threading.Event()
    portal.paths = {
        "/slow.rss": held_back(ok(rss("/a"), XML), go_on),
        "/quick.rss": ok(rss("/b"), XML),
        "/a": ok(gale("a", NOW), XML),
        "/b": ok(gale("b", NOW), XML),
    }
    alerts.start()
    until(shown(site), "the quick feed's alert is there")
    assert not go_on.is_set()
    go_on.set()
    until(lambda: site.titles("kino") == ["Kuling"] * 2, "and then the other's")


def test_a_feed_that_is_being_asked_is_not_asked_again_and_others_are(
    official: tuple[AlertSite, OfficialAlerts], portal: Portal
) -> None:
    site, alerts = official
    go_on = threading.Event()
    portal.paths = {"/slow.rss": held_back(ok(rss(), XML), go_on), "/quick.rss": ok(rss(), XML)}
    alerts.look()
    until(lambda: len(portal.asked) == 2, "both are asked")
    for minutes in (10, 20):
        quick = next(thread for name, thread in alerts._asking.items() if name == "quick")
        quick.join(PATIENCE)
        site.time.now = NOW + timedelta(minutes=minutes)
        alerts.look()
    until(lambda: len(portal.asked) == 4, "the quick one is asked again")
    assert [path for path, _ in portal.asked].count("/slow.rss") == 1
    go_on.set()
    assert alerts.wait(PATIENCE)
    alerts.look()
    assert alerts.wait(PATIENCE)
    assert [path for path, _ in portal.asked].count("/slow.rss") == 2
