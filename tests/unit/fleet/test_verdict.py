"""Green, yellow, red, grey: each row of the table in docs/heartbeat.md, and that a state is told in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.fleet.messages import HeartbeatMessage, HeartbeatReport
from signage.fleet.overview import overview
from signage.fleet.registry import LastHeartbeat, Player
from signage.fleet.status_messages import sentence
from signage.fleet.verdict import Expected, HealthState, PlayerProblem, judge, judge_alone, silence, worst
from tests.fixtures import bundles
from tests.fixtures.catalogue import table
from tests.fixtures.players import beat, showing

NOW = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)
MANIFEST, _ = bundles.manifest(
    7,
    bundles.page("a"),
    bundles.page("soon", from_="2026-09-14T12:00:10+02:00"),
    bundles.page("later", from_="2026-09-14T18:00:00+02:00"),
    bundles.page("undated", from_="2026-09-14T18:00:00+02:00", dated=False),
    bundles.evergreen(),
    generated="2026-09-14T06:00:00+02:00",
)


def report(number: int = 0, **changed: Any) -> HeartbeatReport:
    said = {**beat("library"), **showing(MANIFEST, MANIFEST["pages"][number], NOW), **changed}
    return HeartbeatMessage.model_validate(said).report


def why(said: HeartbeatReport, **meant: Any) -> list[str]:
    expected = Expected(**{"screen": "library", "since": LONG_AGO, "manifest": MANIFEST, **meant})
    return [f"{reason.state}:{reason.code}" for reason in judge(said, expected, NOW)]


ON = {"wanted": "on", "state": "on", "by": "cec"}
UNTRUSTED = {"trusted": False, "why": "nobody can say"}
STORAGE = {"free": 5_000_000_000, "written": 0, "problem": None}


def test_a_player_that_is_well_is_green() -> None:
    assert why(report()) == []
    assert worst(()) is HealthState.GREEN


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"page": None, "notice": "waiting"}, ["red:no_page"]),
        ({"page": None, "notice": "fault"}, ["red:no_page"]),
        ({"frame": {"sha256": "a" * 64, "expected": "b" * 64, "matches": False}}, ["red:frame"]),
        ({"frame": {"sha256": None, "expected": "b" * 64, "matches": None}}, []),
        ({"display": {**ON, "state": "absent"}}, ["red:absent"]),
        ({"display": {"wanted": "off", "state": "absent", "by": None}}, []),
        ({"display": {**ON, "state": "off"}}, ["yellow:stays_off"]),
        ({"display": {**ON, "wanted": "off"}}, ["yellow:stays_on"]),
        ({"display": {**ON, "state": "unknown"}}, []),
        ({"at": (NOW + timedelta(minutes=3)).isoformat()}, ["yellow:clock_apart"]),
        ({"at": None}, []),
        ({"horizon": "2026-09-14T11:00:00+02:00"}, ["yellow:horizon"]),
        ({"under_voltage": True}, ["yellow:under_voltage"]),
        ({"temperature": 79.9}, []),
        ({"temperature": 80.0}, ["yellow:hot"]),
        ({"storage": {**STORAGE, "problem": "the disk is full"}}, ["yellow:storage"]),
        ({"storage": {**STORAGE, "free": 10_000_000}}, ["yellow:little_storage"]),
        ({"storage": {**STORAGE, "free": None}}, []),
        ({"fallback_from": "0.4.1"}, ["yellow:fallback"]),
        ({"network": {"failing_since": 60.0, "problem": "no connection"}}, ["yellow:network"]),
        ({"screen": "radhuset"}, ["red:other_screen"]),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], expected: list[str]) -> None:
    assert why(report(**changed)) == expected


def test_a_page_that_is_not_meant_now_is_red_but_not_at_the_edge_of_its_window() -> None:
    assert why(report(2)) == ["red:wrong_page"]
    assert why(report(1)) == []  # opens in ten seconds
    assert why(report(4)) == ["red:wrong_page"]  # the evergreen page, while another is open
    other = {**MANIFEST["pages"][0], "asset": "ab" * 32}
    assert why(report(page={key: other[key] for key in ("id", "kind", "asset")})) == ["red:wrong_page"]


def test_without_a_trusted_clock_undated_pages_are_right_and_dated_ones_wrong() -> None:
    assert why(report(4, clock=UNTRUSTED)) == ["yellow:clock"]
    assert why(report(3, clock=UNTRUSTED)) == ["yellow:clock"]
    assert why(report(0, clock=UNTRUSTED)) == ["red:wrong_page", "yellow:clock"]


def test_what_was_just_published_need_not_be_there_yet() -> None:
    newer = {**MANIFEST, "serial": 8, "pages": MANIFEST["pages"][2:]}
    just = {**newer, "generated": (NOW - timedelta(minutes=4)).isoformat()}
    before = {**newer, "generated": (NOW - timedelta(minutes=6)).isoformat()}
    assert why(report(), manifest=just) == []
    assert why(report(), manifest=before) == ["red:wrong_page", "yellow:old_bundle"]


def test_who_lacks_only_the_pages_of_this_minute_is_not_behind() -> None:
    live = {**MANIFEST, "serial": 9, "planned_serial": 7, "planned": (NOW - timedelta(minutes=9)).isoformat()}
    live["generated"] = (NOW - timedelta(seconds=20)).isoformat()
    assert why(report(), manifest=live) == []
    assert why(report(), manifest={**live, "planned_serial": 8}) == ["yellow:old_bundle"]


@pytest.mark.parametrize("alerts", [None, {"serial": 3, "have": [], "shown": []}])
def test_an_alert_that_was_just_sent_or_ended_need_not_be_there_as_a_page_yet(alerts: object) -> None:
    """Its manifest is as old as the one before, and players that know alerts aren't woken for it."""
    said = report(alerts=alerts)
    with_alert = {**MANIFEST, "serial": 9, "news": 7, "pages": MANIFEST["pages"][2:], "alerts": 4}

    def document(minutes: int) -> dict[str, Any]:
        return {"serial": 4, "generated": (NOW - timedelta(minutes=minutes)).isoformat(), "alerts": [], "assets": {}}

    assert why(said, manifest=with_alert, alerts=document(4)) == []
    assert why(said, manifest=with_alert, alerts=document(6)) == ["red:wrong_page", "yellow:old_bundle"]
    behind = {**with_alert, "news": 8}
    assert why(said, manifest=behind, alerts=document(4)) == ["red:wrong_page", "yellow:old_bundle"], "it lacks more"


