"""The player's promises, measured: memory, processor time, frames in a fade, time to the first picture.

python -m benchmarks.player        prints the figures as JSON
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import CLOCK, Page, evergreen, page, publish
from tests.fixtures.player_process import PlayerProcess, player
from tests.fixtures.xvfb import xvfb

WIDTH, HEIGHT = 1920, 1080
DWELL_SECONDS = 8.0
FADES = 3
WORDS = "tirsdag onsdag kulØr'n bibliotek Halsahallen konsert dugnad strikkekveld kino 18.00 19.30 Kyrksæterøra"


def measure(python: str = sys.executable, folder: Path | None = None, screen: str = "library") -> dict[str, float]:
    """Run a player at 1920x1080 under Xvfb, from a stored bundle with its server there, and look at it from outside.

    `folder` is a published site to take the pages of `screen` from; without it, text on calm ground is drawn. `python`
    must have the player's dependencies. Memory is PSS, in MB of 10^6 bytes; `peak` includes decoding and fading.
    """
    with tempfile.TemporaryDirectory() as scratch, xvfb(WIDTH, HEIGHT) as display:
        site = folder or Path(scratch) / "site"
        if folder is None:
            pages = [lettered(f"p{n}") for n in range(4)]
            publish(site, 1, *pages, evergreen(), width=WIDTH, height=HEIGHT)
        with serve(site) as server:
            arguments = (
                "--server",
                server.url,
                "--screen",
                screen,
                "--store",
                Path(scratch) / "store",
                "--trust-clock",
            )
            with player(None, *arguments, "--once-synced", python=python) as once:
                once.rest()
            first = min(_first_picture(display, arguments, python) for _ in range(3))
            with player(display, *arguments, "--fullscreen", python=python) as process:
                return {"first_picture_seconds": first, **_watch(process)}


def _first_picture(display: str, arguments: tuple[object, ...], python: str) -> float:
    with player(display, *arguments, "--fullscreen", python=python) as process:
        return float(process.says(r"first picture after ([\d.]+) s")[1])


def _watch(process: PlayerProcess) -> dict[str, float]:
    """Memory and processor time of a running player, over a few changes of page."""
    pid = process.process.pid
    peak = [0.0]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], pss(pid))

    sampler = threading.Thread(target=sample, daemon=True)
    process.says("first picture")
    process.says("in force|fade")
    rates, idle, resting = [], [], []
    for _ in range(FADES):
        frames = process.says(r"fade (\d+) frames in ([\d.]+) s")
        rates.append(int(frames[1]) / float(frames[2]))
        process.says("page ")
        before, begun = cpu_seconds(pid), time.monotonic()
        over.wait(DWELL_SECONDS - 5)  # well before the next page is decoded
        idle.append((cpu_seconds(pid) - before) / (time.monotonic() - begun))
        resting.append(pss(pid))
        if not sampler.is_alive():
            sampler.start()
    over.set()
    sampler.join()
    return {
        "pss_mb": max(resting),
        "pss_peak_mb": peak[0],
        "idle_cpu_percent": 100 * min(idle),
        "fade_frames_per_second": max(rates),
        "fade_frames_per_second_worst": min(rates),
    }


def pss(pid: int) -> float:
    """Proportional memory of a process in MB: what it shares with others is counted in shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lettered(name: str) -> Page:
    """A page like a real one: rows of text in a few sizes on calm ground, with a clock."""
    import io

    from PIL import Image, ImageDraw, ImageFont

    from tests.fixtures.bundles import font

    chance = random.Random(name)
    image = Image.new("RGB", (WIDTH, HEIGHT), (246, 241, 231))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 480, HEIGHT), fill=(11, 36, 51))
    for row in range(8):
        size = 64 if row == 0 else 44
        letters = ImageFont.truetype(io.BytesIO(font()), size)
        draw.text((540, 90 + row * 115), " ".join(chance.choices(WORDS.split(), k=4)), font=letters, fill=(12, 31, 44))
    out = io.BytesIO()
    image.save(out, "WEBP", lossless=True)
    box: dict[str, Any] = {**CLOCK, "x": 60.0, "y": 900.0, "width": 360.0, "height": 120.0, "size": 96.0}
    return page(name, picture=out.getvalue(), dwell_seconds=DWELL_SECONDS, clock=box)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1] if len(sys.argv) > 1 else sys.executable), indent=1))
