"""Connections that never lead to a private network, and never outlive their deadline.

The check is on the address that is connected to, after DNS: a name that resolves to a public address at first and to a
private one later (DNS rebinding) gains nothing, nor does a redirect.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util import parse_url
from urllib3.util.connection import create_connection

PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class PrivateAddress(Exception):
    """A host has no address on the public internet."""


class WebOrigin(NamedTuple):
    """Scheme, host (lower case) and port: who answers."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> WebOrigin:
        """The origin of an absolute address. Raises ValueError when its host or its port is none.

        Read by the parser that requests connects by: for urlsplit, the host of "https://a.no\\@b.no" is the other one.
        """
        parts = parse_url(url)
        scheme, host = parts.scheme or "", (parts.host or "").strip("[]").lower()
        return cls(scheme, host, parts.port or PORTS.get(scheme, 0))


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet: not private, loopback, link-local, multicast or reserved."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


class Deadline:
    """Cuts every connection of one request when its time is up, or when `cut` is called, however slowly the other side
    drips.

    A time-out of the socket begins again with every byte that comes; this one does not.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True

    def watch(self, connected: socket.socket) -> None:
        """Add a connection. A duplicate is kept, because TLS takes the original away."""
        with self._lock:
            self._sockets.append(connected.dup())
        if self.passed:
            self.cut()

    def cut(self) -> None:
        """Cut every connection, those that are yet to be made too."""
        with self._lock:
            self.passed = True
            for watched in self._sockets:
                try:
                    watched.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it has ended by itself

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()


class _Guarded(HTTPConnection):
    """Connects to public addresses only, unless its origin is trusted."""

    trusted: frozenset[WebOrigin] = frozenset()
    deadline: Deadline | None = None
    to_proxy = False
    scheme = "http"

    def _new_conn(self) -> socket.socket:
        port = self.port or PORTS[self.scheme]
        origin = WebOrigin(self.scheme, self.host.strip("[]").lower(), port)
        trusted = self.to_proxy or origin in self.trusted
        try:
            found = socket.getaddrinfo(self.host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NewConnectionError(self, f"no such host: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        usable = [address for address in addresses if trusted or is_public(address)]
        if not usable:
            raise PrivateAddress(self.host)
        failure: Exception | None = None
        for address in usable:
            try:
                connected = create_connection((address, port), self.timeout, None, self.socket_options)
            except TimeoutError as error:
                failure = ConnectTimeoutError(self, str(error))
            except OSError as error:
                failure = NewConnectionError(self, str(error))
            else:
                if self.deadline is not None:
                    self.deadline.watch(connected)
                return connected
        assert failure is not None
        raise failure


class _GuardedTLS(_Guarded, HTTPSConnection):
    scheme = "https"


class GuardedAdapter(HTTPAdapter):
    """Carries requests over guarded connections. `trusted` may be anywhere; all else is public.

    With a `proxy` ("http://proxy.heim.no:3128"), all connections go to it, wherever it is. The caller has
    checked the host that it is asked for. `tls`: instead of the usual context.
    """

    def __init__(
        self,
        trusted: frozenset[WebOrigin],
        deadline: Deadline,
        proxy: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings: dict[str, object] = {"trusted": trusted, "deadline": deadline, "to_proxy": bool(proxy)}
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._contexts = {"ssl_context": tls} if tls else {}
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """As HTTPAdapter, with this adapter's proxy and no other."""
        return super().send(request, *args, **{**kwargs, "proxies": self._proxies})

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Make a pool manager whose pools make guarded connections."""
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._contexts)
        self._guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same for the pools of connections to a proxy."""
        contexts = {"proxy_ssl_context": self._contexts["ssl_context"], **self._contexts} if self._contexts else {}
        manager = super().proxy_manager_for(proxy, **kwargs, **contexts)
        self._guard(manager)
        return manager

    def _guard(self, manager: PoolManager) -> None:
        plain = type("PlainConnection", (_Guarded,), self._settings)
        tls = type("TLSConnection", (_GuardedTLS,), self._settings)
        manager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
        }
