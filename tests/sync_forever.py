"""A player's sync that is made to be killed: for each line on stdin a process is forked that syncs until it is dead.

    python -m tests.sync_forever SERVER STORE

    forever      prints the process's id; it syncs over and over, until somebody else kills it
    at STEP      it kills itself (SIGKILL) before it runs the line of player/sync that is the STEP-th of its life

Forking saves the 0.3 s of imports: 1,000 kills take seconds, not minutes. The process that is killed is a real one.
Killing by steps hits every line as often as any other, however busy the machine is; killing from outside also hits
what lies within a line.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from player.sync import disk, fetch, store, syncer
from player.sync.fetch import Http, Unreachable
from player.sync.manifest import Refused
from player.sync.store import Store
from player.sync.syncer import Syncer

# Not manifest.py: it reads no file and writes none, and would get nine kills in ten.
COUNTED = {module.__file__ for module in (disk, fetch, store, syncer)}


def sync(server: str, folder: Path, rounds: int | None) -> None:
    """So many rounds; without a number until somebody kills it, or its parent is gone."""
    parent = os.getppid()
    kept = Store(folder, "library")
    syncer = Syncer(Http(server), kept, "library", None, kept.load(kept.pinned()), lambda: datetime.now(UTC))
    while rounds != 0 and os.getppid() == parent:
        # published twice between two questions: asked again, as a player does, only sooner
        with contextlib.suppress(Refused, Unreachable):
            syncer.round()
        rounds = None if rounds is None else rounds - 1


def die_at(step: int) -> None:
    """Kill this process in so many lines of player/sync from now."""
    left = step

    def line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        left -= event == "line"
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return line

    sys.settrace(lambda frame, event, argument: line if frame.f_code.co_filename in COUNTED else None)


def main() -> None:
    server, folder = sys.argv[1], Path(sys.argv[2])
    for order in sys.stdin:
        what, _, step = order.partition(" ")
        child = os.fork()
        if child == 0:
            if what == "at":
                die_at(int(step))
                sync(server, folder, 1)
                os.kill(os.getpid(), signal.SIGKILL)  # it had fewer lines to run
            sync(server, folder, None)
        if what != "at":
            print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(f"dead {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 'by itself'}", flush=True)


if __name__ == "__main__":
    main()
