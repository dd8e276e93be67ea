"""Tasks for worker processes that misbehave, and a program whose workers are left behind when it is killed."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
import time
from pathlib import Path

import psutil

from signage.errors import SourceError
from signage.workers import TaskLimits, WorkerPool

FOREVER = 10_000.0
AMPLE = TaskLimits(cpu_seconds=600, wall_seconds=FOREVER, memory_bytes=10**9)


class Stubborn(Exception):
    """Can't be pickled: its constructor wants more than it keeps."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def twice(number: int) -> int:
    return 2 * number


def process() -> int:
    return os.getpid()


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def burn() -> None:
    """A call into C that no Python signal handler can interrupt."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def touch_and_wait(mark: str, until: str) -> str:
    """Say that it has begun, and wait until it is told to end."""
    Path(mark).touch()
    while not Path(until).exists():
        time.sleep(0.01)
    return "done"


def touch_and_burn(mark: str) -> None:
    Path(mark).write_text(str(os.getpid()))
    burn()


def allocate(size: int) -> int:
    return len(bytes(size))


def crash() -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def fail_source() -> None:
    raise SourceError("iheim", "https://iheim.no", "sent half a JSON", 12.0, body=b"{}")


def fail_stubbornly() -> None:
    raise Stubborn("one", "two")


def fail_by_fault() -> None:
    raise KeyError("a fault of ours")


def unpicklable() -> object:
    return lambda: None


def open_files() -> list[str]:
    """What this process has open, apart from what every process of the pool has."""
    me = psutil.Process()
    found = [file.path for file in me.open_files()]
    return found + [f"{each.laddr}" for each in me.net_connections(kind="inet")]


def signals() -> dict[str, bool]:
    """Which signals this process ignores, from the kernel."""
    import signal

    status = Path("/proc/self/status").read_text()
    ignored = int(re.findall(r"SigIgn:\s*(\w+)", status)[0], 16)
    return {name: bool(ignored >> (getattr(signal, name) - 1) & 1) for name in ("SIGINT", "SIGHUP", "SIGTERM")}


def modules() -> list[str]:
    return sorted(sys.modules)


def main(mark: str) -> None:
    """Run as a program: start workers, let one burn, and wait to be killed. `mark` gets the worker's process id."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        WorkerPool(2).call(touch_and_burn, mark, limits=AMPLE, cancel=None)


if __name__ == "__main__":
    main(sys.argv[1])
