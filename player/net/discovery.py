"""Find the server on this network by DNS-SD (RFC 6763): it calls itself `_signage._tcp.local.`.

    python3 -m player.net.discovery      listens for three seconds, prints JSON, ends

in a separate process, for python3-zeroconf takes 20 MB that the picture needs. Without that package, or on a network
that lets no multicast through, nobody is found, and the address must be written down.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from player.net.helper_process import HelperProcess

SERVICE = "_signage._tcp.local."
LISTEN_SECONDS = 3.0
REACH_SECONDS = 1.0
HELPER_SECONDS = 15.0  # a Pi Zero loads the library in four
MOST_FOUND = 20
SEARCH_SECONDS = 20.0  # from one search that found nobody to the next, at first
DOUBT_SECONDS = 120.0  # a server that is silent or strange for so long is looked for again, at first
LONGEST_SECONDS = 15 * 60.0  # both grow to this: a search costs a small box four seconds of its processor
_PATH = re.compile(r"/[\w./~-]{0,100}")

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that called itself so; `base` is its address, without a slash at its end."""

    name: str
    base: str


def address(host: str, port: int, path: str, secure: bool) -> str | None:
    """The base of a server, or None when what it announces can't be right."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not 1 <= port <= 65535 or ip.is_unspecified or ip.is_multicast:
        return None
    where = f"[{ip}]" if ip.version == 6 else str(ip)
    return f"{'https' if secure else 'http'}://{where}:{port}{path.rstrip('/') if _PATH.fullmatch(path) else ''}"


def read(printed: bytes | None) -> tuple[FoundServer, ...]:
    """What the helper printed, by name. Whatever else it printed: nobody."""
    try:
        listed = json.loads(printed or b"[]")
        found = {FoundServer(str(entry["name"])[:100], str(entry["base"])[:200]) for entry in listed}
    except (ValueError, TypeError, KeyError):
        return ()
    return tuple(sorted(found, key=lambda one: (one.name, one.base)))[:MOST_FOUND]


def listen(seconds: float = LISTEN_SECONDS) -> list[dict[str, str]]:
    """Search this network. Raises ImportError without python3-zeroconf, OSError without a network."""
    from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

    found: dict[str, ServiceInfo] = {}

    class Listener(ServiceListener):
        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            info = zc.get_service_info(type_, name, timeout=1500)
            if info is not None and len(found) < MOST_FOUND:
                found[name] = info

        def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            self.add_service(zc, type_, name)

        def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            found.pop(name, None)

    zeroconf = Zeroconf()
    try:
        ServiceBrowser(zeroconf, SERVICE, Listener())
        time.sleep(seconds)
    finally:
        zeroconf.close()
    return [entry for info in found.values() if (entry := describe(info)) is not None]


def reaches(host: str, port: int) -> bool:
    """Does anybody listen there? A server with two networks names an address in each."""
    try:
        socket.create_connection((host, port), REACH_SECONDS).close()
    except OSError:
        return False
    return True


def describe(info: Any, reaches: Callable[[str, int], bool] = reaches) -> dict[str, str] | None:
    """One answer of the network as name and base. Its TXT record may hold `path` and `https`."""
    properties = {
        key.decode("ascii", "replace"): (value or b"").decode("utf-8", "replace")
        for key, value in info.properties.items()
    }
    secure = properties.get("https", "") in ("1", "true", "yes")
    hosts = sorted(info.parsed_addresses(), key=lambda host: (":" in host, host))  # IPv4 first: it is read out loud
    bases = {
        host: base for host in hosts if (base := address(host, info.port or 0, properties.get("path", "/"), secure))
    }
    if not bases:
        return None
    near = next((host for host in bases if len(bases) == 1 or reaches(host, info.port)), next(iter(bases)))
    return {"name": info.name.removesuffix(f".{SERVICE}"), "base": bases[near]}


class ServerSearch:
    """`known`: where it was last time. `look` searches the network; seconds of the steady clock."""

    def __init__(
        self,
        helper: HelperProcess,
        known: str | None,
        ticks: Callable[[], float] = time.monotonic,
        look: Callable[[], bytes | None] | None = None,
    ) -> None:
        self.server = known
        self._known = known
        self._look = look or (lambda: helper.run("player.net.discovery", seconds=HELPER_SECONDS))
        self._ticks = ticks
        self._turn = 0  # which of several servers is tried
        self._vain = 0  # searches since something went well
        self._at: float | None = None
        self._warned = False

    def look(self) -> str | None:
        """Search the network now; gives the server to try, which may be the one of last time."""
        found = read(self._look())
        self._at = self._ticks()
        self._vain += 1
        if not found:
            if not self._warned:
                log.warning("no server answers on this network; write its address in the settings: server = http://...")
            self._warned = True
            self.server = self._known
            return self.server
        self._warned = False
        # by name, so that the screens of a house choose the same; one that proves not to be ours makes way for the next
        chosen = found[self._turn % len(found)]
        self._turn += 1
        if chosen.base != self.server:
            more = f" ({len(found) - 1} more on this network)" if len(found) > 1 else ""
            log.info("found the server %s at %s%s", chosen.name, chosen.base, more)
        self.server = chosen.base
        return self.server

    def pause(self) -> float:
        """Seconds until it is worth looking again, after nobody was found."""
        return min(LONGEST_SECONDS, SEARCH_SECONDS * 2.0 ** min(self._vain, 10))

    def doubtful(self, failing_since: float | None) -> bool:
        """Is it time to look for another server, when the one that was found fails since then?"""
        if failing_since is None:
            return False
        since = failing_since if self._at is None else max(failing_since, self._at)
        return self._ticks() - since > min(LONGEST_SECONDS, DOUBT_SECONDS * 2.0 ** min(self._vain, 10))

    def proven(self, server: str) -> None:
        """It is ours: a signature of our key came from there."""
        self._known = self.server = server
        self._vain, self._turn = 0, 0


def main() -> int:
    """Print what was found."""
    try:
        print(json.dumps(listen()))
    except ImportError:
        return 69  # EX_UNAVAILABLE
    except OSError:
        return 75  # EX_TEMPFAIL: no network yet
    return 0


if __name__ == "__main__":
    sys.exit(main())
