"""What departures cost a server and a player each minute: pictures, bytes and processor time. With a real browser."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil

import signage.app.configuration  # noqa: F401 hands the page kinds and the source types to the configuration
from signage.app.live_pages import LivePages
from signage.app.live_refresh import LiveRefresh, fetching
from signage.config.load import load
from signage.demo.departures import stop_place
from signage.demo.programme import programme
from signage.runtime.cancel import CancelToken
from signage.runtime.workers import shared
from tests.fixtures.entur import MINUTE, PATH, call
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Handler, Portal, ok
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import HEAD, NOW

MINUTES = 30
CASES = (("one screen", 1, False), ("ten screens, one stop", 10, False), ("one screen, a bus a minute", 1, True))
LINE = '{ show = "departures", stop = "NSR:StopPlace:41742" }'
SCREEN = """
[screens.skjerm{number}]
place = "bibliotek"
size = "1920x1080"
playlist = [{{ show = "today" }}, {line}, {{ show = "agenda", days = 4 }}]
"""


class _Clock:
    def __init__(self, at: datetime) -> None:
        self.at, self.ticks = at, 0.0

    def for_building(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks


def departures(say: Callable[..., None], minutes: int = MINUTES) -> None:
    """At a stop with some ten departures an hour, and at one with sixty."""
    for case, screens, busy in CASES:
        with tempfile.TemporaryDirectory() as name, Portal() as portal:
            for what, *figures in _measured(Path(name), portal, screens, minutes, busy=busy):
                say(f"{case}: {what}", *figures)
    shared().close()


def _measured(folder: Path, portal: Portal, screens: int, minutes: int, *, busy: bool) -> Iterator[tuple[str, ...]]:
    clock = _Clock(NOW)
    portal.wis(ok(json.dumps(programme(NOW.date()))))

    def answer(handler: Handler) -> None:
        found = stop_place(clock.at, 7200, 30)
        if busy:
            found["estimatedCalls"] = [call(clock.at + n * MINUTE + 20 * MINUTE / 60) for n in range(30)]
        ok(json.dumps({"data": {"stopPlace": found}}))(handler)

    portal.paths[PATH] = answer
    more = "".join(SCREEN.format(number=number, line=LINE) for number in range(1, screens))
    text = HEAD.format(url=portal.url, playlist=f'{{ show = "today" }}, {LINE}', more=more)
    (folder / "screens.toml").write_text(text.replace("1280x720", "1920x1080"), "utf-8")
    config = load(folder / "screens.toml", LAYOUTS)
    services = config.services.model_copy(update={"departures": portal.url + PATH})
    config = config.model_copy(update={"services": services})
    pipeline = QuickPipeline(folder)
    pipeline.build(config, NOW)
    pages = LivePages(pipeline.folders, pipeline.live_screens, pipeline.ledger, pipeline.lock)
    refresh = LiveRefresh(pages, pipeline.live_screens, lambda: config, clock, CancelToken(), fetching(pipeline.store))
    refresh.look()  # the browser starts
    made, published = pages.renderings, 0

    def note(screen: str, now: datetime) -> None:
        nonlocal published
        published += 1

    refresh.on_published = note
    before = _seconds()
    for _ in range(minutes):
        clock.at, clock.ticks = clock.at + timedelta(minutes=1), clock.ticks + 60
        refresh.look()
    spent = _seconds() - before
    found = list((pipeline.folders.state / "live-pictures").iterdir())
    size = sum(path.stat().st_size for path in found) / len(found)
    manifest = (folder / "var" / "published" / "screens" / "bibliotek" / "manifest.json").read_bytes()
    browser = [each for each in psutil.Process().children(recursive=True) if "headless" in each.name()]
    memory = sum(each.memory_full_info().pss for each in browser)
    pages.close_browsers()
    pipeline.close_browsers()
    yield "processor time each minute", f"{1000 * spent / minutes:.0f} ms"
    yield "pictures each minute", f"{(pages.renderings - made) / minutes:.1f}"
    yield "publications each minute", f"{published / minutes:.1f}"
    yield "a picture", f"{size / 1000:.0f} kB"
    yield "the manifest, and packed", f"{len(manifest) / 1000:.0f} kB", f"{len(gzip.compress(manifest)) / 1000:.1f} kB"
    yield "the browser's memory (PSS)", f"{memory / 1e6:.0f} MB"


def _seconds() -> float:
    """The processor time of this process and all that it has started."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in processes)
