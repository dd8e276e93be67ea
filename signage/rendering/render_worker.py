"""One warm browser: it loads a layout's head once, then swaps body after body, measures and captures."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, Page

from signage.domain.model import PageSpec, RenderReport
from signage.rendering.browser import arguments, kill_marked, usage_of
from signage.rendering.driver import DriverUse, SharedDriver
from signage.rendering.encode import MEDIA_TYPE, MOST_BYTES, QUICK_TYPE, decode, encode, flat
from signage.rendering.measured_contrast import TextRun, contrasts
from signage.rendering.measured_page import MeasuredPage, report_of, text_run
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.sandbox import sandbox_problem

STARTING = PageLimits(wall=60.0, processor=60.0)  # a browser starts in half a second, and in twenty from a slow card
WATCH_SECONDS = 1.0  # a page that takes longer is looked at: how much memory its browser holds
MOST_MEMORY = 1_000_000_000  # bytes; 250 MB are usual, and a Pi has 2 GB for everything
KILL_SECONDS = 0.2  # for a browser that did not answer before: it is not asked for long
CLOSE_SECONDS = 5.0  # a browser closes in a fifth of a second; one that hangs is killed
NOTICE_SECONDS = 1.0  # until a driver of several browsers has noticed that one of them was killed
DRIVER_SECONDS = 60.0  # until the program that drives a killed browser has ended, or has started and then ended
TRIES = 2  # a browser that crashed is started again and asked once more; twice means that the page is at fault
CAPTURES = 400  # then a fresh browser
SHEETS = 2  # shells kept loaded, of a layout and a size each: a browser gets the pages of the shells that it has
SHEET_PAGES = 60  # then the shell is loaded anew: a sheet grows all the time
COLLECT_PAGES = 15  # then its garbage is collected: 100 MB instead of 175 after 100 pages, for 1 CPU-ms each
LARGE_LETTERS = 24.0  # px of type; from there on, edges of one grey look as smooth as those of many
RECOVERY_SECONDS = 1.0  # for a page that was given up in the middle to go; then its whole browser goes

T = TypeVar("T")
Shell = tuple[str, int, int]  # head, width, height

FIT = "async (input) => JSON.stringify(await fitAndMeasure(input))"  # as text: Playwright takes long over objects

# What lies behind a text on a picture can only be seen without the text.
HIDE_TEXT = """() => {
  document.querySelector("main").insertAdjacentHTML("beforeend", "<style>* { color: transparent !important }</style>");
}"""


@dataclass(slots=True)
class Sheet:
    """A loaded shell, and how many pages were measured in it."""

    page: Page
    cdp: CDPSession
    size: tuple[int, int]
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Capture:
    """A page as it was measured and captured: PNG bytes (None when it overflows), and its lines of text.

    `bare`: PNG bytes without the text, when some of it is on a picture.
    """

    report: RenderReport
    png: bytes | None
    runs: tuple[TextRun, ...]
    bare: bytes | None = None

    def finish(
        self, photograph: bool, *, quick: bool, palette: tuple[str, ...] = ()
    ) -> tuple[RenderReport, bytes, str]:
        """The report with the contrasts, and the file to publish with its media type. `quick`: the browser's own.
        `palette`: the only colours of the picture, if its letters are large.
        """
        assert self.png is not None
        image = decode(self.png)
        if palette and self.report.smallest_px >= LARGE_LETTERS:
            return self.report, encode(flat(image, palette), photograph), MEDIA_TYPE
        bare = decode(self.bare) if self.bare else None
        report = replace(self.report, contrasts=contrasts(image, self.runs, bare))
        if quick and not photograph and len(self.png) <= MOST_BYTES:  # a photograph's small file has other pixels
            return report, self.png, QUICK_TYPE
        return report, encode(image, photograph), MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Finished(Capture):
    """A page that was finished where it was captured."""

    media_type: str = ""

    @classmethod
    def of(cls, report: RenderReport, data: bytes, media_type: str) -> Finished:
        """`data`: the file's bytes; empty when the page overflows."""
        return cls(report, data or None, (), media_type=media_type)

    def finish(
        self, photograph: bool, *, quick: bool, palette: tuple[str, ...] = ()
    ) -> tuple[RenderReport, bytes, str]:
        """What there is already."""
        assert self.png is not None
        return self.report, self.png, self.media_type


