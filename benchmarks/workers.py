"""What reading in worker processes costs: the same refresh with them and, as it was before, in this process.

python -m benchmarks.workers
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil

from benchmarks.sources import SEED, best, calendar
from signage.config.load import load
from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.runtime.workers import RESPONSE, WorkerPool
from signage.sources.collect import Refresh, collect
from signage.sources.net.fetch_limits import USUAL
from signage.storage.store import Store
from tests.fixtures.portal import Portal, tagged

ROOT = Path(__file__).parent.parent
LIMIT = 1.1  # issue 12: no more than 10 % slower
ROUNDS = 5
SWIFT = replace(USUAL, pause_seconds=0.0, page_pause_seconds=0.0)  # waiting would hide what is measured


class Inline(WorkerPool):
    """Does the work where it is asked for, as it was done up to version 0.4.0."""

    def call(self, function: Callable[..., Any], *arguments: Any, limits: Any, cancel: Any) -> Any:
        return function(*arguments)

    def start(self) -> None:
        """There is nothing to start."""


class Refreshes:
    """A configuration's refreshes, into state that is kept or new, at times that go on."""

    def __init__(self, config: Config, folder: Path, workers: WorkerPool, now: datetime) -> None:
        self.config, self.folder, self.workers, self.now = config, folder, workers, now
        self.number = 0

    def first(self) -> None:
        """Of a new installation: everything is read, and every picture decoded."""
        self.number += 1
        self._collect(self.folder / f"{id(self)}-{self.number}")

    def again(self) -> None:
        """Ten minutes after the last one."""
        self.now += timedelta(minutes=10)
        self._collect(self.folder / f"{id(self)}")

    def _collect(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        store = Store(folder / "state.sqlite")
        try:
            found = collect(
                self.config,
                Refresh(store=store, images=folder / "images", now=self.now, limits=SWIFT, workers=self.workers),
            )
            assert all(status.ok for status in found.statuses), found.statuses
        finally:
            store.close()


def rows() -> Iterator[tuple[str, str, str]]:
    """What was measured, the figure, and its limit."""
    now = datetime.now(UTC).replace(microsecond=0)
    config = load(ROOT / "screens.toml", ROOT / "layouts")
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    with tempfile.TemporaryDirectory() as name, DemoPortal(today) as demo, WorkerPool() as pool:
        started = time.perf_counter()
        pool.call(len, b"", limits=RESPONSE, cancel=None)
        yield "starting the workers, once", f"{time.perf_counter() - started:.2f} s", ""
        effective = replace_addresses(config, demo)
        ways = [Refreshes(effective, Path(name), workers, now) for workers in (Inline(), pool)]
        yield from _compared("a first refresh of screens.toml", *best(*(way.first for way in ways), rounds=ROUNDS))
        for way in ways:
            way.again()
        yield from _compared("a refresh with nothing changed", *best(*(way.again for way in ways), rounds=4 * ROUNDS))
        yield from _large_calendar(Path(name), pool, now)
        yield "memory of the workers and their fork server (PSS)", f"{_memory():.0f} MB", ""


def _large_calendar(folder: Path, pool: WorkerPool, now: datetime) -> Iterator[tuple[str, str, str]]:
    """5,000 events that are read at each refresh, because something in them has changed."""
    body, number = calendar(), [0]
    with Portal() as portal:
        config = Config.model_validate(
            {
                "site": {"name": "Heim", "calendar": "https://iheim.no"},
                "sources": [{"id": "large", "type": "ical", "url": f"{portal.url}/large.ics"}],
                "places": {"b": {"name": "Hemne bibliotek"}},
                "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
            }
        )

        def changed(way: Refreshes) -> Callable[[], None]:
            def refresh() -> None:
                number[0] += 1
                title = f"SUMMARY:Endret {SEED} {number[0]}\r\nLOCATION".encode()
                portal.paths["/large.ics"] = tagged(body.replace(b"LOCATION", title, 1), "text/calendar")
                way.again()

            return refresh

        noon = datetime(2026, 10, 10, 10, tzinfo=UTC)
        ways = [Refreshes(config, folder, workers, noon) for workers in (Inline(), pool)]
        yield from _compared("a refresh with 5,000 changed events", *best(*map(changed, ways), rounds=ROUNDS))


def _compared(what: str, inline: float, pooled: float) -> Iterator[tuple[str, str, str]]:
    yield f"{what}: in this process", f"{inline:.3f} s", ""
    yield f"{what}: in workers", f"{pooled:.3f} s", ""
    yield f"{what}: ratio", f"{pooled / inline:.2f}", f"<= {LIMIT}"


def _memory() -> float:
    """Proportional memory of every process that the pool has started, in MB."""
    family = psutil.Process().children(recursive=True)
    return sum(each.memory_full_info().pss for each in family) / 1e6


def main() -> None:
    """From the command line."""
    for what, figure, limit in rows():
        print(f"{what:62} {figure:>16}  {limit}", flush=True)


if __name__ == "__main__":
    main()
