"""Clients that hold connections: each gets its time and its share, players still get in, and the log stays short."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Any

import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from signage.web.connections import ConnectionLimits, address_of, affordable, raise_descriptor_limit
from signage.web.loopback import Threaded
from tests.fixtures.paths import ROOT
from tests.fixtures.raw_http import answer_of, ask, closed, connect, drip, rest, until

SHORT = ConnectionLimits(head_seconds=0.5, body_seconds=0.5, idle_seconds=1, write_seconds=0.5, linger_seconds=0.5)
LARGE = 8 << 20  # more than the kernel holds for a client that doesn't read
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
SLOW_BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nbegun"


class Desk:
    """Handlers that can be held."""

    def __init__(self) -> None:
        self.held = 0
        self.release = threading.Event()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", lambda request: PlainTextResponse("fine")),
                Route("/body", self.body, methods=["POST"]),
                Route("/unread", lambda request: PlainTextResponse("no thanks"), methods=["POST"]),
                Route("/large", lambda request: Response(bytes(LARGE))),
                Route("/held", self.hold),
                Route("/broken", self.broken),
            ]
        )

    async def body(self, request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def hold(self, request: Request) -> Response:
        self.held += 1
        await asyncio.to_thread(self.release.wait, 60)
        return PlainTextResponse("at last")

    def broken(self, request: Request) -> Response:
        raise RuntimeError("a fault of ours")


@contextlib.contextmanager
def serving(limits: ConnectionLimits, desk: Desk | None = None) -> Iterator[Threaded]:
    with Threaded((desk or Desk()).app(), limits=limits) as server:
        yield server


@pytest.fixture
def dial() -> Iterator[Callable[..., socket]]:
    """As `tests.fixtures.raw_http.connect`; all are closed in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(connect(*given, **named))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    with caplog.at_level(logging.INFO):
        yield lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# --- time


def test_headers_have_their_time_from_the_first_byte_however_they_drip(lines: Any) -> None:
    with serving(SHORT) as server, connect(server.port, first=HALF) as slow, connect(server.port) as silent:
        assert drip(slow, 10) < 5
        assert rest(silent) == b""
        with connect(server.port, first=HALF) as stopped:
            assert rest(stopped).startswith(b"HTTP/1.1 408 ")
    assert sum("did not finish their headers" in line for line in lines()) == 1


def test_a_second_request_has_the_same_time(lines: Any) -> None:
    with serving(SHORT) as server, connect(server.port, first=GET) as kept:
        assert answer_of(kept).endswith(b"fine")
        kept.sendall(HALF)
        assert drip(kept, 10) < 5


def test_a_body_has_its_time_whether_or_not_somebody_reads_it() -> None:
    with serving(SHORT) as server:
        for path in (b"/body", b"/unread", b"/"):
            with connect(server.port, first=SLOW_BODY.replace(b"/body", path)) as slow:
                assert drip(slow, 10) < 5
        until(lambda: server.connections == 0, "all gone")


def test_a_body_that_nobody_wants_is_not_taken_for_long() -> None:
    with serving(ConnectionLimits(linger_seconds=60, body_seconds=60)) as server:
        flood = SLOW_BODY.replace(b"/body", b"/unread").replace(b"60000", b"600000000")
        with connect(server.port, first=flood) as raw:
            assert b"no thanks" in answer_of(raw)
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                raw.sendall(bytes(128 << 20))


def test_a_body_in_time_is_read_after_a_pause() -> None:
    with serving(ConnectionLimits()) as server, connect(server.port, first=SLOW_BODY) as slow:
        assert not closed(slow)
        slow.sendall(bytes(60000 - len("begun")))
        assert answer_of(slow).endswith(b"60000")


def test_an_idle_connection_is_closed_and_that_is_no_news(lines: Any) -> None:
    with serving(SHORT) as server, connect(server.port, first=GET) as idle:
        assert rest(idle).endswith(b"fine")
    assert lines() == []


def test_a_client_that_does_not_take_its_answer_loses_the_connection_and_its_memory(
    dial: Callable[..., socket], lines: Any
) -> None:
    with serving(SHORT) as server:
        _ = [dial(server.port, first=GET.replace(b"/ ", b"/large ")) for _ in range(20)]
        until(lambda: server.connections == 20, "all are there")
        until(lambda: server.connections == 0, "all were given up")
        assert ask(server.port, LAST).endswith(b"fine")
    assert sum("don't take their answers" in line for line in lines()) == 1


