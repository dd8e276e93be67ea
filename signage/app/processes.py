"""The processes that this one has started, directly or not (Linux: read from /proc), and how to end them.

A browser is a tree: the driver starts Chromium, Chromium starts its helpers. When the middle of the tree dies, the
rest would belong to init and outlive us; `adopt_orphans` makes it ours instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
ROUNDS = 5  # a process that is just being started may be missed by one look


def adopt_orphans() -> None:
    """From now on, descendants whose parent has died become children of this process. Where that fails they don't."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(of: int | None = None) -> list[int]:
    """The ids of all living processes under `of` (this process), parents first. Zombies are not alive."""
    children: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text("utf-8", "replace")
        except OSError:
            continue  # it has ended meanwhile
        # "id (name) state parent ...": the name may hold anything, also parentheses
        state, parent = text.rpartition(")")[2].split()[:2]
        children.setdefault(int(parent), []).append((int(entry.parent.name), state))
    found: list[int] = []
    waiting = [of or os.getpid()]
    while waiting:
        for process, state in children.get(waiting.pop(), []):
            waiting.append(process)
            if state not in "ZX":
                found.append(process)
    return found


def kill_descendants() -> int:
    """SIGKILL every process under this one; gives how many there were. Takes some milliseconds, and waits for none."""
    killed: set[int] = set()
    for _ in range(ROUNDS):
        found = [process for process in descendants() if process not in killed]
        if not found:
            break
        for process in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
            killed.add(process)
    return len(killed)
