"""A source that keeps failing is asked less and less often, up to a limit, and at once when somebody asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from signage.config.models import Config
from signage.sources.collect import Collected, collect
from signage.sources.net.caching_fetcher import FetchLimits
from signage.sources.trust.health import LONGEST_PAUSE, LONGEST_UNREACHABLE, pause_after
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.make_records import config
from tests.fixtures.portal import Portal

NOON = datetime(2026, 9, 14, 10, tzinfo=UTC)  # 12:00 in Oslo
MINUTE = timedelta(minutes=1)
REFRESH = 10 * MINUTE
QUICK = FetchLimits(connect_seconds=1, read_seconds=0.3, total_seconds=2, backoff_seconds=0.001)
GOOD = json.dumps([{"id": 1, "title": "Kor", "startDate": "2026-09-15", "startTime": "18:00", "location": "Trudvang"}])


class Office:
    """One source at a portal, refreshed every ten minutes as the daemon does it."""

    def __init__(self, portal: Portal, folder: Path) -> None:
        whole = config(portal.url)
        self.config: Config = whole.model_copy(update={"sources": whole.sources[:1]})
        self.portal, self.folder = portal, folder
        self.store = Store(folder / "state.sqlite")

    def collect(self, now: datetime, patient: bool = True) -> Collected:
        return collect(self.config, self.store, self.folder / "images", now, limits=QUICK, patient=patient)

    def asked_at(self, until: timedelta, since: datetime = NOON) -> list[timedelta]:
        """At which of the refreshes it is asked, as times since `since`."""
        found, at = [], since
        while at < since + until:
            self.portal.asked.clear()
            self.collect(at)
            if self.portal.asked:
                found.append(at - since)
            at += REFRESH
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Portal() as portal:
        made = Office(portal, tmp_path)
        yield made
        made.store.close()


def test_it_is_asked_less_and_less_often_up_to_six_hours(office: Office) -> None:
    office.portal.wis(answers.status(404))
    asked = office.asked_at(timedelta(hours=48))
    assert [at // MINUTE for at in asked[:6]] == [0, 10, 30, 70, 150, 310]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_PAUSE


def test_a_server_that_does_not_answer_is_asked_once_an_hour(office: Office) -> None:
    """Our own network may have been down; then the events must not be hours late when it is back."""
    good, office.portal.port = office.portal.url, 0
    office.config = Config.model_validate(
        {**office.config.model_dump(), "sources": [{"id": "iheim", "type": "wis", "url": "http://127.0.0.1:9"}]}
    )
    tried = []
    for number in range(40):
        status = office.collect(NOON + number * REFRESH).statuses[0]
        if status.outcome == "kept":
            tried.append(number * REFRESH)
    assert [at // MINUTE for at in tried] == [0, 10, 30, 70, 130, 190, 250, 310, 370]
    assert good


def test_success_resets_it(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(hours=8))
    office.portal.wis(answers.ok(GOOD))
    fine = office.collect(NOON + timedelta(hours=12)).statuses[0]
    assert (fine.outcome, fine.asked_again) == ("fetched", None)
    office.portal.wis(answers.status(404))
    asked = office.asked_at(timedelta(hours=1), NOON + timedelta(hours=13))
    assert [at // MINUTE for at in asked] == [0, 10, 30]


def test_the_status_says_when_it_is_asked_next(office: Office) -> None:
    office.portal.wis(answers.status(404))
    first = office.collect(NOON).statuses[0]
    assert first.asked_again == NOON + REFRESH
    second = office.collect(NOON + REFRESH).statuses[0]
    assert second.asked_again == NOON + 3 * REFRESH
    waiting = office.collect(NOON + 2 * REFRESH).statuses[0]
    assert waiting.outcome == "waiting"
    assert waiting.waits_for == "has failed 2 times in a row; is asked again at 12:30"
    assert (waiting.ok, waiting.problem, waiting.asked_again) == (False, "answered 404", NOON + 3 * REFRESH)


def test_it_is_remembered_over_a_restart(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(minutes=80))  # the last time at 70 minutes
    office.store.close()
    office.store = Store(office.folder / "state.sqlite")
    office.portal.asked.clear()
    assert office.collect(NOON + 80 * MINUTE).statuses[0].outcome == "waiting"
    assert office.portal.asked == []


def test_who_asks_by_hand_is_not_made_to_wait(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(minutes=80))
    office.portal.wis(answers.ok(GOOD))
    assert office.collect(NOON + 80 * MINUTE, patient=False).statuses[0].ok


def test_a_doubtful_empty_answer_is_no_failure_to_back_off_from(office: Office) -> None:
    rows = [{**json.loads(GOOD)[0], "id": n, "startDate": f"2026-09-{16 + n}"} for n in range(6)]
    office.portal.wis(answers.ok(json.dumps(rows)))
    office.collect(NOON)
    office.portal.wis(answers.ok("[]"))
    asked = office.asked_at(timedelta(hours=2), NOON + REFRESH)
    assert asked == [number * REFRESH for number in range(12)]


@pytest.mark.parametrize("failures", [1, 2, 5, 30, 10**6])
@pytest.mark.parametrize("unreachable", [True, False])
def test_the_limits(failures: int, unreachable: bool) -> None:
    limit = LONGEST_UNREACHABLE if unreachable else LONGEST_PAUSE
    assert pause_after(failures, unreachable, REFRESH, REFRESH) <= limit
    assert pause_after(failures, unreachable, REFRESH, 2 * LONGEST_PAUSE) <= 2 * LONGEST_PAUSE
    assert pause_after(10**6, unreachable, REFRESH, REFRESH) == limit
