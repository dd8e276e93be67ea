"""For soak.py: the real daemon, whose clocks are read from a file that somebody else moves on."""

from __future__ import annotations

import logging
import struct
import sys
from datetime import UTC, datetime, timedelta
from mmap import ACCESS_READ, mmap
from pathlib import Path

from rich.console import Console

from signage.app.clock import Clocks
from signage.app.clock_watch import Reading
from signage.app.daemon import Daemon
from signage.app.folders import Folders
from signage.app.signals import follow_signals, leave
from tests.fixtures.paths import LAYOUTS

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def main(config: Path, var: Path, clock: Path) -> int:
    follow_signals()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(message)s", force=True)
    logging.getLogger("signage").setLevel(logging.INFO)
    with clock.open("rb") as file, mmap(file.fileno(), 8, access=ACCESS_READ) as moved:

        def monotonic() -> float:
            return float(struct.unpack_from("d", moved)[0])

        def now() -> datetime:
            return START + timedelta(seconds=monotonic())

        clocks = Clocks(now, monotonic, lambda wall: Reading(wall, monotonic(), True))
        console = Console(stderr=True)
        daemon = Daemon(config, LAYOUTS, Folders(var), "127.0.0.1", 0, False, console, clocks=clocks)
        return daemon.run()


if __name__ == "__main__":
    leave(main(*map(Path, sys.argv[1:4])))