def test_an_answer_may_take_longer_than_any_of_these() -> None:
    """Requests that are held until there is news must be possible."""
    desk = Desk()
    with serving(SHORT, desk) as server, connect(server.port, first=GET.replace(b"/ ", b"/held ")) as held:
        with connect(server.port, first=HALF) as later:
            rest(later)  # some sweeps have passed
        assert not closed(held)
        desk.release.set()
        assert answer_of(held).endswith(b"at last")


# --- number


FEW = ConnectionLimits(per_address=8, total=16, patience_seconds=0.2)


def test_who_has_too_many_loses_the_oldest_that_waits_and_still_gets_in(
    dial: Callable[..., socket], lines: Any
) -> None:
    with serving(FEW) as server:
        mine = [dial(server.port, "127.0.0.2", HALF) for _ in range(15)]
        assert ask(server.port, LAST, "127.0.0.2").endswith(b"fine")
        until(lambda: server.connections <= 8, "no more than its share")
        assert closed(mine[0])
        assert not closed(mine[-1])
        assert ask(server.port, LAST, "127.0.0.3").endswith(b"fine")
    assert [line.split(";")[0] for line in lines()] == [
        "the server is dropping connections of an address that has too many"
    ]


def test_a_crowd_of_one_address_is_answered(dial: Callable[..., socket], lines: Any) -> None:
    """Players behind a router, or a proxy on another machine, that were answered together and all come back."""
    with serving(replace(FEW, total=100)) as server:
        kept = [dial(server.port, "127.0.0.2", GET) for _ in range(40)]
        assert all(answer_of(each).endswith(b"fine") for each in kept)
        new = [dial(server.port, "127.0.0.2") for _ in range(40)]
        until(lambda: server.connections == 80, "all are there")
        for each in (*new, *kept):
            each.sendall(GET)
        assert all(answer_of(each).endswith(b"fine") for each in (*new, *kept))
    assert lines() == []


def test_where_there_are_too_many_who_waits_idly_makes_room_for_who_has_just_come(dial: Callable[..., socket]) -> None:
    with serving(replace(FEW, patience_seconds=60)) as server:
        kept = [dial(server.port, f"127.0.1.{i}", GET) for i in range(1, 11)]
        assert all(answer_of(each).endswith(b"fine") for each in kept)
        new = [dial(server.port, f"127.0.2.{i}") for i in range(1, 17)]
        until(lambda: all(map(closed, kept)), "the others have gone")
        for each in new:
            each.sendall(GET)
        assert all(answer_of(each).endswith(b"fine") for each in new)


def test_a_flood_from_everywhere_locks_nobody_out(dial: Callable[..., socket], lines: Any) -> None:
    with serving(FEW) as server:
        flood = [dial(server.port, f"127.0.1.{i}", HALF) for i in range(1, 200)]
        for i in range(20):
            assert ask(server.port, LAST, f"127.0.2.{i + 1}").endswith(b"fine")
        assert server.connections <= 16
        assert sum(map(closed, flood)) >= 180
    assert [line.split(";")[0] for line in lines()] == [
        "the server is dropping connections that wait, because there are too many"
    ]


def test_slow_bodies_and_clients_that_do_not_read_make_room_too(dial: Callable[..., socket]) -> None:
    with serving(FEW) as server:
        _ = [dial(server.port, f"127.0.1.{i}", SLOW_BODY) for i in range(1, 9)]
        _ = [dial(server.port, f"127.0.1.{i}", GET.replace(b"/ ", b"/large ")) for i in range(9, 17)]
        until(lambda: server.connections == 16, "all are there")
        for i in range(20):
            assert ask(server.port, LAST, f"127.0.2.{i + 1}").endswith(b"fine")


def test_what_is_being_answered_is_not_dropped_and_newcomers_are_told(dial: Callable[..., socket], lines: Any) -> None:
    desk = Desk()
    with serving(FEW, desk) as server:
        held = [dial(server.port, f"127.0.1.{i}", GET.replace(b"/ ", b"/held ")) for i in range(1, 17)]
        until(lambda: desk.held == 16, "all are being answered")
        said = ask(server.port, b"", "127.0.2.1")
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5" in said
        desk.release.set()
        assert all(answer_of(each).endswith(b"at last") for each in held)
        assert ask(server.port, LAST, "127.0.2.1").endswith(b"fine")
    assert lines()[0].startswith(
        "the server is turning connections away, because all that it may have are being answered"
    )


