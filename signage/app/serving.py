"""Keep the web server up: is its thread alive, and does it answer? One that doesn't is replaced by a new one.

It is checked with an ordinary request over a new connection. Any answer counts, also a refusal, and so does a
connection that it closes. A server at its limits may take long to answer: a restart would help anyone who keeps it
there. One whose event loop has stopped is restarted.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable

from signage.app.shutdown import end_together
from signage.errors import EXIT_UNAVAILABLE, SignageError
from signage.web.server import ANYWHERE, WebServer

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0  # between two questions
PATIENCE_SECONDS = 10.0  # for an answer: a Pi that renders takes one
SILENT_SECONDS = 60.0  # in which its event loop has not come round once: it hangs
UNANSWERED_SECONDS = 300.0  # without any answer, though the loop turns: everything that answers hangs
END_SECONDS = 3.0  # for the old one to end
RESTARTS = 3  # without an answer in between: then a supervisor should restart the whole process
REQUEST = b"GET /signage.pub HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class ServerLost(SignageError):
    exit_code = EXIT_UNAVAILABLE


class Serving:
    """A web server that is looked after. `make` gives one for a port; 0, the first time: the port that is wanted."""

    def __init__(self, make: Callable[[int], WebServer]) -> None:
        self._make = make
        self.server = make(0)
        self.fatal: SignageError | None = None
        """Why the server can't be kept up."""
        self._answered = 0.0
        self._restarts = 0
        self._ended = threading.Event()

    def start(self) -> None:
        """Serve. Raises AddressInUse."""
        self.server.__enter__()
        self._answered = time.monotonic()
        threading.Thread(target=self._check_repeatedly, name="server-check", daemon=True).start()

    def stop(self) -> None:
        """End it; takes as long as the server takes for that."""
        self._ended.set()
        self.server.__exit__(None, None, None)

    @property
    def answers(self) -> bool:
        """Whether it answered recently; no request is sent now."""
        unanswered = time.monotonic() - self._answered
        if unanswered <= SILENT_SECONDS:
            return True
        return self.server.silent_seconds <= SILENT_SECONDS and unanswered <= UNANSWERED_SECONDS

    def published(self, screen: str) -> None:
        """A screen was published: its players need not wait for their next poll. May be called by any thread."""
        self.server.published(screen)

    def look_after(self) -> None:
        """Start a new server when this one's thread has ended, or when it doesn't answer. Takes some seconds then."""
        if self._ended.is_set() or (self.server.alive and self.answers):
            return
        why = "has stopped answering" if self.server.alive else "has ended"
        self._restarts += 1
        if self._restarts > RESTARTS:
            self.fatal = ServerLost(f"The web server {why}, and starting it again {RESTARTS} times did not help.")
            return
        log.error("the web server %s; restarting it", why)
        old, port = self.server, self.server.port
        end_together([("the old web server", lambda: old.__exit__(None, None, None))], END_SECONDS)
        self._answered = time.monotonic()  # the new one has its time, too
        self.server = self._make(port)
        self.server.__enter__()

    def _check_repeatedly(self) -> None:
        while not self._ended.wait(CHECK_SECONDS):
            if self.check():
                self._answered, self._restarts = time.monotonic(), 0

    def check(self) -> bool:
        """Whether it answers now."""
        host = "127.0.0.1" if self.server.host in ANYWHERE else self.server.host
        try:
            with socket.create_connection((host, self.server.port), PATIENCE_SECONDS) as connection:
                connection.sendall(REQUEST)
                connection.recv(1)
        except (ConnectionResetError, BrokenPipeError):
            return True  # it was there, and hung up
        except OSError:
            return False
        return True
