"""`signage run` ends within five seconds, whatever it is doing, and leaves nothing but what is published.

`make bench ARGS="signals"` does the same at 200 moments.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.ending import Server
from tests.fixtures.portal import drip, silent
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def demo(site: Site) -> Path:
    """A screens.toml for the demo."""
    site.write(playlist='{ show = "today" }, { show = "agenda", days = 4 }')
    return site.path


def ends_well(server: Server, number: int = signal.SIGTERM, group: bool = False) -> str:
    ended = server.end(number, group)
    assert ended.wrong == []
    return ended.said


@pytest.fixture
def started(site: Site) -> Iterator[list[Server]]:
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.kill()


@pytest.mark.parametrize("after", [0.0, 0.3, 0.7, 1.2, 1.8])
def test_while_it_is_starting(demo: Path, site: Site, started: list[Server], after: float) -> None:
    server = Server(demo, site.folder / "var", "--demo")
    started.append(server)
    # not a wait for anything: the moment of the signal is the point
    threading.Event().wait(after)
    ends_well(server)


def test_while_browsers_start_and_pictures_are_made(demo: Path, site: Site, started: list[Server]) -> None:
    server = Server(demo, site.folder / "var", "--demo")
    started.append(server)
    server.says("rendering; on each screen")
    threading.Event().wait(random.Random(59).uniform(0.0, 2.0))
    assert "Stopped. The published pages stay in place." in ends_well(server, signal.SIGINT, group=True)


def test_after_the_first_day_was_published(site: Site, started: list[Server]) -> None:
    site.write()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("published")
    ends_well(server, signal.SIGINT)
    again = Server(site.path, site.folder / "var")  # on what is there already
    started.append(again)
    again.says("published")
    ends_well(again)


@pytest.mark.parametrize("answer", [drip, silent])
def test_while_a_source_drips_or_is_silent(site: Site, started: list[Server], answer: object) -> None:
    site.write()
    site.portal.wis(answer)  # type: ignore[arg-type]
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("from other machines")
    while not site.portal.asked:
        threading.Event().wait(0.01)
    ends_well(server)


def test_while_slow_clients_hold_connections_and_zeroconf_announces(site: Site, started: list[Server]) -> None:
    site.write()
    server = Server(site.path, site.folder / "var", "--host", "0.0.0.0")  # noqa: S104 all announcing needs that
    started.append(server)
    port = int(server.says(r"http://localhost:(\d+)/").group(1))
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
    for client in clients:
        client.sendall(b"POST /player/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{")
    server.says("published")
    ends_well(server)
    for client in clients:
        client.close()


def test_while_another_process_holds_the_state_file(site: Site, started: list[Server]) -> None:
    site.write()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("published")
    site.portal.wis(drip)
    holder = sqlite3.connect(site.folder / "var" / "state.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    site.path.write_text(site.path.read_text().replace("Hemne bibliotek", "Halsa bibliotek"))
    server.says("has changed")  # now it builds, and waits for the file
    threading.Event().wait(0.5)
    ends_well(server)
    holder.close()


def test_a_browser_that_hangs(site: Site, started: list[Server]) -> None:
    site.write()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("rendering; on each screen")
    stopped = 0
    while not stopped:
        for pid in server.family():
            try:
                named = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if b"--headless" in named and b"--type=" not in named:
                os.kill(pid, signal.SIGSTOP)
                stopped += 1
    ends_well(server)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_on_the_command_line_is_interrupted(site: Site, started: list[Server], number: int) -> None:
    site.write()
    site.portal.wis(drip)

    class Build(Server):
        def command(self, config: Path, var: Path, *more: str) -> list[str]:
            return [sys.executable, "-m", "signage", *site.arguments("build")]

    server = Build(site.path, site.folder / "var")
    started.append(server)
    while not site.portal.asked:
        threading.Event().wait(0.01)
    ended = server.end(number, group=True)
    assert ended.wrong == [f"exit code {128 + number}"]
    assert "Ended by" in ended.said
