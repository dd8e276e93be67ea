"""What strangers can cause as often as they like is a few lines in the log; and threads that are all in use say so."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from starlette.exceptions import HTTPException

from signage.web.pools import WebPool
from signage.web.reserved_descriptors import MAX_KEYS, Episodes, Sparingly


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_limit_is_said_when_it_takes_effect_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    episodes = Episodes(clock)
    for _ in range(300):
        episodes.note("busy with this")
        clock.now += 1
        episodes.look()
    episodes.note("busy with that")
    assert len(caplog.messages) == 2
    clock.now += 58
    episodes.look()
    assert len(caplog.messages) == 2
    clock.now += 2
    episodes.look()
    assert caplog.messages[2:] == ["the server is no longer busy with this: 300 in 299 s"]  # a single one was said
    episodes.note("busy with this")
    assert caplog.messages[3].startswith("the server is busy with this;")


@pytest.fixture
def said() -> tuple[logging.Logger, Clock, list[str]]:
    clock, lines = Clock(), []
    logger = logging.Logger("uvicorn.error.test")
    logger.addFilter(Sparingly(clock))
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    return logger, clock, lines


def fail(logger: logging.Logger, error: BaseException) -> None:
    try:
        raise error
    except BaseException as raised:
        logger.error("Exception in ASGI application\n", exc_info=raised)


def test_the_same_fault_is_said_once_a_minute_with_how_often_it_was(
    said: tuple[logging.Logger, Clock, list[str]],
) -> None:
    logger, clock, lines = said
    for _ in range(500):
        fail(logger, ValueError("no"))
    fail(logger, TypeError("another kind"))
    assert len(lines) == 2
    clock.now += 61
    fail(logger, ValueError("no"))
    assert lines[2] == "Exception in ASGI application (499 more like this since it was last logged)"


def test_what_ends_with_the_server_or_its_client_is_no_fault(said: tuple[logging.Logger, Clock, list[str]]) -> None:
    logger, _, lines = said
    fail(logger, asyncio.CancelledError())
    assert lines == []


def test_ever_new_messages_take_no_memory(said: tuple[logging.Logger, Clock, list[str]]) -> None:
    logger, _, _ = said
    for i in range(MAX_KEYS * 3):
        logger.error(f"something {i}")
    (sparingly,) = logger.filters
    assert isinstance(sparingly, Sparingly)
    assert len(sparingly._seen) <= MAX_KEYS


def test_more_than_may_wait_for_a_thread_are_turned_away_at_once() -> None:
    async def crowd() -> tuple[list[object], object]:
        pool, release = WebPool(2, 3), threading.Event()
        inside = [asyncio.create_task(pool.run(release.wait, 30)) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(HTTPException) as refused:
            await pool.run(release.wait, 30)
        begun = asyncio.create_task(pool.go_on(release.wait, 30))  # an answer that has begun waits
        await asyncio.sleep(0)
        release.set()
        answers = await asyncio.gather(*inside, begun)
        return [*answers, await pool.run(len, "four")], refused.value

    answers, refused = asyncio.run(crowd())
    assert answers == [True] * 6 + [4]
    assert isinstance(refused, HTTPException)
    assert refused.status_code == 503
    assert refused.headers
    assert "Retry-After" in refused.headers
