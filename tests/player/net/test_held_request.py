"""Held requests: news is shown long before the next poll, and whatever the server makes of them, polls go on."""

from __future__ import annotations

import collections
import contextlib
import heapq
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.config.options import StartOptions
from player.net import held_request
from player.net.held_request import LONGEST_PAUSE_WITHOUT, SHORTEST, Held, HeldRequests, pause_after
from player.net.http import Http
from player.store.identity import Identity
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.bundle_server import Answer, cut_short, endless, says, serve
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.fixtures.raw_http import until
from tests.fixtures.well import all_well
from tests.player.net.test_service import PATIENCE, Box

NEVER = 3600  # seconds between two polls: what arrives in a test came by a held request
PUBLIC = KEY.verify_key.encode()


@contextlib.contextmanager
def playing(store: Path, url: str) -> Iterator[Box]:
    """A player of the screen "library" that has had what is published, and polls by its schedule alone."""
    box = Box(store, StartOptions(url, Identity("library", PUBLIC)))
    try:
        until(lambda: box.service.fetched, "the first poll")
        yield box
    finally:
        box.end()


def test_what_is_published_is_in_force_at_once_again_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    publish(folder, 1, page("a"), evergreen(), poll_seconds=NEVER)
    app = make_app(folder, all_well)
    with Threaded(app) as server, playing(tmp_path / "store", f"http://127.0.0.1:{server.port}") as box:
        for serial in (2, 3):
            until(lambda: bool(app.state.publications._waiting), "a request is held")
            publish(folder, serial, page(str(serial)), evergreen(), poll_seconds=NEVER)
            app.state.publications.published("library")
            until(lambda serial=serial: box.serial() == serial, "it is in force")
        until(lambda: bool(app.state.publications._waiting), "a request is held")
        began = time.monotonic()
        box.service.stop(PATIENCE)
        assert time.monotonic() - began < 5, "the player's end waits for no request"


def test_the_system_asks_after_a_connection_that_is_silent(tmp_path: Path) -> None:
    """A router that was restarted has forgotten it, and a held request would wait for an answer that can't come."""
    publish(tmp_path, 1, page("a"), evergreen())
    with Threaded(make_app(tmp_path, all_well)) as server:
        http = Http(f"http://127.0.0.1:{server.port}")
        http.get("screens/library/manifest.json", 100_000)
        (mine,) = (line for line in _timers() if line.remote == ("127.0.0.1", server.port))
        http.close()
    assert mine.kind == KEEPALIVE
    assert 0 < mine.seconds <= 20, "so its end is known after 35 s, half of what a held request may take"


KEEPALIVE = 2  # proc(5): timer_active of /proc/net/tcp


@dataclass(frozen=True)
class Timer:
    """What the kernel waits for on a connection: Documentation/networking/proc_net_tcp.rst."""

    remote: tuple[str, int]
    kind: int
    seconds: float


def _timers() -> Iterator[Timer]:
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, _, remote, state, _, timer, *_ = line.split()
        address, port = remote.split(":")
        kind, jiffies = timer.split(":")
        if state == "01":  # established
            host = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
            yield Timer((host, int(port, 16)), int(kind, 16), int(jiffies, 16) / 100)


def huge(handler: BaseHTTPRequestHandler) -> None:
    says(200, b'{"serial": 999999999999999999}')(handler)


HELD = threading.Event()


def never(handler: BaseHTTPRequestHandler) -> None:
    HELD.wait(PATIENCE)


SERVERS: dict[str, Answer | None] = {
    "only files": None,
    "a page for everything": says(200, b"<!doctype html><title>Login</title>"),
    "a login page elsewhere": says(302, b"", Location="http://login.example/"),
    "another number in JSON": says(200, b'{"serial": 1e3}'),
    "JSON in JSON": says(200, b"[" * 900),
    "true": says(200, b'{"serial": true}'),
    "without end": endless,
    "cut short": cut_short(b'{"serial": 2}'),
    "busy for an hour": says(503, b"", Retry_After="3600"),
    "always at once": says(200, b'{"serial": 1}'),
    "a serial that is never published": huge,
    "no answer": never,
}


@pytest.mark.parametrize("answer", SERVERS.values(), ids=SERVERS)
def test_the_poll_remains_whatever_a_held_request_brings(tmp_path: Path, answer: Answer | None) -> None:
    HELD.clear()
    folder = tmp_path / "site"
    publish(folder, 1, page("a"), evergreen(), poll_seconds=1)
    with serve(folder) as site:
        if answer is not None:
            site.misbehave["?after=1&alerts=0"] = answer
        try:
            with playing(tmp_path / "store", site.url) as box:
                until(lambda: any("?after=1&alerts=0" in path for path in site.asked), "a held request")
                publish(folder, 2, page("b"), evergreen(), poll_seconds=1)
                until(lambda: box.serial() == 2, "a poll")
                assert sum("/next" in path for path in site.asked) <= 4, "it is no busy loop"
        finally:
            HELD.set()


