"""From a publication to the players, with a thousand clients that wait: real sockets, and the player's own service.

    make bench ARGS="held"          1,000 waiting clients and ten native players, 120 and 30 publications; seven minutes
    make bench ARGS="held:100"      100 waiting clients
    make bench ARGS="sync"          1,000 native players instead, 20 and 3 publications; five minutes
    make bench ARGS="sync:200"      200 of them
    make bench ARGS="polls:200"     the same without held requests, one publication

Server, clients and players are processes of their own, on loopback. With `held`, the clients wait for a hundred
screens, as a county has them, and then all for the same one, so that each publication wakes all of them. With `sync`,
the players are of ten screens, and then of one.

The players' stores are in memory (/dev/shm): a thousand cards are not one disk, on which players would wait for each
other. PLAYER_STORES names another folder for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load import ROOT, _pss

CLIENTS = 1000
NATIVE = 10
SCREENS = 100  # of the clients that wait; ten of them are published, and have a native player each
PLAYERS = 1000
PER_PROCESS = 10  # players: their threads share a lock, and 250 of them take three times the processor time
PAUSE = 3.0  # seconds between two publications
QUIET = 20.0  # seconds in which nothing is published, to see what waiting alone costs
LAST = 30.0  # seconds for the last publication to arrive
POLL_LAST = 75.0
HELD = 1500
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders in it are made by tempfile
STORES = os.environ.get("PLAYER_STORES") or (str(_MEMORY) if _MEMORY.is_dir() else None)

Say = Callable[[str, str, str], None]


class Process:
    """A part of the benchmark, with its lines."""

    def __init__(self, part: str, *arguments: object) -> None:
        command = [sys.executable, "-m", f"benchmarks.held_{part}", *map(str, arguments)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def write(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """Its next line."""
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return line

    def finish(self) -> Any:
        """End it; gives what it prints in the end."""
        return json.loads(self.process.communicate(timeout=60)[0])


@contextlib.contextmanager
def parts(folder: Path, screens: list[str], held: int) -> Iterator[tuple[Process, int, Callable[..., Process]]]:
    """The server, its port, and how to start the others; all are ended."""
    server = Process("server", folder / "published", held, *screens)
    started = [server]

    def start(part: str, *arguments: object) -> Process:
        process = Process(part, *arguments)
        started.append(process)
        return process

    try:
        yield server, int(server.line()), start
    finally:
        for process in started:
            process.process.kill()
            process.process.communicate()


@dataclass
class Served:
    """What the server did in a stretch of time. `cores`: processor time for each second."""

    seconds: float
    cores: float
    pss: int
    answered: dict[str, dict[str, int]]


@dataclass
class Measured:
    """`delays`: seconds from each publication to each player in whose store it was in force; `missed`: never."""

    before: int  # bytes of the server, without held requests
    quiet: Served | None = None
    busy: Served | None = None
    delays: list[float] = field(default_factory=list)
    missed: int = 0
    crowd: dict[str, int] = field(default_factory=dict)

    def within(self, share: float) -> float:
        """The delay that this share of all is within."""
        return self.delays[min(len(self.delays) - 1, int(share * len(self.delays)))] if self.delays else float("inf")


@contextlib.contextmanager
def watching(server: Process) -> Iterator[Callable[[], Served]]:
    """What the server does from here until the function is called."""
    process, began, highest = psutil.Process(server.process.pid), time.monotonic(), 0
    used, answered = sum(process.cpu_times()[:2]), _answered(server)

    def end() -> Served:
        seconds = time.monotonic() - began
        cores = (sum(process.cpu_times()[:2]) - used) / seconds
        now = _answered(server)
        difference = {
            what: {kind: count - answered[what].get(kind, 0) for kind, count in now[what].items()} for what in now
        }
        return Served(seconds, cores, max(highest, _pss(server.process.pid)), difference)

    yield end


def _answered(server: Process) -> dict[str, dict[str, int]]:
    server.write("")
    found: dict[str, dict[str, int]] = json.loads(server.line())
    return found


def measure(
    clients: int,
    players: int,
    screens: int,
    publications: int,
    pause: float = PAUSE,
    quiet: float = QUIET,
    last: float = LAST,
    held: int = HELD,
    waited_for: int = 1,
) -> Measured:
    """The whole thing. Publications go round all `screens`; `clients` wait for those and others, `waited_for` in all.

    `players` are of `screens` only.
    """
    every = [f"screen-{number}" for number in range(max(screens, waited_for))]
    names = every[:screens]
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory(dir=STORES) as stores,
        parts(Path(name), every, held) as (server, port, start),
    ):
        native = [
            start("players", port, min(PER_PROCESS, players - first), Path(stores) / f"players-{first}", *names)
            for first in range(0, players, PER_PROCESS)
        ]
        for process in native:
            assert process.line() == "ready"
        found = Measured(_pss(server.process.pid))
        crowd = start("crowd", port, clients, *every) if clients else None
        if crowd:
            assert crowd.line() == "ready"
        with watching(server) as end:
            time.sleep(quiet)
            found.quiet = end()
        at: dict[tuple[str, int], float] = {}
        with watching(server) as end:
            for number in range(publications):
                server.write(screen := names[number % screens])
                serial, published = server.line().split()
                at[screen, int(serial)] = float(published)
                time.sleep(pause if number + 1 < publications else 0)
            time.sleep(last)
            found.busy = end()
        arrived = {
            (player, screen, serial, first): moment
            for first, process in enumerate(native)
            for player, screen, serial, moment in process.finish()
        }
        if crowd:
            found.crowd = crowd.finish()
        owed = sum(
            len([number for number in range(players) if number % PER_PROCESS % screens == int(screen.split("-")[1])])
            for screen, _ in at
        )
        found.delays = sorted(moment - at[key[1], key[2]] for key, moment in arrived.items() if key[1:3] in at)
        found.missed = owed - len(found.delays)
        return found


def main(say: Say, clients: int = CLIENTS) -> None:
    """A crowd that waits, and ten native players."""
    for screens, waited_for, publications, pause in ((NATIVE, SCREENS, 120, 1.0), (1, 1, 30, 4.0)):
        found = measure(clients, NATIVE, screens, publications, pause, waited_for=waited_for)
        what = f"held: {clients} wait for {waited_for} screen" + "s" * (waited_for > 1)
        _say_delays(say, found, what, "3 s")
        assert found.quiet
        say(f"{what}: memory without, with", _mb(found.before, found.quiet.pss), "+ 100 MB")
        say(f"{what}: processor at rest, publishing", _cores(found), "1 core")
        say(f"{what}: answers to them, failures", f"{found.crowd['answers']}, {found.crowd['failures']}", "")
        _say_answers(say, found, what)


def sync(say: Say, players: int = PLAYERS) -> None:
    """Native players only: of ten screens, and of one."""
    for screens, publications, pause in ((10, 20, PAUSE), (1, 3, LAST)):
        what = f"sync: {players} players, {screens} screen" + "s" * (screens > 1)
        found = measure(0, players, screens, publications, pause)
        _say_delays(say, found, what, "3 s")
        say(f"{what}: processor of the server", _cores(found), "")
        _say_answers(say, found, what)


def polls(say: Say, players: int = PLAYERS) -> None:
    """Native players, and a server that holds nothing."""
    found = measure(0, players, 1, 1, last=POLL_LAST, held=0)
    _say_delays(say, found, f"polls: {players} players", "60 s")
    _say_answers(say, found, "polls")


def _say_delays(say: Say, found: Measured, what: str, limit: str) -> None:
    half, most, worst = found.within(0.5), found.within(0.99), found.within(1.0)
    say(f"{what}: in force after, half, 99 of 100, all", f"{half:.2f}, {most:.2f}, {worst:.2f} s", f"99: {limit}")
    say(f"{what}: publications that arrived, and not", f"{len(found.delays)}, {found.missed}", "none missing")


def _say_answers(say: Say, found: Measured, what: str) -> None:
    assert found.busy
    for kind, count in sorted(found.busy.answered["requests"].items()):
        if count:
            size = found.busy.answered["bytes"][kind]
            say(f"{what}: answers, {kind}", f"{count}, {size / 1e6:.2f} MB", f"in {found.busy.seconds:.0f} s")


def _mb(before: int, after: int) -> str:
    return f"{before / 1e6:.0f}, {after / 1e6:.0f} MB"


def _cores(found: Measured) -> str:
    assert found.quiet
    assert found.busy
    return f"{found.quiet.cores:.2f}, {found.busy.cores:.2f}"
