"""What systemd expects from a service of `Type=notify`: sd_notify(3), and the watchdog of sd_watchdog_enabled(3).

Of the libraries, `sdnotify` has had no release since 2016, and `systemd-python` needs a compiler and libsystemd's
headers wherever it is installed. The protocol is a datagram of `NAME=value` lines to the socket that $NOTIFY_SOCKET
names; systemd promises that it stays so (https://systemd.io/PORTABILITY_AND_STABILITY/).
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """Reports to the service manager how this process is. Without one that listens, it does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._status = ""
        self._warned = False
        self.watchdog_seconds = _watchdog(environment)
        """The time within which the service manager expects the next report; None when it expects none."""

    def ready(self) -> None:
        """The service is up: what it serves can be reached."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is being read again. `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The service is ending."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """All is as it should be: the watchdog begins to count from zero."""
        if self.watchdog_seconds is not None:
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; sent when it is another one than before."""
        line = " ".join(text.split())
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # "@name" is a name in Linux' abstract namespace, which has no file: it begins with a zero byte
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.settimeout(1.0)  # a service manager that doesn't read must not stop us
                notify.sendto(message.encode(), address)
        except OSError as error:
            if not self._warned:
                log.warning("can't report to the service manager: %s", error)
            self._warned = True


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """$WATCHDOG_USEC in seconds, unless it is meant for another process ($WATCHDOG_PID)."""
    wanted = environment.get("WATCHDOG_USEC", "")
    if not wanted.isascii() or not wanted.isdecimal() or int(wanted) == 0:
        return None
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(wanted) / 1e6
