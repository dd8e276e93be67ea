"""`make bench`: the figures of docs/benchmarks.md, made here. Every speed is a ratio to something named, in one run.

python -m benchmarks            everything
python -m benchmarks renderer   the cold build, the bare loop and the refreshes
python -m benchmarks render     how soon the demo's screens show something; at most ten minutes
python -m benchmarks edits      how soon an edit is published during the demo's first build; three minutes
python -m benchmarks alternatives   our rendering beside shot-scraper, a bare Playwright loop and Chromium's limit
python -m benchmarks player     the native player and a Chromium kiosk under Xvfb
python -m benchmarks sources    reading and expanding calendars
python -m benchmarks calendars on how many calendars we and ical.js agree
python -m benchmarks workers    what reading in worker processes costs a refresh
python -m benchmarks posters    500 hostile files in a folder of pictures; a minute
python -m benchmarks departures   what departures cost each minute; a minute
python -m benchmarks hostile    10,000 damaged answers of every source type
python -m benchmarks commands   the processor time of `signage --version` and `signage check`
python -m benchmarks merging    making one calendar of many, and how often that is right
python -m benchmarks signals    SIGTERM at 200 moments of a server's life; some 40 minutes
python -m benchmarks held       from a publication to the players, with a thousand that wait; four minutes
python -m benchmarks sync       the same with a thousand native players
python -m benchmarks polls      the same with a thousand native players that only poll
python -m benchmarks alerts     from sending an alert to a thousand native players, and from ending it; six minutes
python -m benchmarks alerts-shaped   the same over a link of 100 Mbit/s; as root
python -m benchmarks alert-kills     a server killed 100 times while it sends alerts; 40 minutes
python -m benchmarks kills      a renderer killed at 1,000 requests to an object store; some ten minutes
python -m benchmarks machines   two workers of `signage worker` against one, on a core each; some minutes
python -m benchmarks machine-kills   such workers killed 100 times at random, while they render
python -m benchmarks soak       three days of a server's life; some ten minutes
python -m benchmarks county     thirty screens of a made-up county; `county:6,30,100:20` for at most 20 minutes each
python -m benchmarks county-plans   planning up to 100 screens and refreshing them, without a browser
python -m benchmarks fit        QR codes, seeded faults, ten thousand hostile pages, and what fitting costs
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
from playwright.async_api import Page, async_playwright

from benchmarks import (
    alerts,
    alternatives,
    calendars,
    commands,
    county,
    county_plans,
    departures,
    edits,
    first_pages,
    fit,
    held,
    hostile_sources,
    kills,
    machines,
    merging,
    order,
    posters,
    qr,
    side_by_side,
    signals,
    soak,
    sources,
    workers,
)
from benchmarks import load as load_benchmark
from signage.app.build_report import BuildReport
from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.config.load import load
from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.domain.model import Event, PageSpec
from signage.rendering import renderer_pool
from signage.rendering.browser import arguments, browser_version, find_browser
from signage.rendering.document import Renderer

ROOT = Path(__file__).parent.parent
SAMPLE = 240  # documents that the bare loop renders
SAMPLE_EVERY = 0.25  # seconds between looks at the memory


def say(what: str, figure: str, limit: str = "") -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


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


def renderer() -> None:
    config = load(ROOT / "screens.toml", ROOT / "layouts")
    now = datetime.now(UTC).replace(microsecond=0)
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    with tempfile.TemporaryDirectory() as folder, DemoPortal(today) as portal:
        effective = replace_addresses(config, portal)
        pipeline = Pipeline(Folders(Path(folder)), ROOT / "layouts")
        recorder = Recorder()
        with recorder.recording(), peak_memory() as peak:
            cold = pipeline.build(effective, now)
        _cold(cold, recorder, peak)
        _against_the_bare_loop(pipeline, effective, recorder)
        _refreshes(pipeline, effective, now)


def _cold(report: BuildReport, recorder: Recorder, peak: Peak) -> None:
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


def _against_the_bare_loop(pipeline: Pipeline, config: Config, recorder: Recorder) -> None:
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


def _refreshes(pipeline: Pipeline, config: Config, now: datetime) -> None:
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


def machine() -> str:
    names = [line.split(":")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    model = names[0].strip() if names else platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0))
    browser = browser_version(find_browser()).split(" built")[0]
    return f"{model}, {cores} cores, {memory:.0f} GiB; Python {platform.python_version()}; {browser}"


def player() -> None:
    from benchmarks.kiosk import compare

    for what, figure, limit in compare():
        say(what, figure, limit)


def fitting() -> None:
    """Ten thousand hostile pages, and what fitting costs."""
    qr.run(say)
    fit.run(say)


def main(wanted: Sequence[str]) -> None:
    print(machine())
    parts = (
        ("renderer", renderer),
        ("player", player),
        ("sources", sources.main),
        ("workers", workers.main),
        ("hostile", lambda: hostile_sources.run(say)),
        ("posters", lambda: posters.posters(say)),
        ("departures", lambda: departures.departures(say)),
        ("commands", commands.main),
        ("merging", merging.main),
        ("fit", fitting),
    )
    for name, work in parts:
        if not wanted or name in wanted:
            work()
    for each in wanted or ("load", "held", "sync"):
        name, _, amount = each.partition(":")
        if name == "load":
            load_benchmark.main(say, float(amount or load_benchmark.SECONDS))
        elif name == "render":
            first_pages.run(say, float(amount or first_pages.MINUTES))
        elif name == "alternatives":
            alternatives.run(say, int(amount or alternatives.DOCUMENTS))
        elif name == "edits":
            edits.run(say, int(amount or edits.EDITS))
        elif name == "calendars":
            calendars.run(say)
        elif name == "order":  # these take long, and only run when they are asked for
            order.run(say, int(amount or order.CALENDARS))
        elif name == "side":
            side_by_side.run(say, float(amount or side_by_side.MINUTES))
        elif name == "signals":
            signals.run(say, int(amount or signals.MOMENTS))
        elif name == "alerts":
            alerts.main(say, int(amount or alerts.PLAYERS))
        elif name == "alerts-shaped":
            alerts.main(say, int(amount or alerts.PLAYERS), shaped=True)
        elif name == "alert-kills":
            alerts.kills(say, int(amount or alerts.KILLS))
        elif name == "held":
            held.main(say, int(amount or held.CLIENTS))
        elif name == "sync":
            held.sync(say, int(amount or held.PLAYERS))
        elif name == "polls":
            held.polls(say, int(amount or held.PLAYERS))
        elif name == "kills":
            kills.run(say, int(amount or kills.KILLS))
        elif name == "machines":
            machines.efficiency(say, int(amount or machines.PAGES))
        elif name == "machine-kills":
            machines.kills(say, int(amount or machines.KILLS))
        elif name == "county":
            county.run(say, amount)
        elif name == "county-plans":
            county_plans.run(say, amount)
        elif name == "soak":
            soak.run(say, float(amount or soak.HOURS))


if __name__ == "__main__":
    main(sys.argv[1:])