def test_a_move_takes_a_poll() -> None:
    assert why(report(screen="radhuset"), since=NOW - timedelta(minutes=2)) == ["yellow:moving"]
    assert why(report(), manifest=None) == []


def test_who_was_just_paired_or_started_has_time_to_fetch() -> None:
    assert why(report(page=None, notice="waiting", running=20.0)) == ["yellow:fetching"]
    waiting = report(page=None, notice="waiting")
    assert why(waiting, since=NOW - timedelta(seconds=60)) == ["yellow:fetching"]
    assert why(waiting, since=NOW - timedelta(seconds=200)) == ["red:no_page"]
    assert why(report(page=None, notice="fault"), since=NOW) == ["red:no_page"]
    kept = {**MANIFEST, "serial": 8, "pages": MANIFEST["pages"][2:]}  # published while it was off
    assert why(report(running=20.0), manifest=kept) == ["yellow:fetching"]
    assert why(report(running=20.0), manifest={**MANIFEST, "serial": 8}) == []
    assert why(report(2, running=20.0)) == ["red:wrong_page"], "with what is published it has nothing to wait for"
    assert why(report(running=400.0), manifest=kept) == ["red:wrong_page", "yellow:old_bundle"]


def test_a_thumbnail_that_looks_wrong_is_yellow_once_and_then_red() -> None:
    assert why(report(), looks=False, mismatches=1) == ["yellow:looks_once"]
    assert why(report(), looks=False, mismatches=2) == ["red:looks"]
    assert why(report(), looks=True) == why(report(), looks=None) == []


def test_an_earlier_report_is_judged_by_itself() -> None:
    assert [reason.code for reason in judge_alone(report(2, under_voltage=True, clock=UNTRUSTED))] == [
        "under_voltage",
        "clock",
    ]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, None), (150, None), (151, HealthState.RED), (86400, HealthState.RED)]
)
def test_silence_is_red_after_150_seconds(seconds: int, state: HealthState | None) -> None:
    quiet = silence(NOW - timedelta(seconds=seconds), LONG_AGO, False, NOW)
    assert (quiet and quiet.state) == state


