"""A row of warm browsers that turn documents into pictures. They start with the first picture that is needed."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from signage.cancel import Cancelled, CancelToken
from signage.errors import NotWritable
from signage.model import PageSpec, Rendered
from signage.pictures.browser import browser_version, find_browser
from signage.pictures.contrast import contrasts
from signage.pictures.encode import MEDIA_TYPE, decode, encode, keep
from signage.pictures.key import dump_rendered, load_rendered, picture_key, tool_chain
from signage.pictures.worker import Documented, RenderFault, Taken, Worker

log = logging.getLogger(__name__)

_SCRIPTS = Path(__file__).parent
END_SECONDS = 5.0  # until the browsers have closed after the last picture
CANCELLED_SECONDS = 0.4  # the same when the build was cancelled: whoever waits was promised about a second
MEND_ROUNDS = 40  # each sets a text an eighth smaller, or shortens it a little


def fit_script(rounds: int = MEND_ROUNDS) -> str:
    """One call into the browser: fit the page, measure it, and mend what is wrong with it in so many rounds."""
    fit, measure, mend = ((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in ("fit", "measure", "mend"))
    return f"""async (input) => {{
const fit = {fit};
const measure = {measure};
const mend = {mend};
const fitted = await fit(input);
let measured = measure();
for (let round = 0; round < {rounds} && measured.overflow && mend(input); round++) measured = measure();
return {{ ...fitted, ...measured }}; }}"""


FIT_SCRIPT = fit_script()
SUFFIX = ".webp"

Outcome = Rendered | RenderFault
Progress = Callable[[int], None]


class Index(Protocol):
    """Where outcomes are remembered by key (the store)."""

    def rendered_get(self, keys: Sequence[str]) -> dict[str, str]: ...
    def rendered_put(self, key: str, outcome: str) -> None: ...
    def rendered_sweep(self, keep: set[str]) -> None: ...


class Studio:
    """Render pages under `folder`, one picture file per distinct result, with as many browsers as `workers`.

    `document` sets a page in its layout; `fingerprints` are the layouts' hashes by name; `images` is the folder of
    the events' own pictures. Use as a context manager: leaving it ends the browsers.
    """

    def __init__(
        self,
        folder: Path,
        images: Path,
        index: Index,
        document: Callable[[PageSpec], Documented],
        fingerprints: Mapping[str, str],
        workers: int = 0,
    ) -> None:
        self.folder = folder
        self.images = images
        self.index = index
        self.document = document
        self.fingerprints = fingerprints
        self.workers = workers or len(os.sched_getaffinity(0))
        self.rendered = 0
        self._browser = find_browser()
        self._tools = tool_chain(browser_version(self._browser), FIT_SCRIPT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._crew: list[Worker] = []
        self._rendering: asyncio.Task[Any] | None = None
        self._cancelled = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable(f"{folder}: can't make the picture folder: {error.strerror}") from error

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is None or self._thread is None:
            return
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        patience = CANCELLED_SECONDS if self._cancelled else END_SECONDS
        asyncio.run_coroutine_threadsafe(self._close(patience), loop)
        thread.join(2 * patience)
        if thread.is_alive():  # a browser, what drives it or the loop itself hangs; the thread ends later, or with us
            for worker in tuple(self._crew):
                worker.kill()

    def key(self, spec: PageSpec) -> str:
        """The page's name in the index: the hash of everything that goes into its picture."""
        return picture_key(spec, self.fingerprints[spec.layout], self._tools)

    def path(self, rendered: Rendered) -> Path:
        """Where a picture's bytes are."""
        return self.folder / f"{rendered.sha256}{SUFFIX}"

    def look_up(self, keys: Sequence[str]) -> dict[str, Rendered]:
        """What is known already: measured pages, and pictures whose file is still there."""
        found: dict[str, Rendered] = {}
        for key, text in self.index.rendered_get(keys).items():
            try:
                rendered = load_rendered(text)
            except (KeyError, TypeError, ValueError):
                continue  # an older version's words: as if it had never been rendered
            if rendered.report.overflow or self.path(rendered).exists():
                found[key] = rendered
        return found

    def sweep(self, keep: Mapping[str, Outcome]) -> None:
        """Forget every outcome but these, and their pictures: no screen will show them."""
        self.index.rendered_sweep(set(keep))
        named = {self.path(outcome).name for outcome in keep.values() if isinstance(outcome, Rendered)}
        for file in self.folder.glob(f"*{SUFFIX}"):
            if file.name not in named:
                file.unlink(missing_ok=True)

    def render(
        self, pages: Mapping[str, PageSpec], progress: Progress = lambda done: None, cancel: CancelToken | None = None
    ) -> dict[str, Outcome]:
        """Make the pictures of `pages` (by key), in their order; `progress` is told after each how many are done.

        Raises Cancelled as soon as `cancel` is cancelled, whatever the browsers do; pictures made until then are kept.
        """
        cancel = cancel or CancelToken()
        cancel.check()
        if not pages:
            return {}
        future: Future[dict[str, Outcome]] = asyncio.run_coroutine_threadsafe(
            self._render(pages, progress), self._started()
        )
        with cancel.on_cancel(lambda: _cancel(future)):
            try:
                return future.result()
            except CancelledError:
                self._cancelled = True
                raise Cancelled from None
            except BaseException:
                future.cancel()
                raise

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(_note_stray)
            self._thread = threading.Thread(target=_run, args=(self._loop,), name="studio", daemon=True)
            self._thread.start()
        return self._loop

    async def _close(self, patience: float) -> None:
        """End what is still going on in the loop, and the browsers."""
        if self._rendering is not None and not self._rendering.done():
            await asyncio.wait({self._rendering}, timeout=patience)  # it is cancelled already
        try:
            await asyncio.gather(*(worker.close(patience) for worker in self._crew), return_exceptions=True)
        finally:
            asyncio.get_running_loop().stop()

    async def _render(self, pages: Mapping[str, PageSpec], progress: Progress) -> dict[str, Outcome]:
        self._rendering = asyncio.current_task()
        while len(self._crew) < min(self.workers, len(pages)):
            self._crew.append(Worker(self._browser, FIT_SCRIPT, self.images))
        waiting = iter(list(pages.items()))
        outcomes: dict[str, Outcome] = {}
        room = asyncio.Semaphore(2 * self.workers)  # screenshots, 8 MB each, that wait for their encoding
        encoders = ThreadPoolExecutor(self.workers, "encoder")  # an encoding takes 65 MB: no more at once than cores

        def note(key: str, outcome: Outcome) -> None:
            outcomes[key] = outcome
            progress(len(outcomes))

        async def store(key: str, taken: Taken, photograph: bool) -> None:
            try:
                loop = asyncio.get_running_loop()
                note(key, await loop.run_in_executor(encoders, self._keep, key, taken, photograph))
            finally:
                room.release()

        async def work(worker: Worker, group: asyncio.TaskGroup) -> None:
            for key, spec in waiting:
                document = self.document(spec)
                try:
                    taken = await worker.capture(document, spec)
                except RenderFault as fault:
                    log.error("a %s page can't be rendered: %s", spec.kind, fault)
                    note(key, fault)
                    continue
                if taken.png is None:
                    note(key, self._remember(key, Rendered("", 0, MEDIA_TYPE, taken.report)))
                    continue
                await room.acquire()
                group.create_task(store(key, taken, "picture:" in document.body))

        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._crew:
                    group.create_task(work(worker, group))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the first cause says it all; the others follow from it
        finally:
            encoders.shutdown(wait=False, cancel_futures=True)
        return outcomes

    def _keep(self, key: str, taken: Taken, photograph: bool) -> Rendered:
        assert taken.png is not None
        image = decode(taken.png)
        bare = decode(taken.bare) if taken.bare else None
        report = replace(taken.report, contrasts=contrasts(image, taken.runs, bare))
        data = encode(image, photograph)
        try:
            sha256 = keep(self.folder, data, SUFFIX)
        except OSError as error:
            raise NotWritable(f"{self.folder}: can't write a picture: {error.strerror}") from error
        self.rendered += 1
        return self._remember(key, Rendered(sha256, len(data), MEDIA_TYPE, report))

    def _remember(self, key: str, rendered: Rendered) -> Rendered:
        self.index.rendered_put(key, dump_rendered(rendered))
        return rendered


def _note_stray(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A failure that nobody waits for any more: what Playwright still expected of a browser that was closed or killed.

    Whatever matters fails in `capture`, too, where it is caught.
    """
    log.debug("after a browser was ended: %s", context.get("exception") or context.get("message"))


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def _cancel(future: Future[Any]) -> None:
    future.cancel()
