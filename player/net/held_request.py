"""Beside the polls, one request that the server holds until something is published (docs/held-requests.md).

Its answer is not believed: it only causes a poll. Whatever a server makes of it, the polls go on as without it.

The same thread fetches the alerts: at once when the answer names another document, and else as often as polls are. So
no alert waits for a bundle, however long that takes to come.
"""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from player.net.alerts import AlertFetcher
from player.net.http import Http, Unreachable
from player.net.polling import FIRST_POLL, seconds_until_next
from player.store.manifest import ManifestRefused

READ_SECONDS = 70.0  # no server holds a request for longer than 55; a half-open connection is given up then
MAX_ANSWER = 1000  # bytes; {"serial": 1764385200}
MAX_WITH_ALERTS = 100_000  # bytes; it may enclose an alert document
SHORTEST = 1.0  # seconds between the beginnings of two requests, whatever is answered
LONG = 20.0  # seconds; a request that was held for so long was not in vain, even if it was cut then
FIRST_PAUSE = 8.0  # seconds at most after the first in vain: 1,000 players that lost a server together are 200 a second
LONGEST_PAUSE = 60.0  # seconds
LONGEST_PAUSE_WITHOUT = 900.0  # for a server that doesn't offer this
LONGEST_LATER = 3600  # seconds for which a server is left alone that wants to be
UNDER_WAY = 1.0  # seconds that a poll after news may take; after that the next request is held while it goes on
WITHOUT_ALERTS = 900.0  # seconds between two questions for alerts to a server that has none
AT_LEAST = 300.0  # seconds between two questions for alerts at most, whatever held answers say of them
SOON = 5.0  # seconds until the alerts are asked for again while a first poll takes long, or no key is known
RETRIES = 6  # after 2, 4, 8 ... seconds, for a picture of an alert; then with the usual polls
BREATH = 20.0  # seconds after a fault of the player's own

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class Held:
    """How a request ended: with a serial, or without an answer that makes sense.

    `offered` False: the server doesn't know such requests. `later`: seconds for which it wants to be left alone.
    `alerts`: the serial of the alert document, None when the server doesn't name it; `document`: itself, if the answer
    encloses it, and `assets`, of those that it names, by sha256; `server_time`: by the server's clock, seconds since
    1970.
    """

    serial: int | None
    offered: bool = True
    later: int = 0
    alerts: int | None = None
    document: bytes = b""
    assets: Mapping[str, bytes] = field(default_factory=dict)
    server_time: float | None = None


def pause_after(outcome: Held, seconds: float, vain: int, chance: float) -> float:
    """Seconds until the next request. Pure. `seconds`: since this one began; `vain`: how many were in vain in a row."""
    least = max(0.0, SHORTEST - seconds, min(LONGEST_LATER, outcome.later) * (1 + chance / 4))
    if vain == 0 and outcome.serial is not None:
        return least
    longest = LONGEST_PAUSE if outcome.offered else LONGEST_PAUSE_WITHOUT
    longest = min(longest, FIRST_PAUSE * 2.0 ** min(max(0, vain - 1), 16))
    return max(least, SHORTEST + (longest - SHORTEST) * chance)


