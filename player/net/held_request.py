"""Beside the polls, one request that the server holds until something is published (docs/held-requests.md).

Its answer is not believed: it only causes a poll. Whatever a server makes of it, the polls go on as without it.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from player.net.http import Http, Unreachable
from player.store.manifest import ManifestRefused

READ_SECONDS = 70.0  # no server holds a request for longer than 55; a half-open connection is given up then
MAX_ANSWER = 1000  # bytes; {"serial": 1764385200}
SHORTEST = 1.0  # seconds between the beginnings of two requests, whatever is answered
LONG = 20.0  # seconds; a request that was held for so long was not in vain, even if it was cut then
FIRST_PAUSE = 8.0  # seconds at most after the first in vain: 1,000 players that lost a server together are 200 a second
LONGEST_PAUSE = 60.0  # seconds
LONGEST_PAUSE_WITHOUT = 900.0  # for a server that doesn't offer this
LONGEST_LATER = 3600  # seconds for which a server is left alone that wants to be

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class Held:
    """How a request ended: with a serial, or without an answer that makes sense.

    `offered` False: the server doesn't know such requests. `later`: seconds for which it wants to be left alone.
    """

    serial: int | None
    offered: bool = True
    later: int = 0


def pause_after(outcome: Held, seconds: float, vain: int, chance: float) -> float:
    """Seconds until the next request. Pure. `seconds`: since this one began; `vain`: how many were in vain in a row."""
    least = max(0.0, SHORTEST - seconds, min(LONGEST_LATER, outcome.later) * (1 + chance / 4))
    if vain == 0 and outcome.serial is not None:
        return least
    longest = LONGEST_PAUSE if outcome.offered else LONGEST_PAUSE_WITHOUT
    longest = min(longest, FIRST_PAUSE * 2.0 ** min(max(0, vain - 1), 16))
    return max(least, SHORTEST + (longest - SHORTEST) * chance)


class HeldRequests:
    """One after the other, of one screen, in a thread that begins with the first poll that went well.

    `poll_now` is called when there is news. A request that is under way can't be broken off: its thread ends with it,
    and does nothing any more.
    """

    def __init__(
        self, http: Http, screen: str, poll_now: Callable[[], None], chance: Callable[[], float] = random.random
    ) -> None:
        self._http = http
        self._screen = screen
        self._poll_now = poll_now
        self._chance = chance
        self._changed = threading.Condition()
        self._serial: int | None = None  # in force, if the last poll went well
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="held-request", daemon=True)

    def polled(self, serial: int | None) -> None:
        """This serial is in force after a poll; None: the poll did not go well."""
        with self._changed:
            self._serial = serial
            self._changed.notify_all()
        if serial is not None and self._thread.ident is None and not self._stopped:
            self._thread.start()

    def stop(self) -> None:
        """Ask no more; nothing is waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            self._ask_repeatedly()
        except Exception:
            # the edge of the thread: the polls go on without it
            log.exception("internal error in the player; it polls only")

    def _ask_repeatedly(self) -> None:
        vain = 0
        while (serial := self._in_force()) is not None:
            began = time.monotonic()
            outcome = self._ask(serial)
            held = time.monotonic() - began >= LONG
            if outcome.serial is not None and self._is_news(outcome.serial):
                self._poll_now()
                held = self._in_force() != serial
            vain = 0 if held else vain + 1
            self._sleep(pause_after(outcome, time.monotonic() - began, vain, self._chance()))

    def _in_force(self) -> int | None:
        """The serial that is in force, as soon as a poll has gone well; None: it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._serial is not None)
            return None if self._stopped else self._serial

    def _is_news(self, serial: int) -> bool:
        """Is it above what is in force? Then that counts as unknown until the next poll."""
        with self._changed:
            if self._serial is None or serial <= self._serial:
                return False
            self._serial = None
            return True

    def _sleep(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, seconds)

    def _ask(self, serial: int) -> Held:
        try:
            path = f"screens/{self._screen}/next?after={serial}"
            found = json.loads(self._http.get(path, MAX_ANSWER, seconds=READ_SECONDS).body or b"")["serial"]
        except Unreachable as error:
            return Held(None, error.kind != "missing", error.later)
        except (ManifestRefused, ValueError, TypeError, KeyError, RecursionError):
            return Held(None, offered=False)
        return Held(found) if type(found) is int else Held(None, offered=False)