class Documented(Protocol):
    """A page as HTML: `head` is equal for all pages of a layout, language and size; `body` is the page's own."""

    @property
    def head(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def photograph(self) -> bool: ...
    @property
    def lacks(self) -> tuple[str, ...]: ...


def shell_of(document: Documented, spec: PageSpec) -> Shell:
    """What the page has in common with all others of its layout and size."""
    return (document.head, spec.width, spec.height)


class Worker:
    """Captures pages one after the other. Not for use from two tasks at once.

    `resizes`: a loaded shell serves pages of all sizes, for a few pages of many sizes. `driver`: that of other browsers
    in the same event loop.
    """

    def __init__(
        self, browser: Path, fit_script: str, *, resizes: bool = False, driver: SharedDriver | None = None
    ) -> None:
        self._executable = browser
        self._fit = fit_script
        self._resizes = resizes
        self._drivers = driver or SharedDriver()
        self._driver: DriverUse | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None  # one for all shells: each has a window of its own in Chromium
        self._mark = ""  # of the browser's process, to kill it by
        self._sheets: OrderedDict[Shell, Sheet] = OrderedDict()  # the one used last is last
        self._captured = 0
        self._interrupted: Shell | None = None  # its page may still be at work for a capture that was given up

    def holds(self, shell: Shell) -> bool:
        """Whether a page of this shell needs no loading."""
        return self._of_any_size(shell) in self._sheets

    def _of_any_size(self, shell: Shell) -> Shell:
        return (shell[0], 0, 0) if self._resizes else shell

    async def warm_up(self, shell: Shell) -> None:
        """Start the browser, and load a shell. Raises RenderFault."""
        try:
            await self._within(STARTING, self._started(), "the browser did not start")
            await self._within(PageLimits(), self._loaded(shell), "no answer")
        except (Error, RenderFault) as error:
            await self._close_after_failure(KILL_SECONDS)
            raise RenderFault(str(error)) from error

    async def capture(
        self, document: Documented, spec: PageSpec, limits: PageLimits | None = None, *, quick: bool = False
    ) -> Capture:
        """The page's picture and report, within these limits. Raises RenderFault. `quick` matters to `finish`.

        After a page that took too long, or crashed its browser, the next page gets a fresh browser.
        """
        await self._recover()
        for attempt in range(1, TRIES + 1):
            try:
                await self._within(STARTING, self._started(), "the browser did not start")
                return await self._within(limits or PageLimits(), self._capture(document, spec), "no answer")
            except asyncio.CancelledError:
                self._interrupted = self._of_any_size(shell_of(document, spec))
                raise
            except RenderFault:
                await self._close_after_failure(KILL_SECONDS)
                raise
            except Error as error:
                await self._close_after_failure()
                if attempt == TRIES:
                    raise RenderFault(str(error).strip().split("\n")[0]) from error
        raise AssertionError("unreachable")

    async def _within(self, limits: PageLimits, work: Coroutine[Any, Any, T], failure: str) -> T:
        """The result of `work`. Raises RenderFault when it takes too long, or the browser holds too much memory."""
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.wall
        before: float | None = None
        try:
            while not (await asyncio.wait({task}, timeout=min(WATCH_SECONDS, max(0.0, deadline - loop.time()))))[0]:
                if loop.time() >= deadline:
                    raise RenderFault(f"{failure} within {limits.wall:.0f} s", hung=True)
                used = usage_of(self._mark)
                before = used.processor if before is None else before
                if used.processor - before > limits.processor:
                    raise RenderFault(f"{failure} within {limits.processor:.0f} s of processor time", hung=True)
                if used.memory > MOST_MEMORY:
                    raise RenderFault(f"the browser needed more than {MOST_MEMORY / 1e9:g} GB of memory", hung=True)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _capture(self, document: Documented, spec: PageSpec) -> Capture:
        sheet = await self._loaded(shell_of(document, spec))
        page = sheet.page
        given = {"body": document.body, "language": spec.language, "alone": not spec.splittable}
        measured: MeasuredPage = json.loads(await page.evaluate(FIT, given))
        sheet.pages += 1
        if sheet.pages % COLLECT_PAGES == 0:
            await sheet.cdp.send("HeapProfiler.collectGarbage")
        report = report_of(measured)
        runs = tuple(text_run(run) for run in measured["runs"])
        if report.overflow:
            return Capture(report, None, runs)
        png = await _shoot(sheet.cdp)
        self._captured += 1
        if not any(run.behind == "picture" for run in runs):
            return Capture(report, png, runs)
        await page.evaluate(HIDE_TEXT)
        return Capture(report, png, runs, await _shoot(sheet.cdp))

    async def _started(self) -> None:
        """Start the browser, or a fresh one after many pages."""
        if self._captured >= CAPTURES:
            await self.close()
        if self._browser is None:
            self._driver = self._drivers.use()
            playwright = await self._driver.playwright()  # when this is cancelled, `close` still finds it
            self._mark = uuid4().hex
            self._browser = await playwright.chromium.launch(
                executable_path=self._executable,
                args=arguments(self._mark),
                chromium_sandbox=sandbox_problem() is None,  # Playwright leaves it out unless it is asked for
                handle_sigint=False,
                handle_sigterm=False,
            )

    async def sheet(self, document: Documented, spec: PageSpec) -> Page:
        """The loaded page that the document's body will be put into, with `fitAndMeasure` in it."""
        await self._started()
        return (await self._loaded(shell_of(document, spec))).page

    async def _loaded(self, shell: Shell) -> Sheet:
        name = self._of_any_size(shell)
        found = self._sheets.get(name)
        if found is not None and found.pages >= SHEET_PAGES:
            del self._sheets[name]
            await found.page.close()
            found = None
        found = found or await self._load(shell)
        _, width, height = shell
        if found.size != (width, height):
            await found.page.set_viewport_size({"width": width, "height": height})
            found.size = (width, height)
        self._sheets.move_to_end(name)
        return found

    async def _recover(self) -> None:
        """Drop the page that was given up in the middle; the browser, too, when it does not let go of it."""
        if self._interrupted is None:
            return
        sheet = self._sheets.pop(self._interrupted, None)
        self._interrupted = None
        try:
            if sheet is None or self._browser is None:  # it was starting, or loading
                raise TimeoutError
            async with asyncio.timeout(RECOVERY_SECONDS):
                await sheet.page.close()
        except (Error, TimeoutError):
            await self._close_after_failure(KILL_SECONDS)

    async def _load(self, shell: Shell) -> Sheet:
        """Load a shell that bodies are swapped into: the head's typefaces and styles are parsed once."""
        head, width, height = shell
        assert self._browser is not None
        if len(self._sheets) >= SHEETS:
            _, oldest = self._sheets.popitem(last=False)
            await oldest.page.close()
        if self._context is None:
            self._context = await self._browser.new_context(
                java_script_enabled=False,  # of the page; ours goes through the debugging protocol
                offline=True,
                service_workers="block",
            )
        page = await self._context.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        await page.set_content(f"<!doctype html><html><head>{head}</head><body></body></html>")
        await page.evaluate(f"() => {{ globalThis.fitAndMeasure = {self._fit}; }}")  # compiled once for all bodies
        sheet = Sheet(page, await self._context.new_cdp_session(page), (width, height))
        self._sheets[self._of_any_size(shell)] = sheet
        return sheet

    async def _close_after_failure(self, patience: float = CLOSE_SECONDS) -> None:
        if self._driver is not None:
            self._driver.distrust()
        await self.close(patience)

    async def close(self, patience: float = CLOSE_SECONDS) -> None:
        """End the browser; one that has not closed after `patience` seconds is killed. One that is gone is fine."""
        browser, driver = self._browser, self._driver
        self._browser = self._driver = self._context = None
        self._sheets.clear()
        self._captured = 0
        if driver is None:
            return
        ending = asyncio.ensure_future(_ended(browser, driver))  # never cancelled: Playwright waits only the first time
        try:
            if (await asyncio.wait({ending}, timeout=patience))[0]:
                return
            if not driver.alone:  # others need their browsers: it gets a chance to notice that this one is gone
                kill_marked(self._mark, driver=False)
                if (await asyncio.wait({ending}, timeout=NOTICE_SECONDS))[0]:
                    return
            self.kill()
            await asyncio.wait({ending}, timeout=DRIVER_SECONDS)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill the browser's processes and what drives it, whatever they do. From any thread."""
        if self._mark:
            kill_marked(self._mark)


async def _ended(browser: Browser | None, driver: DriverUse) -> None:
    """Close the browser, then the program that drives it. That one of them failed before is reported elsewhere."""
    if browser is not None:
        with suppress(Error):
            await browser.close()
    await driver.end()


async def _shoot(cdp: CDPSession) -> bytes:
    shot = await cdp.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    return base64.b64decode(shot["data"])