def test_nothing_is_asked_while_polls_fail(tmp_path: Path) -> None:
    """They find out when the server is back; a second stream of questions would only be in the way."""
    with serve(tmp_path) as site:
        http = Http(site.url)
        polls = threading.Semaphore(0)
        held = HeldRequests(http, "library", polls.release, chance=lambda: 0.0)
        site.misbehave["?after=1"] = says(200, b'{"serial": 2}')
        try:
            held.polled(1)
            assert polls.acquire(timeout=PATIENCE), "news causes a poll"
            held.polled(None)
            assert held._serial is None
            assert not held._is_news(3), "an answer that comes meanwhile causes none"
            assert len(site.asked) == 1
            site.misbehave["?after=2"] = says(200, b'{"serial": 3}')
            held.polled(2)
            assert polls.acquire(timeout=PATIENCE)
            assert site.asked == ["/screens/library/next?after=1", "/screens/library/next?after=2"]
        finally:
            held.stop()
            http.close()


def test_a_connection_that_is_dead_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 55 < held_request.READ_SECONDS < 100, "longer than a server holds"
    monkeypatch.setattr(held_request, "READ_SECONDS", 0.05)
    HELD.clear()
    with serve(tmp_path) as site:
        site.misbehave["?after=1"] = never
        http = Http(site.url)
        held = HeldRequests(http, "library", lambda: None, chance=lambda: 0.0)
        try:
            held.polled(1)
            until(lambda: len(site.asked) >= 3, "it asks again")
        finally:
            held.stop()
            HELD.set()
            http.close()


def test_no_cookie_is_kept(tmp_path: Path) -> None:
    with serve(tmp_path) as site:
        site.misbehave["a"] = says(200, b"", Set_Cookie="session=1; Path=/")
        http = Http(site.url)
        http.get("a", 10)
        assert len(http._session.cookies) == 0
        http.close()


# --- how often: pure


@given(
    st.builds(Held, st.one_of(st.none(), st.integers()), st.booleans(), st.integers(0, 10**9)),
    st.floats(0, 200),
    st.integers(0, 10**6),
    st.floats(0, 1, exclude_max=True),
)
def test_no_answer_makes_a_busy_loop_or_an_endless_pause(
    outcome: Held, seconds: float, vain: int, chance: float
) -> None:
    pause = pause_after(outcome, seconds, vain, chance)
    assert seconds + pause >= SHORTEST
    assert pause <= (LONGEST_PAUSE_WITHOUT if not outcome.later else 4500.0)
    if vain:
        assert pause >= SHORTEST


def test_after_news_it_waits_again_within_a_second_and_after_a_cut_within_eight() -> None:
    assert pause_after(Held(2), 3.0, 0, 0.99) == 0.0
    assert pause_after(Held(2), 0.1, 0, 0.99) == pytest.approx(0.9)
    assert pause_after(Held(None), 30.0, 0, 0.99) <= 8.0
    assert pause_after(Held(None, offered=False), 0.1, 20, 0.99) > 800, "plain files are hardly asked"
    assert pause_after(Held(None), 0.1, 20, 0.99) < 60
    assert pause_after(Held(None, later=120), 0.1, 1, 0.5) >= 120


def load_after(outcome: Callable[[float], Held], seconds: float) -> collections.Counter[int]:
    """The requests of each second of a thousand players that were cut off together."""
    chance = random.Random(7)
    due = [(pause_after(Held(None), 50.0, 0, chance.random()), number, 0) for number in range(1000)]
    heapq.heapify(due)
    load: collections.Counter[int] = collections.Counter()
    while due and due[0][0] < seconds:
        now, number, vain = heapq.heappop(due)
        load[int(now)] += 1
        found = outcome(now)
        if found.serial is None:
            heapq.heappush(due, (now + pause_after(found, 0.0, vain + 1, chance.random()), number, vain + 1))
    return load


def test_a_thousand_that_lost_the_server_together_do_not_come_back_together() -> None:
    load = load_after(lambda now: Held(None if now < 30 else 1), 120.0)
    assert max(load.values()) <= 300, load
    assert max(count for second, count in load.items() if second >= 30) <= 60, load
