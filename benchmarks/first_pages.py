"""How soon the screens of the demo show something after `signage run` has started, with an empty store: a row of
`make bench`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
MINUTES = 9.0
LOOK_SECONDS = 0.1
MEMORY_SECONDS = 1.0
STEP = timedelta(minutes=30)
AIMS = (
    ("the page that is due now", timedelta(0), "5 s"),
    ("the present rotation", timedelta(minutes=1), "10 s"),
    ("the first day", timedelta(hours=23, minutes=30), "15 s"),
    ("all 14 days", timedelta(days=13, hours=23), "100 s"),
)
Say = Callable[[str, str, str], None]
Manifest = dict[str, Any]


@dataclass
class Seen:
    """A manifest when it was first seen: seconds after the start, and processor seconds of all processes by then."""

    seconds: float
    processor: float
    manifest: Manifest


class Server:
    """`signage run --demo` over an empty folder, and everything that it starts."""

    def __init__(self, folder: Path) -> None:
        self.screens = folder / "demo" / "published" / "screens"
        self._log = (folder / "log").open("w")
        command = [sys.executable, "-m", "signage", "run", "--demo", "--var", str(folder), "--port", "0"]
        self.started = time.monotonic()
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT)
        self._used: dict[int, float] = {}  # by process, also of those that have ended

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def processor(self) -> float:
        for process in self._family():
            with suppress(psutil.Error):
                times = process.cpu_times()
                self._used[process.pid] = times.user + times.system
        return sum(self._used.values())

    def memory(self) -> float:
        """MB: the proportional memory of all processes together."""
        total = 0
        for process in self._family():
            with suppress(psutil.Error, OSError):
                total += process.memory_full_info().pss
        return total / 1e6

    def manifests(self) -> Iterator[tuple[str, Manifest]]:
        for link in self.screens.glob("[!.]*"):
            with suppress(OSError, ValueError):
                yield link.name, json.loads((link / "manifest.json").read_bytes())

    def built(self) -> bool:
        """Whether the log reports the end of the first build."""
        return re.search(r"screens? published", Path(self._log.name).read_text()) is not None

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            me = psutil.Process(self._process.pid)
            return [me, *me.children(recursive=True)]
        return []


def run(say: Say, minutes: float = MINUTES) -> None:
    """All rows; ends after that many minutes, if the build has not."""
    history: dict[str, list[Seen]] = {}
    peak = looked = 0.0
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        began = datetime.now(UTC)
        try:
            while server.seconds < 60 * minutes and not server.built():
                processor = server.processor()
                for screen, manifest in server.manifests():
                    seen = history.setdefault(screen, [])
                    if not seen or seen[-1].manifest["serial"] != manifest["serial"]:
                        seen.append(Seen(server.seconds, processor, manifest))
                if server.seconds - looked > MEMORY_SECONDS:
                    peak, looked = max(peak, server.memory()), server.seconds
                time.sleep(LOOK_SECONDS)
            whole, processor = server.built(), server.processor()
        finally:
            server.close()
    last = {screen: seen[-1].manifest for screen, seen in history.items()}
    for what, reach, aim in AIMS:
        times = [_first_whole(seen, began + timedelta(seconds=60), reach) for seen in history.values()]
        known = whole or reach < timedelta(days=1)  # what is published later is added, and changes nothing
        found = f"{max(times):.1f} s" if times and known else "-"
        say(f"{len(times)} screens: {what}, published after", found, f"at most {aim}")
    pictures = len({page["asset"] for manifest in last.values() for page in manifest["pages"]})
    cost = (
        f"{pictures}; {1000 * processor / pictures:.0f} ms" if whole else f"{pictures}; -"
    )  # some aren't published yet
    say("published pictures; processor time of all processes for each", cost, "at most 300 ms")
    say("peak proportional memory, browsers included", f"{peak:.0f} MB", "at most 1500 MB")
    largest = max(sum(each["bytes"] for each in manifest["assets"].values()) for manifest in last.values())
    say("pictures and typefaces of the largest screen", f"{largest / 1e6:.1f} MB", "under 40 MB")
    if not whole:
        say(f"the build was not at its end after {minutes:g} minutes", "", "")


def _first_whole(seen: list[Seen], start: datetime, reach: timedelta) -> float:
    """Seconds until a screen showed what it shows in the end, at every instant; with no reach, until it had a page."""
    final = seen[-1].manifest
    for each in seen:
        if not reach and _shown(each.manifest, start):
            return each.seconds
        moments = (start + number * STEP for number in range(1 + int(reach / STEP)))
        if reach and all(_shown(each.manifest, at) == _shown(final, at) for at in moments):
            return each.seconds
    return float("inf")


def _shown(manifest: Manifest, at: datetime) -> list[str]:
    """The pages that are open at an instant, without the fallback page, whatever file their picture is in."""
    return [
        page["id"].removesuffix("-later")
        for page in manifest["pages"]
        if not page["fallback"] and datetime.fromisoformat(page["from"]) <= at < datetime.fromisoformat(page["until"])
    ]
