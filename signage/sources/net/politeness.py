"""How often, when and where we may visit: one pace for each host, and what a site's robots.txt asks for."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from urllib.parse import urlsplit

from protego import Protego

from signage import __version__
from signage.runtime.cancel import CancelToken

ROBOT = "heim-signage"  # the name that a robots.txt would call us by
LONGEST_PAUSE = 10.0  # seconds; a robots.txt that asks for more than this between two pages gets this


def user_agent(contact: str) -> str:
    """Who we are, and how to reach the people behind it."""
    about = f"{contact}; " if contact else ""
    clean = "".join(c for c in about if c.isascii() and c.isprintable())
    return f"heim-signage/{__version__} ({clean}Python {platform.python_version()})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page may not be fetched, in a sentence. `waiting`: only not at this time of day."""

    reason: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a site's robots.txt says of one address. `pause`: seconds between two requests, if it asks for any.
    `hours`: the first and the last time of day, in UTC, at which visitors are welcome.
    """

    allowed: bool = True
    pause: float = 0.0
    hours: tuple[time_of_day, time_of_day] | None = None

    def refusal(self, now: datetime) -> Refusal | None:
        """Why the address may not be asked for at this instant; None when it may.

        Visit-time counts in UTC, as its proposal has it ("An Extended Standard for Robot Exclusion", 1996).
        """
        if not self.allowed:
            return Refusal("The site's robots.txt doesn't allow it.", False)
        if self.hours is None:
            return None
        first, last = self.hours
        clock = now.astimezone(UTC).time()
        inside = first <= clock <= last if first <= last else clock >= first or clock <= last
        return (
            None if inside else Refusal(f"The site may only be visited from {first:%H:%M} to {last:%H:%M} UTC.", True)
        )


def rules_for(body: bytes, url: str) -> RobotsRules:
    """Read a robots.txt for one address. Runs in a worker process."""
    rules = Protego.parse(body.decode("utf-8", "replace"))
    hours = rules.visit_time(ROBOT)
    return RobotsRules(
        rules.can_fetch(url, ROBOT),
        min(max(float(rules.crawl_delay(ROBOT) or 0.0), 0.0), LONGEST_PAUSE),
        None if hours is None else (hours.start_time, hours.end_time),
    )


class Politeness:
    """Shared by all that fetch in one refresh. `pause`: seconds between two requests to one host; `page_pause`: the
    same for pages made for people.
    """

    def __init__(self, pause: float, page_pause: float) -> None:
        self._pause = pause
        self._page_pause = page_pause
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}  # host -> when its next request may start, on the monotonic clock
        self._asked_pause: dict[str, float] = {}  # host -> what its robots.txt asks for
        self._robots: dict[str, bytes] = {}
        self._reading: dict[str, threading.Lock] = {}

    def take_turn(self, url: str, page: bool, cancel: CancelToken | None = None) -> None:
        """Wait until the host of an address may be asked again. Raises Cancelled."""
        host = _host(url)
        pause = max(self._page_pause, self._asked_pause.get(host, 0.0)) if page else self._pause
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + pause
        cancel = cancel or CancelToken()
        cancel.wait(turn - now)
        cancel.check()

    def robots(self, address: str, fetch: Callable[[], bytes]) -> bytes:
        """The robots.txt at an address; fetched once, for all of a site's pages."""
        with self._lock:
            reading = self._reading.setdefault(address, threading.Lock())
        with reading:  # a site that is slow to answer keeps no other waiting
            if address not in self._robots:
                self._robots[address] = fetch()
        return self._robots[address]

    def heed_pause(self, url: str, seconds: float) -> None:
        """From now on leave so much time between two requests for pages to the host of an address."""
        if seconds:
            self._asked_pause[_host(url)] = seconds


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