def test_silence_from_the_beginning() -> None:
    assert silence(None, NOW, False, NOW) == PlayerProblem(HealthState.YELLOW, "starting", {"since": NOW.isoformat()})
    late = silence(None, NOW - timedelta(seconds=151), False, NOW)
    assert late is not None
    assert (late.state, late.code) == (HealthState.RED, "never")
    prepared = silence(None, LONG_AGO, True, NOW)
    assert prepared is not None
    assert prepared.state is HealthState.GREY


def player(screen: str, name: str = "0" * 16, **more: Any) -> Player:
    return Player(name, "ab" * 32, screen, 1, "", False, LONG_AGO, LONG_AGO, **more)


def heard(name: str, reasons: tuple[PlayerProblem, ...], ago: float = 10) -> LastHeartbeat:
    at = NOW - timedelta(seconds=ago)
    return LastHeartbeat(name, at, report(), (), None, reasons, at, at, 0)


def test_a_screen_is_as_its_worst_player_and_grey_without_one() -> None:
    screens = {"library": "Hemne bibliotek", "radhuset": "Rådhuset"}
    two = [player("library", "1" * 16), player("library", "2" * 16), player("gone", "3" * 16)]
    said = {
        "1" * 16: heard("1" * 16, ()),
        "2" * 16: heard("2" * 16, (PlayerProblem(HealthState.YELLOW, "under_voltage", {}),)),
        "3" * 16: heard("3" * 16, ()),
    }
    states = {screen.id: (screen.state, screen.configured) for screen in overview(screens, two, said, NOW)}
    assert states == {
        "library": (HealthState.YELLOW, True),
        "radhuset": (HealthState.GREY, True),
        "gone": (HealthState.RED, False),
    }
    later = overview(screens, two, said, NOW + timedelta(seconds=200))
    assert [reason.code for reason in later[0].reasons] == ["silent", "silent"]


ABOUT: dict[str, str | float] = {
    "since": NOW.isoformat(),
    "generated": NOW.isoformat(),
    "notice": "waiting",
    "kind": "today",
    "screen": "radhuset",
    "why": "x",
    "title": "Kok vannet",
    "seconds": 120.0,
    "broken": "2",
    "version": "1",
    "temperature": 81.0,
    "problem": "x",
    "free": 1e6,
}


@pytest.mark.parametrize("code", table("players"))
def test_every_reason_has_a_sentence_in_both_languages(code: str) -> None:
    for language in ("nb", "en"):
        said = sentence(PlayerProblem(HealthState.RED, code, ABOUT), language, ZoneInfo("Europe/Oslo"), NOW)
        assert "{" not in said
        assert said[0].isupper()
        assert said[-1] == "." or code in ("storage", "network")


@pytest.mark.parametrize(
    ("word", "norwegian"),
    [
        ("full", "Minnekortet: Det er fullt. Bildene ligger i minnet og forsvinner ved omstart."),
        ("eaten", "Minnekortet: Det virker ikke som det skal."),
        (None, "Minnekortet: Det virker ikke som det skal."),
    ],
)
def test_what_a_player_says_in_english_is_never_on_a_norwegian_page(word: str | None, norwegian: str) -> None:
    said = report(storage={**STORAGE, "problem": "the disk is full", "kind": word})
    (reason,) = judge(said, Expected(screen="library", since=LONG_AGO, manifest=MANIFEST), NOW)
    assert sentence(reason, "nb", ZoneInfo("Europe/Oslo"), NOW) == norwegian
    assert sentence(reason, "en", ZoneInfo("Europe/Oslo"), NOW) == "Storage: the disk is full"


@given(st.lists(st.sampled_from([HealthState.RED, HealthState.YELLOW, HealthState.GREEN, HealthState.GREY])))
def test_a_red_reason_is_never_outvoted(states: list[HealthState]) -> None:
    reasons = [PlayerProblem(state, "x", {}) for state in states]
    assert (worst(reasons) is HealthState.RED) == (HealthState.RED in states)
