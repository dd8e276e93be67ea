"""The server of `benchmarks.held`: the built-in one, in a process that also publishes, as `signage run` does.

    python -m benchmarks.held_server FOLDER HELD SCREEN...

Holds at most HELD requests; with 0 it doesn't know them, like plain files. Prints its port; then, for each line with a
screen's id on its input, publishes that screen with one new picture, and prints the serial and when that was done
(seconds of the steady clock). For an empty line, prints what was answered until then, as JSON: requests, and bytes with
headers, of each kind.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signage.web.connections import ConnectionLimits
from signage.web.server import WebServer
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.well import all_well

PICTURE = 90_000  # bytes, as the demo's
POLL_SECONDS = 60


class Counting:
    """Counts what the application answers."""

    def __init__(self, app: ASGIApp, *, knows_next: bool) -> None:
        self._app = app
        self._knows_next = knows_next
        self.requests: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["path"].split("/")[1 if scope["path"].startswith("/assets/") else -1]

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.requests[kind] += 1
                self.bytes[kind] += 40 + sum(len(name) + len(value) + 4 for name, value in message["headers"])
            else:
                self.bytes[kind] += len(message.get("body", b""))
            await send(message)

        plain = kind == "next" and not self._knows_next
        await (Response(status_code=404) if plain else self._app)(scope, receive, count)


def new_publication(folder: Path, screen: str, serial: int) -> None:
    """Publish a screen with a picture that no player has."""
    picture = b"RIFF" + os.urandom(PICTURE)
    publish(folder, serial, page("a", picture=picture), evergreen(), screen=screen, poll_seconds=POLL_SECONDS)


def main() -> None:
    folder, held, screens = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    serials = dict.fromkeys(screens, 1)
    for screen in screens:
        new_publication(folder, screen, 1)
        publish_alerts(folder, 1, screen=screen)  # without any, as a server does when it starts
    server = WebServer(folder, all_well, "127.0.0.1", 0)
    server._limits = replace(ConnectionLimits(), held=held)
    server._app = counting = Counting(server._app, knows_next=held > 0)
    with server:
        print(server.port, flush=True)
        for line in sys.stdin:
            screen = line.strip()
            if not screen:
                print(json.dumps({"requests": counting.requests, "bytes": counting.bytes}), flush=True)
                continue
            serials[screen] += 1
            new_publication(folder, screen, serials[screen])
            at = time.monotonic()
            server.published(screen)
            print(serials[screen], at, flush=True)


if __name__ == "__main__":
    main()
