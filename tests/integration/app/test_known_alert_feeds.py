"""Of which feeds everything is known: only their alerts end when the feed doesn't have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app.alert_feeds import AlertFeeds
from signage.app.official_alerts import OfficialAlerts
from signage.runtime.cancel import CancelToken
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.alert_office import LIMITS, LIST, XML, AlertOffice
from tests.fixtures.alert_site import CONFIG, NOW, AlertSite
from tests.fixtures.official_alerts import gale, listed, rss
from tests.fixtures.portal import Portal, ok

PATIENCE = 30.0  # seconds
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as portal:
        yield portal


@pytest.fixture
def office(tmp_path: Path, portal: Portal) -> AlertOffice:
    return AlertOffice(tmp_path, portal)


def test_a_feed_is_known_when_each_of_its_questions_and_files_has_come_once(office: AlertOffice) -> None:
    def known(minutes: int) -> bool:
        office.refresh(NOW + minutes * MINUTE)
        return office.feeds.known(office.config, NOW + minutes * MINUTE) == {"met"}

    office.portal.paths[LIST] = answers.status(503)
    assert not known(0)
    office.lists(a=gale("a", NOW), b=answers.status(503))
    assert not known(10), "b may be an alert that an earlier state knew"
    office.lists(a=gale("a", NOW), b=gale("b", NOW))
    assert known(20)
    office.lists(b=gale("b", NOW), c=answers.status(503))
    assert known(30)
    office.portal.paths[LIST] = answers.status(503)
    office.open()
    assert known(40), "also after a restart"
    office.sections = 'type = "met"\nurl = "{url}/other"\n'
    assert not known(50), "another server"


def test_a_file_that_never_comes_does_not_keep_a_feed_unknown(office: AlertOffice) -> None:
    office.lists(x=answers.status(404))
    known = []
    for minutes in range(0, 70, 10):
        office.refresh(NOW + minutes * MINUTE)
        known.append(bool(office.feeds.known(office.config, NOW + minutes * MINUTE)))
    assert known == [False] * 5 + [True] * 2


def test_nve_is_known_when_all_its_questions_are(office: AlertOffice) -> None:
    office.sections = 'type = "nve"\nurl = "{url}/forecast"\ndangers = ["flood", "landslide"]\n'
    flood = "/forecast/flood/v1.0.10/api/Warning/County/50/no"
    slide = flood.replace("flood", "landslide")
    office.portal.paths = {flood: ok(listed()), slide: answers.status(503)}
    office.refresh(NOW)
    assert office.feeds.known(office.config, NOW) == set()
    office.portal.paths[slide] = ok(listed())
    office.refresh(NOW + HOUR)
    assert office.feeds.known(office.config, NOW + HOUR) == {"nve"}


def test_alerts_outlive_a_lost_state_file_until_their_feed_has_answered(tmp_path: Path, portal: Portal) -> None:
    portal.paths = {"/a": ok(gale("a", NOW), XML), LIST: ok(rss("a"), XML)}
    about = 'name = "Heim kommune"\ncontact = "post@heim.kommune.no"'
    without = CONFIG.replace('name = "Heim kommune"', about).replace(
        "[places.kino]", "[places.kino]\nposition = [63.3, 9.1]"
    )
    site = AlertSite(tmp_path, f'{without}\n[[alert_feeds]]\ntype = "met"\nurl = "{portal.url}"\n')

    def look(state: str, minutes: int) -> list[str]:
        site.time.now = NOW + minutes * MINUTE
        feeds = AlertFeeds(Store(tmp_path / state), limits=LIMITS)
        official = OfficialAlerts(feeds, site.desk, lambda: site.config, site.time, CancelToken())
        official.look()
        assert official.wait(PATIENCE)
        official.look()
        return site.titles("kino")

    assert look("state.sqlite", 0) == ["Kuling"]
    portal.paths[LIST] = answers.status(503)
    assert look("new.sqlite", 10) == ["Kuling"]
    portal.paths |= {LIST: ok(rss("a"), XML), "/a": answers.status(503)}
    assert look("new.sqlite", 30) == ["Kuling"], "its file has not come"
    portal.paths[LIST] = ok(rss(), XML)
    assert look("new.sqlite", 50) == []
    portal.paths |= {"/a": ok(gale("a", NOW), XML), LIST: ok(rss("a"), XML)}
    assert look("new.sqlite", 70) == ["Kuling"]
    site.write(without)
    assert look("newest.sqlite", 80) == [], "it was taken out"
