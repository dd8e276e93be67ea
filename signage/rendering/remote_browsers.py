"""Browsers on other machines: pages go to the workers of a scheduler of Dask's, and to local browsers without one.

`Slot` is what the renderer pool sees of it: each has one page on its way. There are two for each worker, so that the
next page waits at the worker already, and as many as local browsers while there is no worker.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from signage.config.rendering import Rendering
from signage.domain.model import PageSpec
from signage.rendering.browsers import Browsers, PageBrowser
from signage.rendering.cluster import SLOTS, Cluster, Unavailable
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import Capture, Documented, Shell, shell_of


class RemoteBrowsers(Browsers):
    """A row of slots for the workers of a scheduler."""

    def __init__(self, settings: Rendering) -> None:
        super().__init__()
        self._settings = settings
        self._begin: Callable[[PageBrowser], object] | None = None
        self.spare = SpareBrowsers()
        self.cluster = Cluster(settings, self._at_least)

    def grow(self, count: int, make: Callable[[], PageBrowser]) -> None:
        """Have slots for at least `count` local browsers, which `make` makes if they are needed."""
        self.spare.allow(count, make)
        self._at_least(max(count, SLOTS * self.cluster.workers))

    def _at_least(self, count: int) -> None:
        while len(self.workers) < count:
            slot = Slot(self.cluster, self.spare)
            self.workers.append(slot)
            if self._begin is not None:
                with contextlib.suppress(RuntimeError):  # everything is just ending
                    self._begin(slot)

    def for_each(self, begin: Callable[[PageBrowser], object] | None) -> None:
        """Also with the slots of workers that come later."""
        super().for_each(begin)
        self._begin = begin

    def close(self) -> None:
        super().close()
        self.spare = SpareBrowsers()
        self.cluster = Cluster(self._settings, self._at_least, self.cluster.problem)  # which was reported

    async def _close(self, workers: Sequence[PageBrowser], patience: float) -> None:
        await self.cluster.close(patience)
        await super()._close([*workers, *self.spare.all], patience)

    async def _warm_up(self, shells: Sequence[Shell]) -> None:
        """Find out which workers there are; local browsers are only started when there is none."""
        if await self.cluster.available():
            return
        await self.spare.warm_up(shells)


class Slot:
    """Has one page on its way at a time, to a worker if there is one."""

    def __init__(self, cluster: Cluster, spare: SpareBrowsers) -> None:
        self._cluster = cluster
        self._spare = spare

    def holds(self, shell: Shell) -> bool:
        """Whether the workers had pages of it lately. Dask chooses which of them gets a page."""
        return shell in self._cluster.recent

    async def warm_up(self, shell: Shell) -> None:
        """Workers warm up by themselves."""

    async def capture(
        self, document: Documented, spec: PageSpec, limits: PageLimits | None = None, *, quick: bool = False
    ) -> Capture:
        """The page's picture and report. Raises RenderFault."""
        if await self._cluster.available():
            with contextlib.suppress(Unavailable):
                return await self._cluster.capture(document, spec, limits or PageLimits(), quick=quick)
        return await self._spare.capture(document, spec, limits)

    async def close(self, patience: float = 0.0) -> None:
        """The local browsers are closed by themselves."""

    def kill(self) -> None:
        for browser in self._spare.all:
            browser.kill()


class SpareBrowsers:
    """Local browsers for pages that no worker renders; as many at a time as were allowed."""

    def __init__(self) -> None:
        self.all: list[PageBrowser] = []
        self.captured = 0
        self._free: list[PageBrowser] = []
        self._most = 0
        self._make: Callable[[], PageBrowser] | None = None
        self._freed = asyncio.Condition()

    def allow(self, count: int, make: Callable[[], PageBrowser]) -> None:
        """There may be this many, made in this way."""
        self._most, self._make = max(count, self._most), make

    async def warm_up(self, shells: Sequence[Shell]) -> None:
        """Start all of them, and load these shells into them, each into one. What fails is reported by a page."""
        assert self._make is not None
        while len(self.all) < self._most:
            self._free.append(self._make())
            self.all.append(self._free[-1])
        share = [(browser, shells[number :: len(self.all)]) for number, browser in enumerate(self.all)]
        await asyncio.gather(*(self._load(browser, own) for browser, own in share))

    async def _load(self, browser: PageBrowser, shells: Sequence[Shell]) -> None:
        with contextlib.suppress(RenderFault):
            for shell in shells:
                await browser.warm_up(shell)

    async def capture(self, document: Documented, spec: PageSpec, limits: PageLimits | None) -> Capture:
        """As `Worker.capture`, with one that is free."""
        async with self._freed:
            await self._freed.wait_for(lambda: self._free or len(self.all) < self._most)
            browser = self._chosen(shell_of(document, spec))
        try:
            self.captured += 1
            return await browser.capture(document, spec, limits)
        finally:
            self._free.append(browser)
            async with self._freed:
                self._freed.notify()

    def _chosen(self, shell: Shell) -> PageBrowser:
        holding = [browser for browser in self._free if browser.holds(shell)]
        if not holding and len(self.all) < self._most:
            assert self._make is not None
            self.all.append(self._make())
            return self.all[-1]
        chosen = (holding or self._free)[0]
        self._free.remove(chosen)
        return chosen
