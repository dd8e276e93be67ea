"""How soon the screens of the demo show something after `signage run` has started, with an empty store: a row of
`make bench`. What it starts and records is also for other configurations.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
MINUTES = 9.0
LOOK_SECONDS = 0.1
PROCESSES_SECONDS = 1.0  # between two searches for new processes: at every look they took a tenth of two cores
MEMORY_SECONDS = 2.0
STEP = timedelta(minutes=30)
NOW, ROTATION = timedelta(0), timedelta(minutes=1)
FIRST_DAY, EVERYTHING = timedelta(hours=23, minutes=30), timedelta(days=13, hours=23)
AIMS = (
    ("the page that is due now", NOW, "5 s"),
    ("the present rotation", ROTATION, "10 s"),
    ("the first day", FIRST_DAY, "15 s"),
    ("all 14 days", EVERYTHING, "100 s"),
)
Say = Callable[[str, str, str], None]
Manifest = dict[str, Any]
Page = tuple[datetime, datetime, str]  # from, until, and its id without a number, whatever file its picture is in
NUMBERED = re.compile(r"(-\d{1,3}|-later)+\Z")  # the same page in another window


@dataclass
class Seen:
    """A manifest when it was first seen: seconds after the start, processor seconds of all processes by then, and its
    pages without the fallback page.
    """

    seconds: float
    processor: float
    pages: list[Page]


class Server:
    """`signage run` over an empty folder, and everything that it starts."""

    def __init__(self, folder: Path, published: Path, *arguments: str) -> None:
        """`published`: where its bundles come to be; `arguments`: further ones of `signage run`."""
        self.screens = published / "screens"
        self._seen: dict[str, str] = {}
        self._log = (folder / "log").open("w")
        command = [sys.executable, "-m", "signage", "run", *arguments, "--var", str(folder), "--port", "0"]
        self.started = time.monotonic()
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT)
        self._used: dict[int, float] = {}  # by process, also of those that have ended
        self._processes: list[psutil.Process] = []
        self._searched = -PROCESSES_SECONDS

    @classmethod
    def of_demo(cls, folder: Path) -> Server:
        return cls(folder, folder / "demo" / "published", "--demo")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def processor(self) -> float:
        """Seconds of all processes."""
        if self.seconds - self._searched > PROCESSES_SECONDS:
            self._processes, self._searched = self._family(), self.seconds
        for process in self._processes:
            with suppress(psutil.Error):
                times = process.cpu_times()
                self._used[process.pid] = times.user + times.system
        return sum(self._used.values())

    def own_processor(self) -> float:
        """Seconds of the server's own process."""
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def own_memory(self) -> float:
        """MB of the server's own process."""
        return psutil.Process(self._process.pid).memory_full_info().pss / 1e6

    def memory(self) -> float:
        """MB: the proportional memory of all processes together."""
        total = 0
        for process in self._family():
            with suppress(psutil.Error, OSError):
                total += process.memory_full_info().pss
        return total / 1e6

    def publications(self) -> dict[str, str]:
        """Which publication of each screen is in force."""
        found = {}
        for link in self.screens.glob("[!.]*"):
            with suppress(OSError):
                found[link.name] = link.readlink().name
        return found

    def manifests(self) -> Iterator[tuple[str, Manifest]]:
        """The manifests that have not been seen before."""
        for screen, folder in self.publications().items():
            if self._seen.get(screen) != folder:
                with suppress(OSError, ValueError):
                    yield screen, json.loads((self.screens / folder / "manifest.json").read_bytes())
                    self._seen[screen] = folder

    def logged(self, pattern: str) -> bool:
        return re.search(pattern, Path(self._log.name).read_text()) is not None

    def refresh(self) -> None:
        """Have it build again, with the sources that are due."""
        self._process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            me = psutil.Process(self._process.pid)
            return [me, *me.children(recursive=True)]
        return []


