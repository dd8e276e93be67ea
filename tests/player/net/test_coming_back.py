"""A server that was away for an hour: a thousand screens come back without trampling it, and without having grown."""

from __future__ import annotations

import collections
import gc
import heapq
import logging
import queue
import random
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.net import polling
from player.net.http import Http, Unreachable
from player.net.polling import LONGEST_POLL, SPREAD_SECONDS, Poller, first_delay, seconds_until_next
from player.net.sync import Syncer
from player.store.manifest import Manifest
from player.store.store import BundleStore
from tests.fixtures.bundle_server import says, serve
from tests.fixtures.player_parts import PollTarget, SettableClock
from tests.player.net.test_sync import NOW

SCREENS = 1000
POLL = 60
HOUR = 3600


@given(st.integers(1, 2**31), st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_a_poll_and_never_nothing(poll: int, failures: int, chance: float) -> None:
    assert 1 <= seconds_until_next(poll, failures, chance) <= max(1, min(poll, LONGEST_POLL))


def test_the_first_failures_are_followed_up_soon() -> None:
    assert [seconds_until_next(600, failures, 0.999) for failures in (1, 2, 3, 4)] == [1, 3, 7, 15]


def simulate(starts: list[float], away: float, back: float) -> tuple[collections.Counter[int], dict[int, float]]:
    """Screens that ask for the first time at `starts`; nobody answers from `away` to `back`.

    Gives the questions of each second, and how long after `back` each screen was fresh.
    """
    chance = random.Random(7)
    due = [(at, screen) for screen, at in enumerate(starts)]
    heapq.heapify(due)
    failures = [0] * len(starts)
    fresh: dict[int, float] = {}
    load: collections.Counter[int] = collections.Counter()
    while due[0][0] < back + 10 * POLL:
        now, screen = heapq.heappop(due)
        load[int(now)] += 1
        failures[screen] = failures[screen] + 1 if away <= now < back else 0
        if now >= back:
            fresh.setdefault(screen, now - back)
        heapq.heappush(due, (now + seconds_until_next(POLL, failures[screen], chance.random()), screen))
    return load, fresh


def test_a_thousand_screens_come_back_when_the_server_was_away_for_an_hour() -> None:
    chance = random.Random(8)
    starts = [chance.uniform(0, POLL) for _ in range(SCREENS)]
    load, fresh = simulate(starts, HOUR, 2 * HOUR)
    assert len(fresh) == SCREENS
    assert max(fresh.values()) <= POLL
    usual = max(count for second, count in load.items() if 10 * POLL < second < HOUR)
    # ordinary life is 1000 screens in 51 seconds, 20 a second, at most twice that
    assert usual <= 40
    peak = max(count for second, count in load.items() if second >= 2 * HOUR)
    assert peak <= 50, f"{peak} questions in one second when the server is back"


def test_a_thousand_screens_get_their_power_back_in_the_same_second() -> None:
    chance = random.Random(9)
    starts = [first_delay(True, chance.random()) for _ in range(SCREENS)]
    load, fresh = simulate(starts, 0, 0)
    assert max(fresh.values()) <= SPREAD_SECONDS
    assert max(load.values()) <= 1.5 * SCREENS / SPREAD_SECONDS
    assert max(count for second, count in load.items() if second > 5 * POLL) <= 60, "they don't stay in step"
    assert first_delay(False, 0.9) == 0.0, "a box that has nothing to show does not wait"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), (" 7 ", 7), ("9" * 30, 999999999), ("-3", 0), ("²", 0), ("Fri, 31 Dec 2027 23:59:59 GMT", 0)],
)
def test_a_server_says_how_long_it_wants_to_be_left_alone(tmp_path: Path, said: str, seconds: int) -> None:
    begun = time.monotonic()
    with serve(tmp_path) as site:
        site.misbehave[""] = says(503, b"", **{"Retry-After": said})
        http = Http(site.url)
        with pytest.raises(Unreachable) as caught:
            http.get("manifest.json", 100)
        http.close()
    assert caught.value.later == seconds
    assert time.monotonic() - begun < 5, "whoever asks waits, not urllib3 (which would, for as long as it is told)"


def test_a_server_that_asks_for_time_gets_it_and_not_all_of_them_at_once_afterwards() -> None:
    def ask() -> Manifest:
        raise Unreachable("manifest.json answered 503", "busy", 120)

    chance = random.Random(10)
    back = [Poller(PollTarget(ask), threading.Event(), chance.random).round() for _ in range(SCREENS)]
    assert min(back) >= 120
    assert max(collections.Counter(back).values()) <= 60
    assert seconds_until_next(60, 1, 0.99, 10**8) < 2 * LONGEST_POLL


@pytest.mark.parametrize("then", ["UTC", "Europe/Kyiv"], ids=["an hour comes twice", "an hour is left out"])
def test_a_jump_of_the_local_time_does_not_hold_up_the_next_poll(then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`schedule` counts in local time, and an hour that comes twice would keep a screen waiting for that long."""
    monkeypatch.setattr(polling, "LONGEST_WAIT", 0.02)
    monkeypatch.setenv("TZ", "Europe/Oslo")
    time.tzset()
    rounds: queue.Queue[None] = queue.Queue()
    over, wake = threading.Event(), threading.Event()

    def ask() -> Manifest:
        rounds.put(None)
        raise Unreachable("away", "busy", 600)

    thread = threading.Thread(target=Poller(PollTarget(ask), wake).run, args=(over.is_set,))
    thread.start()
    try:
        rounds.get(timeout=10)
        monkeypatch.setenv("TZ", then)
        time.tzset()
        rounds.get(timeout=10)
    finally:
        over.set()
        wake.set()
        thread.join(10)
        monkeypatch.undo()
        time.tzset()
    assert rounds.empty(), "once for each jump, and no more"


def test_three_thousand_rounds_in_vain_leave_nothing_behind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Real sockets to a port where nobody listens. Another player grew to 1 GB in three hours of that."""
    caplog.set_level(
        logging.ERROR, "urllib3.connectionpool"
    )  # as in the player; the test's own log would keep each attempt
    store = BundleStore(tmp_path, "library")
    http = Http("http://127.0.0.1:1")
    syncer = Syncer(http, store, "library", bytes(32), None, SettableClock(lambda: NOW))

    def ask() -> Manifest:
        return syncer.round()

    poller = Poller(PollTarget(ask), threading.Event(), lambda: 0.5)

    def rounds(number: int) -> int:
        for _ in range(number):
            assert poller.round() >= 1
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start(1)
    try:
        before = rounds(200)
        after = rounds(1_000)
    finally:
        tracemalloc.stop()
    for _ in range(1_800):
        poller.round()
    assert after - before < 20_000, "bytes that 1,000 rounds left behind"
    assert poller.trouble is not None
    assert isinstance(poller.trouble.error, Unreachable)
    assert poller.trouble.error.__traceback__ is None
    http.close()
    store.close()
