"""systemd hears that the player lives only while the loop turns and the picture stands."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.health.proof import PROOF_SECONDS, Proof, fallback_from
from player.health.watchdog import MAX_STATUS, PICTURE_SECONDS, Watchdog, WatchdogState, every, notify

DUE = 10.0


def test_ready_comes_with_the_first_picture_and_once() -> None:
    known, lines = notify(WatchdogState(), 100.0, None, "", DUE)
    assert lines == []
    known, lines = notify(known, 101.0, 101.0, "", DUE)
    assert lines == ["READY=1", "WATCHDOG=1"]
    assert notify(known, 102.0, 102.0, "", DUE)[1] == []


def test_a_beat_comes_when_it_is_due() -> None:
    known, _ = notify(WatchdogState(), 100.0, 100.0, "", DUE)
    assert notify(known, 109.9, 109.0, "", DUE)[1] == []
    assert notify(known, 110.0, 109.0, "", DUE)[1] == ["WATCHDOG=1"]


def test_a_picture_that_hangs_ends_the_beats() -> None:
    known, _ = notify(WatchdogState(), 100.0, 100.0, "", DUE)
    assert notify(known, 100.0 + PICTURE_SECONDS, 100.0, "", DUE)[1] == ["WATCHDOG=1"]
    assert notify(known, 100.1 + PICTURE_SECONDS, 100.0, "", DUE)[1] == []


def test_nobody_waits_for_beats() -> None:
    assert notify(WatchdogState(), 100.0, 100.0, "", None)[1] == ["READY=1"]


def test_the_status_is_one_line_and_said_when_it_changes() -> None:
    known, lines = notify(WatchdogState(), 100.0, None, "page a\nREADY=1" + "x" * 500, DUE)
    assert len(lines) == 1
    assert lines[0].startswith("STATUS=page a READY=1")
    assert len(lines[0]) == len("STATUS=") + MAX_STATUS
    assert notify(known, 101.0, None, "page a\nREADY=1" + "x" * 500, DUE)[1] == []


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_how_often_systemd_wants_to_hear(environment: dict[str, str], seconds: float | None) -> None:
    assert every(environment, 7) == seconds


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket like systemd's, and what NOTIFY_SOCKET says."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@signage-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        server.settimeout(5)
        yield server, name


def test_it_arrives_at_a_real_socket(systemd: tuple[socket.socket, str]) -> None:
    server, name = systemd
    dog = Watchdog({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"})
    dog.notify_due(5.0, 5.0, "page a since 15.42")
    assert server.recv(1000) == b"READY=1\nSTATUS=page a since 15.42\nWATCHDOG=1"
    dog.notify_due(6.0, 6.0, "page a since 15.42")
    dog.stopping()
    assert server.recv(1000) == b"STOPPING=1"
    dog.close()
    dog.notify_due(60.0, 60.0)


def test_a_socket_that_nobody_empties_holds_nothing_up(systemd: tuple[socket.socket, str]) -> None:
    dog = Watchdog({"NOTIFY_SOCKET": systemd[1], "WATCHDOG_USEC": "3"})
    for turn in range(2000):
        dog.notify_due(float(turn), float(turn), f"turn {turn}")
    dog.close()


@pytest.mark.parametrize("name", ["/nowhere/notify", "vsock:2:1", ""])
def test_without_systemd_it_is_silent(name: str) -> None:
    dog = Watchdog({"NOTIFY_SOCKET": name})
    dog.notify_due(1.0, 1.0, "hello")
    dog.stopping()
    dog.close()


# -- the proof ------------------------------------------------------------------------------------------------------


def run(proof: Proof, *moments: tuple[float, bool]) -> None:
    for now, well in moments:
        proof.look(now, well)


def test_a_proof_takes_a_minute_without_a_break(tmp_path: Path) -> None:
    proof = Proof({"RUNTIME_DIRECTORY": str(tmp_path)})
    run(proof, (0.0, True), (30.0, False), (31.0, True), (30.9 + PROOF_SECONDS, True))
    assert list(tmp_path.iterdir()) == []
    run(proof, (31.0 + PROOF_SECONDS, True))
    assert [path.name for path in tmp_path.iterdir()] == ["proven"]


def test_a_proof_outside_of_the_service_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for environment in ({}, {"RUNTIME_DIRECTORY": str(tmp_path / "missing")}):
        proof = Proof(environment)
        run(proof, (0.0, True), (PROOF_SECONDS, True))
        assert proof.proven
    assert list(tmp_path.iterdir()) == []
    assert fallback_from({}) is None
    assert fallback_from({"SIGNAGE_FALLBACK_FROM": "0.5.0"}) == "0.5.0"
