"""The hostile crowd, in a process of its own: it holds connections open, and floods with what anybody may send.

    python -m benchmarks.load_crowd PORT SECONDS

Prints what it did as JSON. Every part comes from many addresses of this machine (127.1.0.0/16), and 300 of the
half-open connections from one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.fixtures.players import beat

HALF_OPEN = 1100
SLOW_BODIES = 200
DRIP_SECONDS = 2.0
AGAIN_SECONDS = 0.5  # until a connection that was closed is opened again
HEARTBEATS = 20  # senders, each with a new connection for each request
PAIRINGS = 20
PAUSE = 0.1  # seconds between a sender's requests: about 400 requests a second together, if they are answered

HEAD = b"GET /screens/library/manifest.signed HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /player/heartbeat HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: 60000\r\n\r\n{"
)
REPORT = json.dumps(beat("library")).encode()


class Crowd:
    """Everything that it does, until `end`, by the steady clock."""

    def __init__(self, port: int, end: float) -> None:
        self._port = port
        self._end = end
        self.did: Counter[str] = Counter()
        self.open = 0
        self.most_open = 0

    async def run(self) -> None:
        """Until the end."""
        parts: list[Awaitable[None]] = []
        parts += [self._again(self._hold, _address(i % 250 if i < 800 else 300), HEAD) for i in range(HALF_OPEN)]
        parts += [self._again(self._hold, _address(400 + i % 50), BODY % _token()) for i in range(SLOW_BODIES)]
        parts += [self._again(self._send, _address(500 + i), b"heartbeat") for i in range(HEARTBEATS)]
        parts += [self._again(self._send, _address(600 + i), b"pair") for i in range(PAIRINGS)]
        await asyncio.gather(*parts)

    async def _again(self, act: Callable[[str, bytes], Awaitable[None]], source: str, what: bytes) -> None:
        while time.monotonic() < self._end:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await act(source, what)
            await asyncio.sleep(AGAIN_SECONDS if act == self._hold else PAUSE)

    async def _hold(self, source: str, first: bytes) -> None:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
        self.did["slow bodies opened" if first.startswith(b"POST") else "half-open opened"] += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            writer.write(first)
            while time.monotonic() < self._end:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRIP_SECONDS):
                        if not await reader.read(65536):
                            return
                writer.write(b"x")
        finally:
            self.open -= 1
            writer.close()

    async def _send(self, source: str, what: bytes) -> None:
        if what == b"pair":
            path, body = b"/player/pair", _question()
        else:
            path, body = b"/player/heartbeat", REPORT
        head = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
            try:
                writer.write(head % (path, _token(), len(body)) + b"Connection: close\r\n\r\n" + body)
                answer = await reader.read()
                self.did[f"{what.decode()} {answer[9:12].decode() or 'dropped'}"] += 1
            finally:
                writer.close()


def _address(number: int) -> str:
    return f"127.1.{number // 200}.{number % 200 + 1}"


def _token() -> bytes:
    return os.urandom(32).hex().encode()


def _question() -> bytes:
    """A question of a player that nobody has (docs/pairing.md): any hex digits are as good as sealed ones."""
    sizes = {"nonce": 16, "check": 16, "token_sha256": 32, "mac": 32}
    return json.dumps({"format": 1, "about": "{}", **{key: os.urandom(n).hex() for key, n in sizes.items()}}).encode()


def main() -> None:
    crowd = Crowd(int(sys.argv[1]), time.monotonic() + float(sys.argv[2]))
    asyncio.run(crowd.run())
    print(json.dumps({"most open at once": crowd.most_open, **crowd.did}))


if __name__ == "__main__":
    main()
