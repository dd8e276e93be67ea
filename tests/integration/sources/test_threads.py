"""Several things at once, and an end to it when told so."""

from __future__ import annotations

import threading

import pytest

from signage.runtime.cancel import CancelToken
from signage.runtime.threads import work_on

PATIENCE = 60.0


def test_everything_is_worked_on_and_no_more_at_once_than_allowed() -> None:
    lock, busy, most = threading.Lock(), [0], [0]

    def double(number: int) -> int:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        with lock:
            busy[0] -= 1
        return 2 * number

    assert dict(work_on(range(50), double, 3, CancelToken(), "test")) == {n: 2 * n for n in range(50)}
    assert most[0] <= 3


def test_what_is_done_comes_before_what_takes_long() -> None:
    first = threading.Event()

    def work(name: str) -> str:
        if name == "slow":
            assert first.wait(PATIENCE)
        return name

    results = work_on(["slow", "quick"], work, 2, CancelToken(), "test")
    assert next(results) == ("quick", "quick")
    first.set()
    assert next(results) == ("slow", "slow")


def test_a_failure_is_raised() -> None:
    def fail(number: int) -> int:
        raise ValueError(number)

    with pytest.raises(ValueError, match="7"):
        list(work_on([7], fail, 2, CancelToken(), "test"))


def test_it_is_left_at_once_though_a_thread_hangs() -> None:
    token, hang, begun = CancelToken(), threading.Event(), list[int]()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            hang.wait(PATIENCE)
        return number

    found = []
    for item, _ in work_on(range(20), work, 2, token, "test"):
        found.append(item)
        token.cancel()
    assert found == [0]
    hang.set()
    assert len(begun) <= 3


def test_nothing_is_begun_after_it_is_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    assert list(work_on([1, 2], str, 2, token, "test")) == []
