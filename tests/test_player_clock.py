"""When the player believes its clock. Seconds since 1970; the machine was booted at 1000 on its own clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.clock import OLDEST_PLAUSIBLE, Anchor, Keeper, boot_id, hardware_clock, kernel_synchronised

NOON = OLDEST_PLAUSIBLE + 50_000_000.0
HOUR = 3600.0


def keeper(anchor: Anchor | None = None, kernel: bool = False, rtc: float | None = None) -> Keeper:
    return Keeper("this boot", anchor, lambda: kernel, lambda: rtc)


def test_nothing_vouches_for_a_clock_that_just_came_up() -> None:
    assert not keeper().look(NOON, 10, None).trusted


def test_the_systems_word_is_enough() -> None:
    assert keeper(kernel=True).look(NOON, 10, NOON - HOUR).trusted


def test_never_when_it_is_earlier_than_what_was_verified() -> None:
    verdict = keeper(kernel=True, rtc=NOON).look(NOON, 10, NOON + 365 * 24 * HOUR)
    assert not verdict.trusted
    assert "made later" in verdict.why


def test_a_server_that_agrees_is_enough() -> None:
    clock = keeper()
    clock.server_said(NOON + 30, 10)
    assert clock.look(NOON + 5, 15, NOON - HOUR).trusted


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (-61 * 60, "61 min behind the server"),
        (HOUR, "60 min ahead of the server"),
        (-400 * 24 * HOUR, "400 days behind"),
    ],
)
def test_a_clock_that_is_off_is_not_trusted_and_it_is_said_by_how_much(off: float, words: str) -> None:
    clock = keeper(Anchor("this boot", NOON + off - 10), rtc=NOON + off)
    clock.server_said(NOON, 10)
    verdict = clock.look(NOON + off, 10, None)
    assert not verdict.trusted
    assert words in verdict.why


def test_a_disagreement_with_a_synchronised_clock_is_the_servers_fault_and_is_said() -> None:
    clock = keeper(kernel=True)
    clock.server_said(NOON - 2 * HOUR, 10)
    assert clock.look(NOON, 10, None).trusted
    assert clock.disagreement(NOON, 10) == "the clock is 2 h ahead of the server"


def test_once_right_it_stays_right_while_it_runs_on() -> None:
    clock = keeper()
    clock.server_said(NOON, 10)
    clock.look(NOON, 10, None)
    later = keeper(clock.anchor)  # a new process, no server
    assert later.look(NOON + 14 * 24 * HOUR, 10 + 14 * 24 * HOUR, NOON).trusted


@pytest.mark.parametrize("step", [-365 * 24 * HOUR, -HOUR, -60, 60, HOUR, 365 * 24 * HOUR])
def test_a_step_of_the_clock_ends_the_trust(step: float) -> None:
    clock = keeper(Anchor("this boot", NOON - 10))
    assert clock.look(NOON, 10, None).trusted
    assert not clock.look(NOON + step, 10, None).trusted


def test_another_boot_knows_nothing_of_the_last() -> None:
    assert not keeper(Anchor("last boot", NOON - 10)).look(NOON, 10, None).trusted


def test_a_clock_set_right_after_the_server_disagreed_is_trusted() -> None:
    clock = keeper()
    clock.server_said(NOON, 10)
    assert not clock.look(NOON - HOUR, 10, None).trusted
    assert clock.look(NOON + 5, 15, None).trusted


def test_a_hardware_clock_vouches_unless_its_battery_is_empty() -> None:
    assert keeper(rtc=NOON + 1).look(NOON, 10, None).trusted
    assert not keeper(rtc=NOON + HOUR).look(NOON, 10, None).trusted
    assert not keeper(rtc=946_684_800.0).look(946_684_800.0, 10, None).trusted


def test_the_machines_own_evidence_can_be_read_here(tmp_path: Path) -> None:
    assert isinstance(kernel_synchronised(), bool)
    assert len(boot_id()) == 36
    assert boot_id(tmp_path / "none") == ""
    assert hardware_clock(tmp_path / "none") is None
    (tmp_path / "since_epoch").write_text("1795447322\n")
    assert hardware_clock(tmp_path / "since_epoch") == 1795447322.0