def test_a_reverse_proxy_on_this_machine_may_have_them_all(dial: Callable[..., socket]) -> None:
    with serving(FEW) as server:
        proxied = [dial(server.port, "127.0.0.1", HALF) for _ in range(16)]
        until(lambda: server.connections == 16, "all are there")
        assert not any(map(closed, proxied))
        assert ask(server.port, LAST, "127.0.0.1").endswith(b"fine")


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 1, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
        (("::1", 1, 0, 0), "::1"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_address_is_an_ipv4_address_or_an_ipv6_network(peer: Any, address: str) -> None:
    assert address_of(peer) == address


# --- descriptors


def test_descriptors_are_kept_for_the_program_itself() -> None:
    limits = ConnectionLimits()
    assert affordable(limits, 1024) == 384  # each may have a file open
    assert affordable(limits, 4096) == limits.total
    assert affordable(limits, 256) == 16  # too few to serve many, and still some
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert raise_descriptor_limit(600) == 600 == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert raise_descriptor_limit(100) == 600
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_without_a_single_descriptor_left_it_does_not_spin_and_comes_back(tmp_path: Path) -> None:
    """In a process of its own: there, all others are taken away."""
    script = tmp_path / "server.py"
    script.write_text(STARVED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["starved", "fine"]
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4, done.stderr


STARVED = """
import logging, os, resource, socket, time
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from signage.web.connections import ConnectionLimits
from signage.web.loopback import Threaded

logging.basicConfig(level=logging.WARNING)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)
app = Starlette(routes=[Route("/", lambda request: PlainTextResponse("fine"))])
with Threaded(app) as server:
    waiting = [socket.socket() for _ in range(60)]
    for each in waiting[:40]:
        each.connect(("127.0.0.1", server.port))
    while server.connections < 40:
        time.sleep(0.01)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard[1]))
    for each in waiting[40:]:
        each.connect(("127.0.0.1", server.port))
    cpu = time.process_time()
    time.sleep(1)
    assert time.process_time() - cpu < 0.5, "it spins"
    print("starved")
    resource.setrlimit(resource.RLIMIT_NOFILE, hard)
    each = waiting[-1]
    each.settimeout(30)
    each.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    print(b"".join(iter(lambda: each.recv(9999), b"")).decode().split()[-1])
"""


# --- the log, and the server's own end


def test_a_fault_of_ours_is_logged_once_with_its_traceback_not_for_each_request(
    lines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(SHORT) as server:
        for _ in range(50):
            assert b" 500 " in ask(server.port, LAST.replace(b"/ ", b"/broken "))
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_it_ends_within_two_seconds_whatever_its_clients_do(dial: Callable[..., socket]) -> None:
    with serving(ConnectionLimits()) as server:
        clients: list[socket] = [dial(server.port, first=HALF) for _ in range(100)]
        clients += [dial(server.port, first=SLOW_BODY) for _ in range(20)]
        clients += [dial(server.port, first=GET.replace(b"/ ", b"/large ")) for _ in range(20)]
        until(lambda: server.connections == 140, "all are there")
        began = time.monotonic()
    assert time.monotonic() - began < 2.5
    for each in clients:
        each.close()
    assert not [each for each in psutil.Process().net_connections() if each.laddr and each.laddr[1] == server.port]


def test_an_answer_does_not_wait_for_the_receipt_of_its_first_part() -> None:
    """Nagle's algorithm keeps an answer's body back for up to 40 ms; a client can't see that each time."""
    with serving(ConnectionLimits()) as server, connect(server.port, first=GET) as raw:
        assert answer_of(raw).endswith(b"fine")
        assert server._server is not None
        (protocol,) = server._server.server_state.connections
        accepted = protocol.transport.get_extra_info("socket")
        assert accepted.getsockopt(IPPROTO_TCP, TCP_NODELAY)


def test_its_own_death_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    died = threading.Event()
    with Threaded(Desk().app(), on_death=died.set) as server:
        assert ask(server.port, LAST).endswith(b"fine")
        assert (server.alive, server.failure) == (True, None)
        assert server.silent_seconds < 10
        assert server._server is not None
        server._server.book.sweep = None  # type: ignore[assignment,method-assign]
        assert died.wait(30)
        assert not server.alive
        assert isinstance(server.failure, TypeError)
    assert "has died" in caplog.text
    assert not server.alive


def test_an_ordinary_end_is_no_death() -> None:
    died = threading.Event()
    with Threaded(Desk().app(), on_death=died.set) as server:
        ask(server.port, LAST)
    assert (died.is_set(), server.failure, server.alive) == (False, None, False)
