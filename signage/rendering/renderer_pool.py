"""A row of warm browsers that turn documents into pictures. They start with the first picture that is needed."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from signage.domain.model import PageSpec, Rendered, RenderReport
from signage.errors import NotWritable
from signage.rendering.browser import browser_version, find_browser
from signage.rendering.browsers import Browsers, PageBrowser, WaitingPages
from signage.rendering.document import Typesetter
from signage.rendering.encode import MEDIA_TYPE, QUICK_TYPE, SUFFIXES, decode, encode, encoders, keep
from signage.rendering.failed_pages import Index, Outcome, RenderMemory
from signage.rendering.page_faults import TRIES_WHOLE, NotRendered, RenderFault, RenderPatience
from signage.rendering.picture_key import picture_key, tool_chain
from signage.rendering.plain_page import PlainPage, draw_plain
from signage.rendering.render_worker import Capture, Worker
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import describe
from signage.storage.durable_file import remove_left_behind

log = logging.getLogger(__name__)

_SCRIPTS = Path(__file__).parent
OLD_SECONDS = 15 * 86400.0  # longer than any plan reaches
MEND_ROUNDS = 40  # each sets a text an eighth smaller, or shortens it a little


def fit_script(rounds: int = MEND_ROUNDS) -> str:
    """One call into the browser: fit the page, measure it, and repair what is wrong with it, in this many rounds."""
    names = ("fit", "measure", "shrink_to_fit", "excess")
    fit, measure, shrink, excess = ((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in names)
    return f"""async (input) => {{
const fit = {fit};
const measure = {measure};
const mend = {shrink};
const excess = {excess};
const fitted = await fit(input);
let measured = measure();
for (let round = 0; round < {rounds} && measured.overflow && mend(input); round++) measured = measure();
return {{ ...fitted, ...measured, excess: measured.overflow ? excess() : {{ groups: [], rows: 0 }} }}; }}"""


FIT_SCRIPT = fit_script()

Progress = Callable[[dict[str, Outcome]], None]  # of the pages that are done; the newest is the last
Template = tuple[object, ...]


class RendererPool:
    """Render pages under `folder`, one picture file per distinct result, with as many browsers as `workers`.

    With the instant `now`, a page that could not be rendered is remembered, and tried less and less often. Use as a
    context manager: leaving it ends the browsers, unless they are to be kept.
    """

    put_off = "pages like it took too long; it is tried at the next refresh"
    """Why a page has not been tried."""

    def __init__(
        self,
        folder: Path,
        index: Index,
        typesetter: Typesetter,
        workers: int = 0,
        now: datetime | None = None,
        patience: RenderPatience | None = None,
        activity: Activity | None = None,
        browsers: Browsers | None = None,
        keep_browsers: bool = False,
    ) -> None:
        self.folder = folder
        self.document = typesetter.document
        self._shell = typesetter.shell
        self._fingerprint = typesetter.fingerprint
        self.workers = workers or len(os.sched_getaffinity(0))
        self.now = now
        self.patience = patience or RenderPatience()
        self.activity = activity or Activity()
        self.rendered = 0
        self._memory = RenderMemory(index, self.path, now)
        self.unwritable: NotWritable | None = None
        """Why no picture can be written; no further page is rendered then."""
        self._proven: set[Template] = set()  # templates that a page was set and rendered in
        self._browser = find_browser()
        self.tools = tool_chain(browser_version(self._browser), FIT_SCRIPT)
        self._keep_browsers = keep_browsers
        self.browsers = browsers or Browsers()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable.from_os_error("The folder for pictures", folder, error, "created") from error

    def __enter__(self) -> RendererPool:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._keep_browsers:
            self.browsers.close()

    def warm_up(self, sizes: Iterable[tuple[str, int, int]]) -> None:
        """Start the browsers in the background for pages of these layouts, widths and heights, and load what such pages
        have in common. Returns at once.
        """
        shells = list(dict.fromkeys(self._shell(*size) for size in sizes))
        self.browsers.grow(min(self.workers, len(shells)), self.make_worker)
        self.browsers.warm_up(shells)

    def key(self, spec: PageSpec) -> str:
        """The page's name in the index: the hash of everything that goes into its picture."""
        return picture_key(spec, self._fingerprint(spec), self.tools)

    def path(self, rendered: Rendered) -> Path:
        """Where a picture's bytes are."""
        return self.folder / f"{rendered.sha256}{SUFFIXES[rendered.media_type]}"

    def look_up(self, pages: Mapping[str, PageSpec]) -> dict[str, Outcome]:
        """What is known already: measured pages, pictures whose file is still there, and pages that could not be
        rendered and are not due for another attempt.
        """
        found = self._memory.look_up(pages)
        self._proven |= {_template(pages[key]) for key, outcome in found.items() if isinstance(outcome, Rendered)}
        return found

    def sweep(self, keep: Mapping[str, Outcome], keys: Set[str] = frozenset(), files: Set[str] = frozenset()) -> None:
        """Forget every outcome but these and those under `keys`, and all pictures but theirs and `files`: no screen
        will show them.
        """
        self._delete_pictures(self._memory.sweep(keep, keys) | files)

    def sweep_old(self, keep: Mapping[str, Outcome], files: Set[str]) -> None:
        """Delete pictures that were made more than `OLD_SECONDS` ago, but those of these outcomes and `files`. For when
        it isn't known what all screens show: one of them may have to make a picture again.
        """
        shown = (o.stand_in if isinstance(o, NotRendered) else o for o in keep.values())
        named = {self.path(rendered).name for rendered in shown if rendered is not None}
        self._delete_pictures(named | files, time.time() - OLD_SECONDS)

    def _delete_pictures(self, named: Set[str], before: float = math.inf) -> None:
        """All but those of these names that were last written `before` (Unix time)."""
        remove_left_behind(self.folder)
        for suffix in SUFFIXES.values():
            for file in self.folder.glob(f"*{suffix}"):
                with suppress(FileNotFoundError):
                    if file.name not in named and file.stat().st_mtime < before:
                        file.unlink()

    def draw(self, page: PlainPage) -> Rendered:
        """A page drawn without a browser."""
        data = encode(draw_plain(page), photograph=False)
        sha256 = self._write(data)
        report = RenderReport(overflow=False, smallest_px=0.0, scale=1.0, shortened=0, text=page.alt)
        return Rendered(sha256, len(data), MEDIA_TYPE, report)

    def render(
        self,
        pages: Mapping[str, PageSpec],
        progress: Progress = lambda done: None,
        cancel: CancelToken | None = None,
        *,
        last_try: bool = False,
        quick: bool = False,
    ) -> dict[str, Outcome]:
        """Make the pictures of `pages` (by key), in their order; `progress` is called after each, by this thread, while
        the browsers go on.

        `quick`: these pages are waited for, so they keep the browser's own file, until `compress`.

        What fails costs its page. `last_try`: nobody waits for these pages, so each gets more time, and what fails is
        remembered. Raises Cancelled as soon as `cancel` is cancelled, whatever the browsers do; pictures made by
        then are kept.
        """
        cancel = cancel or CancelToken()
        cancel.check()
        if not pages:
            return {}
        made: SimpleQueue[tuple[str, Outcome] | None] = SimpleQueue()
        future = self.browsers.start(lambda: self._render(pages, made.put, last_try, quick))
        future.add_done_callback(lambda _: made.put(None))
        outcomes: dict[str, Outcome] = {}
        with cancel.on_cancel(lambda: self.browsers.cancel(future)):
            try:
                while (one := made.get()) is not None:
                    outcomes[one[0]] = one[1]
                    progress(outcomes)
                future.result()
                return outcomes
            except CancelledError:
                raise Cancelled from None
            except BaseException:
                future.cancel()
                raise

    def make_worker(self) -> Worker:
        """One more browser for the row; it starts with its first page."""
        return Worker(self._browser, FIT_SCRIPT, driver=self.browsers.driver)

    async def _render(
        self,
        pages: Mapping[str, PageSpec],
        made: Callable[[tuple[str, Outcome]], None],
        last_try: bool,
        quick: bool,
    ) -> None:
        self.browsers.grow(min(self.workers, len(pages)), self.make_worker)
        waiting = WaitingPages(pages, lambda spec: self._shell(spec.layout, spec.width, spec.height))
        room = asyncio.Semaphore(2 * self.workers)  # screenshots, 8 MB each, that wait for their encoding
        threads = encoders(self.workers)

        async def store(page: _Page, taken: Capture) -> None:
            try:
                loop = asyncio.get_running_loop()
                made((page.key, await loop.run_in_executor(threads, self._encoded, page, taken)))
            finally:
                room.release()

        async def work(worker: PageBrowser, group: asyncio.TaskGroup) -> None:
            while (taken := waiting.take(worker, (o for o in self.browsers.workers if o is not worker))) is not None:
                page = _Page(*taken, last_try, quick)
                captured = await self._captured(worker, page)
                if not isinstance(captured, Capture):
                    made((page.key, captured))
                    continue
                await room.acquire()
                group.create_task(store(page, captured))

        try:
            async with asyncio.TaskGroup() as group:
                self.browsers.for_each(lambda worker: group.create_task(work(worker, group)))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the first cause says it all; the others follow from it
        finally:
            self.browsers.for_each(None)
            threads.shutdown(wait=False)

    async def _captured(self, worker: PageBrowser, page: _Page) -> Capture | Outcome:
        """The page as the browser took it; its outcome when there is nothing to encode."""
        spec, template = page.spec, _template(page.spec)
        if self.unwritable is not None:
            return self._failed(page, str(self.unwritable), passing=False)
        if self.patience.puts_off(template):
            return self._memory.with_stand_in(spec, NotRendered(self.put_off))
        try:
            document = self.document(spec)
        except Exception as error:  # a template may raise anything; it costs this page
            log.debug("a %s page can't be set", spec.kind, exc_info=True)
            return self._failed(page, f"its template fails: {describe(error)}", passing=False)
        begun = time.monotonic()
        try:
            with self.activity.working(f"{spec.kind}, {spec.width}x{spec.height}, {spec.layout}", "rendering"):
                limits = self.patience.limits(last_try=page.last_try)
                taken = await worker.capture(document, spec, limits, quick=page.quick)
        except RenderFault as fault:
            if fault.hung:
                known = page.key in self._memory.failures
                self.patience.hung(template, time.monotonic() - begun, known=known)
            return self._failed(page, str(fault), passing=True)
        except Exception as error:  # what the browser answered was not understood
            log.debug("a %s page can't be measured", spec.kind, exc_info=True)
            return self._failed(page, describe(error), passing=True)
        self.patience.took(template, time.monotonic() - begun)
        self._proven.add(template)
        page.photograph, page.lacks, page.palette = document.photograph, document.lacks, document.palette
        if taken.png is None:
            return self._remember(page, Rendered("", 0, MEDIA_TYPE, taken.report, document.lacks))
        return taken

    def _encoded(self, page: _Page, taken: Capture) -> Outcome:
        """Encode and keep the picture. What fails costs the page."""
        try:
            return self._keep(page, taken)
        except NotWritable as error:
            self.unwritable = error
            return self._failed(page, str(error), passing=False)
        except Exception as error:  # Pillow raises whatever broken pixels, or too little memory, lead it to
            log.debug("a %s page can't be encoded", page.spec.kind, exc_info=True)
            return self._failed(page, f"its picture can't be encoded: {describe(error)}", passing=True)

    def _failed(self, page: _Page, reason: str, *, passing: bool) -> NotRendered:
        """Remember that a page failed once more, unless it gets another attempt in this build; find its stand-in."""
        before = self._memory.failures.get(page.key)
        again = passing and before is None and not page.last_try
        attempts = (before.attempts if before else 0) + (0 if again else 1)
        proven = _template(page.spec) in self._proven
        isolate = proven and self.unwritable is None and (not passing or attempts >= TRIES_WHOLE)
        fault = NotRendered(reason, again, isolate, attempts, self.now)
        if passing and not again:
            self._memory.put_fault(page.key, fault)
        return self._memory.with_stand_in(page.spec, fault)

    def _keep(self, page: _Page, taken: Capture) -> Rendered:
        report, data, media_type = taken.finish(page.photograph, quick=page.quick, palette=page.palette)
        sha256 = self._write(data, media_type)
        self.rendered += 1
        return self._remember(page, Rendered(sha256, len(data), media_type, report, page.lacks))

    def compress(
        self,
        pages: Mapping[str, PageSpec],
        outcomes: Mapping[str, Outcome],
        cancel: CancelToken,
        alive: Callable[[], None] = lambda: None,
    ) -> dict[str, Rendered]:
        """The outcomes of those pages that were made quickly, with small files that have the same pixels; the browser's
        own stay where they are. `alive` is called with each of them. Raises Cancelled.
        """

        def compressed(key: str) -> Rendered | None:
            cancel.check()
            return self._compressed(key, pages[key], outcomes[key])

        made: dict[str, Rendered] = {}
        with encoders(self.workers) as threads:
            for key, rendered in zip(pages, threads.map(compressed, pages), strict=True):
                if rendered is not None:
                    made[key] = rendered
                    alive()
        return made

    def _compressed(self, key: str, spec: PageSpec, outcome: Outcome) -> Rendered | None:
        """None when there is nothing to do, or it can't be done: then what there is will do."""
        if not isinstance(outcome, Rendered) or outcome.media_type != QUICK_TYPE:
            return None
        try:
            data = encode(decode(self.path(outcome).read_bytes()), photograph=False)
            small = replace(outcome, sha256=self._write(data, MEDIA_TYPE), bytes=len(data), media_type=MEDIA_TYPE)
        except (NotWritable, OSError, ValueError, MemoryError) as error:
            log.debug("a picture keeps its large file: %s", error)
            return None
        if not small.lacks:
            self._memory.put(key, spec, small)
        return small

    def _write(self, data: bytes, media_type: str = MEDIA_TYPE) -> str:
        try:
            return keep(self.folder, data, SUFFIXES[media_type])
        except OSError as error:
            raise NotWritable.from_os_error("A picture", self.folder, error) from error

    def _remember(self, page: _Page, rendered: Rendered) -> Rendered:
        if not rendered.lacks:  # a page without one of its pictures is made again next time
            self._memory.put(page.key, page.spec, rendered)
        return rendered


@dataclass(slots=True)
class _Page:
    """A page on its way through the studio."""

    key: str
    spec: PageSpec
    last_try: bool
    quick: bool
    photograph: bool = False
    lacks: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()


def _template(spec: PageSpec) -> Template:
    """What pages have in common that are set by one template at one size."""
    return (spec.kind, spec.layout, spec.width, spec.height, spec.language)