class HeldRequests:
    """One after the other, of one screen, in a thread of their own.

    `poll_now` is called when there is news; `alerts` fetches those. A request that is under way can't be broken off:
    its thread ends with it, and does nothing any more.
    """

    def __init__(
        self,
        http: Http,
        screen: str,
        poll_now: Callable[[], None],
        alerts: AlertFetcher | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._screen = screen
        self._poll_now = poll_now
        self._alerts = alerts
        self._chance = chance
        self._changed = threading.Condition()
        self._serial: int | None = None  # in force, if the last poll went well
        self._newest = 0  # that is in force, or was named and is being fetched
        self._polls = 0  # that have ended
        self._poll_seconds = float(FIRST_POLL)
        self._answers = False  # the server does, as far as is known without a poll that went well
        self._due = 0.0  # ticks at which the alerts are asked for
        self._overdue = 0.0  # ticks at which they are asked for whatever held answers say
        self._wanted = False  # something of them is missing
        self._asked_before = False  # for the alerts, with an answer
        self._failures = 0  # to fetch alerts, in a row
        self._retries = 0  # to fetch pictures that were missing, in a row
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="held-request", daemon=True)

    def start(self, serial: int | None) -> None:
        """Fetch the alerts at once, whatever the first poll takes. `serial`: in force."""
        self._newest = serial or 0
        self._thread.start()

    def polled(self, serial: int | None, poll_seconds: float = FIRST_POLL) -> None:
        """This serial is in force after a poll; None: the poll did not go well."""
        with self._changed:
            if serial is None:
                if not self._failures:  # perhaps it is only the bundle that can't be had
                    self._due = min(self._due, time.monotonic() + SOON * self._chance())
            else:
                if serial != self._serial and (self._alerts is None or not self._alerts.serial):
                    self._due = 0.0  # with each publication, the server may be one that has alerts
                self._newest = serial
            self._serial, self._answers = serial, False
            self._poll_seconds = poll_seconds
            self._polls += 1
            self._changed.notify_all()
        if serial is not None and self._thread.ident is None and not self._stopped:
            self._thread.start()

    def fetch_alerts(self) -> None:
        """Something of the alerts is missing: fetch it as soon as the request that is under way is answered."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask no more; nothing is waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._ask_repeatedly()
            except Exception:
                # the edge of the thread that must go on: the polls do, and it begins again
                log.exception("internal error in the player; asking again later")
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped, BREATH)

    def _ask_repeatedly(self) -> None:
        vain = 0
        while (serial := self._next()) is not None:
            began = time.monotonic()
            outcome = self._ask(serial)
            worth_it = time.monotonic() - began >= LONG
            if self._alerts is not None and outcome.alerts is not None:
                news = outcome.alerts > self._alerts.serial
                if news:
                    worth_it = self._take_alerts(outcome) or self._fetch_alerts() or worth_it
                else:
                    self._no_other_alerts()
            if outcome.serial is not None and self._is_news(outcome.serial):
                polls = self._polls
                self._poll_now()
                worth_it = self._came(outcome.serial, polls) or worth_it
            vain = 0 if worth_it else vain + 1
            self._sleep(pause_after(outcome, time.monotonic() - began, vain, self._chance()))

    def _next(self) -> int | None:
        """The serial to ask for, as soon as the server is known to answer; None: it is time to end.

        That is known from a poll, or from fetching the alerts, which goes on while polls fail or take long.
        """
        while True:
            with self._changed:
                while not (self._stopped or (self._may_ask and not self._lacking) or self._until_due() == 0.0):
                    self._changed.wait(self._until_due())
                if self._stopped:
                    return None
                if self._until_due() != 0.0:
                    return self._newest
            self._fetch_alerts()

    @property
    def _may_ask(self) -> bool:
        return self._serial is not None or self._answers

    @property
    def _lacking(self) -> bool:
        """Is a picture of an alert missing, and was it asked for only a few times?"""
        return self._alerts is not None and self._alerts.lacking and self._retries < RETRIES

    def _until_due(self) -> float | None:
        """Seconds until the alerts are to be fetched; None: never."""
        if self._alerts is None:
            return None
        return 0.0 if self._wanted else max(0.0, self._due - time.monotonic())

    def _fetch_alerts(self) -> bool:
        """Fetch them now; gives whether another document is in force."""
        assert self._alerts is not None
        self._wanted = False
        if not self._alerts.ready:
            self._due = time.monotonic() + SOON
            return False
        try:
            took = self._alerts.fetch()
        except Unreachable as error:
            self._failures += 1
            self._answers = False
            self._due = time.monotonic() + seconds_until_next(
                self._poll_seconds, self._failures, self._chance(), error.later
            )
            return False
        self._failures = 0
        least = AT_LEAST if self._alerts.offered else WITHOUT_ALERTS
        self._overdue = time.monotonic() + least * (0.7 + 0.3 * self._chance())
        seconds = self._poll_seconds if self._alerts.offered else max(self._poll_seconds, WITHOUT_ALERTS)
        self._retries = self._retries + 1 if self._alerts.lacking else 0
        if self._lacking:
            seconds = 2.0**self._retries
        elif not self._polls and not self._asked_before:
            seconds = SOON  # then the first poll takes so long that requests are held beside it
        self._answers = self._polls > 0 or self._asked_before
        self._asked_before = True
        self._due = time.monotonic() + seconds * (0.7 + 0.3 * self._chance())
        return took

    def _no_other_alerts(self) -> None:
        """An answer names the document in force: that was as good as asking for it, for some minutes."""
        assert self._alerts is not None
        self._alerts.look_after()
        if not self._alerts.lacking:
            self._retries = 0
            if not self._failures:
                self._due = min(time.monotonic() + self._poll_seconds, self._overdue)
        elif self._lacking:
            self._due = min(self._due, time.monotonic() + 2.0)

    def _take_alerts(self, outcome: Held) -> bool:
        """Take the document that an answer encloses; gives whether another one is in force."""
        assert self._alerts is not None
        if not outcome.document or not self._alerts.ready:
            return False
        took = self._alerts.receive(outcome.document, outcome.server_time, enclosed=outcome.assets)
        if took:
            self._retries = 0
            self._due = time.monotonic() + (2.0 if self._alerts.lacking else self._poll_seconds)
        return took

    def _is_news(self, serial: int) -> bool:
        """Is it above what is in force, or on its way? Then that is on its way until the next poll has ended."""
        with self._changed:
            if not self._may_ask or serial <= self._newest:
                return False
            self._newest = serial
            return True

    def _came(self, serial: int, polls: int) -> bool:
        """Whether a serial that was named is in force, or still on its way after a moment."""
        with self._changed:
            ended = self._changed.wait_for(lambda: self._stopped or self._polls > polls, UNDER_WAY)
            return not ended or (self._serial is not None and self._serial >= serial)

    def _sleep(self, seconds: float) -> None:
        """Until the next request is due; the alerts may be before that."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with self._changed:
                due = self._until_due()
                if not self._stopped and due != 0.0:
                    self._changed.wait(left if due is None else min(left, due))
                if self._stopped:
                    return
            if self._until_due() == 0.0:
                self._fetch_alerts()

    def _ask(self, serial: int) -> Held:
        path, limit = f"screens/{self._screen}/next?after={serial}", MAX_ANSWER
        if self._alerts is not None:
            path, limit = f"{path}&alerts={self._alerts.serial}", MAX_WITH_ALERTS
        try:
            answer = self._http.get(path, limit, seconds=READ_SECONDS)
            found = json.loads(answer.body or b"")
            published, alerts = found["serial"], found.get("alerts")
            document = base64.b64decode(found.get("document", ""), validate=True)
            assets = {name: base64.b64decode(data, validate=True) for name, data in found.get("assets", {}).items()}
        except Unreachable as error:
            return Held(None, error.kind != "missing", error.later)
        except (ManifestRefused, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Held(None, offered=False)
        if type(published) is not int:
            return Held(None, offered=False)
        if type(alerts) is not int:
            return Held(published)
        return Held(published, alerts=alerts, document=document, assets=assets, server_time=answer.server_time)
