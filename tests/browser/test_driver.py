"""All browsers of an event loop are driven by one program, and what happens to one costs the others nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest

from signage.rendering.browser import MARK, find_browser
from signage.rendering.driver import SharedDriver
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import Worker
from signage.rendering.renderer_pool import FIT_SCRIPT
from tests.browser.test_limits import AMPLE, DOCUMENT, NOTICE, drivers, quiet_runner

pytestmark = pytest.mark.browser


class Pair:
    """Two browsers that have made a page each."""

    def __init__(self) -> None:
        shared = SharedDriver()
        self.workers = [Worker(find_browser(), FIT_SCRIPT, driver=shared) for _ in range(2)]
        self._runner = quiet_runner()
        self.run(self.workers[0].capture(DOCUMENT, NOTICE, AMPLE))
        self.first = browsers()
        self.run(self.workers[1].capture(DOCUMENT, NOTICE, AMPLE))
        self.second = browsers() - self.first

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def capture_each(self) -> None:
        for worker in self.workers:
            assert self.run(worker.capture(DOCUMENT, NOTICE, AMPLE)).png is not None

    def close(self) -> None:
        async def both() -> None:
            await asyncio.gather(*(worker.close() for worker in self.workers))

        self.run(both())
        self._runner.close()


def browsers() -> set[int]:
    """The main processes of the browsers of this process. One that is just being started has its parent's command line,
    but is no leader of a group.
    """
    found = set()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            if any(part.startswith(MARK) for part in child.cmdline()) and os.getpgid(child.pid) == child.pid:
                found.add(child.pid)
    return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.close()
    assert drivers() == []
    assert browsers() == set()


def test_two_browsers_have_one_driver_which_ends_with_the_last(pair: Pair) -> None:
    (driver,) = drivers()
    pair.run(pair.workers[0].close())
    assert browsers() == pair.second
    assert drivers() == [driver]
    pair.run(pair.workers[1].close())
    assert drivers() == []


def test_a_browser_that_hangs_is_ended_and_the_other_one_goes_on(pair: Pair) -> None:
    (hanging,) = pair.first
    os.killpg(hanging, signal.SIGSTOP)
    with pytest.raises(RenderFault, match=r"no answer within 2 s$"):
        pair.run(pair.workers[0].capture(DOCUMENT, NOTICE, PageLimits(wall=2, processor=60)))
    assert browsers() == pair.second
    pair.capture_each()
    assert pair.second < browsers()


def test_a_driver_that_is_killed_costs_no_page(pair: Pair) -> None:
    (driver,) = drivers()
    driver.kill()
    pair.capture_each()
    assert driver not in drivers()
