"""Which names the server answers to, and whose forms it takes.

A page on the internet can have its own name lead to this server's address (DNS rebinding), and then reads everything
here from the browser of anyone who looks at it, past every firewall. Such a request carries the page's name as its
Host. Hence the server answers only to its own addresses and names, and to those in screens.toml.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import ifaddr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from signage.web.pages import NO_STORE, WebPages

log = logging.getLogger(__name__)

LONGEST = 255  # characters of a name, RFC 1035 section 2.3.4
MOST_LOGGED = 20  # refused names that get a line in the log; a flood of made-up names must not fill it
LOOK_SECONDS = 10.0  # how soon this machine's new name or address is known
_HOST = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})(?:%[\w.~-]{1,40})?\]|(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*))(?::\d{0,5})?",
    re.ASCII,
)
_ANNOUNCED = re.compile(r"signage-(\d+-\d+-\d+-\d+)-\d+\.local", re.ASCII)  # as `signage.web.dns_sd` calls it


def host_in(header: str) -> str | None:
    """The name or address in a Host header (RFC 9110, section 7.2), normalised; None when it is not valid."""
    found = _HOST.fullmatch(header) if len(header) <= LONGEST + 6 else None
    if found is None:
        return None
    return normal(found["v6"] or found["name"])


def normal(name: str) -> str | None:
    """A name or address as this module compares it; None when it can't be one."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.lower().removesuffix(".") if ":" not in name else None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


class Machine:
    """This machine's names and addresses, looked up at most every 10 seconds. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._known: frozenset[str] = frozenset()

    def has(self, host: str) -> bool:
        """Is this normalised name or address one of its own? A loopback address always is."""
        if host == "localhost" or _is_loopback(host):
            return True
        announced = _ANNOUNCED.fullmatch(host)
        return (announced[1].replace("-", ".") if announced else host) in self._all()

    def _all(self) -> frozenset[str]:
        with self._lock:
            now = self._clock()
            if self._looked is None or now - self._looked >= LOOK_SECONDS:
                self._looked, self._known = now, frozenset(_own())
            return self._known


def _own() -> set[str]:
    own = {name for adapter in _adapters() for name in adapter}
    name = socket.gethostname().lower().removesuffix(".")
    if name:
        own |= {name, name.partition(".")[0], f"{name.partition('.')[0]}.local"}  # .local: RFC 6762
    return own


def _adapters() -> list[list[str]]:
    try:
        return [
            [found for ip in adapter.ips if (found := normal(ip.ip if isinstance(ip.ip, str) else ip.ip[0]))]
            for adapter in ifaddr.get_adapters()
        ]
    except OSError:
        return []


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that are answered to. `given` gives those of screens.toml, which may change."""

    given: Callable[[], Collection[str]]
    machine: Machine

    def serves(self, host: str, local: str = "") -> bool:
        """Is this normalised name or address ours? `local`: the address that the connection was made to."""
        return host == normal(local) or self.machine.has(host) or host in self.given()


class HostGuard:
    """ASGI middleware: 400 for a Host that is missing, doubled or not valid, 421 for one that is not ours."""

    def __init__(self, app: ASGIApp, hosts: Hosts, pages: WebPages) -> None:
        self._app = app
        self._pages = pages
        self._hosts = hosts
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        given = [value for name, value in scope["headers"] if name == b"host"]
        host = host_in(given[0].decode("latin-1")) if len(given) == 1 else None
        if host is None:
            return PlainTextResponse("There must be one valid Host header.\n", 400, headers=NO_STORE)
        local = (scope.get("server") or ("", None))[0]
        if self._hosts.serves(host, local):
            return None
        self._log(host)
        # as text: the browser would not get the style sheet of a page, either
        return self._pages.plain_message(Request(scope), "wrong_host", 421, host=host)

    def _log(self, host: str) -> None:
        """A line for each refused name, once: players that use one stop reporting after an update, and this is why."""
        if host in self._logged or len(self._logged) >= MOST_LOGGED:
            return
        self._logged.add(host)
        log.warning(
            'refused a request for "%s", which is not a name of this server. Hint: if players use this name, add '
            'hosts = ["%s"] under [site] in screens.toml',
            host,
            host,
        )


def is_foreign_form(request: Request, given: Collection[str]) -> bool:
    """Did another website send this form, and not a page of this server?

    Browsers name the page of a form: in Origin, or else in Sec-Fetch-Site or Referer (RFC 6454; Fetch, section 3.2).
    A request without any of them isn't from a browser, so no other website can have caused it. `given`: the names of
    screens.toml, for a proxy that passes on another Host than its own.
    """
    host = request.headers.get("host", "").lower()
    origins, site = request.headers.getlist("origin"), request.headers.get("sec-fetch-site")
    referer = request.headers.get("referer")
    if origins:
        ours = len(origins) == 1 and _is_ours(origins[0], host, given)
    elif site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = referer is None or _is_ours(referer, host, given)
    return not ours


def _is_ours(address: str, host: str, given: Collection[str]) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    netloc = parts.netloc.lower()
    return netloc == host or (port is None and normal(parts.hostname or "") in given)
