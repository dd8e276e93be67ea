"""Clients of `benchmarks.held` that do nothing but wait for publications, each from an address of its own.

    python -m benchmarks.held_crowd PORT COUNT SCREEN...

Ends with its input. Prints "ready" once all have begun to wait, and in the end how many answers there were.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys

PAUSE = 1.0  # seconds between two requests, as players have it
START = 0.002  # seconds between two clients at the beginning


class Waiters:
    def __init__(self, port: int, screens: list[str]) -> None:
        self._port = port
        self._screens = screens
        self.answers = 0
        self.failures = 0

    async def run(self, count: int) -> None:
        tasks = []
        for number in range(count):
            tasks.append(asyncio.create_task(self._wait(number)))
            await asyncio.sleep(START)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, number: int) -> None:
        screen, serial = self._screens[number % len(self._screens)], 1
        source = f"127.2.{number // 200}.{number % 200 + 1}"
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
                try:
                    while True:
                        request = f"GET /screens/{screen}/next?after={serial} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        writer.write(request.encode())
                        head = await reader.readuntil(b"\r\n\r\n")
                        found = re.search(rb"content-length: (\d+)", head)
                        assert found, head
                        serial = json.loads(await reader.readexactly(int(found[1])))["serial"]
                        self.answers += 1
                        await asyncio.sleep(PAUSE)
                finally:
                    writer.close()
            self.failures += 1
            await asyncio.sleep(PAUSE)


def main() -> None:
    waiters = Waiters(int(sys.argv[1]), sys.argv[3:])
    asyncio.run(waiters.run(int(sys.argv[2])))
    print(json.dumps({"answers": waiters.answers, "failures": waiters.failures}))


if __name__ == "__main__":
    main()
