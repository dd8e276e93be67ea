"""How many half-hours of generated plans have pages out of order: 14 days, six playlists, 200 calendars.

`python -m benchmarks order`, or `order:20` for 20 calendars. Only manifests are made, without a browser.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from tests.fixtures import unrendered
from tests.fixtures.order_oracle import HALF_HOUR, wrong_half_hours

CALENDARS = 200
Say = Callable[[str, str, str], None]


def run(say: Say, calendars: int = CALENDARS) -> None:
    """Say how many half-hours there were, and how many of them were out of order."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as processes:
        wrong = sum(processes.map(_wrong, range(calendars)))
    looked_at = calendars * len(unrendered.PLAYLISTS) * int(unrendered.HORIZON / HALF_HOUR)
    say(f"order: half-hours out of order, of {looked_at:,}", f"{wrong}", f"0; {calendars} calendars")


def _wrong(seed: int) -> int:
    start, events = unrendered.calendar(seed)
    wrong = 0
    for name in unrendered.PLAYLISTS:
        for at, fault in wrong_half_hours(unrendered.manifest(unrendered.config_of(name), events, start)):
            print(f"calendar {seed}, {name}, {at:%d.%m. %H.%M}: {fault}")
            wrong += 1
    return wrong
