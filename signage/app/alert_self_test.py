"""The nightly test of alerts: an empty one to all screens, at `self_test` of [alerts]. A job of the daemon.

It is due once at that time of day. A server that was off then, or whose machine slept, doesn't make up for it: a test
by day would tell nothing about the night, and a screen isn't to blame.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.domain.alerts import Alert
from signage.errors import SignageError
from signage.fleet.alert_self_tests import AlertTestOutcome, AlertTestResult, results
from signage.fleet.heartbeats import Players

log = logging.getLogger(__name__)

DELAY = timedelta(minutes=2)  # how late it may be sent: a loop that was busy
AFTER = timedelta(seconds=75)  # until its results are known: each player has sent a heartbeat
TOO_LATE = timedelta(minutes=10)  # then nothing is known of them any more: the machine slept


class SendsTests(Protocol):
    """Where the test is sent: `signage.app.alert_desk`."""

    def test(self) -> Alert:
        """Send it. Raises SignageError."""


@dataclass
class AlertSelfTest:
    """`at` gives when it is due, None for never, and the zone that it is meant in."""

    desk: SendsTests
    players: Players
    at: Callable[[], tuple[time | None, ZoneInfo]]
    clock: Callable[[], datetime]

    def __post_init__(self) -> None:
        self._seen: datetime | None = None  # the last time at which a test was due
        self._running: Alert | None = None

    def look(self) -> None:
        """Send a test when it is due, and judge one that is over. Call it every second."""
        now = self.clock()
        if self._running is not None and now >= self._running.sent + AFTER:
            test, self._running = self._running, None
            if now < test.sent + TOO_LATE:
                self._judge(test)
        at, zone = self.at()
        due = last_due(at, zone, now) if at is not None else None
        seen, self._seen = self._seen, due
        if due is None or seen is None or due <= seen or now - due > DELAY:
            return
        try:
            self._running = self.desk.test()
        except SignageError as error:
            log.error("the test of alerts could not be sent: %s", error)

    def _judge(self, test: Alert) -> None:
        registry = self.players.registry
        receipts = self.players.tests.of(test.id)
        before = registry.test_results()
        found = results(registry.players(), registry.last_heartbeats(), receipts, test.sent)
        registry.note_test(found)
        names = {player.id: f"{player.id} ({player.screen})" for player in registry.players()}
        for player, result in found.items():
            if result.outcome is AlertTestOutcome.OLD and not _is_old(before.get(player)):
                log.warning("player %s is too old to know alerts: it shows them as pages. Update it.", names[player])
        missed = [names[player] for player, result in found.items() if _failed(result)]
        tested = sum(result.outcome is not AlertTestOutcome.OLD for result in found.values())
        if missed:
            log.warning("%d of %d players did not get the test alert in time: %s", len(missed), tested, _listed(missed))
        elif tested:
            log.info("all %d players got the test alert in time", tested)


MOST_LISTED = 20  # players in a line of the log


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _is_old(result: AlertTestResult | None) -> bool:
    return result is not None and result.outcome is AlertTestOutcome.OLD


def _failed(result: AlertTestResult) -> bool:
    return result.outcome in (AlertTestOutcome.LATE, AlertTestOutcome.SILENT)


def last_due(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """When that time of day was last in the zone. Where the clock is put forward over it, an hour later; where it is
    put back, the first time. Pure.
    """
    today = now.astimezone(zone).date()
    days = (today, today - timedelta(days=1))
    return max(when for day in days if (when := datetime.combine(day, at, zone).astimezone(UTC)) <= now)