@dataclass
class Recording:
    """A first build. `planned`: seconds and processor seconds until the first picture was begun; `whole`: whether the
    build came to its end. `pictures`, by screen: those of the last manifest; `bytes`: of its assets, with typefaces.
    """

    began: datetime
    history: dict[str, list[Seen]] = field(default_factory=dict)
    pictures: dict[str, set[str]] = field(default_factory=dict)
    assets: dict[str, dict[str, int]] = field(default_factory=dict)
    planned: tuple[float, float] | None = None
    peak: float = 0.0
    whole: bool = False
    processor: float = 0.0
    seconds: float = 0.0

    def reached(self, reach: timedelta) -> tuple[int, float, float]:
        """How many screens show what they show in the end, that far ahead; the seconds, and the processor seconds,
        until the last of them did.
        """
        start = self.began + timedelta(seconds=60)
        if reach > ROTATION and not self.whole:
            return 0, 0.0, 0.0  # what they will show in the end isn't known
        found = [_first_whole(seen, start, reach) for seen in self.history.values()]
        times = [each for each in found if each is not None]
        last = max(times, key=lambda seen: seen.seconds, default=Seen(0.0, 0.0, []))
        return len(times), last.seconds, last.processor


def unnumbered(identity: str) -> str:
    """The page's id without what tells several windows of it apart, which a longer plan may change."""
    return NUMBERED.sub("", identity)


def record(server: Server, seconds: float) -> Recording:
    """Watch a first build, for so long at most."""
    found, looked = Recording(datetime.now(UTC)), 0.0
    while server.runs and server.seconds < seconds and not found.whole:
        found.whole = server.logged(r"screens? published")
        processor = server.processor()
        if found.planned is None and server.logged("rendering;"):
            found.planned = server.seconds, processor
        for screen, manifest in server.manifests():
            pages = [
                (
                    datetime.fromisoformat(page["from"]),
                    datetime.fromisoformat(page["until"]),
                    unnumbered(page["id"]),
                )
                for page in manifest["pages"]
                if not page["fallback"]
            ]
            found.history.setdefault(screen, []).append(Seen(server.seconds, processor, pages))
            found.pictures[screen] = {page["asset"] for page in manifest["pages"]}
            found.assets[screen] = {name: each["bytes"] for name, each in manifest["assets"].items()}
        if server.seconds - looked > MEMORY_SECONDS:
            found.peak, looked = max(found.peak, server.memory()), server.seconds
        time.sleep(LOOK_SECONDS)
    found.processor, found.seconds = server.processor(), server.seconds
    return found


def run(say: Say, minutes: float = MINUTES) -> None:
    """All rows; ends after that many minutes, if the build has not."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server.of_demo(Path(folder))
        try:
            found = record(server, 60 * minutes)
        finally:
            server.close()
    for what, reach, aim in AIMS:
        screens, seconds, processor = found.reached(reach)
        everywhere = screens and screens == len(found.history)
        say(
            f"{len(found.history)} screens: {what}, published after; processor time of all processes by then",
            f"{seconds:.1f} s; {processor:.1f} s" if everywhere else "-",
            f"at most {aim}",
        )
    pictures = len(set[str]().union(*found.pictures.values()))
    each = f"{1000 * found.processor / pictures:.0f} ms" if found.whole else "-"  # some aren't published yet
    say("published pictures; processor time of all processes for each", f"{pictures}; {each}", "at most 300 ms")
    say("peak proportional memory, browsers included", f"{found.peak:.0f} MB", "at most 1500 MB")
    largest = max((sum(assets.values()) for assets in found.assets.values()), default=0)
    say("pictures and typefaces of the largest screen", f"{largest / 1e6:.1f} MB", "under 40 MB")
    if not found.whole:
        say(f"the build was not at its end after {minutes:g} minutes", "", "")


def _first_whole(seen: Sequence[Seen], start: datetime, reach: timedelta) -> Seen | None:
    """When a screen first showed what it shows in the end, at every instant; with no reach, when it had a page."""
    final = seen[-1].pages
    moments = [start + number * STEP for number in range(1 + int(reach / STEP))]
    wanted = [_shown(final, at) for at in moments]
    for each in seen:
        if not reach and _shown(each.pages, start):
            return each
        if reach and all(_shown(each.pages, at) == then for at, then in zip(moments, wanted, strict=True)):
            return each
    return None


def _shown(pages: Sequence[Page], at: datetime) -> list[str]:
    """The pages that are open at an instant."""
    return [identity for start, until, identity in pages if start <= at < until]
