"""A source that keeps failing is asked less and less often, up to a limit, and at once when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from signage.config.models import Config
from signage.sources.trust.health import LONGEST_PAUSE, LONGEST_UNREACHABLE, SourceStatus, pause_after
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures import source_office
from tests.fixtures.source_office import NOON, items

MINUTE = timedelta(minutes=1)
REFRESH = 10 * MINUTE


class Office(source_office.Office):
    """Refreshed every ten minutes as the daemon does it."""

    def refresh(self, now: datetime) -> SourceStatus:
        return self.collect(now=now, patient=True).statuses[0]

    def asked_at(self, until: timedelta, since: datetime = NOON) -> list[timedelta]:
        """At which of the refreshes it is asked, as times since `since`."""
        found, at = [], since
        while at < since + until:
            self.portal.asked.clear()
            self.refresh(at)
            if self.portal.asked:
                found.append(at - since)
            at += REFRESH
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.opened(tmp_path) as made:
        yield made


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
        {
            **office.config.model_dump(by_alias=True),
            "sources": [{"id": "iheim", "type": "wis", "url": "http://127.0.0.1:9"}],
        }
    )
    tried = []
    for number in range(40):
        status = office.refresh(NOON + number * REFRESH)
        if status.outcome == "kept":
            tried.append(number * REFRESH)
    assert [at // MINUTE for at in tried] == [0, 10, 30, 70, 130, 190, 250, 310, 370]
    assert good


def test_success_resets_it(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(hours=8))
    office.portal.wis(answers.ok(items(1)))
    fine = office.refresh(NOON + timedelta(hours=12))
    assert (fine.outcome, fine.asked_again) == ("fetched", None)
    office.portal.wis(answers.status(404))
    asked = office.asked_at(timedelta(hours=1), NOON + timedelta(hours=13))
    assert [at // MINUTE for at in asked] == [0, 10, 30]


def test_the_status_says_when_it_is_asked_next(office: Office) -> None:
    office.portal.wis(answers.status(404))
    first = office.refresh(NOON)
    assert first.asked_again == NOON + REFRESH
    second = office.refresh(NOON + REFRESH)
    assert second.asked_again == NOON + 3 * REFRESH
    waiting = office.refresh(NOON + 2 * REFRESH)
    assert waiting.outcome == "waiting"
    assert waiting.waits_for == "It has failed 2 times in a row. It is fetched again at 12:30."
    assert (waiting.ok, waiting.problem, waiting.asked_again) == (
        False,
        "The server answered with status 404.",
        NOON + 3 * REFRESH,
    )


def test_it_is_remembered_over_a_restart(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(minutes=80))  # the last time at 70 minutes
    office.store.close()
    office.store = Store(office.folder / "state.sqlite")
    office.portal.asked.clear()
    assert office.refresh(NOON + 80 * MINUTE).outcome == "waiting"
    assert office.portal.asked == []


def test_who_asks_by_hand_is_not_made_to_wait(office: Office) -> None:
    office.portal.wis(answers.status(404))
    office.asked_at(timedelta(minutes=80))
    office.portal.wis(answers.ok(items(1)))
    assert office.collect(now=NOON + 80 * MINUTE, patient=False).statuses[0].ok


def test_a_doubtful_empty_answer_is_no_failure_to_back_off_from(office: Office) -> None:
    office.portal.wis(answers.ok(items(6)))
    office.refresh(NOON)
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
