"""Playwright's program, which drives browsers. All browsers of an event loop share one: it takes 80 MB of memory, and
0.4 s of processor time to start.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Playwright, async_playwright

from signage.rendering.browser import keep_from_raising_priority, lower_priority_of_driver

# Of Node's options. Pictures that pass through are garbage at once. With room for 1 MB of it instead of 16,
# the program takes 40 MB less for one browser, and no more processor time.
YOUNG = "--max-semi-space-size=1"


@dataclass(slots=True)
class _Program:
    """One that runs, or is about to. `users`: how many browsers it drives."""

    starting: asyncio.Future[Playwright]
    users: int = 0


class SharedDriver:
    """Starts the program with the first browser, and ends it with the last. For one event loop."""

    def __init__(self) -> None:
        self._program: _Program | None = None

    def use(self) -> DriverUse:
        """One more browser, which is to call `end`. Must be called in the event loop."""
        if self._program is None:
            keep_from_raising_priority()
            os.environ.setdefault("NODE_OPTIONS", YOUNG)  # the program gets our environment
            self._program = _Program(asyncio.ensure_future(async_playwright().start()))
        self._program.users += 1
        return DriverUse(self, self._program)

    def forget(self, program: _Program) -> None:
        """Give it to no further browser."""
        if self._program is program:
            self._program = None


class DriverUse:
    """The program, for one browser."""

    def __init__(self, owner: SharedDriver, program: _Program) -> None:
        self._owner = owner
        self._program = program

    async def playwright(self) -> Playwright:
        """Wait until it has started. Raises what Playwright does; when this is cancelled, it goes on starting."""
        playwright = await asyncio.shield(self._program.starting)
        lower_priority_of_driver()
        return playwright

    @property
    def alone(self) -> bool:
        """Whether it drives no other browser."""
        return self._program.users == 1

    def distrust(self) -> None:
        """Something failed that may be the program's fault: the next browser gets another one."""
        self._owner.forget(self._program)

    async def end(self) -> None:
        """This browser has ended. Waits for the program to end, if it was the last. Never fails."""
        self._program.users -= 1
        if self._program.users == 0:
            self._owner.forget(self._program)
            with suppress(Exception):  # that it did not start is reported elsewhere
                await (await self._program.starting).stop()
