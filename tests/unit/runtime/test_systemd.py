"""What the service manager hears: real datagrams, to a socket with a file and to one without."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signage.runtime.systemd import Notifier


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(5)
        yield listening


def heard(listening: socket.socket) -> str:
    return listening.recv(4096).decode()


def test_what_is_said_over_a_socket_with_a_file(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with manager(path) as listening:
        notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        notifier.ready()
        assert heard(listening) == "READY=1"
        notifier.status("building;\n2 problems")
        notifier.status("building; 2 problems")
        notifier.alive()
        notifier.stopping()
        assert [heard(listening) for _ in range(3)] == ["STATUS=building; 2 problems", "WATCHDOG=1", "STOPPING=1"]
        notifier.reloading()
        assert heard(listening).startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_an_abstract_socket() -> None:
    name = f"signage-test-{os.getpid()}"
    with manager(f"\0{name}") as listening:
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard(listening) == "READY=1"


def test_without_a_service_manager_nothing_is_said_and_nothing_fails() -> None:
    notifier = Notifier({})
    notifier.ready()
    notifier.alive()
    assert notifier.watchdog_seconds is None


def test_a_service_manager_that_is_gone_costs_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "1000000"})
    for _ in range(3):
        notifier.alive()
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_within_which_time_the_watchdog_wants_to_hear(environment: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environment).watchdog_seconds == seconds


def test_the_watchdog_hears_nothing_when_it_did_not_ask(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with manager(path) as listening:
        notifier = Notifier({"NOTIFY_SOCKET": path})
        notifier.alive()
        notifier.ready()
        assert heard(listening) == "READY=1"
