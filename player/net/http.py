"""HTTP, distrustfully: time limits, sizes capped before reading, no redirects to elsewhere."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit

from player import __version__
from player.store.manifest import ManifestRefused

# requests, without what a player never uses. To guess the encoding of a text takes 5 MB of tables, and the player reads
# bytes; Debian's requests loads chardet and charset_normalizer all the same, and idna before any request
# beyond ASCII. Each is hidden while requests is loaded; code that imports one later gets it.
_HIDDEN = [name for name in ("chardet", "charset_normalizer", "idna") if name not in sys.modules]


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)
    if name == "chardet":
        module.__version__ = "5.1.0"  # type: ignore[attr-defined]  # which every requests since 2.28 accepts
        module.detect = lambda data: {"encoding": None}  # type: ignore[attr-defined]  # it never detects one
    return module


for _name in _HIDDEN:
    # what is None can't be imported, as if it were not installed
    sys.modules[_name] = None if _name == "charset_normalizer" else _stand_in(_name)  # type: ignore[assignment]
try:
    import requests
finally:
    for _name in _HIDDEN:
        del sys.modules[_name]

CONNECT_SECONDS, READ_SECONDS = 10.0, 20.0
BODY_SECONDS = 180.0  # the largest asset over a bad line; cuts off a body that never ends, however slowly it comes
CHUNK = 64 * 1024
# A held request waits in silence, and a router that was restarted has forgotten its connection. The system finds that
# out by itself: after 20 seconds of silence it asks the other side, and gives up after three questions in vain.
_ASK_AFTER, _ASK_EVERY, _ASK_TIMES = 20, 5, 3
_SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # as urllib3 has it
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _ASK_AFTER),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _ASK_EVERY),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _ASK_TIMES),
]
_KINDS = {403: "missing", 404: "missing", 410: "missing", 421: "host", 429: "busy", 503: "busy"}
MAX_HEADER = 1000  # characters of one that is looked at
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2025, 2200))  # a server's time, plausibly
HOPS = 3  # redirects within the same host, as from http to https


class Unreachable(Exception):
    """The server can't be reached, or has no answer: a short phrase for the log.

    `kind` is one word: "silent" (nobody answers), "name" (the address' name is not known), "certificate", "missing"
    (404; also 403, which object stores answer), "incomplete" (the same for a `file` without which what is there is of
    no use), "host" (421: the server does not answer to this name), "busy" (429,
    503) or "answer" (any other). `later`:
    seconds for which the server wants to be left alone.
    """

    def __init__(self, message: str, kind: str = "answer", later: int = 0, file: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.later = later
        self.file = file


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a POST: whatever the status, with at most `limit` bytes of the body.

    `challenge` is the WWW-Authenticate header, `nonce` the one for the next heartbeat (docs/heartbeat.md); "": none.
    """

    status: int
    body: bytes
    challenge: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`body` is None when nothing has changed. `server_time` is its clock, seconds since 1970."""

    body: bytes | None
    etag: str | None
    server_time: float | None


class WatchedConnections(requests.adapters.HTTPAdapter):
    """Connections that notice when the other side has gone without a word."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **{"socket_options": _SOCKET_OPTIONS, **named})


class Http:
    """Fetches from one server, which serves the bundle's folder at `base`."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/") + "/"
        self._session = requests.Session()
        # A kept connection that the server closes just as it is used again is not a failure. urllib3 would also sleep
        # here for as long as a Retry-After demands, even for years.
        for scheme in ("http://", "https://"):
            adapter = WatchedConnections(max_retries=1)
            adapter.max_retries.respect_retry_after_header = False
            self._session.mount(scheme, adapter)
        # compressed bodies are refused: the caps count bytes as they come, and pictures don't shrink
        headers = {"User-Agent": f"signage-player/{__version__}", "Accept-Encoding": "identity"}
        self._session.headers.update(headers)
        # proxies and authorities of the environment: once, for it takes as long as half an answer each time
        around = self._session.merge_environment_settings(self.base, {}, None, None, None)
        self._session.proxies, self._session.verify = around["proxies"], around["verify"]
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # two threads use the session

    def close(self) -> None:
        self._session.close()

    def get(
        self,
        path: str,
        limit: int,
        etag: str | None = None,
        seconds: float | None = None,
        body_seconds: float | None = None,
    ) -> HttpAnswer:
        """Fetch `path`, at most `limit` bytes, and wait at most `seconds`, usually 20, for each of its parts, and
        `body_seconds`, usually 180, for the whole of it.

        Raises Unreachable; ManifestRefused: too large, or elsewhere.
        """
        headers = {"If-None-Match": etag} if etag else {}
        try:
            with self._open(path, headers, seconds or READ_SECONDS) as response:
                if response.status_code == 304 and etag:
                    return HttpAnswer(None, etag, _server_time(response))
                if response.status_code != 200:
                    kind = _KINDS.get(response.status_code, "answer")
                    raise Unreachable(f"{path} answered {response.status_code}", kind, _retry_after(response))
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise Unreachable(f"{path} is compressed, which the player does not accept")
                body = _read(response, path, limit, body_seconds)
                return HttpAnswer(body, response.headers.get("ETag"), _server_time(response))
        except OSError as error:
            raise _unreachable(error) from error

    def download(self, path: str, start: int, limit: int, take: Callable[[bytes], None], seconds: float) -> bool:
        """Fetch a large file bit by bit, from the byte `start` on, for about `seconds`; `take` gets each bit.

        False: the server gives only the whole of it. `limit`: its size. Raises Unreachable, ManifestRefused, and what
        `take` raises.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        until = time.monotonic() + seconds
        try:
            with self._open(path, headers, READ_SECONDS) as response:
                if start and response.status_code == 200:
                    return False
                if response.status_code != (206 if start else 200):
                    kind = _KINDS.get(response.status_code, "answer")
                    raise Unreachable(f"{path} answered {response.status_code}", kind, _retry_after(response))
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise Unreachable(f"{path} is compressed, which the player does not accept")
                came = start
                for chunk in response.iter_content(CHUNK):
                    came += len(chunk)
                    if came > limit:
                        raise ManifestRefused("too-large", f"{path} has more than {limit} bytes")
                    take(chunk)
                    if time.monotonic() > until:
                        break
                return True
        except requests.RequestException as error:
            raise _unreachable(error) from error

    def post(self, path: str, body: bytes, limit: int, authorization: str | None = None) -> Reply:
        """Send JSON; at most `limit` bytes come back. Redirects are not followed.

        Raises Unreachable or ManifestRefused.

        `authorization` may hold the player's token, which goes nowhere but to `base`.
        """
        headers = {"Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        limits = (CONNECT_SECONDS, READ_SECONDS)
        url = urljoin(self.base, path)
        for attempt in (1, 2):
            try:
                with self._session.post(
                    url, data=body, headers=headers, stream=True, allow_redirects=False, timeout=limits
                ) as response:
                    if response.is_redirect:
                        raise _redirected(path, url, response.headers["Location"])
                    headers_read = (
                        response.headers.get(name, "")[:MAX_HEADER] for name in ("WWW-Authenticate", "Signage-Nonce")
                    )
                    return Reply(response.status_code, _read(response, path, limit), *headers_read)
            except OSError as error:
                # a kept connection that the server closes just as it is used again, as above; it may get it twice
                kept = isinstance(error, requests.ConnectionError) and not isinstance(error, requests.Timeout)
                if attempt == 2 or not kept:
                    raise _unreachable(error) from error
            except ValueError as error:  # requests reads where a redirect leads, though it is not to follow it
                raise _redirected(path) from error
        raise AssertionError("unreachable")

    def _open(self, path: str, headers: dict[str, str], seconds: float) -> requests.Response:
        url = urljoin(self.base, path)
        for _ in range(HOPS + 1):
            try:
                response = self._session.get(
                    url, headers=headers, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, seconds)
                )
            except requests.RequestException:
                raise
            except ValueError as error:
                raise _redirected(path) from error
            if not response.is_redirect:
                return response
            response.close()
            location = response.headers["Location"]
            if not _same_place(url, location):
                raise _redirected(path, url, location)
            url = urljoin(url, location)
        raise Unreachable(f"{path} redirects in a circle")


def _same_place(here: str, location: str) -> bool:
    """Same host; same port, or from http to https."""
    try:
        a, b = urlsplit(here), urlsplit(urljoin(here, location))
        same = (a.scheme, a.port) == (b.scheme, b.port)
    except ValueError:  # not an address
        return False
    if "\\" in b.netloc:  # requests ends the host there, urlsplit doesn't
        return False
    return a.hostname == b.hostname and (same or (a.scheme, b.scheme) == ("http", "https"))


def _redirected(path: str, here: str = "", location: str = "") -> ManifestRefused:
    """`location`: where to, seen from `here`, if that could be read."""
    try:
        target = urlsplit(urljoin(here, location)).netloc
    except ValueError:
        target = ""
    return ManifestRefused(
        "redirected",
        f"{path} redirects to {target or 'an impossible address'}. Check whether this network has a login page.",
    )


def _read(response: requests.Response, path: str, limit: int, seconds: float | None = None) -> bytes:
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise ManifestRefused("too-large", f"{path} has {announced} bytes, more than {limit}")
    body = bytearray()
    with _cut_off.watching(response, seconds or BODY_SECONDS):
        for chunk in response.iter_content(min(CHUNK, limit + 1)):
            body += chunk
            if len(body) > limit:
                raise ManifestRefused("too-large", f"{path} has more than {limit} bytes")
    if announced.isdigit() and len(body) != int(announced):
        raise Unreachable(f"{path} broke off after {len(body)} of {announced} bytes")
    return bytes(body)


class _CutOff:
    """Ends bodies that come a byte at a time: a read's own time limit begins again with every byte.

    One thread for all, for a timer each would cost as much as half an answer.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # a heap: when to cut, a number that no other has, and the body; none: it has been read
        self._reading: list[tuple[float, int, list[requests.Response]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watching(self, response: requests.Response, seconds: float) -> Iterator[None]:
        body = [response]
        with self._changed:
            heapq.heappush(self._reading, (time.monotonic() + seconds, next(self._numbers), body))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="cut-off", daemon=True)
                self._thread.start()
            elif self._reading[0][2] is body:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                body.clear()
                self._forget()

    def _forget(self) -> None:
        while self._reading and not self._reading[0][2]:
            heapq.heappop(self._reading)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._forget()
                left = self._reading[0][0] - time.monotonic() if self._reading else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                response = heapq.heappop(self._reading)[2][0]
                # under the lock: nobody closes it meanwhile, and its number is no other connection's
                with (
                    contextlib.suppress(OSError, ValueError),
                    socket.socket(fileno=os.dup(response.raw.fileno())) as line,
                ):
                    line.shutdown(socket.SHUT_RDWR)


_cut_off = _CutOff()


def _server_time(response: requests.Response) -> float | None:
    """The Date header; an answer out of a cache is older by its Age. None for a time that can't be."""
    try:
        at = parsedate_to_datetime(response.headers["Date"]).timestamp() + int(response.headers.get("Age", "0"))
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    return at if EARLIEST <= at < LATEST else None


def _retry_after(response: requests.Response) -> int:
    """RFC 9110, 10.2.3, in seconds; 0 when it is missing, or a date, which our clock may not know."""
    value = response.headers.get("Retry-After", "").strip()
    return int(value[:9]) if value.isascii() and value.isdigit() else 0


def _unreachable(error: Exception) -> Unreachable:
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable("its certificate is not trusted", "certificate")
    if isinstance(error, requests.Timeout):
        return Unreachable("no answer in time", "silent")
    if isinstance(error, requests.ConnectionError):
        # requests has no class for it; getaddrinfo's own numbers are negative
        if "[Errno -" in str(error):
            return Unreachable("no connection: the server's name can't be resolved", "name")
        return Unreachable("no connection", "silent")
    if not isinstance(error, requests.RequestException):  # so requests reports a file of authorities that is gone
        return Unreachable("the file of the setting certificates can't be read", "certificate")
    if isinstance(error, requests.exceptions.InvalidURL):
        return Unreachable("the server's address is not valid", "name")
    return Unreachable(f"the answer broke off ({type(error).__name__})")
