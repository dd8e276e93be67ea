"""What runs on another machine: a worker of Dask's with one warm browser, and the task that it does.

Imports Dask: only the command `signage worker`, and a renderer whose screens.toml names a scheduler, import this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from distributed import Worker as DaskWorker
from distributed import WorkerPlugin, get_worker

from signage.domain.model import PageSpec, RenderReport
from signage.rendering.browsers import Browsers
from signage.rendering.document import Document
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import Worker
from signage.rendering.renderer_pool import FIT_SCRIPT
from signage.rendering.tools import SAME, Tools, differences, from_dict
from signage.runtime.containment import describe

log = logging.getLogger(__name__)

NAME = "signage"  # of the plugin, and of what the worker says of itself
MOST_HEADS = 24  # a megabyte each
FIRST_SHELL = ("<meta charset='utf-8'>", 320, 180)  # loaded at the start: the browser is warm when a page comes


def resource_of(tools: Tools) -> str:
    """What a task requires of a worker, and each worker has once: these tools, all of them. Dask keeps to it."""
    return f"signage-{tools.digest}"


@dataclass(frozen=True, slots=True)
class RemotePage:
    """A page on its way to a worker: its HTML without the head, its size, and how its picture is wanted."""

    language: str
    body: str
    photograph: bool
    width: int
    height: int
    splittable: bool
    limits: PageLimits
    quick: bool


@dataclass(frozen=True, slots=True)
class RemotePicture:
    """What comes back: the file's bytes, empty when the page overflows."""

    report: RenderReport
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class RemoteFault:
    """A page that could not be rendered, as `RenderFault`."""

    reason: str
    hung: bool


@dataclass(frozen=True, slots=True)
class RemoteLacks:
    """The worker at this address has not got the page's head."""

    address: str


class BrowserPlugin(WorkerPlugin):
    """Keeps one warm browser for a worker, and ends it with the worker."""

    name = NAME

    def __init__(self, browser: Path) -> None:
        self._browsers = Browsers()
        self._worker = Worker(browser, FIT_SCRIPT)
        self.heads: dict[str, str] = {}
        """The heads of layouts, by their hash, the oldest first."""

    def hold(self, digest: str, head: str) -> None:
        """Keep a head, and not too many."""
        for oldest in [*self.heads][: -MOST_HEADS + 1]:
            del self.heads[oldest]
        self.heads[digest] = head

    def setup(self, worker: DaskWorker) -> None:
        self._browsers.grow(1, lambda: self._worker)
        self._browsers.warm_up([FIRST_SHELL])

    def teardown(self, worker: DaskWorker) -> None:
        self._browsers.close()

    def render(self, page: RemotePage, head: str) -> RemotePicture | RemoteFault:
        """Capture and encode a page, in the thread of the task."""
        document = Document(page.language, head, page.body, page.photograph)
        spec = PageSpec("", "", page.width, page.height, page.language, splittable=page.splittable)
        try:
            taken = self._browsers.start(lambda: self._worker.capture(document, spec, page.limits)).result()
            if taken.png is None:
                return RemotePicture(taken.report, b"", "")
            return RemotePicture(*taken.finish(page.photograph, quick=page.quick))
        except RenderFault as fault:
            return RemoteFault(str(fault), fault.hung)
        except Exception as error:  # what the browser answered was not understood, or Pillow fails
            log.debug("a page can't be rendered", exc_info=True)
            return RemoteFault(describe(error), hung=False)


def take_head(digest: str, head: str, dask_worker: DaskWorker) -> None:
    """Runs on a worker that needs the head of a layout, before the page that needs it is sent again."""
    plugin = dask_worker.plugins[NAME]
    assert isinstance(plugin, BrowserPlugin)
    plugin.hold(digest, head)


def render_page(page: RemotePage, digest: str) -> RemotePicture | RemoteFault | RemoteLacks:
    """The task that is done for each page. `digest`: of its head. That is no future of Dask's: it would send all pages
    of a layout to the one worker that has it already.
    """
    worker = get_worker()
    plugin = worker.plugins[NAME]
    assert isinstance(plugin, BrowserPlugin)
    head = plugin.heads.get(digest)
    return RemoteLacks(worker.address) if head is None else plugin.render(page, head)


