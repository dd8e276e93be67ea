"""What a refresh costs that brings nothing new: rows of `sources`. A server's process of its own, over real HTTP.

The process runs the collecting stage as `signage run` does: fetch, read, judge, store, merge, and examine the events.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.config.models import Config
from signage.runtime.workers import WorkerPool
from tests.fixtures.portal import Portal, tagged

ROOT = Path(__file__).parent.parent
REFRESHES = 50
SOURCES = 3
LIMIT_MS = 50
GAP = timedelta(minutes=2)  # between two refreshes, by the clock that they are given


class Server:
    """The process. `family`: itself and what it started."""

    def __init__(self, folder: Path, start: datetime, urls: list[str]) -> None:
        command = [sys.executable, "-m", "benchmarks.unchanged", str(folder), start.isoformat(), *urls]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read()  # it is there

    def refresh(self, times: int) -> dict[str, Any]:
        """So many refreshes. `ms`: processor time of all its processes; the rest as the process counts it."""
        before = self._seconds()
        assert self._process.stdin is not None
        print(times, file=self._process.stdin, flush=True)
        return {**self._read(), "ms": 1000 * (self._seconds() - before)}

    @property
    def memory(self) -> float:
        """MB: the process' own."""
        return float(psutil.Process(self._process.pid).memory_full_info().pss / 1e6)

    def close(self) -> None:
        self._process.communicate()

    def _seconds(self) -> float:
        me = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in [me, *me.children(recursive=True)]]
        return float(sum(each.user + each.system for each in times))

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def server(body: bytes, sources: int, start: datetime) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder, Portal() as portal:
        portal.paths = {f"/{n}.ics": tagged(body, "text/calendar") for n in range(sources)}
        process = Server(Path(folder), start, [f"{portal.url}/{n}.ics" for n in range(sources)])
        try:
            yield process
        finally:
            process.close()


def rows(body: bytes, start: datetime) -> Iterator[tuple[str, str, str]]:
    """What was measured, the figure, and its limit."""
    for sources in (1, SOURCES):
        with server(body, sources, start) as process:
            first = process.refresh(1)
            process.refresh(5)
            before = process.memory
            again = process.refresh(REFRESHES)
            after = process.memory
        what = f"{sources} sources, unchanged (304)" if sources > 1 else "the same calendar, unchanged (304)"
        yield f"{what}: answers read, times merged", f"{again['read']}, {again['merged']}", "0, 0"
        yield f"{what}: SQL statements per refresh", f"{again['statements'] / REFRESHES:.1f}", ""
        each = again["ms"] / REFRESHES / sources
        yield f"{what}: CPU-ms per source and refresh", f"{each:.1f}", f"< {LIMIT_MS}; {again['events']} events kept"
        ratio = f"{each / (first['ms'] / sources):.4f}"
        yield f"{what}: to the first refresh", ratio, f"{first['ms'] / sources:.0f} CPU-ms per source"
        yield f"{what}: memory before and after {REFRESHES} more (PSS)", f"{before:.0f}, {after:.0f} MB", "the same"


def main(folder: str, start: str, *urls: str) -> None:
    """The process: for each line with a number, that many refreshes."""
    now = datetime.fromisoformat(start)
    config = Config.model_validate(
        {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": [{"id": f"bench{n}", "type": "ical", "url": url} for n, url in enumerate(urls)],
            "places": {"b": {"name": "Hemne bibliotek"}},
            "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
        }
    )
    pipeline = Pipeline(Folders(Path(folder)), ROOT / "layouts")
    counted = {"read": 0, "merged": 0, "statements": 0}
    call = WorkerPool.call

    def counting(self: WorkerPool, *arguments: Any, **more: Any) -> Any:
        counted["read"] += 1
        return call(self, *arguments, **more)

    def note(_: str) -> None:
        counted["statements"] += 1

    WorkerPool.call = counting  # type: ignore[method-assign]
    merged: object = None
    print("0", flush=True)
    for line in sys.stdin:
        counted.update(read=0, merged=0, statements=0)
        for _ in range(int(line)):
            assert pipeline.store._connection is not None
            pipeline.store._connection.set_trace_callback(note)
            pipeline.store.clock_was_put_right(now)
            found = pipeline.gather(config, now)
            counted["merged"] += found.merged is not merged
            merged = found.merged
            now += GAP
        print(json.dumps({**counted, "events": sum(each.events for each in found.sources)}), flush=True)
    pipeline.store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
