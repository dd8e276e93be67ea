"""From sending an alert to a thousand players, and from ending it: real sockets and browsers, the players' own service.

    make bench ARGS="alerts"             1,000 native players of ten screens, on loopback
    make bench ARGS="alerts:200"         200 of them
    make bench ARGS="alerts-shaped"      the same over a link of 100 Mbit/s, shaped by tc; as root
    make bench ARGS="alert-kills"        a server killed 100 times while it sends alerts to twenty players; 40 min

Server and players are processes of their own on this machine, so they share its processor. The clock runs from the
order to send until the alert is in force with a player: in its store, and handed to its
display. A text that was typed just now is rendered in that time; a prepared message is in the players' stores already.

The players' stores are in memory (/dev/shm): a thousand cards are not one disk, on which players would wait for each
other. PLAYER_STORES names another folder for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.held import STORES
from benchmarks.load import ROOT
from tests.fixtures.raw_http import free_port

PLAYERS, SCREENS = 1000, 10
PER_PROCESS = 250  # players: their threads share a lock
ROUNDS = 5  # alerts of each kind
KILLS, KILL_PLAYERS = 100, 20
LAST = 6.0  # seconds for an alert to arrive everywhere before the next one is sent
BACK_SECONDS = 15.0  # for players to ask again whose server was away: after 2, 4, 8 s
QUIET = 20.0  # seconds until nothing is left of the beginning
NAMESPACE, HERE, THERE = "signage-bench", "10.214.7.1", "10.214.7.2"  # the players are THERE
RATE = "100mbit"

Say = Callable[[str, str, str], None]


class Part:
    """A process of the benchmark, with its lines."""

    def __init__(self, *command: object) -> None:
        self.process = subprocess.Popen(
            [*map(str, command)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def write(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def line(self) -> list[str]:
        """The words of its next line."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return line.split()

    def ask(self, line: str) -> list[str]:
        self.write(line)
        return self.line()


def _module(name: str, *arguments: object) -> tuple[object, ...]:
    return (sys.executable, "-m", f"benchmarks.alerts_{name}", *arguments)


@dataclass
class Delays:
    """Seconds to each player, by what was done; `missing`: arrivals that never came."""

    by_kind: dict[str, list[float]] = field(default_factory=dict)
    missing: int = 0
    memory: tuple[int, int] = (0, 0)  # bytes: before the first player came, and with all of them waiting
    cores: float = 0.0  # of the server, while it sends

    def within(self, kind: str, share: float) -> float:
        found = sorted(self.by_kind[kind])
        return found[min(len(found) - 1, int(share * len(found)))]


