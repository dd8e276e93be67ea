"""What planning costs a county, and a refresh without a change: without a browser, each number of screens in a process
of its own.

    python -m benchmarks county-plans              6, 30 and 100 screens
    python -m benchmarks county-plans:6,30,100,300

Everything but the pictures is real: a page counts as rendered, with a picture of a few bytes. So the first build is
planning, words, manifests, pages for telephones and their files; what the pictures take is left out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks import county_config
from benchmarks.county import REFRESHES, places_of

SCREENS = (6, 30, 100)
EVERY = timedelta(minutes=2)  # of a made-up clock: twenty refreshes within the hour for which a plan holds
NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
Say = Callable[[str, str, str], None]


def run(say: Say, numbers: Sequence[int] = SCREENS) -> None:
    """For each of these numbers of screens, in a process of its own."""
    for screens in numbers:
        command = [sys.executable, "-m", "benchmarks.county_plans", str(screens)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        head, pictures = f"{screens} screens without a browser", found["pictures"]
        build, memory = found["build"], found["memory"]
        say(f"{head}: first build", f"{build:.1f} CPU-s", f"{1000 * build / pictures:.1f} ms for each of {pictures}")
        say(f"{head}: memory after it, and its peak", f"{memory:.0f} MB", f"{found['peak']:.0f} MB")
        refresh = found["refresh"]
        say(f"{head}: refresh without a change", f"{refresh:.2f} CPU-s", f"{1000 * refresh / screens:.1f} ms each")
        say(f"{head}: growth in {REFRESHES} refreshes", f"{found['growth']:+.1f} MB", f"{found['planned']} planned")


def measure(screens: int) -> dict[str, float]:
    """The figures, in this process."""
    from signage.app import screen_build
    from signage.app.configuration import load
    from signage.planning.screen_plan import ScreenPlan
    from signage.runtime.memory import give_back
    from tests.fixtures.paths import LAYOUTS
    from tests.fixtures.unrendered_pipeline import UnrenderedPipeline, UnrenderedPool

    me = psutil.Process()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = county_config.write(folder, screens, places_of(screens), today=NOON.date())
        config = load(path, LAYOUTS)
        pipeline = UnrenderedPipeline(folder)
        began = time.process_time()
        report = pipeline.build(config, NOON)
        build = time.process_time() - began - UnrenderedPool.seconds
        peak = _peak()
        give_back(everything=True)
        memory = [me.memory_full_info().uss / 1e6]
        used: list[float] = []
        plan, planned = screen_build.plan_screen, 0

        def counted(*given: Any) -> ScreenPlan:
            nonlocal planned
            planned += 1
            return plan(*given)

        screen_build.plan_screen = counted
        for number in range(1, REFRESHES + 1):
            began = time.process_time()
            pipeline.build(config, NOON + number * EVERY)
            used.append(time.process_time() - began)
            give_back(everything=True)
            memory.append(me.memory_full_info().uss / 1e6)
    return {
        "pictures": sum(screen.pictures for screen in report.screens),
        "build": build,
        "memory": memory[0],
        "peak": peak,
        "refresh": statistics.median(used),
        "growth": memory[-1] - memory[1],
        "planned": planned,
    }


def _peak() -> float:
    """MB that this process has used at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
