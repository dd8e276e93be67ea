"""A row of warm browsers in an event loop of their own. They outlast a build: the next one finds them loaded."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from signage.domain.model import PageSpec
from signage.rendering.driver import SharedDriver
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import Capture, Documented, Shell

log = logging.getLogger(__name__)

END_SECONDS = 5.0  # until the browsers have closed
CANCELLED_SECONDS = 0.4  # for work that was cancelled, and its browser: anyone who waits was promised about a second
WORTH_LOADING = 4  # pages: loading a shell takes as long as capturing that number

T = TypeVar("T")
Key = str


class PageBrowser(Protocol):
    """What captures pages one after the other: a browser here (`render_worker.Worker`), or a way to one elsewhere."""

    def holds(self, shell: Shell) -> bool: ...
    async def warm_up(self, shell: Shell) -> None: ...
    async def capture(
        self, document: Documented, spec: PageSpec, limits: PageLimits | None = None, *, quick: bool = False
    ) -> Capture: ...
    async def close(self, patience: float = ...) -> None: ...
    def kill(self) -> None: ...


class Browsers:
    """Workers, and the thread that their event loop runs in. Nothing is started before it is needed."""

    def __init__(self) -> None:
        self.workers: list[PageBrowser] = []
        self.driver = SharedDriver()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: list[asyncio.Task[Any]] = []  # what the workers do, and what waits for that
        self._warming: set[asyncio.Task[Any]] = set()  # those that no page is waiting for
        self._cancelled = False

    def grow(self, count: int, make: Callable[[], PageBrowser]) -> None:
        """Have at least `count` workers. Each starts its browser with its first page."""
        while len(self.workers) < count:
            self.workers.append(make())

    def for_each(self, begin: Callable[[PageBrowser], object] | None) -> None:
        """Call `begin` with each worker, and with those that come later, until this is called with None."""
        if begin is not None:
            for worker in tuple(self.workers):
                begin(worker)

    def warm_up(self, shells: Sequence[Shell]) -> None:
        """Start the browsers in the background, and load these shells into them, each into one."""
        asyncio.run_coroutine_threadsafe(self._alone(lambda: self._warm_up(shells), warming=True), self._running())

    def start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Do this with the workers, after what they do now."""
        self._cancelled = False
        return asyncio.run_coroutine_threadsafe(self._alone(work, warming=False), self._running())

    def cancel(self, work: Future[Any]) -> None:
        """Give up what was started, whatever the browsers do."""
        self._cancelled = True
        work.cancel()

    def close(self) -> None:
        """End the browsers. They start again when they are needed."""
        if self._loop is None or self._thread is None:
            return
        loop, thread = self._loop, self._thread
        workers = self.workers  # what was started last may still add to them
        patience = CANCELLED_SECONDS if self._cancelled else END_SECONDS
        self._loop = self._thread = None
        asyncio.run_coroutine_threadsafe(self._close(workers, patience), loop)
        thread.join(2 * patience)
        if thread.is_alive():  # a browser, what drives it or the loop itself hangs; the thread ends later, or with us
            for worker in tuple(workers):
                worker.kill()
        self.workers, self._tasks, self._warming = [], [], set()
        self.driver = SharedDriver()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(_note_stray)
            self._thread = threading.Thread(target=_run, args=(self._loop,), name="browsers", daemon=True)
            self._thread.start()
        return self._loop

    async def _alone(self, work: Callable[[], Coroutine[Any, Any, T]], *, warming: bool) -> T:
        task = asyncio.current_task()
        assert task is not None
        before = [each for each in self._tasks if not each.done()]
        self._tasks = [*before, task]
        if warming:
            self._warming.add(task)
            task.add_done_callback(self._warming.discard)
        for each in before:
            patience = CANCELLED_SECONDS if each.cancelling() else None
            if not (await asyncio.wait({each}, timeout=patience))[0]:
                for worker in self.workers:
                    worker.kill()
        return await work()

    async def _close(self, workers: Sequence[PageBrowser], patience: float) -> None:
        """End what the workers do, and the browsers. Rendering was cancelled, or has ended."""
        for task in self._warming:
            task.cancel()
        if left := [task for task in self._tasks if not task.done()]:  # what was started before this has begun by now
            await asyncio.wait(left, timeout=patience)
        try:
            await asyncio.gather(*(worker.close(patience) for worker in workers), return_exceptions=True)
        finally:
            asyncio.get_running_loop().stop()

    async def _warm_up(self, shells: Sequence[Shell]) -> None:
        share = [shells[number :: len(self.workers)] for number in range(len(self.workers))]
        await asyncio.gather(*(_load(worker, own) for worker, own in zip(self.workers, share, strict=True)))


async def _load(worker: PageBrowser, shells: Iterable[Shell]) -> None:
    try:
        for shell in shells:
            await worker.warm_up(shell)
    except RenderFault as fault:
        log.debug("a browser was not warmed up: %s", fault)  # the first page finds the same, and reports it


class WaitingPages:
    """Pages on their way to the workers. They may go in any order: each worker gets those whose shell it has loaded."""

    def __init__(self, pages: Mapping[Key, PageSpec], shell_of: Callable[[PageSpec], Shell]) -> None:
        self._waiting: dict[Shell, deque[tuple[Key, PageSpec]]] = {}
        for key, spec in pages.items():
            self._waiting.setdefault(shell_of(spec), deque()).append((key, spec))

    def take(self, worker: PageBrowser, others: Iterable[PageBrowser]) -> tuple[Key, PageSpec] | None:
        """The next page for this worker; None when there is none, or the `others` are sooner done with what is left."""
        if not self._waiting:
            return None
        others = list(others)
        held = [shell for shell in self._waiting if worker.holds(shell)]
        free = [shell for shell in self._waiting if not any(other.holds(shell) for other in others)]
        shell = max(held or free or self._waiting, key=lambda each: len(self._waiting[each]))
        pages = self._waiting[shell]
        if not held and not free and len(pages) < WORTH_LOADING:
            return None
        page = pages.popleft()
        if not pages:
            del self._waiting[shell]
        return page


def _note_stray(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A failure that comes too late to matter: what Playwright still expected of a browser that was closed or killed.

    Whatever matters fails in `capture`, too, where it is caught.
    """
    log.debug("after a browser was ended: %s", context.get("exception") or context.get("message"))


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()
