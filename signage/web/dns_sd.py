"""Announce the server to players on this network: DNS-SD over mDNS (RFC 6763, RFC 6762), by the zeroconf library.

`_signage._tcp.local.` with the port, and TXT path=/ and name=the site's. A network that does not carry multicast, or a
machine that may not send it, costs a line in the log and nothing else.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Callable, Sequence

import ifaddr
from zeroconf import IPVersion, ServiceInfo, Zeroconf

log = logging.getLogger(__name__)

SERVICE = "_signage._tcp.local."
LONGEST_NAME = 63  # bytes of a label, RFC 6763 section 4.1.1
SOON = 5.0  # seconds for withdrawing the announcement


class Announcer:
    """A context manager. All work is done in a separate thread: registering a name takes a second, or for ever.

    `addresses` gives the machine's addresses on this network; `interfaces`: those to announce on (all).
    """

    def __init__(
        self,
        name: str,
        port: int,
        addresses: Callable[[], Sequence[str]] | None = None,
        interfaces: Sequence[str] | None = None,
    ) -> None:
        self._name = name
        self._port = port
        self._addresses = addresses or addresses_in_the_house
        self._interfaces = interfaces
        self._announced: Sequence[str] = ()
        self._zeroconf: Zeroconf | None = None
        self._info: ServiceInfo | None = None
        self._refused = ""
        self._wake = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="announce", daemon=True)

    def __enter__(self) -> Announcer:
        self._wake.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._wake.set()
        self._thread.join(SOON)

    def look_again(self) -> None:
        """The machine may have other addresses by now: announce those. Returns at once."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._end.is_set():
                return self._stop()
            try:
                self._announce()
            except Exception as error:  # sockets, names, zeroconf's own: none of it may cost the screens anything
                self._stop()
                if str(error) != self._refused:
                    log.warning(
                        "players can't find the server by themselves, for it can't be announced here (%s); "
                        "the address in their settings works all the same",
                        str(error) or type(error).__name__,
                    )
                self._refused = str(error)

    def _announce(self) -> None:
        addresses = sorted(self._addresses())
        if addresses == self._announced:
            return
        self._stop()
        if not addresses:
            return
        info = ServiceInfo(
            SERVICE,
            f"{_label(self._name)}.{SERVICE}",
            port=self._port,
            server=f"signage-{addresses[0].replace('.', '-')}-{self._port}.local.",  # a separate name: no host has it
            parsed_addresses=addresses,
            properties={"path": "/", "name": self._name},
        )
        self._zeroconf = Zeroconf(interfaces=list(self._interfaces or addresses), ip_version=IPVersion.V4Only)
        self._zeroconf.register_service(info, allow_name_change=True)
        self._info, self._announced, self._refused = info, addresses, ""
        log.info("announced on this network as %s, at %s port %d", info.name, ", ".join(addresses), self._port)

    def _stop(self) -> None:
        """Withdraw the announcement, and close the sockets."""
        zeroconf, self._zeroconf, self._announced = self._zeroconf, None, ()
        if zeroconf is None:
            return
        for ending in (zeroconf.unregister_all_services, zeroconf.close):  # sockets are closed in any case
            try:
                ending()
            except Exception as error:
                log.debug("while ending the announcement: %s", error)


def addresses_in_the_house() -> list[str]:
    """This machine's IPv4 addresses that others may reach. IPv6 is left out: a guest network's would be the world's,
    and a link-local one means nothing without its interface."""
    found = []
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            if isinstance(each.ip, str):
                address = ipaddress.ip_address(each.ip)
                if not (address.is_loopback or address.is_unspecified):
                    found.append(each.ip)
    return found


def _label(name: str) -> str:
    """The name as one label: no dots, and so short that zeroconf can add a number to it."""
    cleaned = " ".join(name.replace(".", " ").split()) or "signage"
    while len(cleaned.encode()) > LONGEST_NAME - 8:
        cleaned = cleaned[:-1]
    return cleaned
