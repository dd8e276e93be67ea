"""Fifty players, in a process of their own: the player's own sync, each from an address and with a store of its own.

    python -m benchmarks.load_players PORT SECONDS FOLDER POLL_SECONDS SCREEN...

Prints how long each answer took, and what failed, as JSON. Each player asks at its own moment, as real ones do.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from player.net.http import Http, HttpAnswer, Unreachable
from player.net.sync import Syncer
from player.store.manifest import ManifestRefused
from player.store.store import BundleStore
from tests.fixtures.player_parts import SettableClock

PLAYERS = 50


class FromHere(HTTPAdapter):
    """Connects from one address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(max_retries=1)  # as the player has it

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **{**named, "source_address": (self._address, 0)})


class TimedHttp(Http):
    """The player's own, and how long each answer took until its last byte was here."""

    def __init__(self, base: str, address: str, took: list[float]) -> None:
        super().__init__(base)
        self._session.mount("http://", FromHere(address))
        self._took = took

    def get(
        self,
        path: str,
        limit: int,
        etag: str | None = None,
        seconds: float | None = None,
        body_seconds: float | None = None,
    ) -> HttpAnswer:
        began = time.monotonic()
        try:
            return super().get(path, limit, etag, seconds, body_seconds)
        finally:
            self._took.append(time.monotonic() - began)


@dataclass
class Audience:
    """What all of them found. Lists are only appended to, which threads may."""

    took: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    serials: dict[int, int] = field(default_factory=dict)

    def play(self, number: int, url: str, screen: str, folder: Path, end: float, poll: float) -> None:
        """Be one player, until `end`."""
        store = BundleStore(folder, screen)
        http = TimedHttp(url, f"127.0.{10 + number // 5}.{number + 1}", self.took)
        syncer = Syncer(http, store, screen, None, store.load(store.pinned()), SettableClock(lambda: datetime.now(UTC)))
        time.sleep(poll * number / PLAYERS)
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                self.serials[number] = syncer.round().version.serial
            except (Unreachable, ManifestRefused) as error:
                self.failures.append(f"player {number}: {error}")
            self.rounds.append(time.monotonic() - began)
            time.sleep(max(0.0, min(poll, end - time.monotonic())))
        http.close()
        store.close()


def main() -> None:
    url, seconds, folder, poll = f"http://127.0.0.1:{sys.argv[1]}", float(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    screens = sys.argv[5:]
    audience, end = Audience(), time.monotonic() + seconds
    threads = [
        threading.Thread(
            target=audience.play, args=(i, url, screens[i % len(screens)], folder / str(i), end, float(poll))
        )
        for i in range(PLAYERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {"answers": sorted(audience.took), "rounds": sorted(audience.rounds), "failures": audience.failures}
    print(json.dumps({**found, "served": len(audience.serials)}))


if __name__ == "__main__":
    main()
