"""Three days of a server's life in some ten minutes: do memory, files, threads and the log stay as they are?

    python -m benchmarks.soak                  three days
    python -m benchmarks.soak --hours 6        a part of them

A real daemon in a process of its own; only its clocks are moved on by us, a minute at a time, and stand still while it
builds. It refreshes every ten minutes from the demo's portal, whose events change, and from a calendar that fails in
many ways. Three players send a heartbeat every minute, somebody looks at the pages, and screens.toml is edited, also
into something that can't be used. The slope is taken over the last two thirds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from mmap import mmap
from pathlib import Path
from typing import Any

import psutil
import requests

from benchmarks.soak_daemon import START
from signage.demo import DemoPortal
from signage.fleet.admin_key import AdminKey
from tests.fixtures.ending import Server
from tests.fixtures.players import Player, showing
from tests.fixtures.portal import Answer, Portal, cut, html, ok, status

HOURS = 72
MINUTES = 10  # between two refreshes
PATIENCE = 600.0  # real seconds for one build
GROWTH_MB = 12.0  # that the server's own memory may grow in the last two thirds: less than a picture's decoding
PLAYERS = 3

CONFIG = """
[site]
name = "Heim kommune"
languages = ["nb"]
calendar = "https://iheim.no"
refresh_minutes = 10

[places.bibliotek]
name = "Hemne bibliotek"
town = "Kyrksæterøra"

[[sources]]
id = "iheim"
type = "wis"
url = "{wis}"

[[sources]]
id = "koret"
type = "ical"
url = "{ical}/koret.ics"

[screens.bibliotek]
place = "bibliotek"
size = "960x540"
playlist = [{{ show = "today", place = ["bibliotek"] }}, {{ show = "agenda", days = {days}, place = ["bibliotek"] }}]

