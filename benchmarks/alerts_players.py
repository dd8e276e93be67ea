"""Native players of `benchmarks.alerts`, without their displays: the player's own service, store and threads.

    python -m benchmarks.alerts_players HOST PORT COUNT FOLDER SCREENS

Prints "ready" once each has what is published and the alerts in force. Ends with its input, and prints then when each
alert document was in force with each of them, and what it said: [player, serial, seconds of the steady clock, ids].
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from pathlib import Path

from benchmarks.held_players import START, THREAD_STACK, BenchPlayer

Seen = tuple[int, int, float, list[str]]


class AlertedPlayer(BenchPlayer):
    """Notes when each alert document is in force."""

    def __init__(self, number: int, url: str, screen: str, folder: Path, log: list[Seen]) -> None:
        self._log = log
        super().__init__(number, url, screen, folder)

    def _changed(self) -> None:
        alerts = self.service.alerts
        if alerts is not None and alerts.document.version.serial != self._serial:
            self._serial = alerts.document.version.serial
            ids = [alert.id for alert in alerts.document.alerts]
            self._log.append((self._number, self._serial, time.monotonic(), ids))

    @property
    def ready(self) -> bool:
        return self.service.fetched and self.service.alerts is not None


def main() -> None:
    host, port, count, folder, screens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), sys.argv[5]
    logging.disable(logging.ERROR)
    threading.stack_size(THREAD_STACK)
    log: list[Seen] = []
    players = []
    for number in range(count):
        screen = f"screen-{number % int(screens)}"
        players.append(AlertedPlayer(number, f"http://{host}:{port}", screen, folder / str(number), log))
        time.sleep(START)
    while not all(player.ready for player in players):
        time.sleep(0.1)
    print("ready", flush=True)
    sys.stdin.read()
    for player in players:
        player.service.stop(0.0)
    print(json.dumps(log))


if __name__ == "__main__":
    main()
