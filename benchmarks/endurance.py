"""A player that goes on and on: does its memory stay flat, does it leave files open?

    python -m benchmarks.endurance                     100,000 rotations at full speed; prints the figures as JSON
    python -m benchmarks.endurance --rotations 2000    fewer (the suite does that)
    python -m benchmarks.endurance --hour              an hour at real speed: a real process, 1920x1080, under Xvfb

At full speed the loop, the store, the sync and a real window run in this process, and time is simulated: a pause of the
loop costs nothing, and a fade has four frames. Pictures are those of the layouts, scaled; the clock goes on by the
minute, each minute frame and box are looked at as for a heartbeat, and from time to time a server has a new bundle.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.player import cpu_seconds
from player.display import fade
from player.display.display_options import DisplayOptions
from player.display.glass import Glass
from player.display.slim_pygame import limit_malloc_arenas
from player.health import vitals
from player.loop import Loop
from player.net.http import Http
from player.net.sync import Syncer
from player.rotation import Moment
from player.store.store import BundleStore
from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import CLOCK, KEY, Page, evergreen, page, publish
from tests.fixtures.player_parts import LoopSurroundings, SettableClock
from tests.fixtures.player_process import PlayerProcess, player
from tests.fixtures.xvfb import xvfb

ROTATIONS = 100_000
SETTLED = 100  # rotations; from then on memory must be flat
FLAT = 1.0  # MB that it may grow later
PUBLISH_EVERY = 500  # rotations
KEPT = 1  # a connection to the server, which is kept open or not as it happens
SAMPLE_EVERY = 50  # rotations
DWELL = 12.0  # seconds
SPAN_SECONDS = 180 * 86400.0  # of simulated time; then the year begins again, so that no bundle gets too old
SIZE = (480, 270)
FULL = (1920, 1080)
BEGUN = datetime(2026, 6, 1, 6, tzinfo=UTC)
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
HOUR_SECONDS = 3600.0


@dataclass
class Simulated:
    """Seconds that pass when somebody waits for them; and a little at each look, so that what waits for them ends."""

    now: float = 0.0
    look_seconds: float = 0.0

    def monotonic(self) -> float:
        self.now += self.look_seconds
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pages(round: int, size: tuple[int, int], dwell: float) -> list[Page]:
    """Real pages in another order each time, one left out: something new in each bundle."""
    found = sorted(PICTURES.glob("*-1920x1080.png"))
    first = round % len(found)
    files = found[first:] + found[:first]
    clock = {**CLOCK, **{key: CLOCK[key] * size[0] / 640 for key in ("x", "y", "width", "height", "size")}}
    made = []
    for number, file in enumerate(files[:-1]):
        shown = page(file.stem, picture=webp(file, size), dwell_seconds=dwell, clock=clock if number % 2 else None)
        made.append(shown)
    return made


@cache
def webp(file: Path, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.open(file).convert("RGB").resize(size).save(out, "WEBP", lossless=True, method=0)
    return out.getvalue()


def rotate(rotations: int, size: tuple[int, int] = SIZE) -> dict[str, Any]:
    """Show so many pages in a window under Xvfb; gives the figures. The player has a process of its own for that."""
    with tempfile.TemporaryDirectory() as scratch, xvfb(*size) as display:
        site, over = Path(scratch) / "site", threading.Event()
        publish(site, 1, *pages(0, size, DWELL), evergreen(), width=size[0], height=size[1])
        with serve(site) as server:

            def publish_forever() -> None:
                """Something new after each question: the next one gets it."""
                serial = 1
                while not over.wait(0.02):
                    if sum(path.endswith("/manifest.signed") for path in server.asked) >= serial:
                        serial += 1
                        publish(site, serial, *pages(serial, size, DWELL), evergreen(), width=size[0], height=size[1])

            publisher = threading.Thread(target=publish_forever, daemon=True)
            publisher.start()
            command = [sys.executable, "-m", "benchmarks.endurance", "--rotations", str(rotations)]
            environment = {name: value for name, value in os.environ.items() if name != "SDL_VIDEODRIVER"}
            done = subprocess.run(
                [*command, "--player", server.url, f"{scratch}/store"],
                env={**environment, "DISPLAY": display},
                stdout=subprocess.PIPE,
                check=True,
            )
            over.set()
            publisher.join()
    return {"size": f"{size[0]}x{size[1]}", **json.loads(done.stdout)}


def play(rotations: int, address: str, folder: Path) -> dict[str, Any]:
    """The player itself; memory as `own` has it."""
    simulated = Simulated()
    fade.time = Simulated(look_seconds=fade.FADE_SECONDS / 9)  # type: ignore[assignment]
    limit_malloc_arenas()

    def moment() -> Moment:
        return Moment(BEGUN + timedelta(seconds=simulated.now % SPAN_SECONDS), simulated.now, True)

    store = BundleStore(folder, "library", ticks=lambda: simulated.now)
    glass = Glass(DisplayOptions(output="window"))
    http = Http(address)
    syncer = Syncer(http, store, "library", KEY.verify_key.encode(), None, SettableClock(lambda: moment().wall))
    beats = [0]

    class Surroundings(LoopSurroundings):
        def heartbeat(self) -> None:
            beats[0] += glass.snapshot() is not None
            vitals.read(folder, simulated.now)

    loop = Loop(glass, store, Surroundings(lambda: syncer.manifest, moment))
    memory: list[float] = []
    bundles = open_files = 0
    begun, asked, sampled = time.monotonic(), -1, -1
    while loop.shown < rotations:
        # often before memory must be flat, so that all that is loaded once has been
        every = PUBLISH_EVERY if loop.shown >= SETTLED else SETTLED // 5
        if loop.shown // every != asked:
            asked = loop.shown // every
            bundles = syncer.round().version.serial
        simulated.now += loop.step()
        if loop.shown >= SETTLED and loop.shown // SAMPLE_EVERY != sampled:
            sampled = loop.shown // SAMPLE_EVERY
            gc.collect()
            memory.append(own(os.getpid()))
            open_files = open_files or files()
    seconds = time.monotonic() - begun
    left_open = files() - open_files
    glass.close()
    http.close()
    store.close()
    return {
        "rotations": rotations,
        "bundles": bundles,
        "frames_read_back": beats[0],
        "seconds": round(seconds, 1),
        f"own_mb_after_{SETTLED}": round(memory[0], 3),
        "own_mb_highest_since": round(max(memory), 3),
        "own_mb_along_the_way": [round(sample, 2) for sample in memory[:: max(1, len(memory) // 20)]],
        "growth_mb": round(max(memory) - memory[0], 3),
        "files_left_open": left_open,
    }


def own(pid: int) -> float:
    """Memory that only this process has, in MB of 10^6 bytes; 0 when it is gone.

    Not PSS: what is shared with other processes would grow each time that one of them ends.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Anonymous:"))


