"""The nightly test of alerts: sent at its time, judged by what real heartbeats report, and shown in the morning."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.app.alert_self_test import AlertSelfTest, last_due
from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertText
from signage.errors import NotWritable
from signage.fleet.alert_self_tests import AlertTestOutcome
from signage.fleet.verdict import HealthState
from tests.fixtures.alerts import alert, publish_alerts
from tests.fixtures.desk import OSLO, Desk
from tests.fixtures.players import Player

EVENING = datetime(2026, 9, 14, 21, 0, tzinfo=UTC)
DUE = datetime(2026, 9, 15, 1, 30, tzinfo=UTC)  # 03:30 in Oslo
YELLOW = HealthState.YELLOW


@dataclass
class Night:
    """A house with a player, and a server that tests at half past three."""

    desk: Desk
    manifest: dict[str, Any]
    player: Player
    sent: list[Alert] = field(default_factory=list)
    serial: int = 10
    fault: NotWritable | None = None
    at: time | None = time(3, 30)

    def __post_init__(self) -> None:
        self.job = AlertSelfTest(self, self.desk.players, lambda: (self.at, OSLO), lambda: self.desk.now)
        self.publish()

    def publish(self, *alerts: Any) -> None:
        self.serial += 1
        publish_alerts(self.desk.published, self.serial, *alerts, generated=self.desk.now.isoformat())

    def test(self) -> Alert:
        """As the desk sends one."""
        if self.fault:
            raise self.fault
        now = self.desk.now
        draft = AlertDraft({"en": AlertText("Test")}, ("library",), now + timedelta(minutes=1), AlertLevel.TEST)
        self.sent.append(Alert(f"test{len(self.sent)}", draft, now, "self-test"))
        until = (now + timedelta(minutes=1)).isoformat()
        self.publish(alert(self.sent[-1].id, "test", from_=now.isoformat(), until=until))
        return self.sent[-1]

    def until(self, when: datetime) -> None:
        """Second by second, until then, once the time is near."""
        if when - self.desk.now > timedelta(minutes=10):
            self.job.look()
            self.desk.now = when - timedelta(minutes=5)
        while self.desk.now < when:
            self.desk.wait(1)
            self.job.look()

    def report(self, had: float | None = None, player: Player | None = None, **changed: Any) -> None:
        """A heartbeat; `had`: for how long it has had the test; None: not at all."""
        have = [] if had is None else [{"id": self.sent[-1].id, "seconds": had}]
        said = {"alerts": {"serial": self.serial, "have": have, "shown": []}, **changed}
        assert self.desk.well(player or self.player, self.manifest, 0, **said) == 204

    def outcome(self) -> AlertTestOutcome | None:
        result = self.desk.registry.test_results().get(self.player.id)
        return result.outcome if result else None


@pytest.fixture
def night(desk: Desk) -> Night:
    desk.now = EVENING
    manifest = desk.publish(1)
    night = Night(desk, manifest, desk.paired())
    night.report()
    return night


def test_it_is_sent_once_at_its_time(night: Night) -> None:
    night.until(DUE - timedelta(seconds=1))
    assert night.sent == []
    night.until(DUE + timedelta(minutes=5))
    assert [each.sent for each in night.sent] == [DUE]
    night.until(DUE + timedelta(hours=23))
    assert len(night.sent) == 1
    night.until(DUE + timedelta(days=1, minutes=3))
    assert [each.sent for each in night.sent] == [DUE, DUE + timedelta(days=1)]


def test_a_player_that_gets_it_within_ten_seconds_is_green(night: Night) -> None:
    night.until(DUE + timedelta(seconds=5))
    night.report(had=2.0)
    night.until(DUE + timedelta(seconds=80))
    assert night.outcome() is AlertTestOutcome.RECEIVED
    night.report()
    assert night.desk.codes() == []
    assert "prøvd kl. 03.30, framme etter 3,0 s" in night.desk.get("/status").text.replace("\u00a0", " ")


@pytest.mark.parametrize("had", [None, 20.0])
def test_a_player_that_gets_it_late_or_not_is_yellow_until_the_next_one(night: Night, had: float | None) -> None:
    night.until(DUE + timedelta(seconds=45))
    night.report(had)  # it has had it for 20 seconds of 45, or not at all
    night.until(DUE + timedelta(seconds=80))
    assert night.outcome() is AlertTestOutcome.LATE
    night.desk.wait(5 * 3600)
    night.report()
    assert (night.desk.screen().state, night.desk.codes()) == (YELLOW, ["alert_test_late"])
    page = night.desk.get("/status").text.replace("\u00a0", " ")
    assert "Prøvevarselet kl. 03.30 kom ikke fram til spilleren innen 10 sekunder." in page
    night.until(DUE + timedelta(days=1, seconds=3))
    night.report(had=2.5)
    night.until(DUE + timedelta(days=1, seconds=80))
    night.report()
    assert night.desk.codes() == []


def test_the_first_report_counts_and_a_later_one_says_the_same(night: Night) -> None:
    night.until(DUE + timedelta(seconds=50))
    night.report(had=48.0)
    night.until(DUE + timedelta(seconds=80))
    assert night.outcome() is AlertTestOutcome.RECEIVED


def test_a_player_that_is_off_at_night_is_told_so_and_is_red_only_while_it_is_off(night: Night) -> None:
    night.until(DUE + timedelta(seconds=80))
    assert night.outcome() is AlertTestOutcome.SILENT
    assert night.desk.codes() == ["silent"]  # the rest is not known any more
    night.desk.wait(4 * 3600)
    night.report()
    assert (night.desk.screen().state, night.desk.codes()) == (YELLOW, ["alert_test_silent"])


def test_a_player_that_was_moved_or_paired_since_is_not_blamed(night: Night) -> None:
    night.until(DUE + timedelta(seconds=45))
    night.report()
    night.until(DUE + timedelta(seconds=80))
    assert night.desk.codes() == ["alert_test_late"]
    night.desk.players.move(night.player.id, "radhuset")
    night.desk.players.move(night.player.id, "library")
    night.report()
    assert night.desk.codes() == []


def test_an_old_player_is_named_once_and_not_blamed(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "signage.app.alert_self_test"):
        for day in (0, 1):
            night.until(DUE + timedelta(days=day, seconds=30))
            night.report(alerts=None)
            night.until(DUE + timedelta(days=day, seconds=80))
    assert night.outcome() is AlertTestOutcome.OLD
    assert night.desk.codes() == []
    assert [record.message for record in caplog.records] == [
        f"player {night.player.id} (library) is too old to know alerts: it shows them as pages. Update it."
    ]
    assert "spilleren er for gammel, og viser dem som sider" in night.desk.get("/status").text


def test_a_server_that_was_off_makes_up_for_nothing_and_blames_nobody(night: Night) -> None:
    night.job.look()
    night.desk.now = DUE + timedelta(minutes=40)  # its machine slept
    night.job.look()
    started = AlertSelfTest(night, night.desk.players, lambda: (time(3, 30), OSLO), lambda: night.desk.now)
    night.desk.now = DUE + timedelta(days=1, seconds=30)  # it was started half a minute too late
    started.look()
    night.desk.wait(1)
    started.look()
    assert night.sent == []
    assert night.desk.registry.test_results() == {}


def test_a_server_that_ends_in_the_middle_of_a_test_keeps_the_results_before(night: Night) -> None:
    night.until(DUE + timedelta(seconds=3))
    night.report(had=1.0)
    night.until(DUE + timedelta(seconds=80))
    night.until(DUE + timedelta(days=1, seconds=20))
    assert len(night.sent) == 2
    night.desk.now += timedelta(hours=2)  # and so nothing is known of that night
    night.job.look()
    assert night.outcome() is AlertTestOutcome.RECEIVED


def test_a_test_that_cannot_be_sent_is_in_the_log_and_blames_nobody(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.fault = NotWritable("The disk is full.")
    night.until(DUE + timedelta(seconds=80))
    assert "the test of alerts could not be sent: The disk is full." in caplog.text
    assert night.desk.registry.test_results() == {}


def test_it_can_be_switched_off(night: Night) -> None:
    night.at = None
    night.until(DUE + timedelta(minutes=2))
    assert night.sent == []


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-09-15T01:29:59Z", "2026-09-14T01:30:00Z"),
        ("2026-09-15T01:30:00Z", "2026-09-15T01:30:00Z"),
        ("2026-10-25T00:45:00Z", "2026-10-25T00:30:00Z"),  # 02:30 comes twice that night: the first one
        ("2026-10-25T01:45:00Z", "2026-10-25T00:30:00Z"),
        ("2026-03-29T01:15:00Z", "2026-03-28T01:30:00Z"),
        ("2026-03-29T01:45:00Z", "2026-03-29T01:30:00Z"),  # there is no 02:30 that night: 03:30
    ],
)
def test_the_nights_on_which_the_clock_is_changed(now: str, due: str) -> None:
    at = time(2, 30) if "-09-" not in now else time(3, 30)
    assert last_due(at, ZoneInfo("Europe/Oslo"), datetime.fromisoformat(now)) == datetime.fromisoformat(due)


def test_the_results_outlive_a_restart(night: Night, tmp_path: Path) -> None:
    night.until(DUE + timedelta(seconds=3))
    night.report(had=1.5)
    night.until(DUE + timedelta(seconds=80))
    again = type(night.desk.registry)(night.desk.registry.path)
    assert again.test_results()[night.player.id].tested_at == DUE
    again.close()
