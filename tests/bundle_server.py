"""A real web server on loopback that serves a bundle's folder, and can be told to misbehave in one answer."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]
# body and Authorization of what was posted -> status, body and headers
Taker = Callable[[bytes, str], tuple[int, bytes, dict[str, str]]]


@dataclass
class BundleServer:
    """`misbehave`: end of a path -> what answers instead; `asked`: paths; `behind` shifts the Date header.

    `takers`: path -> who takes what is posted there; elsewhere nobody does.
    """

    folder: Path
    url: str = ""
    misbehave: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    behind: timedelta = timedelta()
    takers: dict[str, Taker] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in the middle is what these tests are about."""


@contextlib.contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[BundleServer]:
    """Serve `folder` on a free port of loopback, or on `port`."""
    state = BundleServer(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body are written one after the other: else the second waits 40 ms for the first's receipt
        disable_nagle_algorithm = True

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(datetime.now(UTC) - state.behind, usegmt=True)

        def do_GET(self) -> None:
            state.asked.append(self.path)
            for end, answer in list(state.misbehave.items()):
                if self.path.endswith(end):
                    self.close_connection = True
                    answer(self)
                    return
            try:
                body = (state.folder / self.path.lstrip("/")).read_bytes()
            except OSError:
                send(self, 404, b"not here")
                return
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            fresh = self.headers.get("If-None-Match") != etag
            state.answered.append((self.path, 200 if fresh else 304))
            send(self, 200 if fresh else 304, body if fresh else b"", ETag=etag)

        def do_POST(self) -> None:
            state.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            for end, answer in list(state.misbehave.items()):
                if self.path.endswith(end):
                    self.close_connection = True
                    answer(self)
                    return
            taker = state.takers.get(self.path)
            status, said, headers = (
                taker(body, self.headers.get("Authorization", "")) if taker else (404, b"not here", {})
            )
            send(self, status, said, **headers)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", port), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def says(status: int, body: bytes, **headers: str) -> Answer:
    """An answer that is always the same."""
    return lambda handler: send(handler, status, body, **headers)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A body without a length that goes on until the other side has had enough, at most 64 MB."""
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(1024):
            handler.wfile.write(bytes(65536))


def cut_short(body: bytes) -> Answer:
    """Promises all of `body`, sends half, and hangs up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])

    return answer