def files(pid: int | str = "self") -> int:
    """Open file descriptors of a process."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def watch(seconds: float) -> dict[str, Any]:
    """A real player at real speed; a sample of its memory each second, without the first tenth of the time."""
    with tempfile.TemporaryDirectory() as scratch, xvfb(*FULL) as display:
        site, over = Path(scratch) / "site", threading.Event()
        publish(site, 1, *pages(0, FULL, 8.0), evergreen(), width=FULL[0], height=FULL[1], poll_seconds=30)
        with serve(site) as server:
            arguments = ("--server", server.url, "--screen", "library", "--store", Path(scratch) / "store")
            with player(display, *arguments, "--fullscreen", "--trust-clock") as process:
                process.says("first picture")

                def read(process: PlayerProcess = process) -> None:
                    """All the time, else its pipe fills, and it waits."""
                    with contextlib.suppress(ValueError):  # the pipe is closed in the end
                        while process.process.poll() is None:
                            process.rest()

                threading.Thread(target=read, daemon=True).start()
                pid, begun = process.process.pid, time.monotonic()
                serial, memory, open_files = 1, [], []
                while (passed := time.monotonic() - begun) < seconds and process.process.poll() is None:
                    over.wait(1.0)
                    if passed > seconds / 10:
                        memory.append(own(pid))
                        open_files.append(files(pid))
                    if passed > serial * seconds / 12:
                        serial += 1
                        publish(site, serial, *pages(serial, FULL, 8.0), evergreen(), width=FULL[0], height=FULL[1])
                alive = process.process.poll() is None
                used = cpu_seconds(pid) if alive else 0.0
        tenth = max(1, len(memory) // 10)
        return {
            "seconds": round(seconds),
            "alive_in_the_end": alive,
            "bundles": serial,
            "faults": [line for line in process.lines if "fault" in line or "Traceback" in line],
            "pages_shown": sum(" is on the display at " in line for line in process.lines),
            "own_mb_lowest_of_the_first_tenth": round(min(memory[:tenth]), 2),
            "own_mb_lowest_of_the_last_tenth": round(min(memory[-tenth:]), 2),
            "own_mb_highest": round(max(memory), 2),
            "cpu_percent_of_a_core": round(100 * used / seconds, 2),
            "files_most_and_least": [max(open_files), min(open_files)],
        }


def main() -> None:
    """Print figures; fails when memory was not flat or files were left open."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance")
    parser.add_argument("--rotations", type=int, default=ROTATIONS)
    parser.add_argument("--full-size", action="store_true", help="1920x1080 instead of 480x270")
    parser.add_argument("--hour", action="store_true", help="an hour at real speed")
    parser.add_argument("--seconds", type=float, default=HOUR_SECONDS, help="of real speed, with --hour")
    parser.add_argument("--player", nargs=2, metavar=("SERVER", "STORE"), help="be the player (started by this bench)")
    options = parser.parse_args()
    if options.hour:
        print(json.dumps(watch(options.seconds), indent=1))
        return
    if options.player:
        print(json.dumps(play(options.rotations, options.player[0], Path(options.player[1]))))
        return
    figures = rotate(options.rotations, FULL if options.full_size else SIZE)
    print(json.dumps(figures, indent=1))
    sys.exit(figures["growth_mb"] > FLAT or figures["files_left_open"] > KEPT)


if __name__ == "__main__":
    main()