def report_refusal(renderer: dict[str, Any], dask_worker: DaskWorker) -> None:
    """Runs on a worker that a renderer does not use, and says there why."""
    theirs, own = from_dict(renderer), from_dict(_own.get(NAME))
    if theirs and own:
        has = "; ".join(differences(own, theirs))
        log.error("A renderer doesn't use this worker. It has %s. Hint: %s", has, SAME)


_own: dict[str, dict[str, Any]] = {}  # the tools of this process's worker


async def serve(
    address: str, tools: Tools, browser: Path, stop: asyncio.Event, host: str = "", port: int = 0, security: Any = None
) -> None:
    """Be a worker of the scheduler at `address`, until `stop` is set. A scheduler that isn't there is waited for.

    `host`: the address at which it is reached, and the only one at which it listens. Left out, it is the one from which
    this machine reaches the scheduler: anyone who reaches a worker can run any program here.
    """
    _own[NAME] = tools.as_dict()
    trouble = ""
    while not stop.is_set():
        try:
            own_host = host or await asyncio.to_thread(_address_toward, address)
        except OSError as error:  # the name isn't known, or there is no network, yet
            if trouble != str(error):
                log.warning("Can't work for %s: %s. It is tried again.", address, describe(error))
            trouble = str(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WAITING_SECONDS)
            continue
        worker = DaskWorker(
            address,
            nthreads=1,
            memory_limit=0,
            resources={resource_of(tools): 1},
            startup_information={NAME: lambda _: tools.as_dict()},
            plugins=(BrowserPlugin(browser),),
            host=own_host,
            port=port,
            security=security,
            dashboard=False,
            dashboard_address="127.0.0.1:0",  # Dask opens a port for its own figures, without TLS, in any case
        )
        await _until_it_ends(worker, address, stop)


def _address_toward(scheduler: str) -> str:
    """The address of this machine from which it reaches a scheduler. Sends nothing. Raises OSError."""
    place = urlsplit(scheduler)
    family, kind, protocol, _, target = socket.getaddrinfo(place.hostname, place.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(target)
        return str(probe.getsockname()[0])


WAITING_SECONDS = 3.0  # until it is mentioned that the scheduler doesn't answer
LEAVING_SECONDS = 5.0  # for a page that is being rendered, and for the browser


async def _until_it_ends(worker: DaskWorker, address: str, stop: asyncio.Event) -> None:
    stopping = asyncio.ensure_future(stop.wait())
    starting = asyncio.ensure_future(_started(worker))
    try:
        done, _ = await asyncio.wait({starting, stopping}, timeout=WAITING_SECONDS, return_when="FIRST_COMPLETED")
        if not done:
            log.warning("No scheduler answers at %s yet. Hint: start it with: dask scheduler", address)
            await asyncio.wait({starting, stopping}, return_when="FIRST_COMPLETED")
        problem = starting.exception() if starting.done() else None
        if starting.done() and problem is None:
            log.info("Connected to %s; pages are rendered here, at %s.", address, worker.address)
            ending = asyncio.ensure_future(worker.finished())
            await asyncio.wait({ending, stopping}, return_when="FIRST_COMPLETED")
            if not stop.is_set():
                log.warning("The scheduler at %s has gone. It is tried again.", address)
        elif problem is not None and not stop.is_set():
            log.warning("Can't work for %s: %s. It is tried again.", address, describe(problem))
            await asyncio.wait({stopping}, timeout=WAITING_SECONDS)
    finally:
        starting.cancel()
        stopping.cancel()
        with contextlib.suppress(Exception):  # whatever Dask raises: the process ends, or a new worker is made
            await asyncio.wait_for(_ended(worker, hand_over=worker.status.name == "running"), LEAVING_SECONDS)


async def _started(worker: DaskWorker) -> None:
    await worker


async def _ended(worker: DaskWorker, *, hand_over: bool) -> None:
    """`hand_over`: let the scheduler give its pages to others first."""
    if hand_over:
        await worker.close_gracefully()
    else:
        await worker.close(timeout=1, nanny=False)
