"""How a source does compared with how it usually does: what a status page can say of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signage.sources.collect import Refresh, collect
from signage.sources.trust.freshness import Alarm, alarms, compare_shapes, usual_week
from signage.sources.trust.health import SourceStatus
from signage.sources.types.rss import RssSource
from tests.fixtures import portal as answers
from tests.fixtures import source_office
from tests.fixtures.portal import Answer
from tests.fixtures.source_office import NOON

DAY = timedelta(days=1)


def rows(count: int, first: date = date(2026, 9, 14), **more: Any) -> Answer:
    """So many events a day for 90 days."""
    return answers.ok(
        json.dumps(
            [
                {
                    "id": day * 100 + n,
                    "title": f"Kor {n}",
                    "startDate": f"{first + timedelta(days=day)}",
                    "startTime": "18:00",
                    "endTime": "20:00",
                    "location": "Trudvang",
                    **more,
                }
                for day in range(90)
                for n in range(count)
            ]
        )
    )


class Office(source_office.Office):
    def status(self, answer: Answer, now: datetime, **more: Any) -> SourceStatus:
        return self.collect(answer, now, **more).statuses[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.opened(tmp_path) as made:
        yield made


def test_a_usual_week_is_known_after_a_week(office: Office) -> None:
    for day in range(7):
        assert office.status(rows(2), NOON + day * DAY).usual_week is None
    status = office.status(rows(2), NOON + 7 * DAY)
    assert (status.week_events, status.usual_week) == (14, 14.0)
    assert status.alarms == ()


def test_a_week_with_less_than_half_is_an_alarm_and_is_shown_all_the_same(office: Office) -> None:
    for day in range(8):
        office.status(rows(3), NOON + day * DAY)
    halved = office.status(rows(1), NOON + 8 * DAY)
    assert halved.ok
    assert [alarm.kind for alarm in halved.alarms] == ["dropped"]
    assert halved.alarms[0].text == "It has 7 events in the coming week. Usually it has 21."


def test_when_it_last_said_something_new(office: Office) -> None:
    assert office.status(rows(1), NOON).changed_at == NOON
    assert office.status(rows(1), NOON + DAY).changed_at == NOON
    assert office.status(rows(1), NOON + 40 * DAY).changed_at == NOON
    assert office.status(rows(1, location="Bergtun"), NOON + 41 * DAY).changed_at == NOON + 41 * DAY


def test_a_calendar_that_nobody_keeps_any_more_is_an_alarm(office: Office) -> None:
    office.status(rows(1), NOON)
    assert office.status(rows(1), NOON + 27 * DAY).alarms == ()
    silent = office.status(rows(1), NOON + 29 * DAY)
    assert [(alarm.kind, alarm.since) for alarm in silent.alarms] == [("silent", NOON)]
    assert silent.ok


def test_a_field_that_is_gone_from_all_events_is_an_alarm_for_a_week(office: Office) -> None:
    office.status(rows(1), NOON)
    lost = office.status(rows(1, endTime=""), NOON + DAY)
    assert [alarm.text for alarm in lost.alarms] == [
        "None of its events has these any more: end. Hint: check whether the source has changed."
    ]
    assert lost.alarms[0].since == NOON + DAY
    assert office.status(rows(1, endTime=""), NOON + 7 * DAY).alarms[0].since == NOON + DAY
    assert office.status(rows(1, endTime=""), NOON + 9 * DAY).alarms == ()


def test_a_field_that_comes_back_is_no_alarm(office: Office) -> None:
    office.status(rows(1), NOON)
    office.status(rows(1, endTime=""), NOON + DAY)
    assert office.status(rows(1), NOON + 2 * DAY).alarms == ()


def test_a_failure_is_an_alarm_since_it_began(office: Office) -> None:
    office.status(rows(1), NOON)
    office.status(answers.status(500), NOON + DAY)
    failing = office.status(answers.status(500), NOON + 2 * DAY)
    assert failing.alarms == (Alarm("failing", "The server answered with status 500.", NOON + DAY),)


def test_alarms_are_known_without_asking(office: Office) -> None:
    office.status(rows(1), NOON)
    office.status(answers.status(500), NOON + DAY)
    office.portal.asked.clear()
    kept = office.status(rows(1), NOON + DAY, offline=True)
    assert [alarm.kind for alarm in kept.alarms] == ["failing"]
    assert office.portal.asked == []


def test_a_patient_refresh_asks_only_whose_time_has_come(office: Office) -> None:
    office.config = office.config.model_copy(
        update={"sources": [office.config.sources[0].model_copy(update={"refresh_minutes": 60})]}
    )
    office.status(rows(1), NOON, patient=True)
    rests = office.status(rows(2), NOON + timedelta(minutes=30), patient=True)
    assert (rests.outcome, rests.waits_for) == ("waiting", "It is fetched again at 13:00.")
    assert rests.ok
    assert office.status(rows(2), NOON + timedelta(minutes=60), patient=True).outcome == "fetched"


def test_a_source_that_only_waits_makes_the_events_no_older(office: Office) -> None:
    slow = office.config.sources[0].model_copy(update={"refresh_minutes": 600})
    quick = slow.model_copy(update={"id": "other", "refresh_minutes": 10})
    office.config = office.config.model_copy(update={"sources": [slow, quick]})
    office.collect(rows(1), NOON, patient=True)
    later = NOON + timedelta(hours=3)
    assert office.collect(rows(1), later, patient=True).data_as_of == later
    assert office.collect(answers.status(500), later + DAY, patient=True).data_as_of == NOON


def test_what_failed_is_tried_again_at_the_next_refresh(office: Office) -> None:
    office.status(answers.status(500), NOON, patient=True)
    assert office.status(rows(1), NOON + timedelta(minutes=5), patient=True).outcome == "fetched"


def test_news_of_a_feed_without_events_are_kept_as_they_come(office: Office) -> None:
    """A feed that never has an event is a feed like any other: its news change, and are there when it fails."""

    def feed(*titles: str) -> Answer:
        item = "<item><guid>{0}</guid><title>{0}</title><pubDate>Mon, 14 Sep 2026 08:00:00 GMT</pubDate></item>"
        items = "".join(item.format(title) for title in titles)
        return answers.tagged(f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>", "application/xml")

    source = RssSource(id="news", type="rss", url=f"{office.portal.url}/feed")
    office.config = office.config.model_copy(update={"sources": [source]})

    def titles(answer: Answer, now: datetime) -> tuple[list[str], str]:
        office.portal.paths["/feed"] = answer
        found = collect(
            office.config, Refresh(store=office.store, images=office.folder / "images", now=now, limits=office.limits)
        )
        return sorted(item.title for item in found.news), found.statuses[0].outcome

    assert titles(feed("a"), NOON) == (["a"], "fetched")
    assert titles(feed("a"), NOON + timedelta(minutes=10)) == (["a"], "unchanged")
    assert titles(feed("a", "b"), NOON + timedelta(minutes=20)) == (["a", "b"], "fetched")
    assert titles(answers.status(500), NOON + timedelta(minutes=30)) == (["a", "b"], "kept")


def test_a_usual_week_is_the_median() -> None:
    assert usual_week([1, 2, 3, 4, 5, 6]) is None
    assert usual_week([5, 5, 5, 5, 5, 90, 0]) == 5


def test_few_events_say_nothing_of_the_shape() -> None:
    assert compare_shapes({"end": 1.0}, {}, {}, NOON) == ({"end": 1.0}, {})


def test_half_of_nearly_nothing_is_no_alarm() -> None:
    assert alarms(None, None, NOON, 1, 3.0, {}, NOON) == ()
