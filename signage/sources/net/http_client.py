"""One request over HTTP to a server that may be slow, broken or hostile: all has a limit, a failure has a reason."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, RemoteDisconnected
from urllib.parse import quote, quote_plus, urljoin, urlsplit, urlunsplit

import requests
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    IncompleteRead,
    InvalidHeader,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util import parse_url
from urllib3.util.retry import Retry

from signage.errors import SourceError, SourceFault
from signage.runtime.cancel import CancelToken
from signage.sources.base import Login, SecretText
from signage.sources.net.address_guard import Deadline, GuardedAdapter, PrivateAddress, WebOrigin
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.lifetime import lifetime
from signage.sources.net.network import PROXY_WANTS_LOGIN, Network, proxy_failure, proxy_name
from signage.sources.net.politeness import user_agent

# urllib3 logs whole addresses, where tokens and secret calendar addresses hide, and warns of broken headers in the
# sender's own words. What is wrong with an answer is said here.
URLLIB3_LOG_LEVEL = logging.ERROR
logging.getLogger("urllib3").setLevel(URLLIB3_LOG_LEVEL)

CHUNK = 65536
REDIRECTS = 5  # more is a loop; browsers give up at 20
GOOD = frozenset({200, 203})  # MET Norway answers with 203 from when a version is to go until it is gone
RETRIED = frozenset({429, 500, 502, 503, 504})
REFUSAL_BYTES = 4096  # of an error in JSON: a message and a code
LONGEST_TAG = 512  # characters of an ETag or a Last-Modified that is sent back; servers refuse long headers
LENGTH_DIGITS = 18  # of a Content-Length: beyond that it is no number of bytes that anyone has
LONGEST_WAIT = 366 * 86400.0  # seconds of a Retry-After that are believed
_STATUS_FAULTS: Mapping[int, SourceFault] = {401: "denied", 403: "denied", 404: "gone", 410: "gone", 429: "busy"}
SCHEMES = {"webcal": "https", "webcals": "https"}


@dataclass(frozen=True, slots=True)
class Fresh:
    """What came back. `unchanged`: the server said 304, or sent the same bytes again; from `get`, `body` is then empty.

    `url`: where it came from, after redirects. `charset`: what the server said the text is written in. `lifetime`: for
    how many seconds it said that the answer holds.
    """

    body: bytes
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    url: str = ""
    charset: str | None = None
    lifetime: float | None = None


class _Retry(Exception):
    """An attempt failed in a way that may pass. `error.retry_after`: seconds that the server asked us to wait."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class HttpClient:
    """Requests for one source. Only the origin of `address`, which an administrator wrote, may be in a private network.

    Raises `SourceError`, and `Cancelled` when `cancel` is: connections are then cut, and waiting ends.
    """

    def __init__(
        self,
        source: str,
        address: str,
        contact: str,
        limits: FetchLimits,
        cancel: CancelToken | None = None,
        network: Network | None = None,
    ) -> None:
        self.source = source
        self.limits = limits
        self.cancel = cancel or CancelToken()
        self.agent = user_agent(contact)
        self.network, self.headers = network or Network(), dict[str, str]()  # headers that a service asks for
        self.secret: SecretText | None = None
        self.login: Login | None = None
        try:
            self._trusted = frozenset({WebOrigin.of(web_address(address))})
        except ValueError:  # "http://x:99999": asking it will say so
            self._trusted = frozenset()

    def get(
        self,
        url: str,
        accept: str,
        max_bytes: int,
        etag: str | None = None,
        last_modified: str | None = None,
        attempts: int | None = None,
        payload: str | None = None,
    ) -> Fresh:
        """GET, or POST of JSON, with retries. With `etag` or `last_modified` the answer may be `unchanged`."""
        headers = {**self.headers, "User-Agent": self.agent, "Accept": accept, "Accept-Encoding": "gzip, deflate"}
        if etag := validator(etag):
            headers["If-None-Match"] = etag
        if last_modified := validator(last_modified):
            headers["If-Modified-Since"] = last_modified
        attempts = attempts or self.limits.attempts
        started = time.monotonic()
        with Deadline(self.limits.total_seconds) as deadline, self.cancel.on_cancel(deadline.cut):
            for attempt in range(1, attempts + 1):
                self.cancel.check()
                try:
                    return self._follow(url, headers, max_bytes, deadline, payload)
                except SourceError:
                    self.cancel.check()
                    raise
                except _Retry as failure:
                    self.cancel.check()
                    wait = failure.error.retry_after
                    if wait is None:
                        wait = self.limits.backoff_seconds * 2 ** (attempt - 1) * (1 + random.random())  # noqa: S311
                    left = self.limits.total_seconds - (time.monotonic() - started)
                    if attempt == attempts or wait >= left or deadline.passed:
                        raise failure.error from failure
                    self.cancel.wait(wait)
        raise AssertionError("the last attempt returns or raises")

    def _follow(
        self, url: str, headers: dict[str, str], max_bytes: int, deadline: Deadline, payload: str | None
    ) -> Fresh:
        """One attempt, redirects included."""
        try:
            here = web_address(url)
        except ValueError:
            raise self.failure(url, "This isn't a web address.", "bad_address") from None
        for _ in range(REDIRECTS + 1):
            with self._send(url, here, headers, deadline, payload) as response:
                if not response.is_redirect:
                    return self._read(url, here, response, headers, max_bytes, deadline)
                if payload is not None:
                    raise self.failure(
                        url, "The server redirects a POST request, which can't be followed.", "redirects"
                    )
                try:
                    here = web_address(urljoin(here, response.headers["Location"]))
                    WebOrigin.of(here)
                except ValueError:
                    raise self.failure(url, "The server redirects to an invalid address.", "redirects") from None
            if urlsplit(here).scheme not in ("http", "https"):
                scheme = urlsplit(here).scheme
                raise self.failure(url, f"The server redirects to {scheme}:, which isn't a web address.", "redirects")
        raise self.failure(url, f"The server redirects more than {REDIRECTS} times.", "redirects")

    def _send(
        self, asked: str, url: str, headers: dict[str, str], deadline: Deadline, payload: str | None
    ) -> requests.Response:
        times = (self.limits.connect_seconds, self.limits.read_seconds)
        try:
            # Not a requests.Session: it would read the whole body of a redirect, use the environment's proxy for
            # hosts that aren't checked, and hand out the passwords of .netrc. A connection serves one request, so that
            # its deadline is that request's.
            if self.login and WebOrigin.of(url) in self._trusted:
                headers = {**headers, "Authorization": self.login.header}
            request = requests.Request(
                "GET" if payload is None else "POST",
                url,
                headers={**headers, **({"Content-Type": "application/json"} if payload else {}), "Connection": "close"},
                data=payload.encode() if payload else None,
                params=dict(self.secret.params) if self.secret and self._may_know(url) else None,
            ).prepare()
            proxy = self._proxy(request.url or url)
            adapter = GuardedAdapter(self._trusted, deadline, proxy, self.network.tls)
            response = adapter.send(request, stream=True, timeout=times, verify=True)
        except PrivateAddress:
            raise self.failure(asked, "The address leads to a private network.", "private_network") from None
        except requests.exceptions.SSLError as error:
            failure = self.network.tls_failure(error)
            raise self.failure(asked, failure.message, failure.fault, failure.hint) from None
        except requests.exceptions.ReadTimeout:
            raise self.failure(asked, self._silence(), "unreachable", unreachable=True) from None
        except requests.exceptions.ConnectionError as error:
            if deadline.passed:
                raise self.failure(asked, self._slow(), "slow") from None
            if isinstance(error, requests.exceptions.ProxyError):
                raise _Retry(self._proxy_error(asked, proxy, str(error))) from error
            silent = self.failure(asked, _connection_words(error), "unreachable", unreachable=True)
            raise _Retry(silent) from error
        except (InvalidHeader, requests.exceptions.InvalidHeader):
            raise self.failure(asked, "The answer's headers contradict each other.", "format") from None
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise self.failure(asked, "This isn't a web address.", "bad_address") from error
        if proxy and response.status_code == PROXY_WANTS_LOGIN:
            response.close()
            raise self._proxy_error(asked, proxy, f"{PROXY_WANTS_LOGIN}")
        return response

    def _proxy(self, url: str) -> str:
        """The proxy for a request, which is given no host in a private network unless an administrator wrote it.

        Raises PrivateAddress, and SourceError when the proxy's address can't be used.
        """
        proxy = self.network.proxy_for(url)
        if not proxy:
            return ""
        if WebOrigin.of(url) not in self._trusted:
            self.network.check_for_proxy(parse_url(url).host or "")
        if urlsplit(proxy).scheme not in ("http", "https"):
            message = f"The proxy {proxy_name(proxy)} can't be used: its address doesn't begin with http://."
            raise self.failure(url, message, "proxy", "correct proxy under [site], or HTTPS_PROXY and HTTP_PROXY.")
        return proxy

    def _proxy_error(self, asked: str, proxy: str, reason: str) -> SourceError:
        failure = proxy_failure(proxy, reason)
        return self.failure(asked, failure.message, "proxy", failure.hint, failure.unreachable)

    def _may_know(self, url: str) -> bool:
        """Whether the secret may be sent there: to its host, and in the clear only where an administrator says so."""
        origin = WebOrigin.of(url)
        at_home = self.secret is not None and origin.host == self.secret.host
        return at_home and (origin.scheme == "https" or origin in self._trusted)

    def _read(
        self,
        url: str,
        here: str,
        response: requests.Response,
        headers: dict[str, str],
        max_bytes: int,
        deadline: Deadline,
    ) -> Fresh:
        status = response.status_code
        if status in RETRIED:
            raise _Retry(self._error_status(url, status, retry_after=_retry_after(response)))
        conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        if status not in GOOD and not (status == 304 and conditional):
            raise self._error_status(url, status, body=self._refusal(response))
        etag, modified = (validator(response.headers.get(name)) for name in ("ETag", "Last-Modified"))
        holds = lifetime(response.headers)
        if status == 304:
            return Fresh(b"", etag, modified, True, here, lifetime=holds)
        named = _charset(response.headers.get("Content-Type", ""))
        body = self._discreet(self._body(url, response, max_bytes, deadline))
        return Fresh(body, etag, modified, False, here, named, holds)

    def _refusal(self, response: requests.Response) -> bytes:
        """The beginning of an error in JSON; empty when it is none, or does not come."""
        body = bytearray()
        try:
            while len(body) < REFUSAL_BYTES and (chunk := response.raw.read1(REFUSAL_BYTES, decode_content=True)):
                body += chunk
        except (HTTPError, OSError):
            pass
        return self._discreet(bytes(body[:REFUSAL_BYTES])) if body.lstrip().startswith(b"{") else b""

    def _discreet(self, body: bytes) -> bytes:
        """A body without what is secret: Facebook writes the token into addresses of further pages, and into errors.

        What comes from here is kept in the state file, and may be put into words.
        """
        for value in self.secret.params.values() if self.secret else ():
            for written in {value, quote(value, safe=""), quote_plus(value)}:
                body = body.replace(written.encode(), b"") if written else body
        return body

    def _body(self, url: str, response: requests.Response, max_bytes: int, deadline: Deadline) -> bytes:
        """Read under the cap, which counts what comes out of the decompressor (a gzip bomb is small on the wire)."""
        too_much = f"The answer is larger than {max_bytes / 1_000_000:g} MB."
        length = response.headers.get("Content-Length", "").strip()
        if len(length) > LENGTH_DIGITS and length.isdecimal():
            raise self.failure(url, "The answer's Content-Length is impossible.", "format")
        if length.isdecimal() and int(length) > max_bytes:
            raise self.failure(url, too_much, "too_large")
        body = bytearray()
        try:
            # read1 returns with what is there; read would wait for a whole chunk from a server that drips
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > max_bytes:
                    raise self.failure(url, too_much, "too_large")
        except ReadTimeoutError:
            raise self.failure(url, self._silence(), "slow") from None
        except DecodeError:
            raise self.failure(url, "The answer can't be decompressed.", "format") from None
        except (ProtocolError, IncompleteRead, OSError) as error:
            if deadline.passed:
                raise self.failure(url, self._slow(), "slow") from None
            raise _Retry(self.failure(url, "The answer stopped in the middle.", "incomplete")) from error
        if deadline.passed:
            raise self.failure(url, self._slow(), "slow")
        return bytes(body)

    def failure(
        self, url: str, message: str, fault: SourceFault, hint: str = "", unreachable: bool = False
    ) -> SourceError:
        """A failure at this address."""
        return SourceError(self.source, redacted(url), message, hint, fault=fault, unreachable=unreachable)

    def _error_status(self, url: str, status: int, retry_after: float | None = None, body: bytes = b"") -> SourceError:
        """The server answered with an error."""
        return SourceError(
            self.source,
            redacted(url),
            f"The server answered with status {status}.",
            fault=_STATUS_FAULTS.get(status, "status"),
            values={"status": status},
            status=status,
            retry_after=retry_after,
            body=body,
        )

    def _silence(self) -> str:
        return f"No answer came within {self.limits.read_seconds:g} s."

    def _slow(self) -> str:
        return f"The answer took more than {self.limits.total_seconds:g} s."


