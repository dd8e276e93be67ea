"""The token that stops a build: seen by whoever checks, and by whoever blocks and can't."""

from __future__ import annotations

import threading

import pytest

from signage.runtime.cancel import Cancelled, CancelToken


def test_check_raises_only_after_cancel() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def test_wait_ends_when_another_thread_cancels() -> None:
    token = CancelToken()
    results: list[bool] = []
    waiter = threading.Thread(target=lambda: results.append(token.wait(60)))
    waiter.start()
    token.cancel()
    waiter.join(10)
    assert results == [True]


def test_callbacks_run_once_inside_their_block_and_never_after_it() -> None:
    token = CancelToken()
    called: list[str] = []
    with token.on_cancel(lambda: called.append("left")):
        pass
    with token.on_cancel(lambda: called.append("blocked")):
        token.cancel()
        token.cancel()
    with token.on_cancel(lambda: called.append("late")):
        pass
    assert called == ["blocked", "late"]
