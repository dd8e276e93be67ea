"""When a person has to look after the server: by what it is at and for how long, with time passed in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from signage.app.alarms import (
    BUILD_SECONDS,
    HEARTBEAT_SECONDS,
    PAGE_SECONDS,
    SOURCE_SECONDS,
    STILL_SECONDS,
    BuildState,
    Kind,
    RaisedAlarms,
    ServerAlarm,
    ServerState,
    alarms,
    last_sign,
    raised,
)
from signage.runtime.activity import Working
from signage.web.problems import alarm_as_data
from signage.wording.languages.messages import load_messages

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
REFRESH = 600.0


def found(now: float, **state: object) -> list[tuple[str, str]]:
    found = alarms(ServerState(REFRESH, **state), now)  # type: ignore[arg-type]
    return [(alarm.kind, alarm.unit) for alarm in found]


def test_two_refreshes_without_a_publication() -> None:
    assert found(2 * REFRESH, published={"a": 0.0, "b": 0.0}) == []
    assert found(2 * REFRESH + 1, published={"a": 0.0, "b": 0.0}) == [("not_published", "")]


def test_a_screen_that_is_given_up_while_the_others_are_published() -> None:
    published = {"a": 0.0, "b": 2000.0, "c": 2000.0}
    assert found(2001.0, published=published) == [("not_published", "a")]


def test_another_refresh_interval_is_another_patience() -> None:
    state = ServerState(60.0, {"a": 0.0})
    assert [alarm.kind for alarm in alarms(state, 121.0)] == ["not_published"]
    assert alarms(state, 120.0) == ()


def test_nothing_is_wrong_before_anything_is_configured() -> None:
    assert found(1e6) == []


def test_a_source_that_is_read_for_too_long() -> None:
    working = [Working("choir", "fetching", SOURCE_SECONDS + 1), Working("portal", "fetching", SOURCE_SECONDS - 1)]
    assert found(9e5, working=working) == [("source_working", "choir")]


def test_a_source_at_two_stages_is_one_alarm_since_the_first() -> None:
    working = [Working("choir", "pictures", 400.0), Working("choir", "fetching", 500.0)]
    assert alarms(ServerState(REFRESH, working=working), 1000.0) == (ServerAlarm("source_working", "choir", 500.0),)


def test_a_page_that_is_worked_on_for_too_long() -> None:
    assert found(9e5, working=[Working("library: agenda", "rendering", PAGE_SECONDS + 1)]) == [
        ("page_working", "library: agenda")
    ]


def test_a_build_that_works_for_too_long_but_gets_on() -> None:
    now = BUILD_SECONDS + 1
    assert found(now, build=BuildState(0.0, now - 5)) == [("build_working", "")]
    assert found(BUILD_SECONDS, build=BuildState(0.0, BUILD_SECONDS)) == []


def test_a_build_that_stands_still() -> None:
    assert found(STILL_SECONDS + 1, build=BuildState(0.0, 0.0)) == [("build_stuck", "")]


def test_a_build_whose_sources_take_turns_does_not_stand_still() -> None:
    assert found(STILL_SECONDS + 1, build=BuildState(0.0, 0.0), working=[Working("choir", "fetching", 20.0)]) == []


def test_the_sign_of_life_of_another_process() -> None:
    fresh = NOW - timedelta(seconds=HEARTBEAT_SECONDS)
    assert last_sign(fresh, False, NOW) is None
    assert last_sign(fresh - timedelta(seconds=1), False, NOW) == ("not_heard", fresh - timedelta(seconds=1))
    assert last_sign(NOW, True, NOW) == ("ended", NOW)


def test_a_sign_of_life_from_the_future_is_none() -> None:
    later = NOW + timedelta(days=365)
    assert last_sign(later, False, NOW) == ("not_heard", later)


def sentence(kind: Kind, unit: str, since: datetime, language: str) -> str:
    return load_messages(language).word(raised(kind, unit, since).message, OSLO, NOW)


def test_every_alarm_has_words_in_both_languages_and_an_instant() -> None:
    since = NOW - timedelta(minutes=25)
    for kind in ("not_published", "source_working", "page_working", "build_working", "build_stuck", "not_heard"):
        assert "13.35" in sentence(kind, "x", since, "nb")
        assert "13:35" in sentence(kind, "x", since, "en")
    assert sentence("not_published", "hall", since, "nb").startswith(
        "Ingenting er publisert til skjermen «hall» siden kl.\u00a013.35."
    )
    assert "was stopped at 13:35" in sentence("ended", "", since, "en")


def test_programs_get_kind_unit_since_and_text() -> None:
    data = alarm_as_data(raised("source_working", "choir", NOW), OSLO, NOW)
    assert (data["kind"], data["unit"], data["since"]) == ("source_working", "choir", "2026-11-23T13:00:00+00:00")
    assert data["text"].startswith('The source "choir" has been read since 14:00')


def test_an_alarm_is_logged_once_when_it_is_raised_and_once_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log = RaisedAlarms()
    alarm = ServerAlarm("not_published", "", 0.0)
    for second in (1300.0, 1301.0, 1302.0):
        log.update([alarm], second, NOW + timedelta(seconds=second), OSLO)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert [each.since for each in log.alarms] == [NOW]
    for second in (1303.0, 1304.0):
        log.update([], second, NOW + timedelta(seconds=second), OSLO)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.messages[1].startswith("resolved: Nothing has been published since")
    assert log.alarms == ()


def test_a_clock_that_is_set_does_not_move_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    log = RaisedAlarms()
    alarm = ServerAlarm("not_published", "", 0.0)
    log.update([alarm], 1300.0, NOW, OSLO)
    since = log.alarms[0].since
    log.update([alarm], 1301.0, NOW - timedelta(days=365), OSLO)
    assert log.alarms[0].since == since
    assert len(caplog.records) == 1
