"""What a county needs: `signage run` for many screens, from an empty store to the end of the first build, and then
refreshes without a change.

    python -m benchmarks county:30            thirty screens, for at most an hour
    python -m benchmarks county:6,30,100:20   several, one after the other, for at most 20 minutes each

There is one place for every two screens, and a municipality for every ten places (`benchmarks.county_config`).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import county_config
from benchmarks.amounts import whole, wholes
from benchmarks.first_pages import EVERYTHING, FIRST_DAY, NOW, Recording, Server, record

SCREENS = 30
MINUTES = 60
REFRESHES = 20
REFRESH_SECONDS = 120.0  # for each of them, at most
SETTLE_SECONDS = 1.0
AT_REST = 0.05  # processor seconds in that time: a refresh has ended. It publishes nothing that others could watch for
Say = Callable[[str, str, str], None]


def places_of(screens: int) -> int:
    """The number of places for a number of screens."""
    return max(2, screens // 2)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Numbers of screens, and for how many minutes each is watched at most."""

    screens: Sequence[int] = (SCREENS,)
    minutes: int = MINUTES


def amounts(text: str) -> Amounts:
    """Of "6,30,100:20", or without the minutes. Raises BadAmount."""
    screens, colon, minutes = text.partition(":")
    return Amounts(wholes(screens), whole(minutes) if colon else MINUTES)


def run(say: Say, given: Amounts = Amounts()) -> None:
    for screens in given.screens:
        _one(say, screens, given.minutes)


def _one(say: Say, screens: int, minutes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        today = datetime.now(UTC).astimezone(county_config.OSLO).date()
        config = county_config.write(folder, screens, places_of(screens), today=today)
        var = folder / "var"
        var.mkdir()
        server = Server(var, var / "published", "--config", str(config), "--no-announce")
        try:
            found = record(server, 60 * minutes)
            _say_build(say, screens, found)
            if found.whole:
                _refreshes(say, screens, server)
        finally:
            server.close()


def _say_build(say: Say, screens: int, found: Recording) -> None:
    head = f"county of {screens} screens"
    if found.planned:
        seconds, processor = found.planned
        say(f"{head}: planned for a day, after", f"{seconds:.0f} s", f"{processor:.1f} CPU-s")
    for what, reach in (("a page each", NOW), ("the first day", FIRST_DAY), ("all 14 days", EVERYTHING)):
        reached, seconds, processor = found.reached(reach)
        if reached == screens:
            say(f"{head}: {what}, after", f"{seconds:.0f} s", f"{processor:.0f} CPU-s")
        else:
            say(f"{head}: {what}, after", f"{seconds:.0f} s" if reached else "-", f"{reached} screens of {screens}")
    pictures = len(set[str]().union(*found.pictures.values()))
    size = sum({name: size for assets in found.assets.values() for name, size in assets.items()}.values())
    say(f"{head}: distinct pictures, published", f"{pictures}", f"{size / 1e6:.0f} MB")
    say(f"{head}: peak proportional memory of all processes", f"{found.peak:.0f} MB", "")
    if pictures and found.whole:
        each = 1000 * found.processor / pictures
        say(f"{head}: for each distinct picture", f"{each:.0f} CPU-ms", f"{size / pictures / 1e3:.0f} kB")
    if not found.whole:
        say(f"{head}: the build was not at its end after {found.seconds / 60:.0f} minutes", "", "")


def _refreshes(say: Say, screens: int, server: Server) -> None:
    """Refreshes without a change: the processor time of the server's own process, and how its memory grows."""
    used: list[float] = []
    memory: list[float] = []
    for _ in range(REFRESHES):
        began, since = server.own_processor(), time.monotonic()
        server.refresh()
        looked = began
        while (now := _after(SETTLE_SECONDS, server)) - looked > AT_REST:
            looked = now
            if time.monotonic() - since > REFRESH_SECONDS:
                say(f"county of {screens} screens: a refresh took more than {REFRESH_SECONDS:.0f} s", "-", "")
                return
        used.append(now - began)
        memory.append(server.own_memory())
    head = f"county of {screens} screens, {REFRESHES} refreshes without a change"
    say(f"{head}: own time, median and most", f"{statistics.median(used):.2f} CPU-s", f"{max(used):.2f}; < 1 for 100")
    say(f"{head}: per screen", f"{1000 * statistics.median(used) / screens:.1f} CPU-ms", "")
    say(f"{head}: own memory, and its growth", f"{memory[-1]:.0f} MB", f"{memory[-1] - memory[0]:+.1f} MB")


def _after(seconds: float, server: Server) -> float:
    """The processor time of the server's own process, some seconds from now."""
    time.sleep(seconds)
    return server.own_processor()
