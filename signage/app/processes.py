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
    return [process for process, _ in _family(of or os.getpid())]


def _family(of: int) -> list[tuple[int, int]]:
    """The living processes under `of` with their parents."""
    children: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text("utf-8", "replace")
        except OSError:
            continue  # it has ended meanwhile
        # "id (name) state parent ...": the name may hold anything, also parentheses
        state, parent = text.rpartition(")")[2].split()[:2]
        children.setdefault(int(parent), []).append((int(entry.parent.name), state))
    found: list[tuple[int, int]] = []
    waiting = [of]
    while waiting:
        parent_id = waiting.pop()
        for process, state in children.get(parent_id, []):
            waiting.append(process)
            if state not in "ZX":
                found.append((process, parent_id))
    return found


def kill_descendants(all_of_them: bool = False) -> int:
    """SIGKILL every process under this one; gives how many there were. Takes some milliseconds, and waits for none.

    Unless it is `all_of_them`, two are spared that Python's multiprocessing keeps for itself: the fork server, whose
    workers are killed, and the tracker of its resources. They do nothing that could hang, and it complains of their
    loss for as long as we go on.
    """
    killed: set[int] = set()
    for _ in range(ROUNDS):
        found = [process for process, parent in _family(os.getpid()) if all_of_them or not _spared(process, parent)]
        left = [process for process in found if process not in killed]
        if not left:
            break
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
            killed.add(process)
    return len(killed)


def _spared(process: int, parent: int) -> bool:
    """The fork server's workers have its command line, but are not our children."""
    if parent != os.getpid():
        return False
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
        forked = command == Path("/proc/self/cmdline").read_bytes()  # it is just going to become one of them, perhaps
    except OSError:
        return False
    return forked or b"multiprocessing.forkserver" in command or b"multiprocessing.resource_tracker" in command
