"""Run an ASGI application in a thread: the port is known at once, and the end comes within a second.

Clients are held to `signage.web.connections`. What goes wrong in the thread is visible in `alive`.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from signage.errors import AddressInUse, SignageError
from signage.web.connections import ConnectionLimits, Connections, affordable, affordable_held, raise_descriptor_limit
from signage.web.guarded import GuardedServer
from signage.web.reserved_descriptors import Episodes, Sparingly

log = logging.getLogger(__name__)

START_SECONDS = 10.0  # a loaded Pi 3 needs two
GRACE_SECONDS = 1  # for answers that are under way when the server is stopped
BACKLOG = 128  # connections taken at once, and as many wait in the kernel

_sparingly = Sparingly()


class Threaded:
    """A context manager around uvicorn. `port` 0 takes a free one; `port` holds the real one once entered.

    `on_death` is called, in the server's own thread, when it ends unexpectedly. Raises AddressInUse when
    the port is taken or may not be used.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: ConnectionLimits | None = None,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.on_death = on_death
        self.failure: BaseException | None = None  # what the server died of
        self._limits = limits or ConnectionLimits()
        self._app = app
        self._server: GuardedServer | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        descriptors = raise_descriptor_limit()
        total = affordable(self._limits, descriptors)
        held = affordable_held(self._limits, descriptors, total)
        uvicorn_log = logging.getLogger("uvicorn.error")
        if _sparingly not in uvicorn_log.filters:
            uvicorn_log.addFilter(_sparingly)
        self._socket = _listen(self.host, self.port)
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=self._limits.idle_seconds,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = GuardedServer(config, Connections(self._limits, time.monotonic, Episodes(), total, held))
        self._thread = threading.Thread(target=self._run, name=f"http-{self.port}", daemon=True)
        self._thread.start()
        return self

    @property
    def alive(self) -> bool:
        """Is it serving? False before it is entered, once it has ended, and when it died."""
        return self._thread is not None and self._thread.is_alive() and self.failure is None

    @property
    def silent_seconds(self) -> float:
        """How long its event loop has not come round: a tenth of a second when all is well; 0 before it began."""
        ticked = self._server.ticked if self._server else None
        return time.monotonic() - ticked if ticked is not None else 0.0

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._server.book) if self._server else 0

    def _run(self) -> None:
        assert self._socket is not None
        assert self._server is not None
        try:
            self._server.run(sockets=[self._socket])
            if self._server.should_exit:
                return
            self.failure = SignageError("the web server ended by itself")
        except BaseException as error:  # the edge of the thread: nothing else would report it
            self.failure = error
        log.critical("the web server on port %d has died: %s", self.port, self.failure, exc_info=self.failure)
        if self.on_death:
            self.on_death()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.should_exit = True
        if self._thread:
            self._thread.join(START_SECONDS)
        if self._socket:
            self._socket.close()


def _has_ipv6() -> bool:
    """Whether the kernel has IPv6: it is compiled in, and was not switched off when the machine started."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def _listen(host: str, port: int) -> socket.socket:
    """A bound and listening socket: connections made from now on wait until the application answers.

    "::" and "" are all addresses over IPv4 and IPv6; over IPv4 alone on a machine without IPv6.
    """
    everywhere = host in ("", "::")
    if everywhere:
        host = "::" if _has_ipv6() else "0.0.0.0"  # noqa: S104 players fetch from here
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named: otherwise asyncio does not know it for TCP, leaves Nagle's algorithm on, and the second
    # part of each answer waits 40 ms for the receipt of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if everywhere and family == socket.AF_INET6:  # whatever the machine's default is
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(
                f"Port {port} is used by another program.", hint="choose another port with --port."
            ) from error
        if error.errno == errno.EACCES:
            raise AddressInUse(
                f"Only root may use port {port}.", hint="choose a port above 1023 with --port."
            ) from error
        raise SignageError(
            f"The server can't use the address {host}: {error.strerror or error}.", hint="choose another --host."
        ) from error
    return listener
