"""The connection to a scheduler of Dask's: which of its workers have our tools, and pages that they render."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from signage.config.rendering import Rendering
from signage.domain.model import PageSpec
from signage.errors import SignageError
from signage.rendering.dask_setup import load_dask, security_of
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import SHEETS, STARTING, Capture, Documented, Finished, Shell, shell_of
from signage.rendering.renderer_pool import FIT_SCRIPT
from signage.rendering.tools import SAME, Tools, differences, from_dict, own_tools
from signage.runtime.containment import describe

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

SLOTS = 2  # pages on their way to each worker: one is rendered, the next one is there when it is done
CONNECT_SECONDS = 3.0  # until a scheduler has answered; then pages are rendered here
ANSWER_SECONDS = 10.0  # for a scheduler that has answered before: its machine may be busy
LOOK_SECONDS = 1.0  # between two looks at which workers there are
RETRY_SECONDS = 10.0  # between two attempts to reach a scheduler that has gone
GRACE_SECONDS = 5.0  # for the last worker to come back: one that crashed is started again meanwhile
TIMES = 6  # that a page is sent: to workers that lack its head, or that end, which Dask gives up after four
SEND_SECONDS = 30.0  # for a head of a megabyte to reach a worker


class Unavailable(Exception):
    """No worker renders the page."""


class Cluster:
    """The connection to a scheduler, and which of its workers have the same tools. Lives in one event loop."""

    def __init__(self, settings: Rendering, at_least: Callable[[int], None], problem: str | None = None) -> None:
        self.workers = 0
        self.recent: OrderedDict[Shell, None] = OrderedDict()
        self._settings = settings
        self._at_least = at_least
        self._client: Client | None = None
        self._tools: Tools | None = None
        self._watching: asyncio.Task[None] | None = None
        self._looked = asyncio.Event()
        self._lost = asyncio.Event()  # no worker renders anything
        self._lost.set()
        self._without_since: float | None = 0.0
        self._sent: dict[tuple[str, str], asyncio.Future[Any]] = {}  # heads on their way to workers
        self._refused: set[str] = set()
        self._reports: set[asyncio.Task[None]] = set()  # on their way to workers that are refused
        self.problem = problem
        """Why no worker renders anything; "": some do; None: it isn't known yet."""

    async def available(self) -> bool:
        """Whether there are workers that render pages; connects to the scheduler first."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        await self._looked.wait()
        return not self._lost.is_set()

    async def capture(self, document: Documented, spec: PageSpec, limits: PageLimits, *, quick: bool) -> Capture:
        """The page as a worker rendered it. Raises RenderFault, and Unavailable when none does."""
        from signage.rendering.remote_worker import RemoteFault, RemoteLacks, RemotePage, RemotePicture

        shell = shell_of(document, spec)
        self.recent[shell] = None
        self.recent.move_to_end(shell)
        while len(self.recent) > SHEETS:
            self.recent.popitem(last=False)
        form = (spec.width, spec.height, spec.splittable)
        page = RemotePage(spec.language, document.body, document.photograph, *form, limits, quick)
        for _ in range(TIMES):
            made = await self._rendered(page, document.head)
            if isinstance(made, RemoteFault):
                raise RenderFault(made.reason, made.hung)
            if isinstance(made, RemotePicture):
                return Finished.of(made.report, made.data, made.media_type)
            if isinstance(made, RemoteLacks):
                await self._send_head(made.address, document.head)
        raise Unavailable

    async def _rendered(self, page: Any, head: str) -> Any:
        """What the task gives back; None when too many of its workers ended. Raises Unavailable."""
        from distributed import KilledWorker

        from signage.rendering.remote_worker import render_page

        if self._client is None:
            raise Unavailable
        future = self._submit(f"page-{uuid4().hex}", render_page, page, _digest(head))
        waits = (asyncio.ensure_future(_result(future)), asyncio.ensure_future(self._lost.wait()))
        # Two pages may be before it at the worker, each with its second attempt and a browser that starts slowly.
        patience = 3 * (STARTING.wall + page.limits.wall)
        try:
            done, _ = await asyncio.wait(waits, timeout=patience, return_when="FIRST_COMPLETED")
            if waits[0] not in done:
                raise Unavailable
            return waits[0].result()
        except KilledWorker:
            return None
        except Unavailable:
            raise
        except Exception as error:  # the scheduler has gone, or the worker has another program
            log.debug("a page was not rendered by a worker: %s", describe(error))
            raise Unavailable from error
        finally:
            for each in waits:
                each.cancel()
            future.release()  # the task is taken back if it has not begun

    async def _send_head(self, address: str, head: str) -> None:
        """Bring the head to a worker; to each once, however many pages wait for it."""
        from signage.rendering.remote_worker import take_head

        place = (address, _digest(head))
        if place not in self._sent:
            assert self._client is not None
            sending = self._client.run(take_head, place[1], head, workers=[address], on_error="ignore")
            self._sent[place] = asyncio.ensure_future(sending)
        with contextlib.suppress(Exception):  # the worker has gone: the page goes to another one
            await asyncio.wait_for(asyncio.shield(self._sent[place]), SEND_SECONDS)
        self._sent.pop(place, None)

    def _submit(self, key: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        from signage.rendering.remote_worker import resource_of

        assert self._client is not None
        assert self._tools is not None
        needs = {resource_of(self._tools): 1}
        return self._client.submit(function, *arguments, key=f"signage-{key}", pure=False, resources=needs)

    async def close(self, patience: float) -> None:
        """End the connection. Tasks that have not begun are taken back."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._disconnect(), patience)

    async def _watch(self) -> None:
        while True:
            try:
                self._take(await self._workers())
            except asyncio.CancelledError:
                raise
            except SignageError as error:
                await self._without(str(error))
            except Exception as error:  # whatever Dask raises for a connection that fails
                address = self._settings.scheduler
                await self._without(
                    f"The scheduler at {address} doesn't answer ({describe(error)}); pages are rendered here. "
                    "Hint: start it with: dask scheduler"
                )
            self._looked.set()
            await asyncio.sleep(LOOK_SECONDS if self._client else RETRY_SECONDS)

    async def _workers(self) -> Mapping[str, Mapping[str, Any]]:
        """The scheduler's workers, by address. Connects first if need be; raises whatever Dask does."""
        if self._client is None:
            await asyncio.to_thread(load_dask)
            from distributed import Client

            self._tools = await asyncio.to_thread(own_tools, FIT_SCRIPT)
            await self._answers()
            client = Client(
                self._settings.scheduler,
                asynchronous=True,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
                security=security_of(self._settings),
                name="signage",
            )
            self._client = client
            await asyncio.wait_for(_connected(client), 2 * CONNECT_SECONDS)
        if self._client.status != "running":
            raise ConnectionError("the connection has ended")
        scheduler: Any = self._client.scheduler
        found = await asyncio.wait_for(scheduler.identity(n_workers=-1), ANSWER_SECONDS)
        return dict(found["workers"])

    async def _answers(self) -> None:
        """Raises OSError when nothing listens: at once, where Dask would go on trying."""
        place = urlsplit(self._settings.scheduler or "")
        _, writer = await asyncio.wait_for(asyncio.open_connection(place.hostname, place.port), CONNECT_SECONDS)
        writer.close()

    def _take(self, found: Mapping[str, Mapping[str, Any]]) -> None:
        """Note which workers there are now."""
        assert self._tools is not None
        self._refused &= found.keys()
        equal = 0
        for address, about in found.items():
            theirs = from_dict(about.get("signage"))
            if theirs == self._tools:
                equal += about.get("status") == "running"
            elif address not in self._refused:
                self._refuse(address, theirs)
        self.workers = equal
        now = asyncio.get_running_loop().time()
        if equal:
            self._without_since = None
            self._lost.clear()
            if self.problem != "":
                log.info("Pages are rendered by the workers of %s.", self._settings.scheduler)
            self.problem = ""
            self._at_least(SLOTS * equal)
            return
        if self._without_since is None:
            self._without_since = now
        if now - self._without_since >= GRACE_SECONDS:
            self._lost.set()
            self._warn(
                f"The scheduler at {self._settings.scheduler} has no worker that can be used; pages are rendered here. "
                f"Hint: signage worker {self._settings.scheduler}"
            )

    def _refuse(self, address: str, theirs: Tools | None) -> None:
        """Warn about a worker that is not used, here and there."""
        assert self._tools is not None
        assert self._client is not None
        self._refused.add(address)
        if theirs is None:
            log.warning(
                "The worker at %s is not used: it isn't one of signage's. Hint: start it with: signage worker %s",
                address,
                self._settings.scheduler,
            )
            return
        has = "; ".join(differences(theirs, self._tools))
        log.warning("The worker at %s is not used. It has %s. Hint: %s", address, has, SAME)
        task = asyncio.ensure_future(_report_there(self._client, self._tools, address))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _without(self, problem: str) -> None:
        self.workers = 0
        self._lost.set()
        self._warn(problem)
        self._looked.set()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._disconnect(), CONNECT_SECONDS)

    def _warn(self, problem: str) -> None:
        """Once, until there are workers again."""
        if not self.problem:
            log.warning("%s", problem)
        self.problem = problem

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        self._sent.clear()
        self._refused.clear()
        if client is not None:
            await client.close(timeout=CONNECT_SECONDS)


def _digest(head: str) -> str:
    return hashlib.sha256(head.encode()).hexdigest()


async def _connected(client: Client) -> None:
    await client


async def _result(future: Future[Any]) -> Any:
    return await future


async def _report_there(client: Client, renderer: Tools, address: str) -> None:
    from signage.rendering.remote_worker import report_refusal

    with contextlib.suppress(Exception):  # it is reported here in any case
        await client.run(report_refusal, renderer.as_dict(), workers=[address], on_error="ignore")
