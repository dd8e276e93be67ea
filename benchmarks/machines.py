"""Rendering on several machines, all on this one: two workers against one, and workers that are killed at random.

Each worker is pinned to a core of its own, with its browser: so one worker is one core, and two are two.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from signage.config.built_in import LAYOUT_FILE
from signage.config.rendering import Rendering
from signage.domain.model import PageSpec
from signage.rendering.choice import make_browsers
from signage.rendering.document import Typesetter
from signage.rendering.failed_pages import Outcome
from signage.rendering.layouts import Layout, load_layout
from signage.rendering.remote_browsers import RemoteBrowsers
from signage.rendering.renderer_pool import RendererPool
from signage.storage.store import Store
from tests.fixtures.machines import MachineWorker, Scheduler
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.shots import one_screen
from tests.fixtures.unrendered import HORIZON, PLAYLISTS, calendar, planned

Say = Callable[[str, str, str], None]
PAGES = 160  # for the efficiency
PAGES_EACH = 40  # in each round of the kills
KILLS = 100
WORKERS = 2
SEED = 20261129


def specs(count: int) -> list[PageSpec]:
    """Distinct pages of a fortnight with eighty events or more, half of them upright."""
    start, events = calendar(3)
    found: dict[str, PageSpec] = {}
    for orientation in ("landscape", "portrait"):
        for playlist in PLAYLISTS.values():
            build = planned(one_screen(orientation, **playlist), events, start)
            found |= {key + orientation: spec for _, key, spec in build.wanted(start + HORIZON)}
    step = max(1, len(found) // count)
    return [*found.values()][::step][:count]


def layouts() -> dict[str, Layout]:
    """The built-in ones, by name."""
    return {path.parent.name: load_layout(path.parent) for path in sorted(LAYOUTS.glob(f"*/{LAYOUT_FILE}"))}


@contextmanager
def pool(folder: Path, address: str | None) -> Iterator[RendererPool]:
    folder.mkdir()
    store = Store(folder / "state.sqlite")
    typesetter = Typesetter(layouts())
    try:
        with RendererPool(
            folder / "pictures", store, typesetter, browsers=make_browsers(Rendering(scheduler=address))
        ) as renderers:
            yield renderers
    finally:
        store.close()


def pinned(core: int, log: Path, address: str) -> MachineWorker:
    """A worker on this core alone, and its browser with it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        worker = MachineWorker(log, address)
    finally:
        os.sched_setaffinity(0, before)
    worker.wait()
    return worker


def efficiency(say: Say, count: int = PAGES) -> None:
    """The same pages with one worker, with two, and with one again."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    pages = specs(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scheduler = Scheduler(folder)
        workers = [pinned(cores[0], folder / "0.log", scheduler.address)]
        try:
            first = _measured(folder / "one", scheduler, pages)
            workers.append(pinned(cores[1], folder / "1.log", scheduler.address))
            both = _measured(folder / "two", scheduler, pages)
            workers.pop().end()
            again = _measured(folder / "again", scheduler, pages)
        finally:
            for worker in workers:
                worker.end()
            scheduler.kill()
    assert first[1] == both[1] == again[1], "the outcomes differ"
    one = (first[0] + again[0]) / 2
    say(f"{len(pages)} pages, one worker on one core, twice", f"{first[0]:.1f}, {again[0]:.1f} s", "")
    say(f"{len(pages)} pages, two workers on two cores", f"{both[0]:.1f} s", "")
    say("efficiency of the second worker, by the clock", f"{one / both[0] / 2:.2f}", ">= 0.9")


def _measured(folder: Path, scheduler: Scheduler, pages: list[PageSpec]) -> tuple[float, Mapping[str, Outcome]]:
    """Seconds, and the outcomes; the layouts are loaded before."""
    with pool(folder, scheduler.address) as renderers:
        keyed = {renderers.key(spec): spec for spec in pages}
        renderers.render(dict([*keyed.items()][:: max(1, len(keyed) // 8)]))
        began = time.monotonic()
        found = renderers.render(keyed)
        return time.monotonic() - began, found


def kills(say: Say, wanted: int = KILLS) -> None:
    """Kill a worker at random, start another, and so on, while pages are rendered again and again."""
    chance, done = random.Random(SEED), threading.Event()
    pages = specs(PAGES_EACH)
    rounds = rendered_here = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with pool(folder / "here", None) as here:
            expected = here.render({here.key(spec): spec for spec in pages})
        scheduler = Scheduler(folder)
        workers = [MachineWorker(folder / f"{n}.log", scheduler.address) for n in range(WORKERS)]
        for worker in workers:
            worker.wait()

        def killer() -> None:
            for number in range(wanted):
                time.sleep(chance.uniform(0.0, 2.0))
                place = chance.randrange(WORKERS)
                workers[place].kill()
                workers[place] = MachineWorker(folder / f"k{number}.log", scheduler.address)
                workers[chance.randrange(WORKERS)].wait()
            done.set()

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            while not done.is_set():
                with pool(folder / f"round{rounds}", scheduler.address) as renderers:
                    found = renderers.render({renderers.key(spec): spec for spec in pages})
                    browsers = renderers.browsers
                    assert isinstance(browsers, RemoteBrowsers)
                    rendered_here += browsers.spare.captured
                    stored = {path.stem for path in renderers.folder.iterdir()}
                assert found.keys() == expected.keys(), "pages were lost"
                assert found == expected, "bytes differ"
                assert stored == {each.sha256 for each in expected.values() if each.sha256}  # type: ignore[union-attr]
                rounds += 1
        finally:
            thread.join()
            for worker in workers:
                worker.end()
            scheduler.kill()
    say("workers killed at random moments", f"{wanted}", f"{WORKERS} workers, {time.monotonic() - began:.0f} s")
    say("pages rendered meanwhile", f"{rounds * len(pages)}", f"{rendered_here} of them by the renderer itself")
    say("pages lost, or with other bytes", "0", "0")
