"""The main loop's jobs: one that fails costs its turn, is said once, and keeps no other from its turn."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.app.jobs import Jobs
from signage.app.shutdown import end_together
from signage.app.sign_of_life import SIGN_FILE, SignOfLife, read_sign, write_sign
from signage.errors import NotWritable

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_a_job_has_its_turn_when_its_time_has_come() -> None:
    jobs, turns = Jobs(), list[str]()
    jobs.every(2.0, "quick", lambda: turns.append("quick"), 100.0)
    jobs.every(5.0, "slow", lambda: turns.append("slow"), 100.0)
    for second in range(101, 111):
        jobs.run_due(float(second))
    assert turns == ["quick", "quick", "slow", "quick", "quick", "quick", "slow"]


def test_a_failure_costs_that_job_only_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    jobs, turns = Jobs(), list[str]()
    full = [True]

    def write() -> None:
        if full[0]:
            raise OSError(28, "No space left on device")

    jobs.every(1.0, "writing", write, 0.0)
    jobs.every(1.0, "looking", lambda: turns.append("looked"), 0.0)
    for second in range(1, 6):
        jobs.run_due(float(second))
    assert turns == ["looked"] * 5
    assert jobs.failures == ["writing: OSError: [Errno 28] No space left on device"]
    assert len(caplog.records) == 1
    assert not caplog.records[0].exc_info
    full[0] = False
    jobs.run_due(6.0)
    assert jobs.failures == []
    assert [record.getMessage() for record in caplog.records][1:] == ["writing works again"]


def test_a_fault_of_ours_is_logged_with_its_place_in_the_program(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs()
    jobs.every(1.0, "counting", lambda: print(1 / 0), 0.0)
    jobs.run_due(1.0)
    assert caplog.records[0].exc_info


def test_things_end_together_and_none_waits_for_another() -> None:
    import threading

    ended, never = list[str](), threading.Event()
    closers = [("hung", never.wait), ("broken", lambda: 1 / 0), ("good", lambda: ended.append("good"))]
    end_together(closers, 0.2)
    assert ended == ["good"]
    never.set()


def test_the_sign_of_life_comes_back_as_it_was_written(tmp_path: Path) -> None:
    sign = SignOfLife(NOW, 4711, False, {"hall": NOW - timedelta(minutes=3)}, ({"kind": "x"},), ("choir: no",))
    write_sign(tmp_path / "var", sign)
    assert read_sign(tmp_path / "var") == sign
    assert ((tmp_path / "var" / SIGN_FILE).stat().st_mode & 0o777) == 0o600


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
