"""What a hostile crowd costs fifty players: a real `signage run --demo`, real sockets, and the player's own sync.

    make bench ARGS="load"         five minutes
    make bench ARGS="load:20"      twenty seconds (the suite does that)

1,100 connections that never finish their headers, 200 bodies that never end, and a flood of heartbeats and pairing
requests, all together and from hundreds of addresses, while fifty players ask. In the middle screens.toml is edited:
a build must be finished and published meanwhile. The server begins with 1,024 descriptors, as services do.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.fixtures.raw_http import free_port

ROOT = Path(__file__).parent.parent
SECONDS = 300.0
BEGIN_SECONDS = 150.0  # until each screen's first day is published, on a busy machine
NOTICE_SECONDS = 60.0
BUILD_SECONDS = 200.0  # for an edit to be published during all this: the crowd takes one of two cores
DESCRIPTORS = 1024
POLL_SECONDS = 7.0  # real players ask every minute: these fifty are worth four hundred
SCREENS = ("library", "hall")
NAMED, RENAMED = "Hemne bibliotek", "Biblioteket under angrep"
# Two small screens: the crowd does not care, and whoever runs this waits for their first pictures.
CONFIGURATION = f"""
[site]
name = "Heim kommune"
languages = ["nb"]
calendar = "https://iheim.no"

[places.bibliotek]
name = "{NAMED}"
town = "Kyrksæterøra"

[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"

[screens.library]
name = "{NAMED}"
place = "bibliotek"
size = "1280x720"
playlist = [{{ show = "today" }}]

[screens.hall]
place = "bibliotek"
size = "720x1280"
playlist = [{{ show = "today" }}]
"""


@dataclass
class Seen:
    """What the load did to the server. Bytes, seconds."""

    pss: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    edit_noticed: float = 0.0
    edit_published: float | None = None
    log: str = ""
    players: dict[str, Any] = field(default_factory=dict)
    crowd: dict[str, int] = field(default_factory=dict)
    ended: float = 0.0
    exit_code: int | None = None

    def answer(self, share: float) -> float:
        """How long the answer took that `share` of all answers were not slower than."""
        answers: list[float] = self.players["answers"]
        return answers[min(len(answers) - 1, int(share * len(answers)))]


def measure(seconds: float, wait: float = BUILD_SECONDS) -> Seen:
    """The whole thing. `wait` so many seconds for the edit to be published."""
    with tempfile.TemporaryDirectory() as folder_name, _server(Path(folder_name)) as (server, port, log):
        folder, seen = Path(folder_name), Seen()
        _until(lambda: all(_name(port, screen) for screen in SCREENS), BEGIN_SECONDS, "the first pictures")
        seen.pss.append(_pss(server.pid))
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server.pid, seen, over))
        watcher.start()
        crowd = _start("crowd", str(port), str(seconds))
        players = _start("players", str(port), str(seconds), str(folder / "players"), str(POLL_SECONDS), *SCREENS)
        try:
            time.sleep(seconds / 4)
            edited = time.monotonic()
            _rename(folder / "screens.toml")
            _until(lambda: "has changed; building again" in log.read_text(), NOTICE_SECONDS, "the edit noticed")
            seen.edit_noticed = time.monotonic() - edited
            while time.monotonic() - edited < wait and seen.edit_published is None:
                time.sleep(1.0)
                if _name(port, SCREENS[0]) == RENAMED:
                    seen.edit_published = time.monotonic() - edited
            seen.crowd = json.loads(crowd.communicate(timeout=seconds + 120)[0])
            seen.players = json.loads(players.communicate(timeout=seconds + 120)[0])
        finally:
            over.set()
            watcher.join()
            for process in (crowd, players):
                process.kill()
                process.communicate()
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        seen.exit_code = server.wait(60)
        seen.ended = time.monotonic() - began
        seen.log = log.read_text()
    return seen


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A real one, with its own configuration that can be edited, and what it writes to its log."""
    (folder / "screens.toml").write_text(CONFIGURATION, "utf-8")
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "signage", "run", "--demo", "--no-announce", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--config", str(folder / "screens.toml"), "--var", str(folder / "var")]
    command += ["--layouts", str(ROOT / "layouts")]
    limited = ["sh", "-c", f'ulimit -Sn {DESCRIPTORS}; exec "$@"', "sh", *command]
    with log.open("wb") as out:
        process = subprocess.Popen(limited, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process, port, log
    except AssertionError as error:
        raise AssertionError(f"{error}; the server's log: {log.read_text()[-3000:]}") from None
    finally:
        process.kill()
        process.wait()


def _start(part: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"benchmarks.load_{part}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def _watch(pid: int, seen: Seen, over: threading.Event) -> None:
    while not over.wait(1.0):
        seen.pss.append(_pss(pid))
        seen.descriptors.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))


def _pss(pid: int) -> int:
    """Memory that the process has for itself, and its share of the rest; its browsers are processes of their own."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def _name(port: int, screen: str) -> str | None:
    """What a screen is called in what is published of it now."""
    with contextlib.suppress(requests.RequestException):
        answer = requests.get(f"http://127.0.0.1:{port}/screens/{screen}/manifest.json", timeout=20)
        return str(answer.json()["name"]) if answer.status_code == 200 else None
    return None


def _rename(path: Path) -> None:
    """Edit it as an administrator would: a screen gets another name."""
    before, screens, after = path.read_text("utf-8").partition("[screens.library]")
    path.write_text(before + screens + after.replace(NAMED, RENAMED, 1), "utf-8")


def _until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.5)


def main(say: Callable[[str, str, str], None], seconds: float = SECONDS) -> None:
    """Say the figures."""
    seen = measure(seconds)
    answers = seen.players["answers"]
    say("load: what else the machine does: load average", f"{os.getloadavg()[0]:.1f}", "")
    say("load: the slowest of all answers to players", f"{answers[-1]:.2f} s of {len(answers)}", "20 s")
    say("load: half of them, and 99 of 100, within", f"{seen.answer(0.5):.3f} s, {seen.answer(0.99):.2f} s", "")
    say("load: the slowest round of a player", f"{seen.players['rounds'][-1]:.1f} s", "")
    say("load: failures of players", str(len(seen.players["failures"])), "none")
    say("load: the server's memory before, at most", f"{_mb(seen.pss[0])}, {_mb(max(seen.pss))} MB", "+ 150 MB")
    say("load: descriptors at most", str(max(seen.descriptors)), "below 4096")
    say("load: its log", f"{len(seen.log.splitlines())} lines, {len(seen.log)} bytes", "20 kB")
    say("load: an edit of screens.toml is noticed after", f"{seen.edit_noticed:.0f} s", "")
    say("load: and published after", f"{seen.edit_published:.0f} s" if seen.edit_published else "not", "during it")
    say("load: it ends after", f"{seen.ended:.1f} s", "5 s")
    for what, count in sorted(seen.crowd.items()):
        say(f"load: the crowd: {what}", str(count), "")
    for failure in seen.players["failures"][:20]:
        print("  ", failure)
    print(seen.log)


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f}"
