"""A player's sync that is made to be killed: for each line on stdin it forks a process that syncs over and over.

    python -m tests.sync_forever SERVER STORE    prints each process's id; the parent waits until it is dead

Forking saves the 0.3 s of imports: 200 kills take seconds, not minutes. The process that is killed is a real one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from player.sync.fetch import Http, Unreachable
from player.sync.manifest import Refused
from player.sync.store import Store
from player.sync.syncer import Syncer


def sync(server: str, folder: Path) -> None:
    """Never ends by itself."""
    store = Store(folder, "library")
    stored = store.load(store.pinned())
    syncer = Syncer(Http(server), store, "library", None, stored, lambda: datetime.now(UTC))
    while True:
        # published twice between two questions: asked again, as a player does, only sooner
        with contextlib.suppress(Refused, Unreachable):
            syncer.round()


def main() -> None:
    server, folder = sys.argv[1], Path(sys.argv[2])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sync(server, folder)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main()
