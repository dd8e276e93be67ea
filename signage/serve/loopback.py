"""Run an ASGI application in a thread: the port is known at once, and the end comes within a second."""

from __future__ import annotations

import errno
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from signage.errors import AddressInUse, SignageError

START_SECONDS = 10.0  # a loaded Pi 3 needs two
GRACE_SECONDS = 1  # for answers that are under way when the server is told to end


class Threaded:
    """A context manager around uvicorn. `port` 0 takes a free one; `port` holds the real one once entered.

    Raises AddressInUse when the port is taken or may not be used.
    """

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._socket = _listen(self.host, self.port)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name=f"http-{self.port}", daemon=True)
        self._thread.start()
        return self

    @property
    def alive(self) -> bool:
        """Whether the server's thread is running."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        assert self._socket is not None
        self._server.run(sockets=[self._socket])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._thread:
            self._thread.join(START_SECONDS)
        if self._socket:
            self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    """A bound and listening socket: connections made from now on wait until the application answers."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"port {port} is taken by another program; choose another with --port") from error
        if error.errno == errno.EACCES:
            raise AddressInUse(
                f"port {port} may not be used without rights; choose one above 1023 with --port"
            ) from error
        raise SignageError(f"can't serve on {host}: {error.strerror or error}; choose another --host") from error
    return listener
