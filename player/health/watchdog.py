"""Reports to systemd that the player is ready and alive: only while the loop turns and the picture is on the display.

The loop calls `notify_due` from its own thread, so when the loop hangs, systemd starts the player again. The protocol
is sd_notify(3): a datagram of `NAME=value` lines. Outside of systemd nothing is sent.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

PICTURE_SECONDS = 60.0  # a picture that was not seen well for so long is taken for hanging; it is looked at more often
SHARE = 3  # of the time that systemd waits: two notifications may be late
MAX_STATUS = 200  # characters


@dataclass(frozen=True, slots=True)
class WatchdogState:
    """What systemd knows so far. `alive`: when it was last notified that all is well."""

    ready: bool = False
    alive: float | None = None
    status: str = ""


def notify(
    known: WatchdogState, now: float, picture: float | None, status: str, every: float | None
) -> tuple[WatchdogState, list[str]]:
    """What to report now, and what systemd knows then. Pure; seconds of the steady clock.

    `picture`: when the picture was last known to be shown, or the player waited for a display on purpose; None: never
    yet. `every`: seconds between two notifications; None: nobody waits for them.
    """
    lines = []
    if picture is not None and not known.ready:
        lines.append("READY=1")
        known = replace(known, ready=True)
    status = " ".join(status.split())[:MAX_STATUS]
    if status != known.status:
        lines.append(f"STATUS={status}")
        known = replace(known, status=status)
    well = picture is not None and now - picture <= PICTURE_SECONDS
    if every is not None and well and (known.alive is None or now - known.alive >= every):
        lines.append("WATCHDOG=1")
        known = replace(known, alive=now)
    return known, lines


class Watchdog:
    """The thin side of it: knows the socket. Never raises: a notification that can't be sent is lost."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = address(environment)
        self._every = every(environment, os.getpid())
        self._known = WatchdogState()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if self._address else None

    def notify_due(self, now: float, picture: float | None, status: str = "") -> None:
        """To be called by the loop at each turn; sends only what is new or due. Arguments as for `notify`."""
        self._known, lines = notify(self._known, now, picture, status, self._every)
        self._send(lines)

    def stopping(self) -> None:
        """It ends on request."""
        self._send(["STOPPING=1"])

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, lines: list[str]) -> None:
        if not lines or self._socket is None:
            return
        with contextlib.suppress(OSError):  # a full or vanished socket must not hold the picture up
            self._socket.sendto("\n".join(lines).encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL, self._address)


def address(environment: Mapping[str, str]) -> str:
    """Where systemd listens; empty when it doesn't. An abstract socket is written with @, and begins with a zero."""
    name = environment.get("NOTIFY_SOCKET", "")
    if name.startswith("@"):
        return "\0" + name[1:]
    return name if name.startswith("/") else ""


def every(environment: Mapping[str, str], pid: int) -> float | None:
    """Seconds between two notifications, a third of what systemd waits for (sd_watchdog_enabled(3)); None: no wait."""
    try:
        seconds = int(environment["WATCHDOG_USEC"]) / 1e6
        if int(environment.get("WATCHDOG_PID", pid)) != pid:
            return None
    except (KeyError, ValueError):
        return None
    return seconds / SHARE if seconds > 0 else None
