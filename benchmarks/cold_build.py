"""The demo's cold build beside a bare loop of Chromium, and its refreshes: a row of `make bench`."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
from playwright.async_api import Page, async_playwright

from signage.app.build_report import BuildReport
from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.config.load import load
from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.domain.model import Event, PageSpec
from signage.rendering import renderer_pool
from signage.rendering.browser import arguments, find_browser
from signage.rendering.document import Renderer

ROOT = Path(__file__).parent.parent
SAMPLE = 240  # documents that the bare loop renders
SAMPLE_EVERY = 0.25  # seconds between looks at the memory
Say = Callable[..., None]


@dataclass
class Peak:
    """The largest sum of proportional memory (PSS) of this process and everything it started, in MB."""

    mb: float = 0.0


@contextmanager
def peak_memory() -> Iterator[Peak]:
    peak, stop = Peak(), threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not stop.wait(SAMPLE_EVERY):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except (psutil.Error, OSError):
                    continue  # ended between the list and the look
            peak.mb = max(peak.mb, total / 1e6)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


async def bare_loop(documents: Sequence[tuple[PageSpec, str]], workers: int) -> float:
    """Pictures a second of warm Chromium pages that do nothing but set content and capture."""
    waiting = iter(documents)

    async def work(page: Page) -> None:
        for spec, html in waiting:
            await page.set_viewport_size({"width": spec.width, "height": spec.height})
            await page.set_content(html)
            await page.screenshot()

    async with async_playwright() as playwright:
        browsers = [
            await playwright.chromium.launch(executable_path=find_browser(), args=arguments()) for _ in range(workers)
        ]
        pages = [await browser.new_page() for browser in browsers]
        for page in pages:
            await page.set_content(documents[0][1])
            await page.screenshot()
        started = time.perf_counter()
        await asyncio.gather(*(work(page) for page in pages))
        return len(documents) / (time.perf_counter() - started)


class Recorder:
    """Keeps what the studio is asked to render, with how long each call took."""

    def __init__(self) -> None:
        self.specs: list[PageSpec] = []
        self.seconds = 0.0
        self.pictures = 0
        self._render = renderer_pool.RendererPool.render

    @contextmanager
    def recording(self) -> Iterator[None]:
        recorder, original = self, self._render

        def render(renderers, pages, *given, **more):  # type: ignore[no-untyped-def]
            started = time.perf_counter()
            outcomes = original(renderers, pages, *given, **more)
            recorder.seconds += time.perf_counter() - started
            recorder.pictures += len(outcomes)
            recorder.specs += pages.values()
            return outcomes

        renderer_pool.RendererPool.render = render  # type: ignore[method-assign]
        try:
            yield
        finally:
            renderer_pool.RendererPool.render = original  # type: ignore[method-assign]


def run(say: Say) -> None:
    config = load(ROOT / "screens.toml", ROOT / "layouts")
    now = datetime.now(UTC).replace(microsecond=0)
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    with tempfile.TemporaryDirectory() as folder, DemoPortal(today) as portal:
        effective = replace_addresses(config, portal)
        pipeline = Pipeline(Folders(Path(folder)), ROOT / "layouts")
        recorder = Recorder()
        with recorder.recording(), peak_memory() as peak:
            cold = pipeline.build(effective, now)
        _cold(say, cold, recorder, peak)
        _against_the_bare_loop(say, pipeline, effective, recorder)
        _refreshes(say, pipeline, effective, now)


def _cold(say: Say, report: BuildReport, recorder: Recorder, peak: Peak) -> None:
    for screen in report.screens:
        say(
            f"cold build, {screen.screen}",
            f"{screen.bytes / 1e6:.1f} MB",
            f"< 40 MB; {screen.slices} slices, {screen.pages} pages, {screen.pictures} pictures",
        )
    pictures = sum(screen.pictures for screen in report.screens)
    say("cold build, all screens: distinct pictures", str(pictures))
    say(
        "first 24 hours of every screen published after",
        f"{max(s.first_day_seconds for s in report.screens):.1f} s",
        "< 20 s",
    )
    say("all 14 days of every screen published after", f"{report.seconds:.1f} s")
    say("pictures a second, everything included", f"{recorder.pictures / report.seconds:.1f} /s")
    say("peak proportional memory, browsers included", f"{peak.mb:.0f} MB")


def _against_the_bare_loop(say: Say, pipeline: Pipeline, config: Config, recorder: Recorder) -> None:
    layouts = pipeline.layouts(config)
    renderers = {name: Renderer(layout) for name, layout in layouts.items()}
    step = max(1, len(recorder.specs) // SAMPLE)
    plain = [spec for spec in recorder.specs[::step] if not spec.context.get("picture")]
    documents = [(spec, renderers[spec.layout].document(spec).html) for spec in sorted(plain, key=lambda s: s.width)]
    workers = len(os.sched_getaffinity(0))
    bare = asyncio.run(bare_loop(documents, workers))
    ours = recorder.pictures / recorder.seconds
    say(
        "bare loop (set content, capture), pictures a second",
        f"{bare:.1f} /s",
        f"{workers} workers, {len(documents)} documents",
    )
    say("ours (fit, capture, encode, store), pictures a second", f"{ours:.1f} /s", f"{workers} workers")
    say("ours to the bare loop", f"{ours / bare:.2f}", ">= 0.6")


def _refreshes(say: Say, pipeline: Pipeline, config: Config, now: datetime) -> None:
    fetch: list[float] = []
    original = pipeline.gather

    def gather(*given, **more):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        try:
            return original(*given, **more)
        finally:
            fetch.append(time.perf_counter() - started)

    pipeline.gather = gather  # type: ignore[method-assign]
    again = pipeline.build(config, now)
    rendered = sum(screen.rendered for screen in again.screens)
    say("refresh with nothing changed: pictures rendered", str(rendered), "0")
    say(
        "refresh with nothing changed: our own time",
        f"{again.seconds - fetch[-1]:.2f} s",
        f"< 1 s; asking the sources took {fetch[-1]:.2f} s",
    )
    changed = _with_one_title_changed(pipeline, config, now, original)
    if changed is None:
        return
    event, report = changed
    rendered = sum(screen.rendered for screen in report.screens)
    showing = sum(_pages_with(pipeline, screen.screen, event.id) for screen in report.screens)
    say("refresh after one title changed: pictures rendered", str(rendered), f"{showing} pictures show it")


def _with_one_title_changed(pipeline, config, now, original):  # type: ignore[no-untyped-def]
    gathered = original(config, now)
    events: tuple[Event, ...] = gathered.merged.events
    chosen = next(e for e in events if (e.starts_at - now).days == 5 and not e.all_day)
    renamed = tuple(replace(e, title=e.title + " (ny tid)") if e is chosen else e for e in events)
    pipeline.gather = lambda *_, **__: replace(gathered, merged=replace(gathered.merged, events=renamed))
    return chosen, pipeline.build(config, now)


def _pages_with(pipeline: Pipeline, screen: str, event_id: str) -> int:
    manifest = json.loads((pipeline.folders.published / "screens" / screen / "manifest.json").read_bytes())
    return len({page["asset"] for page in manifest["pages"] if any(e["id"] == event_id for e in page["events"])})