def measure(players: int = PLAYERS, rounds: int = ROUNDS, *, shaped: bool = False) -> Delays:
    """Send and end alerts, by turns a typed one and a prepared one."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ends:
        folder, host = Path(name), HERE if shaped else "127.0.0.1"
        stores = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=STORES)))
        within = ends.enter_context(_shaped_link()) if shaped else ()
        server = _started(ends, *_module("server", folder / "server", host, 0, SCREENS))
        port = server.line()[1]
        before = int(server.ask("")[0])
        crowd = [
            _started(
                ends,
                *within,
                *_module("players", host, port, min(PER_PROCESS, players - first), stores / str(first), SCREENS),
            )
            for first in range(0, players, PER_PROCESS)
        ]
        for each in crowd:
            assert each.line() == ["ready"]
        time.sleep(QUIET)
        found = Delays(memory=(before, int(server.ask("")[0])))
        sent: dict[int, tuple[str, float]] = {}  # serial -> what was done, and when
        used, began = float(server.ask("")[1]), time.monotonic()
        for number in range(rounds):
            for kind, line in (("typed", f"send Vannet må kokes, melding {number}"), ("prepared", "prepared")):
                alert, serial, at = server.ask(line)
                sent[int(serial)] = (kind, float(at))
                time.sleep(LAST)
                _, serial, at = server.ask(f"end {alert}")
                sent[int(serial)] = (f"end of a {kind} one", float(at))
                time.sleep(LAST)
        found.cores = (float(server.ask("")[1]) - used) / (time.monotonic() - began)
        arrived = [seen for each in crowd for seen in json.loads(each.process.communicate(timeout=120)[0])]
        for _, serial, moment, _ in arrived:
            if serial in sent:
                kind, at_ = sent[serial]
                found.by_kind.setdefault(kind, []).append(moment - at_)
        found.missing = players * len(sent) - sum(map(len, found.by_kind.values()))
        return found


def main(say: Say, players: int = PLAYERS, *, shaped: bool = False) -> None:
    """Typed and prepared alerts, and their ends."""
    found = measure(players, shaped=shaped)
    what = f"alerts: {players} players" + (f", {RATE}" if shaped else "")
    limit = "99: 5 s" if shaped else "99: 2 s"
    for kind in sorted(found.by_kind, key=lambda kind: ("typed" not in kind, kind.startswith("end"))):
        half, most, worst = (found.within(kind, share) for share in (0.5, 0.99, 1.0))
        say(f"{what}: {kind}, half, 99 of 100, all", f"{half:.2f}, {most:.2f}, {worst:.2f} s", limit)
    say(f"{what}: that never arrived", f"{found.missing}", "none")
    before, after = (each / 1e6 for each in found.memory)
    say(f"{what}: memory of the server without, with them", f"{before:.0f}, {after:.0f} MB", "+ 100 MB")
    say(f"{what}: processor of the server", f"{found.cores:.2f}", "1 core")


def shaped(say: Say, players: int = PLAYERS) -> None:
    """The same over a link of 100 Mbit/s."""
    main(say, players, shaped=True)


# -- kills


def kills(say: Say, times: int = KILLS, seed: int = 17) -> None:
    """Kill the server at a random moment of sending, and start it again."""
    dice = random.Random(seed)
    missed = doubled = answered = 0
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ends:
        folder, port = Path(name), free_port()
        start = _module("server", folder / "server", "127.0.0.1", port, 2)
        server = _started(ends, *start)
        server.line()
        crowd = _started(ends, *_module("players", "127.0.0.1", port, KILL_PLAYERS, folder / "players", 2))
        crowd.line()
        noted: list[tuple[str, float]] = []  # alerts that the log has, and when it was certain
        for number in range(times):
            server.write(f"send Melding {number}")
            time.sleep(dice.uniform(0.0, 0.6))
            server.process.kill()
            out = server.process.communicate()[0]
            answered += bool(out.strip())
            server = _started(ends, *start)
            server.line()
            held = _in_log(folder / "server" / "var" / "alerts.log")
            if held:
                noted.append((held[-1], time.monotonic()))
            time.sleep(BACK_SECONDS)
            for alert in held:
                server.ask(f"end {alert}")
            time.sleep(LAST / 4)
        time.sleep(LAST)
        arrived = json.loads(crowd.process.communicate(timeout=120)[0])
        last = {player: ids for player, _, _, ids in arrived}
        for alert, _ in noted:
            missed += KILL_PLAYERS - len({player for player, _, _, ids in arrived if alert in ids})
        doubled = sum(len(ids) for ids in last.values())  # every alert was ended
    say(f"alert-kills: {times} kills while sending, alerts in the log", f"{len(noted)}", f"answered {answered}")
    say("alert-kills: of those, missed by a player", f"{missed}", "none")
    say("alert-kills: shown after they were ended", f"{doubled}", "none")


def _in_log(path: Path) -> list[str]:
    """The alerts that hold, by the log: what a person would find there."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    ended = {line["id"] for line in lines if line["do"] == "ended"}
    return [line["id"] for line in lines if line["do"] == "sent" and line["id"] not in ended]


# -- processes and the link


def _started(ends: contextlib.ExitStack, *command: object) -> Part:
    part = Part(*command)

    def end() -> None:
        part.process.kill()
        with contextlib.suppress(ValueError, subprocess.TimeoutExpired):
            part.process.communicate(timeout=10)

    ends.callback(end)
    return part


@contextlib.contextmanager
def _shaped_link() -> Iterator[tuple[str, ...]]:
    """A network of the players' own, behind a link of `RATE`; gives what a command in it begins with."""
    if os.geteuid() != 0:
        raise SystemExit("A network namespace is made by root only: sudo make bench ARGS=alerts-shaped")
    ours, theirs = "signage-b0", "signage-b1"
    inside = ("ip", "netns", "exec", NAMESPACE)
    shape = ("root", "tbf", "rate", RATE, "burst", "256kbit", "latency", "400ms")
    for command in (
        ("ip", "netns", "add", NAMESPACE),
        ("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", NAMESPACE),
        ("ip", "addr", "add", f"{HERE}/24", "dev", ours),
        ("ip", "link", "set", ours, "up"),
        (*inside, "ip", "addr", "add", f"{THERE}/24", "dev", theirs),
        (*inside, "ip", "link", "set", theirs, "up"),
        (*inside, "ip", "link", "set", "lo", "up"),
        ("tc", "qdisc", "add", "dev", ours, *shape),
        (
            *inside,
            "tc",
            "qdisc",
            "add",
            "dev",
            theirs,
            "root",
            "tbf",
            "rate",
            RATE,
            "burst",
            "256kbit",
            "latency",
            "400ms",
        ),
    ):
        subprocess.run(command, check=True)
    try:
        yield inside
    finally:
        subprocess.run(("ip", "link", "del", ours), check=False)
        subprocess.run(("ip", "netns", "del", NAMESPACE), check=False)
