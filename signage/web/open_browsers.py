"""The browsers that play screens, and which alert document each of them has, by the requests that they keep open
(docs/held-requests.md).

A browser signs nothing and reports nothing. That one has an alert is no proof of a display that shows it, and anybody
who reaches the server can pretend to be one. Nothing of this is kept.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

BROWSER = re.compile(r"[0-9a-f]{16}")  # a window's name for itself: a random one, at each load
FORGOTTEN = 90.0  # seconds after a request: it is held for 55, and another one follows
MOST = 100  # of a screen; more are an attack


class OpenBrowsers:
    """Safe to use from several threads. `ticks`: seconds of a clock that never jumps."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, tuple[float, int]]] = {}  # screen -> browser -> when it asked, its serial

    def asked(self, screen: str, browser: str, alerts: int) -> None:
        """A browser that plays a published screen asks for what comes after this serial of its alert document."""
        now = self._ticks()
        with self._lock:
            known = self._known.setdefault(screen, {})
            known.pop(browser, None)
            known[browser] = (now, alerts)
            while len(known) > MOST or now - next(iter(known.values()))[0] > FORGOTTEN:
                del known[next(iter(known))]

    def having(self, screen: str, serial: int) -> int:
        """How many have the alert document of this serial, or a newer one."""
        now = self._ticks()
        with self._lock:
            known = self._known.get(screen, {}).values()
            return sum(now - at <= FORGOTTEN and alerts >= serial for at, alerts in known)
