"""Who has an alert, for programs and for people: /status.json, /metrics, browsers, and the nightly test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from signage.errors import NotWritable
from signage.fleet.alert_self_tests import AlertTestOutcome, AlertTestResult
from signage.web.open_browsers import FORGOTTEN, MOST, OpenBrowsers
from tests.fixtures.alert_form import CHOICES, alerts, command, drafted, send, text_of
from tests.fixtures.desk import Desk, serving

SCREENS = ["library", "radhuset"]
ONE, OTHER, THIRD = "0" * 15 + "1", "0" * 15 + "2", "0" * 15 + "3"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, CHOICES) as desk:
        desk.publish(1)
        yield desk


def ask(desk: Desk, serial: int, browser: str, screen: str = "library") -> int:
    """As a browser that plays the screen, and has the alert document of this serial. It is answered at once."""
    return desk.get(f"/screens/{screen}/next?after=0&alerts={serial}&browser={browser}").status_code


def figures(desk: Desk, name: str) -> dict[tuple[str, ...], float]:
    """A metric as Prometheus' own reader finds it, by the values of its labels in the order of their names."""
    families = text_string_to_metric_families(desk.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(value for _, value in sorted(each.labels.items())): each.value for each in samples}


def test_browsers_that_have_an_alert_are_counted_and_prove_nothing(desk: Desk) -> None:
    ask(desk, 0, ONE)
    sent = command(desk, do="send", draft=drafted(desk, screens=SCREENS), request="one").json()["alert"]
    serial = alerts(desk).serial

    def browsers() -> object:
        (alert,) = command(desk, do="list").json()["alerts"]
        assert alert["id"] == sent["id"]
        assert alert["delivery"]["unpaired"] == SCREENS, "none of them is a player"
        return alert["delivery"]["browsers"]

    assert browsers() == {}, "it asks for what it has not got"
    for _ in range(2):
        ask(desk, serial, ONE)
        assert browsers() == {"library": 1}
    ask(desk, serial, OTHER)
    assert ask(desk, serial, THIRD, "attic") == 404
    for nonsense in ("", "x", "0" * 17, ONE.upper() + "%00"):
        ask(desk, serial, nonsense)
    assert browsers() == {"library": 2}
    assert desk.get("/status.json").json()["alerts"][0]["delivery"]["browsers"] == {"library": 2}
    words = text_of(desk.get("/status"))
    assert "2 nettlesere har det, men melder ikke om det vises: Hemne bibliotek." in words
    assert "Vises på 0 av 2 skjermer." in words
    assert figures(desk, "signage_alert_browsers") == {(sent["id"],): 2}


def test_a_browser_that_asks_no_more_is_forgotten_and_no_crowd_fills_the_memory() -> None:
    now = 0.0
    browsers = OpenBrowsers(lambda: now)
    browsers.asked("library", ONE, 5)
    assert (browsers.having("library", 5), browsers.having("library", 6), browsers.having("hall", 5)) == (1, 0, 0)
    now = FORGOTTEN
    browsers.asked("library", OTHER, 4)
    assert (browsers.having("library", 5), browsers.having("library", 4)) == (1, 2)
    now += 1
    assert (browsers.having("library", 5), browsers.having("library", 4)) == (0, 1)
    for number in range(3 * MOST):
        browsers.asked("library", f"{number:016x}", 9)
    assert browsers.having("library", 1) == MOST
    assert len(browsers._known["library"]) == MOST


def test_programs_are_given_the_alerts_and_who_shows_them(desk: Desk) -> None:
    desk.paired()
    assert desk.get("/status.json").json()["alerts"] == []
    assert figures(desk, "signage_alerts") == {(): 0}
    send(desk)
    (alert,) = desk.get("/status.json").json()["alerts"]
    assert (alert["level"], alert["texts"]["nb"]["title"]) == ("takeover", "Vannet må kokes")
    delivery = {"shows": [], "has": [], "lacks": [], "silent": ["library"], "unpaired": ["radhuset", "hallen"]}
    assert alert["delivery"] == {**delivery, "browsers": {}}
    until = (desk.now + timedelta(hours=2)).timestamp()
    assert figures(desk, "signage_alerts") == {(): 1}
    assert figures(desk, "signage_alert_until_timestamp_seconds") == {("a1", "takeover", ""): until}
    assert figures(desk, "signage_alert_screens") == {
        ("a1", "shows"): 0,
        ("a1", "has"): 0,
        ("a1", "lacks"): 0,
        ("a1", "silent"): 1,
        ("a1", "unpaired"): 2,
    }
    assert figures(desk, "signage_screen_alerts") == {
        ("silent", "library"): 1,
        ("unpaired", "hallen"): 1,
        ("unpaired", "radhuset"): 1,
    }


def test_how_the_last_test_of_alerts_went_is_among_the_figures(desk: Desk) -> None:
    desk.paired()
    (player,) = desk.players.registry.players()
    assert desk.get("/status.json").json()["glass"][0]["players"][0]["alert_test"] is None
    result = AlertTestResult(desk.now, AlertTestOutcome.RECEIVED, 1.5)
    desk.players.registry.note_test({player.id: result})
    (found,) = desk.get("/status.json").json()["glass"][0]["players"]
    assert found["alert_test"] == {"at": desk.now.isoformat(timespec="seconds"), "outcome": "received", "seconds": 1.5}
    who = (player.id, "library")
    assert figures(desk, "signage_alert_test_passed") == {who: 1}
    assert figures(desk, "signage_alert_test_seconds") == {who: 1.5}
    assert figures(desk, "signage_alert_test_timestamp_seconds") == {who: desk.now.timestamp()}
    desk.players.registry.note_test({player.id: AlertTestResult(desk.now, AlertTestOutcome.SILENT)})
    assert figures(desk, "signage_alert_test_passed") == {who: 0}
    assert figures(desk, "signage_alert_test_seconds") == {}


def test_alerts_that_cannot_be_read_cost_nothing_else(desk: Desk) -> None:
    alerts(desk).fault = NotWritable("The log of alerts can't be read.")
    status = desk.get("/status.json").json()
    assert status["alerts"] is None
    assert len(status["glass"]) == 3
    assert figures(desk, "signage_alerts") == {}
    assert figures(desk, "signage_screen_state")
