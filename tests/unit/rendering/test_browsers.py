"""Which browser gets which page: each keeps to the layouts and sizes that it has loaded."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from signage.domain.model import PageSpec
from signage.rendering.browsers import WORTH_LOADING, Browsers, WaitingPages
from signage.rendering.render_worker import Shell

SIZES = ((1920, 1080), (1080, 1920), (1280, 720), (1920, 540))


@dataclass(eq=False)
class Loaded:
    """A browser that only counts what it loads."""

    shells: list[Shell] = field(default_factory=list)
    loads: int = 0
    pages: int = 0

    def holds(self, shell: Shell) -> bool:
        return shell in self.shells

    def capture(self, spec: PageSpec) -> None:
        shell = shell_of(spec)
        self.loads += shell not in self.shells
        self.pages += 1
        self.shells = [*(each for each in self.shells if each != shell), shell][-4:]


def shell_of(spec: PageSpec) -> Shell:
    return (spec.layout, spec.width, spec.height)


def pages(count: int, sizes: Iterable[tuple[int, int]] = SIZES) -> dict[str, PageSpec]:
    """Pages of these sizes, one after the other."""
    listed = [*sizes]
    specs = (PageSpec("today", "fjord", *listed[n % len(listed)], "nb", {}) for n in range(count))
    return {str(number): spec for number, spec in enumerate(specs)}


def captured(waiting: WaitingPages, browsers: list[Loaded], dice: random.Random) -> list[str]:
    """Let the browsers take pages in any order until there is none; gives the pages' keys."""
    found, busy = [], [*browsers]
    while busy:
        browser = dice.choice(busy)
        taken = waiting.take(browser, [each for each in browsers if each is not browser])  # type: ignore[arg-type]
        if taken is None:
            busy.remove(browser)
        else:
            browser.capture(taken[1])
            found.append(taken[0])
    return found


def test_each_page_is_captured_once_and_each_shell_loaded_about_once() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        browsers = [Loaded(), Loaded()]
        wanted = pages(dice.randint(1, 200), dice.sample(SIZES, dice.randint(1, 4)))
        found = captured(WaitingPages(wanted, shell_of), browsers, dice)
        assert sorted(found) == sorted(wanted)
        assert sum(browser.loads for browser in browsers) <= len(SIZES) + 2


def test_one_browser_alone_takes_everything() -> None:
    wanted = pages(9)
    assert sorted(captured(WaitingPages(wanted, shell_of), [Loaded()], random.Random(1))) == sorted(wanted)


def test_a_shell_that_another_has_is_loaded_only_for_enough_pages() -> None:
    for count, loads in ((WORTH_LOADING - 1, False), (WORTH_LOADING, True)):
        waiting = WaitingPages(pages(count, SIZES[:1]), shell_of)
        other = Loaded([("fjord", *SIZES[0])])
        assert (waiting.take(Loaded(), [other]) is not None) is loads  # type: ignore[arg-type]


class Slow:
    """A worker that is busy until it may go on, and counts what it is asked to do at once."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.busy = self.most = 0

    async def warm_up(self, shell: Shell) -> None:
        await self.work()

    async def work(self) -> None:
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            while not self.go_on.is_set():  # noqa: ASYNC110 it is set from another thread
                await asyncio.sleep(0.001)
        finally:
            self.busy -= 1

    async def close(self, patience: float) -> None: ...
    def kill(self) -> None: ...


async def _some_turns() -> None:
    """Of the event loop: enough for whatever can begin to begin."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_worker_does_one_thing_at_a_time_also_after_a_cancellation_while_it_is_warmed_up() -> None:
    worker, browsers = Slow(), Browsers()
    browsers.grow(1, lambda: worker)  # type: ignore[arg-type, return-value]
    browsers.warm_up([("fjord", 1920, 1080)])
    first = browsers.start(worker.work)
    browsers.cancel(first)
    second = browsers.start(worker.work)
    asyncio.run_coroutine_threadsafe(_some_turns(), browsers._running()).result()
    worker.go_on.set()
    second.result()
    browsers.close()
    assert worker.most == 1


def test_closing_gives_up_a_warm_up() -> None:
    worker, browsers = Slow(), Browsers()
    browsers.grow(1, lambda: worker)  # type: ignore[arg-type, return-value]
    browsers.warm_up([("fjord", 1920, 1080)])
    asyncio.run_coroutine_threadsafe(_some_turns(), browsers._running()).result()
    browsers.close()
    assert (worker.busy, worker.most) == (0, 1)
