"""Threads for what blocks: each kind of work has its own few, so that one that is stuck does not stop the others.

Starlette runs everything in one set of 40 threads. There, 40 heartbeats that wait for a locked database would keep
every player from its manifest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

RETRY_SECONDS = 10  # when a refused client should try again; players also spread their requests

P = ParamSpec("P")
T = TypeVar("T")


class WebPool:
    """At most `threads` calls at a time, and at most `waiting` that wait for one."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._most = threads + waiting
        self._inside = 0
        self._limiter = anyio.CapacityLimiter(threads)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it in a thread. Raises HTTPException(503) at once when too many wait already."""
        if self._inside >= self._most:
            raise HTTPException(503, headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"})
        return await self.go_on(work, *args, **kwargs)

    async def go_on(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for an answer that has begun: it waits however many wait."""
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._limiter)
        finally:
            self._inside -= 1

    def handler(self, handle: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """A route's handler that runs in these threads."""

        async def endpoint(request: Request) -> Response:
            return await self.run(handle, request)

        return endpoint


class Pools:
    """Of one application. Threads that wait for a file or for SQLite cost no processor time, and 60 kB each."""

    def __init__(self) -> None:
        self.files = WebPool(8, 1000)  # what is published: from the disk alone, and scripts; 0.2 ms each
        self.people = WebPool(4, 50)  # pages and figures that are made for each request, 5 ms each
        self.keys = WebPool(2, 1024)  # is it the administrator's key, 0.1 ms; all connections that there are may wait
        self.alerts = WebPool(4, 50)  # previews, alerts that are sent and ended: only for those who have the key
        self.players = WebPool(4, 500)  # heartbeats and assignments: in the database
        self.pairing = WebPool(2, 50)  # players that want to be paired: anyone may send these
