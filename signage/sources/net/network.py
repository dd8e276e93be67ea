"""The way to the sources' servers out of the administrator's network: its proxy, and its own certificate authority.

A proxy connects for us, so what `address_guard` says of the addresses that are connected to can't hold there. The host
is checked before it is given to the proxy instead.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

from signage.config.certificates import certificate_problem
from signage.config.models import Site
from signage.errors import SourceFault
from signage.sources.net.address_guard import PORTS, PrivateAddress, is_public

# RFC 6761, 6762 with its appendix G, and 8375; ICANN's "internal"; what routers and Windows domains use
LOCAL = re.compile(
    r"[^.]*|(?:.*\.)?(?:local|localhost|localdomain|internal|intern|intranet|private|corp|home|lan|home\.arpa)"
)
PROXY_WANTS_LOGIN = 407  # RFC 9110 15.5.8
_PLAIN = re.compile(r"[a-z0-9._-]+")


class ProxyFailure(NamedTuple):
    """Nothing came through the proxy: a sentence without its password, a hint, and whether it gave no answer at all."""

    message: str
    hint: str
    unreachable: bool = False


class TlsFailure(NamedTuple):
    """No secure connection to a server: a sentence, what it is for people who don't read English, and a hint."""

    message: str
    fault: SourceFault
    hint: str = ""


NO_TLS = TlsFailure(
    "The server doesn't speak TLS there.", "tls", "does its address begin with http:// instead of https://?"
)
UNKNOWN_AUTHORITY = TlsFailure(
    "The server's certificate can't be trusted.",
    "certificate",
    "if your own authority issued it, name the authority's certificate as ca_file under [site].",
)
CERTIFICATE_FAILURES = {  # by OpenSSL's X509_V_ERR_...
    9: TlsFailure("The server's certificate isn't valid yet.", "certificate_early", "is this machine's clock right?"),
    10: TlsFailure(
        "The server's certificate has expired.", "certificate_expired", "those who run the server must renew it."
    ),
    62: TlsFailure(
        "The server's certificate is for another name.", "certificate_name", "compare the address with the real one."
    ),
}


@dataclass
class Network:
    """`proxy`: its address, for all requests; "": the environment's. `ca_file`: PEM, in addition to the public ones.

    One is made for each refresh: a file that is replaced counts from the next one on.
    """

    proxy: str = ""
    ca_file: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _unresolvable: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, site: Site) -> Network:
        """What `[site]` says, in this process's environment."""
        return cls(site.proxy, site.ca_file)

    def proxy_for(self, url: str) -> str:
        """The proxy's address for a request; "": none. This machine itself never needs one."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        chosen = self.proxy or self._variable(f"{parts.scheme}_proxy")
        port = parts.port or PORTS.get(parts.scheme, 0)
        if not chosen or _is_loopback(host) or _is_listed(host, port, self._variable("no_proxy")):
            return ""
        return chosen if "://" in chosen else f"http://{chosen}"

    def _variable(self, name: str) -> str:
        return (self.environment.get(name) or self.environment.get(name.upper()) or "").strip()

    def check_for_proxy(self, host: str) -> None:
        """Raise PrivateAddress for a host that a proxy must not be asked for, because of something in an event.

        A name that has any private address here is refused, since the proxy chooses among them. One that can't be
        resolved here, where only the proxy knows the names of the internet, is the proxy's to resolve.
        """
        host = host.strip("[]").lower().rstrip(".")
        with contextlib.suppress(ValueError):
            if not is_public(host):
                raise PrivateAddress(host)
            return
        if _PLAIN.fullmatch(host) and not LOCAL.fullmatch(host):
            if host in self._unresolvable:  # a name server that doesn't answer takes its time, for each picture
                return
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)  # reads 127.1 and 0x7f.1 as addresses
            except (socket.gaierror, UnicodeError):
                self._unresolvable.add(host)
                return
            if all(is_public(str(entry[4][0])) for entry in found):
                return
        raise PrivateAddress(host)

    @property
    def ca_problem(self) -> str:
        """What is wrong with `ca_file`, in a sentence with its path; "" when nothing is."""
        advice = certificate_problem(self.ca_file) if self.ca_file else None
        return advice.message if advice else ""

    def tls_failure(self, error: Exception) -> TlsFailure:
        """Why there is no secure connection. `error`: what requests raises, with OpenSSL's own error in it."""
        cause = _openssl_error(error)
        if not isinstance(cause, ssl.SSLCertVerificationError):
            return NO_TLS
        failure = CERTIFICATE_FAILURES.get(cause.verify_code, UNKNOWN_AUTHORITY)
        if failure is UNKNOWN_AUTHORITY and self.ca_problem:
            return failure._replace(
                message=f"{failure.message} {self.ca_problem}", hint="correct ca_file under [site]."
            )
        return failure

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """Trusts the public authorities and `ca_file`. None: the usual context is enough."""
        if not self.ca_file or self.ca_problem:
            return None  # the public authorities go on being trusted, and a failure names the file
        context = create_urllib3_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        context.load_verify_locations(self.ca_file)
        return context


def proxy_name(address: str) -> str:
    """A proxy as messages may name it, without its user name and password: "proxy.heim.no:3128"."""
    host = urlsplit(address).netloc.rpartition("@")[2]
    return host or "(no host)"


def proxy_failure(address: str, reason: str) -> ProxyFailure:
    """Why nothing came through a proxy. `reason`: what urllib3 says of a tunnel, or the status of an answer."""
    name = proxy_name(address)
    status = re.search(r"Tunnel connection failed: (\d{3})|^(\d{3})$", reason)
    if status is None:
        return ProxyFailure(f"The proxy {name} can't be reached.", "check its address, and this network.", True)
    code = int(status[1] or status[2])
    if code == PROXY_WANTS_LOGIN:
        hint = "write them into its address: http://user:password@host:port"
        return ProxyFailure(f"The proxy {name} wants a user name and a password.", hint)
    hint = "those who run it may have to allow the address."
    return ProxyFailure(f"The proxy {name} refused the connection with status {code}.", hint)


def _openssl_error(error: object) -> object:
    """OpenSSL's error within those of urllib3 and requests."""
    while not isinstance(error, ssl.SSLError):
        inner = getattr(error, "reason", None) or (
            error.args[0] if isinstance(error, Exception) and error.args else None
        )
        if not isinstance(inner, Exception):
            return error
        error = inner
    return error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_listed(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY lists a host: a name with everything below it, an address, a network like 10.0.0.0/8, or *."""
    for entry in re.split(r"[\s,]+", no_proxy.lower()):
        name, _, wanted = entry.rpartition(":") if re.search(r"[^:]:\d+$", entry) else (entry, "", "")
        name = name.strip("[]").removeprefix("*").strip(".")
        if wanted and int(wanted) != port:
            continue
        if entry == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False):
                return True
    return False
