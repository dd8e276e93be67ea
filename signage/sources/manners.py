"""How often, when and where we may visit: one pace for each host, and what a site's robots.txt asks for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from protego import Protego

ROBOT = "heim-signage"  # the name that a robots.txt would call us by
LONGEST_PAUSE = 10.0  # seconds; a robots.txt that asks for more than this between two pages gets this


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page may not be asked for. `waiting`: only not at this time of day."""

    reason: str
    waiting: bool


class Manners:
    """Shared by all that fetch in one refresh. `pause`: seconds between two requests to one host; `page_pause`: the
    same for pages made for people.
    """

    def __init__(self, pause: float, page_pause: float) -> None:
        self._pause = pause
        self._page_pause = page_pause
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}  # host -> when its next request may start, on the monotonic clock
        self._asked_pause: dict[str, float] = {}  # host -> what its robots.txt asks for
        self._rules: dict[str, Protego] = {}
        self._reading: dict[str, threading.Lock] = {}

    def take_turn(self, url: str, page: bool) -> None:
        """Wait until the host of an address may be asked again."""
        host = _host(url)
        pause = max(self._page_pause, self._asked_pause.get(host, 0.0)) if page else self._pause
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + pause
        if turn > now:
            time.sleep(turn - now)

    def refusal(self, url: str, now: datetime, robots: Callable[[], bytes]) -> Refusal | None:
        """Whether the site's robots.txt lets us ask for a page at this instant; `robots` fetches it.

        Visit-time counts in UTC, as its proposal has it ("An Extended Standard for Robot Exclusion", 1996).
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}".lower()
        with self._lock:
            reading = self._reading.setdefault(site, threading.Lock())
        with reading:  # one fetch for all of its pages; a site that is slow to tell keeps no other waiting
            if site not in self._rules:
                self._rules[site] = Protego.parse(robots().decode("utf-8", "replace"))
        rules = self._rules[site]
        if not rules.can_fetch(url, ROBOT):
            return Refusal("its robots.txt asks us to stay away", False)
        delay = rules.crawl_delay(ROBOT)
        if delay:
            self._asked_pause[_host(url)] = min(float(delay), LONGEST_PAUSE)
        hours = rules.visit_time(ROBOT)
        if hours is None:
            return None
        clock = now.astimezone(UTC).time()
        first, last = hours.start_time, hours.end_time
        inside = first <= clock <= last if first <= last else clock >= first or clock <= last
        return None if inside else Refusal(f"waits for its visit hours, {first:%H:%M} to {last:%H:%M} UTC", True)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