[screens.radhuset]
place = "bibliotek"
size = "540x960"
playlist = [{{ show = "today", place = ["bibliotek"] }}]
"""
EVENT = "BEGIN:VEVENT\r\nUID:{0}@koret\r\nDTSTART:{1:%Y%m%dT%H%M%SZ}\r\nSUMMARY:{2}\r\nEND:VEVENT\r\n"


def calendar(number: int) -> Answer:
    """A choir's rehearsals, one of which is called something else each time."""
    events = "".join(EVENT.format(n, START + timedelta(days=n, hours=12), f"Korøvelse {n}") for n in range(1, 8))
    events += EVENT.format(99, START + timedelta(days=2, hours=13), f"Konsert {number}")
    return ok(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n", "text/calendar")


@dataclass
class Figures:
    """What is measured after each refresh."""

    pss: list[float] = field(default_factory=list)  # MB; the server's own process
    rss: list[float] = field(default_factory=list)
    tree: list[float] = field(default_factory=list)  # MB; with workers and browsers, at its most since the last one
    descriptors: list[float] = field(default_factory=list)
    threads: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)  # MB
    state: list[float] = field(default_factory=list)  # kB
    log: list[float] = field(default_factory=list)  # kB, in all

    def grown(self, name: str) -> tuple[float, float]:
        """The growth over the last two thirds, by the line that fits best, and the median there."""
        values = getattr(self, name)[len(self.pss) // 3 :]
        if len(values) < 3:
            return 0.0, values[-1] if values else 0.0
        slope = statistics.linear_regression(range(len(values)), values).slope
        return slope * (len(values) - 1), statistics.median(values)


class Soaked(Server):
    """The daemon, and the clock that it goes by."""

    def __init__(self, config: Path, var: Path, clock: Path) -> None:
        self._clock_file = clock
        clock.write_bytes(struct.pack("d", 0.0))
        with clock.open("r+b") as file:
            self._clock = mmap(file.fileno(), 8)
        super().__init__(config, var)
        self.seconds = 0.0
        self.peak = 0.0

    def command(self, config: Path, var: Path, *more: str) -> list[str]:
        return [sys.executable, "-m", "benchmarks.soak_daemon", str(config), str(var), str(self._clock_file)]

    def move_on(self, seconds: float) -> None:
        self.seconds += seconds
        self._clock[:8] = struct.pack("d", self.seconds)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.address + path, timeout=60)

    def built(self, before: str | None) -> str:
        """Wait for a build that is newer than `before`; gives its instant."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process.poll() is None, self.said[-2000:]
            said = self.get("/status.json").json()
            self.peak = max(self.peak, self._tree())
            if said["generated"] != before and not said["building"]:
                return str(said["generated"])
            time.sleep(0.05)
        raise AssertionError(f"nothing was built: {self.said[-2000:]}")

    def _tree(self) -> float:
        total = 0
        for process in [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]:
            with contextlib.suppress(psutil.Error, OSError):
                total += process.memory_full_info().pss
        return total / 1e6

    def measure(self, figures: Figures) -> None:
        process = psutil.Process(self.process.pid)
        memory = process.memory_full_info()
        figures.pss.append(memory.pss / 1e6)
        figures.rss.append(memory.rss / 1e6)
        figures.tree.append(self.peak)
        self.peak = 0.0
        figures.descriptors.append(process.num_fds())
        figures.threads.append(process.num_threads())
        files = [file for file in self.var.rglob("*") if file.is_file() and not file.is_symlink()]
        figures.files.append(len(files))
        figures.disk.append(sum(_size(file) for file in files) / 1e6)
        figures.state.append(sum(_size(file) for file in self.var.glob("state.sqlite*")) / 1e3)
        figures.log.append(len(self.said) / 1e3)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


class House:
    """What goes on around the server: events that change, a calendar that fails, edits, players and visitors."""

    def __init__(self, server: Soaked, config: Path, demo: DemoPortal, choir: Portal) -> None:
        self.server, self.config, self.demo, self.choir = server, config, demo, choir
        self.chance = random.Random(60)
        self.players = [
            Player(server.address, seed=f"player {n}", code=f"K7M4PX2Q{n}{n}") for n in range(2, 2 + PLAYERS)
        ]
        self.text = config.read_text("utf-8")

    def pair(self) -> None:
        """By the form on the status page: `signage pair` would go by the real clock."""
        key = AdminKey(self.server.var).load_or_make()
        for number, player in enumerate(self.players):
            assert player.ask() == 202
            screen = ("bibliotek", "radhuset")[number % 2]
            fields = {"do": "pair", "code": player.code, "screen": screen, "key": key}
            address = self.server.address
            form = requests.post(
                f"{address}/status", data=fields, headers={"Origin": address}, allow_redirects=False, timeout=60
            )
            assert form.status_code == 303, form.text
            assert player.ask() == 200

    def minute(self, number: int) -> None:
        """A heartbeat of each player, now and then with a picture of its display."""
        now = START + timedelta(seconds=self.server.seconds)
        for player in self.players:
            changed: dict[str, Any] = {"at": now.isoformat()}
            if player.screen and number % 10 == 0:
                manifest = self.server.get(f"/screens/{player.screen}/manifest.json").json()
                about = manifest["pages"][0]
                suffix = manifest["assets"][about["asset"]]["media_type"].rpartition("/")[2]
                picture = self.server.get(f"/assets/{about['asset']}.{suffix}").content
                changed = showing(manifest, about, now, picture)
            player.beat(**changed)

    def visit(self) -> None:
        for path in ("/", "/status", "/metrics", "/screens/bibliotek/manifest.json", "/nothing-here"):
            self.server.get(path)

    def change(self, turn: int) -> None:
        """Before a refresh: new events, failures, and edits."""
        if turn % 3 == 0:
            listing = self.chance.choice(self.demo.listings)
            listing["title"] = f"{listing['title'].partition(' (')[0]} ({turn})"
        answers: tuple[Answer, ...] = (status(503), html, cut("BEGIN:VCALENDAR"), status(404))
        failing = turn % 7 == 5
        self.choir.paths["/koret.ics"] = answers[turn % len(answers)] if failing else calendar(turn // 4)
        if turn % 12 == 11:
            self.config.write_text(self.text.replace("days = 2", f"days = {2 + turn % 2}"), "utf-8")
        elif turn % 30 == 7:
            self.config.write_text(self.text.replace('show = "today"', 'show = "todya"'), "utf-8")


def soak(hours: float) -> tuple[Figures, Soaked]:
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, DemoPortal(START.date()) as demo, Portal() as choir:
        root = Path(folder)
        choir.paths["/koret.ics"] = calendar(0)
        config = root / "screens.toml"
        config.write_text(CONFIG.format(wis=demo.wis_url, ical=choir.url, days=2), "utf-8")
        server = Soaked(config, root / "var", root / "clock")
        try:
            built = server.built(None)
            house = House(server, config, demo, choir)
            house.pair()
            for turn in range(round(hours * 60 / MINUTES)):
                house.change(turn)
                for minute in range(MINUTES):
                    house.minute(minute)
                    server.move_on(60.0)
                built = server.built(built)
                house.visit()
                server.measure(figures)
            ended = server.end()
            assert ended.wrong == [], ended.wrong
        finally:
            server.kill()
    return figures, server


ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("pss", "the server's own memory (PSS)", "MB", f"< {GROWTH_MB:g} MB"),
    ("rss", "the same with what it shares (RSS)", "MB", ""),
    ("tree", "with workers and browsers, at its most", "MB", ""),
    ("descriptors", "open file descriptors", "", "< 5"),
    ("threads", "threads", "", "< 5"),
    ("files", "files on disk", "", ""),
    ("disk", "size of all files", "MB", ""),
    ("state", "state.sqlite and its log", "kB", ""),
    ("log", "the log", "kB", ""),
)


def run(say: Callable[[str, str, str], None], hours: float = HOURS, report: Path | None = None) -> int:
    """Gives 1 when memory, descriptors or threads did not stay as they were."""
    started = time.monotonic()
    figures, server = soak(hours)
    turns = len(figures.pss)
    say(
        f"{hours:g} hours, {turns} refreshes; growth is that of the last two thirds; took",
        f"{(time.monotonic() - started) / 60:.1f} min",
        "",
    )
    for name, words, unit, limit in ROWS:
        growth, usual = figures.grown(name)
        say(
            f"{words}: growth in the last two thirds", f"{growth:+.1f} {unit}".strip(), f"of {usual:.1f} {unit} {limit}"
        )
    lines = server.said.count("\n")
    say("lines in the log, an hour", f"{lines / hours:.1f}", "")
    if report:
        report.write_text(json.dumps(figures.__dict__), "utf-8")
    flat = figures.grown("pss")[0] < GROWTH_MB and all(figures.grown(n)[0] < 5 for n in ("descriptors", "threads"))
    return 0 if flat else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=HOURS)
    parser.add_argument("--report", type=Path, help="write every figure there, as JSON")
    options = parser.parse_args()
    return run(_print, options.hours, options.report)


def _print(what: str, figure: str, limit: str) -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