def web_address(url: str) -> str:
    """The address to fetch: "webcal:" is a calendar programme's word for "https:". Raises ValueError."""
    parts = urlsplit(url)
    if "\\" in parts.netloc:  # some programs end the host there, others don't
        raise ValueError("backslash in the host")
    return urlunsplit(parts._replace(scheme=SCHEMES.get(parts.scheme, parts.scheme)))


def redacted(url: str) -> str:
    """The address without user name, password and query, for logs: secret calendar addresses hide there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(no address)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _connection_words(error: requests.exceptions.ConnectionError) -> str:
    text = str(error)
    if "no such host" in text:
        return "The server's name can't be found."
    if any(isinstance(each, HTTPException) and not isinstance(each, RemoteDisconnected) for each in _causes(error)):
        return "The answer isn't HTTP."
    if "Connection aborted" in text or "RemoteDisconnected" in text:
        return "The server closed the connection without an answer."
    return "Could not connect to the server."


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After")
    if not value:
        return None
    try:
        return min(max(0.0, Retry().parse_retry_after(value[:LONGEST_TAG])), LONGEST_WAIT)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def validator(value: str | None) -> str | None:
    """An ETag or a Last-Modified that can be sent back (RFC 9110 8.8.3); None for what would make no header of ours.

    A folded header has line breaks in it, and a request that repeats them is refused before it is sent, at every
    refresh.
    """
    if value is None or len(value) > LONGEST_TAG or not value.isprintable() or not value.isascii():
        return None
    return value.strip() or None


def _charset(content_type: str) -> str | None:
    """The charset that a Content-Type names; None when it names none that can be read."""
    message = Message()
    try:
        message["Content-Type"] = " ".join(content_type[:LONGEST_TAG].split())
        return message.get_content_charset()
    except (ValueError, LookupError):
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those that it was made of: requests wraps what urllib3 wraps."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            wrapped = (*each.args, each.__cause__, each.__context__)
            waiting += [other for other in wrapped if isinstance(other, BaseException)]
