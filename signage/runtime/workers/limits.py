"""What one task may cost, and what is raised when it costs more."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """For one response, or one picture.

    `cpu_seconds`: of processor time; whole, since RLIMIT_CPU counts whole seconds. `wall_seconds`: from when a worker
    begins; several times the former, since a busy machine isn't the input's fault. `memory_bytes`: address space that
    may be added to what the worker has. `result_bytes`: of the pickled result.
    """

    cpu_seconds: int
    wall_seconds: float
    memory_bytes: int
    result_bytes: int = 64 * MB


# A calendar of 5,000 events (2 MB) took 3 s of processor time on a very busy machine, and 33 MB of memory. A county's
# calendar fits several times; what needs more is an attack, or a mistake.
RESPONSE = TaskLimits(cpu_seconds=25, wall_seconds=75.0, memory_bytes=1000 * MB)
# 40 megapixels took at most 2 s and 212 MB (PNG with transparency), measured by
# tests/integration/sources/test_hostile_pictures.py.
PICTURE = TaskLimits(cpu_seconds=8, wall_seconds=30.0, memory_bytes=450 * MB)
# The first frames of a film. Of a simple one in 4K (H.264, two threads), they took 300 MB of address space.
FRAME = TaskLimits(cpu_seconds=20, wall_seconds=60.0, memory_bytes=1000 * MB)
# A film of three minutes, the longest that is shown, on a small machine; the simple one in 4K took 440 MB.
FILM = TaskLimits(cpu_seconds=3600, wall_seconds=3600.0, memory_bytes=1500 * MB)
# A thumbnail has at most 240 x 240 pixels; a heartbeat waits for it.
THUMBNAIL = TaskLimits(cpu_seconds=1, wall_seconds=15.0, memory_bytes=64 * MB, result_bytes=MB)


class WorkerKilled(Exception):
    """A task was ended before it was done. `reason` is a sentence: "Reading it took …"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerFault(Exception):
    """The task raised an exception that can't leave its process; this names it."""
