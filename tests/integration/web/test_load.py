"""A hostile crowd at a real server, in short; `make bench ARGS="load"` is the same for five minutes."""

from __future__ import annotations

import pytest

from benchmarks import load

SECONDS = 20.0
SLOWEST = 20.0  # seconds: so long a player waits, and the machine may be busy
GROWN = 250e6  # bytes: 1,300 connections, and a build that begins meanwhile, which keeps 130 MB until its encoders end


@pytest.mark.browser
def test_fifty_players_get_every_answer_while_a_crowd_does_its_worst() -> None:
    seen = load.measure(SECONDS, wait=0.0)
    assert seen.players["failures"] == []
    assert seen.players["served"] == 50
    assert len(seen.players["answers"]) > 100
    assert seen.players["answers"][-1] < SLOWEST
    assert max(seen.pss) - seen.pss[0] < GROWN
    assert max(seen.descriptors) < 4096
    assert seen.crowd["half-open opened"] >= 1100
    assert seen.crowd["slow bodies opened"] >= 200
    assert "Traceback" not in seen.log
    assert "can't be used" not in seen.log
    assert "Too many open files" not in seen.log
    assert len(seen.log) < 20_000
    assert seen.exit_code == 0
