"""SIGTERM and SIGINT at random moments of a real server's life: does it end in time, cleanly, and leave nothing?

    python -m benchmarks.signals                  200 moments; the same ones each time
    python -m benchmarks.signals --moments 20     fewer
    python -m benchmarks.signals --seed 7         others

It is `signage run --demo` with real browsers, each second time on a store of its own, so that it begins with nothing.
The moments are spread over start-up, fetching, the first pictures, publication and the quiet time after it: each is
some time after the server has said that it is so far, so that a slow machine sees the same ones.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures.ending import LIMIT, Ended, Server
from tests.fixtures.paths import ROOT

MOMENTS = 200
SEED = 20261128
# What it says first (nothing: from its first moment on), and how many seconds may pass then.
FRESH = (("", 1.5), ("from other machines", 4.0), ("rendering; on each screen", 15.0), ("making .* pictures", 60.0))
WARM = (("", 1.5), ("from other machines", 6.0), ("from other machines", 25.0))
WAYS = ((signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True))  # the last: Ctrl-C, to the whole group


@dataclass(frozen=True)
class Moment:
    number: int
    said: str
    after: float
    way: tuple[int, bool]
    fresh: bool


def moments(count: int, seed: int) -> list[Moment]:
    chance = random.Random(seed)
    found = []
    for number in range(count):
        fresh = number % 2 == 0
        said, span = chance.choice(FRESH if fresh else WARM)
        found.append(Moment(number, said, chance.uniform(0.0, span), chance.choice(WAYS), fresh))
    return found


def end_at(moment: Moment, folder: Path) -> Ended:
    var = folder / (f"fresh-{moment.number}" if moment.fresh else "warm")
    server = Server(ROOT / "screens.toml", var, "--demo")
    try:
        # not a wait for anything: the moment of the signal is the point
        server.says(moment.said)
        time.sleep(moment.after)
        return server.end(*moment.way)
    finally:
        server.kill()
        if moment.fresh:
            shutil.rmtree(var, ignore_errors=True)


def run(say: Callable[[str, str, str], None], count: int = MOMENTS, seed: int = SEED) -> int:
    """Gives how many of them were not as promised."""
    seconds: list[float] = []
    wrong = built = 0
    with tempfile.TemporaryDirectory() as folder:
        for moment in moments(count, seed):
            ended = end_at(moment, Path(folder))
            seconds.append(ended.seconds)
            built += "Stopped. The published pages" in ended.said
            if ended.wrong:
                wrong += 1
                name = signal.Signals(moment.way[0]).name
                kind = "fresh" if moment.fresh else "warm"
                print(
                    f"  {name} {moment.after:.2f} s after {moment.said!r}, {kind}: {'; '.join(ended.wrong)}",
                    file=sys.stderr,
                )
    ranked = sorted(seconds)
    say(f"{count} signals at random moments: slowest end", f"{ranked[-1]:.2f} s", f"<= {LIMIT:g} s")
    say("of them while the server was serving", str(built), "the others: while it was starting")
    say("half of them within", f"{statistics.median(ranked):.2f} s", "")
    say("95 of 100 within", f"{ranked[min(len(ranked) - 1, round(len(ranked) * 0.95))]:.2f} s", "")
    say("not clean (code, traceback, process left, bundle damaged)", str(wrong), "0")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    return 1 if run(_print, options.moments, options.seed) else 0


def _print(what: str, figure: str, limit: str) -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
