"""Native players of `benchmarks.held`, without their displays: the player's own service, store and threads.

    python -m benchmarks.held_players PORT COUNT FOLDER SCREEN...

Ends with its input. Prints "ready" once each has what is published, and in the end when each serial was in force with
each of them: [player, screen, serial, seconds of the steady clock].
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path

from player.clock import Timekeeper
from player.config.options import StartOptions
from player.net.service import Service
from player.store import identity
from player.store.identity import Identity
from player.store.store import BundleStore
from tests.fixtures.bundles import KEY

START = 0.005  # seconds between two players at the beginning
THREAD_STACK = 256 * 1024  # bytes; two thousand threads


class BenchPlayer(ABC):
    """The player's own service for one of them; `_changed` is called when something new can be shown."""

    def __init__(self, number: int, url: str, screen: str, folder: Path) -> None:
        self._number = number
        self._screen = screen
        self._serial = 0
        store = BundleStore(folder, screen)
        options = StartOptions(url, Identity(screen, KEY.verify_key.encode()))
        clock = Timekeeper(store, vouched=True)
        self.service = Service(
            options, identity.load(store.disk), store, None, clock, self._changed, lambda: "", spread=False
        )
        self.service.start()

    @abstractmethod
    def _changed(self) -> None: ...


class PublicationPlayer(BenchPlayer):
    """Notes when each publication is in force."""

    def __init__(
        self, number: int, url: str, screen: str, folder: Path, log: list[tuple[int, str, int, float]]
    ) -> None:
        self._log = log
        super().__init__(number, url, screen, folder)

    def _changed(self) -> None:
        manifest = self.service.manifest
        if manifest is not None and manifest.version.serial != self._serial:
            self._serial = manifest.version.serial
            self._log.append((self._number, self._screen, self._serial, time.monotonic()))


def main() -> None:
    port, count, folder, screens = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]
    logging.disable(logging.INFO)
    threading.stack_size(THREAD_STACK)
    log: list[tuple[int, str, int, float]] = []
    players = []
    for number in range(count):
        screen = screens[number % len(screens)]
        players.append(PublicationPlayer(number, f"http://127.0.0.1:{port}", screen, folder / str(number), log))
        time.sleep(START)
    while not all(player.service.fetched for player in players):
        time.sleep(0.1)
    print("ready", flush=True)
    sys.stdin.read()
    for player in players:
        player.service.stop(0.0)
    print(json.dumps(log))


if __name__ == "__main__":
    main()
