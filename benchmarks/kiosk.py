"""The usual way to show a page, for comparison: a Chromium kiosk under Xvfb on the same pages as the native player."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import psutil
import requests

from benchmarks.player import HEIGHT, WIDTH, lettered, measure
from signage.rendering.browser import HEADLESS_SHELL, NAMES
from signage.web.server import WebServer
from tests.fixtures.bundles import evergreen, publish
from tests.fixtures.well import all_well
from tests.fixtures.xvfb import xvfb

SETTLE_SECONDS = 12.0  # until the first pages have loaded and faded
SPAN_SECONDS = 6.0  # over which processor time is counted


def compare() -> list[tuple[str, str, str]]:
    """Rows of the bench: what, figure, limit or remark."""
    ours, kiosk = measure(), measure_kiosk()
    return [
        (
            "player: memory at rest / at its peak (PSS)",
            f"{ours['pss_mb']:.0f} / {ours['pss_peak_mb']:.0f} MB",
            "<= 60 MB",
        ),
        ("player: processor between changes", f"{ours['idle_cpu_percent']:.2f} %", "< 1 % of a core"),
        (
            "player: frames a second in a cross-fade, worst",
            f"{ours['fade_frames_per_second_worst']:.0f} /s",
            ">= 30 /s",
        ),
        ("player: first picture after process start", f"{ours['first_picture_seconds']:.2f} s", "<= 1.5 s"),
        ("Chromium kiosk: memory at rest (PSS, all its processes)", f"{kiosk['pss_mb']:.0f} MB", "the same pages"),
        ("Chromium kiosk: processor, a page change included", f"{kiosk['cpu_percent']:.1f} %", "of a core"),
        ("memory, player to kiosk", f"{ours['pss_mb'] / kiosk['pss_mb']:.2f}", ""),
    ]


def windowed_browser() -> str:
    """The system's browser that has windows. Raises LookupError when there is none: sh .ci/needs kiosk."""
    found = [shutil.which(name) for name in NAMES if name != HEADLESS_SHELL]
    for path in filter(None, found):
        return path
    raise LookupError("There is no browser with windows to compare the player with. Hint: sudo apt install chromium")


def measure_kiosk() -> dict[str, float]:
    """Memory (MB of 10^6 bytes) and processor time of a kiosk that shows `/screen/library` at 1920x1080."""
    with tempfile.TemporaryDirectory() as scratch, xvfb(WIDTH, HEIGHT) as display:
        site = Path(scratch) / "site"
        publish(site, 1, *[lettered(f"p{n}") for n in range(4)], evergreen(), width=WIDTH, height=HEIGHT)
        with WebServer(site, all_well, "127.0.0.1", 0) as server:
            address = f"{server.address}/screen/library"
            requests.get(address, timeout=5).raise_for_status()
            command = [windowed_browser(), "--kiosk", "--no-first-run", f"--user-data-dir={scratch}/profile"]
            command += [
                f"--window-size={WIDTH},{HEIGHT}",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-sync",
            ]
            command += ["--no-sandbox"] if os.geteuid() == 0 else []
            environment = {**os.environ, "DISPLAY": display}
            kiosk = subprocess.Popen(
                [*command, address], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            family: list[psutil.Process] = []
            passing = threading.Event()  # never set: a bench watches real time go by
            try:
                passing.wait(SETTLE_SECONDS)
                family = [psutil.Process(kiosk.pid), *psutil.Process(kiosk.pid).children(recursive=True)]
                before = sum(map(_seconds, family))
                passing.wait(SPAN_SECONDS)
                used = sum(map(_seconds, family)) - before
                memory = sum(process.memory_full_info().pss for process in family if process.is_running())
                return {"pss_mb": memory / 1e6, "cpu_percent": 100 * used / SPAN_SECONDS}
            finally:
                for process in reversed(family):
                    process.kill()
                kiosk.wait()


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
