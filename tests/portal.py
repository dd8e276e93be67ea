"""A web server on loopback that misbehaves on demand: what a test puts at a path is what the path answers."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from PIL import Image

CHUNK = b" " * 65536
BOMB = gzip.compress(bytes(50_000_000), 1)  # 50 MB in some 200 kB


class Handler(BaseHTTPRequestHandler):
    """Hands every request to what stands at its path."""

    server: _Server
    body = b""  # of a POST

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        portal = self.server.portal
        path = urlsplit(self.path).path
        with portal.lock:
            portal.asked.append((self.path, dict(self.headers)))
        answer = portal.paths.get(path, status(404))
        try:
            answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def head(self, code: int, headers: Mapping[str, str]) -> None:
        """Send status line and headers."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


Answer = Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    portal: Portal
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class Portal:
    """Use as a context manager. `paths` may be changed at any time; `asked` holds (path with query, headers)."""

    def __init__(self, **paths: Answer) -> None:
        self.paths: dict[str, Answer] = {f"/{name}": answer for name, answer in paths.items()}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.portal = self
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def wis(self, answer: Answer) -> None:
        """Answer the portal's contract at this address."""
        self.paths["/wwdok/37199-0.html"] = answer

    def __enter__(self) -> Portal:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def ok(body: str | bytes, media_type: str = "application/json", **headers: str) -> Answer:
    """200 with a body. `etag` and `last_modified` among the headers are honoured when asked conditionally."""
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def answer(handler: Handler) -> None:
        etag, modified = named.get("Etag"), named.get("Last-Modified")
        if (etag and handler.headers.get("If-None-Match") == etag) or (
            modified and not etag and handler.headers.get("If-Modified-Since") == modified
        ):
            handler.head(304, named)
            return
        handler.head(200, {"Content-Type": media_type, "Content-Length": str(len(data)), **named})
        handler.wfile.write(data)

    return answer


def tagged(body: str | bytes, media_type: str = "application/json", **headers: str) -> Answer:
    """200 with a body and the ETag that is its own."""
    data = body.encode() if isinstance(body, str) else body
    return ok(data, media_type, etag=f'"{hashlib.sha256(data).hexdigest()[:16]}"', **headers)


def status(code: int, body: str = "no", **headers: str) -> Answer:
    """An error."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def answer(handler: Handler) -> None:
        handler.head(code, {"Content-Length": str(len(body)), **named})
        handler.wfile.write(body.encode())

    return answer


def one_after_the_other(*answers: Answer) -> Answer:
    """The first request gets the first answer, and so on; the last one stays."""
    left = list(answers)

    def answer(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def html(handler: Handler) -> None:
    """An error page that says it is fine."""
    ok("<!doctype html><html><body>Feil</body></html>", "text/html")(handler)


def cut(body: str) -> Answer:
    """Promises more bytes than it sends, and hangs up."""

    def answer(handler: Handler) -> None:
        handler.head(200, {"Content-Type": "application/json", "Content-Length": str(len(body) * 2)})
        handler.wfile.write(body.encode())

    return answer


def endless(handler: Handler) -> None:
    """200 MB, without saying how much it will be."""
    handler.head(200, {"Content-Type": "application/json"})
    for _ in range(200_000_000 // len(CHUNK)):
        handler.wfile.write(CHUNK)


def bomb(handler: Handler) -> None:
    """Small on the wire, 50 MB when it is unpacked."""
    handler.head(200, {"Content-Encoding": "gzip", "Content-Length": str(len(BOMB))})
    handler.wfile.write(BOMB)


def silent(handler: Handler) -> None:
    """Takes the request and says nothing until the test is over."""
    handler.server.portal.closing.wait()
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """A byte now and then, for ever: no silence is long enough for a time-out."""
    handler.head(200, {"Content-Type": "application/json"})
    while not handler.server.portal.closing.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def redirect(to: str) -> Answer:
    """302 to an address."""
    return status(302, location=to)


def endless_redirect(to: str) -> Answer:
    """302 with a body that does not end."""

    def answer(handler: Handler) -> None:
        handler.head(302, {"Location": to})
        while True:
            handler.wfile.write(CHUNK)

    return answer


def picture(width: int = 400, height: int = 300, kind: str = "JPEG", **save: object) -> bytes:
    """The bytes of a picture: red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()
