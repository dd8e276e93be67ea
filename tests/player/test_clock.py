"""When the player believes its clock. Seconds since 1970; the machine was booted ten seconds ago."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from player.clock import (
    OLDEST_PLAUSIBLE,
    Anchor,
    ClockTrust,
    SystemClock,
    Timekeeper,
    boot_id,
    hardware_clock,
    system_says,
)
from player.rotation import Moment
from player.store.store import BundleStore

NOON = OLDEST_PLAUSIBLE + 50_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR
NANO = 1_000_000_000


def keeper(
    anchor: Anchor | None = None,
    disciplined: bool = False,
    rtc: float | None = None,
    stamp: float = 0,
    vouched: bool = False,
) -> ClockTrust:
    system = SystemClock(disciplined, int(stamp * NANO))
    return ClockTrust("this boot", anchor, lambda: system, lambda: rtc, vouched)


def test_nothing_vouches_for_a_clock_that_just_came_up() -> None:
    verdict = keeper().judge(NOON, 10, None)
    assert not verdict.trusted
    assert "nothing confirms" in verdict.why


def test_the_systems_word_is_enough() -> None:
    assert keeper(disciplined=True).judge(NOON, 10, NOON - HOUR).trusted


@pytest.mark.parametrize("vouched", [False, True])
def test_never_when_it_is_earlier_than_what_was_verified(vouched: bool) -> None:
    clock = keeper(disciplined=True, rtc=NOON, vouched=vouched)
    verdict = clock.judge(NOON, 10, NOON + 365 * DAY)
    assert not verdict.trusted
    assert "which was made on" in verdict.why
    assert clock.judge(NOON + HOUR, 10 + HOUR, NOON + 365 * DAY) == verdict, "the reason is said once, not each minute"


def test_a_server_that_agrees_vouches_for_nothing() -> None:
    """Anybody on a guest network can write a Date header."""
    clock = keeper()
    clock.note_server_time(NOON + 30, 10)
    assert not clock.judge(NOON + 5, 15, NOON - HOUR).trusted


def test_a_server_that_disagrees_takes_nothing_from_a_synchronised_clock_but_is_said() -> None:
    clock = keeper(disciplined=True)
    clock.note_server_time(NOON - 2 * HOUR, 10)
    assert clock.judge(NOON, 10, None).trusted
    assert clock.disagreement(NOON, 10) == "the clock is 2 h ahead of the server"


def test_nor_from_one_that_has_run_on() -> None:
    clock = keeper(Anchor("this boot", NOON - 10))
    clock.note_server_time(NOON + 400 * DAY, 10)
    assert clock.judge(NOON, 10, None).trusted


@pytest.mark.parametrize(
    ("off", "words"),
    [(-61 * 60, "61 min behind the server"), (HOUR, "60 min ahead of the server"), (-400 * DAY, "400 days behind")],
)
def test_a_hardware_clock_alone_is_doubted_when_the_server_disagrees(off: float, words: str) -> None:
    clock = keeper(rtc=NOON + off)
    assert clock.judge(NOON + off, 10, None).trusted
    clock.note_server_time(NOON, 10)
    verdict = clock.judge(NOON + off, 10, None)
    assert not verdict.trusted
    assert words in verdict.why


def test_once_right_it_stays_right_while_it_runs_on() -> None:
    clock = keeper(disciplined=True)
    clock.judge(NOON, 10, None)
    later = keeper(clock.anchor)  # a new process, no time server any more
    assert later.judge(NOON + 14 * DAY, 10 + 14 * DAY, NOON).trusted


@pytest.mark.parametrize("step", [-365 * DAY, -HOUR, -60, 60, HOUR, 365 * DAY])
def test_a_step_of_the_clock_ends_the_trust(step: float) -> None:
    clock = keeper(Anchor("this boot", NOON - 10))
    assert clock.judge(NOON, 10, None).trusted
    assert not clock.judge(NOON + step, 10, None).trusted
    assert clock.judge(NOON + 1, 11, None).trusted, "it was set back to what it was"


@pytest.mark.parametrize("step", [-365 * DAY, -2 * HOUR, 2 * HOUR, 365 * DAY])
def test_what_timesyncd_left_behind_does_not_vouch_for_a_clock_that_was_set_since(step: float) -> None:
    """Its file stays when the network is gone; a box that was up for an hour heard a time server ten minutes ago."""
    heard = NOON - 600
    clock = keeper(stamp=heard)
    assert clock.judge(NOON, HOUR, None).trusted
    assert not clock.judge(NOON + step, HOUR, None).trusted
    assert not keeper(stamp=heard).judge(NOON + step, HOUR, None).trusted, "nor in a new process"
    assert keeper(stamp=heard).judge(NOON + 14 * DAY, HOUR + 14 * DAY, None).trusted, "it only ran on"


def test_a_time_server_that_is_heard_again_vouches_for_the_new_time() -> None:
    states = [SystemClock(False, int((NOON - 600) * NANO))]
    clock = ClockTrust("this boot", None, lambda: states[-1], lambda: None)
    assert clock.judge(NOON, HOUR, None).trusted
    assert not clock.judge(NOON + DAY, HOUR, None).trusted
    states.append(SystemClock(False, int((NOON + DAY + 5) * NANO)))
    assert clock.judge(NOON + DAY + 9, HOUR + 9, None).trusted


def test_another_boot_knows_nothing_of_the_last() -> None:
    assert not keeper(Anchor("last boot", NOON - 10)).judge(NOON, 10, None).trusted
    nameless = ClockTrust("", Anchor("", NOON - 10), lambda: SystemClock(False), lambda: None)
    assert not nameless.judge(NOON, 10, None).trusted


def test_a_hardware_clock_vouches_unless_its_battery_is_empty() -> None:
    assert keeper(rtc=NOON + 1).judge(NOON, 10, None).trusted
    assert not keeper(rtc=NOON + HOUR).judge(NOON, 10, None).trusted
    assert not keeper(rtc=946_684_800.0).judge(946_684_800.0, 10, None).trusted


def test_a_hardware_clock_is_looked_at_once_a_minute_and_a_step_is_still_seen_at_once() -> None:
    looks: list[float] = []

    def rtc() -> float:
        looks.append(0)
        return NOON + len(looks) - 1

    clock = ClockTrust("this boot", None, lambda: SystemClock(False), rtc)
    assert all(clock.judge(NOON + s, 10 + s, None).trusted for s in range(50))
    assert len(looks) == 1
    assert not clock.judge(NOON + 50 + HOUR, 60, None).trusted


def test_somebody_may_vouch_for_it_on_a_desk() -> None:
    assert keeper(vouched=True).judge(NOON, 10, None).trusted


def test_the_machines_own_evidence_can_be_read_here(tmp_path: Path) -> None:
    assert isinstance(system_says().disciplined, bool)
    assert system_says(tmp_path / "none").stamp == 0
    (tmp_path / "synchronized").touch()
    os.utime(tmp_path / "synchronized", ns=(0, 1795447322 * NANO))
    assert system_says(tmp_path / "synchronized").stamp == 1795447322 * NANO
    assert len(boot_id()) == 36
    assert boot_id(tmp_path / "none") == ""
    assert hardware_clock(tmp_path / "none") is None
    (tmp_path / "since_epoch").write_text("1795447322\n")
    assert hardware_clock(tmp_path / "since_epoch") == 1795447322.0


@pytest.mark.parametrize("server", [1e12, 1e30, -1e15])
def test_a_server_time_that_no_calendar_has_ends_nothing(tmp_path: Path, server: float) -> None:
    with contextlib.closing(BundleStore(tmp_path, "library")) as store:
        clock = Timekeeper(store, vouched=True)
        clock.note_server_time(server, clock.since_boot())
        moment = clock.moment(None)
    assert moment.server is None
    assert moment.trusted


def test_the_last_moment_of_the_calendar_is_followed_by_none() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert Moment(last, 5.0, False, last).ahead(1.0) == Moment(last, 5.0, False, last)
    assert Moment(last, 5.0, True).later(1.0).ticks == 6.0
