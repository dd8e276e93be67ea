"""What is being worked on at this moment, and for how long: for the status, which reports what has been too long.

Work is timed by the monotonic clock, so that neither a wrong wall clock nor `build --at` makes anything look stuck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Working:
    """One piece of work. `unit`: a source's id, or "build". `stage`: what is done ("fetching", "pictures").

    `seconds`: how long it has been at this stage.
    """

    unit: str
    stage: str
    seconds: float


class Activity:
    """The work in progress. Thread-safe; one instance for a pipeline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[object, tuple[str, str, float]] = {}

    @contextmanager
    def working(self, unit: str, stage: str) -> Iterator[None]:
        """Inside the block this unit is in progress. One unit may be so several times, with different stages."""
        mark = object()
        with self._lock:
            self._begun[mark] = (unit, stage, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                self._begun.pop(mark, None)

    def current(self) -> tuple[Working, ...]:
        """Everything in progress, what has taken longest first."""
        with self._lock:
            begun = list(self._begun.values())
        now = time.monotonic()
        return tuple(Working(unit, stage, now - at) for unit, stage, at in sorted(begun, key=lambda each: each[2]))
