"""The main loop's jobs: one that fails costs its turn, is logged once, and keeps no other from its turn."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from signage.app.jobs import Jobs
from signage.app.shutdown import end_together
from signage.app.sign_of_life import SIGN_FILE, SignOfLife, read_sign, write_sign
from signage.errors import NotWritable

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


class Seconds:
    """A clock that is set by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_job_has_its_turn_when_its_time_has_come() -> None:
    clock = Seconds(100.0)
    jobs, turns = Jobs(clock), list[str]()
    jobs.repeat(2.0, "quick", lambda: turns.append("quick"))
    jobs.repeat(5.0, "slow", lambda: turns.append("slow"))
    for second in range(101, 111):
        clock.now = second
        jobs.run_pending()
    assert turns == ["quick", "quick", "slow", "quick", "quick", "quick", "slow"]


def test_an_interval_of_less_than_a_second() -> None:
    clock = Seconds()
    jobs, turns = Jobs(clock), list[float]()
    jobs.repeat(0.25, "often", lambda: turns.append(clock.now))
    for step in range(1, 9):
        clock.now = step / 8
        jobs.run_pending()
    assert turns == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("jump", [timedelta(days=-365), timedelta(days=365), timedelta(hours=-1)])
def test_a_jump_of_the_wall_clock_neither_delays_a_turn_nor_adds_one(
    monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    class Jumping(datetime):
        offset = timedelta()

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + cls.offset

    monkeypatch.setattr("schedule.datetime.datetime", Jumping)
    clock = Seconds()
    jobs, turns = Jobs(clock), list[float]()
    jobs.repeat(10.0, "looking", lambda: turns.append(clock.now))
    for second in range(1, 41):
        if second == 15:
            Jumping.offset = jump
        clock.now = second
        jobs.run_pending()
    assert turns == [10, 20, 30, 40]


def test_missed_turns_are_not_made_up_for() -> None:
    clock = Seconds()
    jobs, turns = Jobs(clock), list[float]()
    jobs.repeat(10.0, "looking", lambda: turns.append(clock.now))
    for clock.now in (95.0, 96.0, 104.0, 105.0):
        jobs.run_pending()
    assert turns == [95.0, 105.0]


def test_a_shorter_interval_counts_at_once_and_a_longer_one_from_the_next_turn() -> None:
    clock = Seconds()
    jobs, turns = Jobs(clock), list[float]()
    job = jobs.repeat(100.0, "refreshing", lambda: turns.append(clock.now))
    job.set_period(10.0)
    for clock.now in (9.0, 10.0):
        jobs.run_pending()
    job.set_period(30.0)
    for clock.now in (20.0, 49.0, 50.0):
        jobs.run_pending()
    assert turns == [10.0, 20.0, 50.0]


def test_a_failure_costs_that_job_only_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Seconds()
    jobs, turns = Jobs(clock), list[str]()
    full = [True]

    def write() -> None:
        if full[0]:
            raise OSError(28, "No space left on device")

    jobs.repeat(1.0, "writing", write)
    jobs.repeat(1.0, "looking", lambda: turns.append("looked"))
    for second in range(1, 6):
        clock.now = second
        jobs.run_pending()
    assert turns == ["looked"] * 5
    assert jobs.failures == ["writing: OSError: [Errno 28] No space left on device"]
    assert len(caplog.records) == 1
    assert not caplog.records[0].exc_info
    full[0] = False
    clock.now = 6.0
    jobs.run_pending()
    assert jobs.failures == []
    assert [record.getMessage() for record in caplog.records][1:] == ["writing works again"]


def test_a_fault_of_ours_is_logged_with_its_place_in_the_program(caplog: pytest.LogCaptureFixture) -> None:
    clock = Seconds()
    jobs = Jobs(clock)
    jobs.repeat(1.0, "counting", lambda: print(1 / 0))
    clock.now = 1.0
    jobs.run_pending()
    assert caplog.records[0].exc_info


def test_things_end_together_and_none_waits_for_another() -> None:
    import threading

    ended, never = list[str](), threading.Event()
    closers = [("hung", never.wait), ("broken", lambda: 1 / 0), ("good", lambda: ended.append("good"))]
    end_together(closers, 0.2)
    assert ended == ["good"]
    never.set()


def test_the_sign_of_life_comes_back_as_it_was_written(tmp_path: Path) -> None:
    alarm = {"kind": "x", "unit": "hall", "since": NOW.isoformat(), "text": "no", "nb": "nei"}
    sign = SignOfLife(NOW, 4711, False, {"hall": NOW - timedelta(minutes=3)}, (alarm,), ("choir: no",))
    write_sign(tmp_path / "var", sign)
    assert read_sign(tmp_path / "var") == sign
    assert ((tmp_path / "var" / SIGN_FILE).stat().st_mode & 0o777) == 0o600


def test_an_alarm_that_another_version_wrote_lacks_no_key(tmp_path: Path) -> None:
    write_sign(tmp_path, SignOfLife(NOW, 4711, False, {}, ({"kind": "x", "text": 3},)))
    sign = read_sign(tmp_path)
    assert sign is not None
    assert sign.alarms == ({"kind": "x", "unit": "", "since": "", "text": "3", "nb": ""},)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": 3}', '{"at": "2026-11-23T13:00:00"}', "\udcff" * 3, "[" * 99999]
)
def test_a_damaged_sign_of_life_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / SIGN_FILE).write_text(text, "utf-8", "surrogateescape")
    assert read_sign(tmp_path) is None


def test_a_sign_without_an_offset_is_none(tmp_path: Path) -> None:
    write_sign(tmp_path, SignOfLife(NOW.replace(tzinfo=None), 1, False))
    assert read_sign(tmp_path) is None


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(NotWritable):
        write_sign(tmp_path / "var", SignOfLife(NOW, 1, False))
