"""Two real players side by side: by how much they differ at each change of the page.

`python -m benchmarks side`, or `side:5` for five minutes instead of an hour.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fixtures.side_by_side import apart, watch

MINUTES = 60.0
Say = Callable[[str, str, str], None]


def run(say: Say, minutes: float = MINUTES) -> None:
    """Say the 99th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = watch(Path(folder), minutes * 60)
    found = sorted(apart(one, other))
    worst = found[min(len(found) - 1, int(len(found) * 0.99))]
    say("side by side: difference at 99 % of the changes", f"{worst * 1000:.0f} ms", f"50 ms; {len(found)} changes")
