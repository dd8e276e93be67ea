"""The log of alerts: nothing that was written is lost, and nothing of it is invented."""

from __future__ import annotations

import json
import os
import random
import resource
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.app.alert_log import ALERT_LOG, AlertLog
from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertText
from signage.errors import NotWritable

NOW = datetime(2026, 11, 27, 15, 55, tzinfo=UTC)


def alert(identity: str = "261127-0000aa", **changes: object) -> Alert:
    draft = AlertDraft(
        {"nb": AlertText("Vannet må kokes", "I minst tre minutter.\n\nNy melding kommer."), "en": AlertText("Boil it")},
        ("bibliotek", "hallen"),
        NOW + timedelta(hours=2),
        **changes,  # type: ignore[arg-type]
    )
    return Alert(identity, draft, NOW, "status page", "form-1")


def test_what_was_written_is_read_again_by_another_process(tmp_path: Path) -> None:
    sent = [
        alert(),
        alert("261127-0000bb", level=AlertLevel.BANNER, begin=NOW, sender="Heim kommune", prepared="water"),
        alert("261127-0000cc", credit="MET", source="met", source_id="2.49.0.1", warning="red"),
    ]
    log = AlertLog(tmp_path)
    for each in sent:
        log.sent(each)
    log.ended("261127-0000bb", NOW + timedelta(minutes=3), "command line")
    log.ended("261127-0000bb", NOW + timedelta(minutes=4), "somebody later")
    expected = [sent[0], replace(sent[1], ended=NOW + timedelta(minutes=3), ended_by="command line"), sent[2]]
    assert AlertLog(tmp_path).alerts() == log.alerts() == expected


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    AlertLog(tmp_path).sent(alert())
    assert stat.S_IMODE((tmp_path / ALERT_LOG).stat().st_mode) == 0o600


def test_there_is_none_yet(tmp_path: Path) -> None:
    assert AlertLog(tmp_path / "nowhere").alerts() == []


def test_a_line_that_a_power_cut_has_cut_counts_as_not_written_and_costs_no_other(tmp_path: Path) -> None:
    """At each byte: what was whole before is there, and what is written afterwards is."""
    whole = AlertLog(tmp_path / "whole")
    whole.sent(alert("a"))
    first = whole.path.stat().st_size
    whole.sent(alert("b"))
    data = whole.path.read_bytes()
    for cut in range(first, len(data) - 1, 7):
        log = AlertLog(tmp_path / str(cut))
        log.path.parent.mkdir()
        log.path.write_bytes(data[:cut])
        assert [each.id for each in log.alerts()] == ["a"]
        log.sent(alert("c"))
        assert [each.id for each in log.alerts()] == ["a", "c"]


def test_noise_in_the_file_costs_the_lines_that_it_hits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(5)
    log = AlertLog(tmp_path)
    for number in range(20):
        log.sent(alert(f"a{number}"))
    lines = log.path.read_bytes().split(b"\n")
    lines[3] = dice.randbytes(80).replace(b"\n", b"")
    lines[7] = b"[]"
    lines[8] = json.dumps({**json.loads(lines[8]), "until": "2026-11-27T18:00"}).encode()
    lines[9] = json.dumps({**json.loads(lines[9]), "level": "loud"}).encode()
    lines[10] = b"[" * 5000
    lines[11] = json.dumps({**json.loads(lines[11]), "texts": {"nb": ["a", "b", "c"]}}).encode()
    log.path.write_bytes(b"\n".join(lines))
    assert [each.id for each in AlertLog(tmp_path).alerts()] == [
        f"a{number}" for number in range(20) if number not in (3, 7, 8, 9, 10, 11)
    ]
    assert "line 4 can't be read, and is left out" in caplog.text


def test_an_end_of_what_was_never_sent_is_none(tmp_path: Path) -> None:
    log = AlertLog(tmp_path)
    log.ended("261127-0000aa", NOW, "command line")
    assert log.alerts() == []


def test_a_disk_that_takes_half_a_line_leaves_none(tmp_path: Path) -> None:
    """A file that must not grow is a disk that is full."""
    log = AlertLog(tmp_path)
    log.sent(alert("a"))
    size = log.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        with pytest.raises(NotWritable, match="The log of alerts"):
            log.sent(alert("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.path.stat().st_size == size
    log.sent(alert("c"))
    assert [each.id for each in log.alerts()] == ["a", "c"]


def test_the_lock_keeps_others_out(tmp_path: Path) -> None:
    log, other = AlertLog(tmp_path), AlertLog(tmp_path)
    with log.held():
        handle = os.open(other.path.with_name(f"{ALERT_LOG}.lock"), os.O_RDWR)
        try:
            with pytest.raises(BlockingIOError):
                _take(handle)
        finally:
            os.close(handle)
    with other.held():
        pass


def _take(handle: int) -> None:
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
