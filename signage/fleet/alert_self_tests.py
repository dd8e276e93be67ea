"""Whether alerts would arrive: the nightly test with an empty alert, as each player answered it.

When a player has got a test is known from its report, which says for how long it has had it, and from when that came:
by the server's clock alone. A report lost on the way comes again a minute later, and says the same.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from signage.domain.alerts import AlertLevel
from signage.fleet.messages import HeartbeatReport
from signage.fleet.verdict import SILENT, PlayerProblem, yellow
from signage.publishing.bundle_format import AlertDocument

if TYPE_CHECKING:
    from signage.fleet.registry import LastHeartbeat, Player

SOON = 10.0  # seconds until a player has a test; by the issue that asked for it
MOST_TESTS = 4  # whose receipts are in memory


class AlertTestOutcome(StrEnum):
    """`OLD`: the player doesn't know alerts, and shows them as pages."""

    RECEIVED = "received"
    LATE = "late"
    SILENT = "silent"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class AlertTestResult:
    """Of one player. `seconds`: until it had the test, when it got it."""

    tested_at: datetime
    outcome: AlertTestOutcome
    seconds: float | None = None


class AlertTestReceipts:
    """Which players have got which test, and after how many seconds. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def note(self, player: str, report: HeartbeatReport, document: AlertDocument | None, received: datetime) -> None:
        """From a player's newest report, which came at `received`, while this document is published."""
        if report.alerts is None or document is None:
            return
        for alert in document["alerts"]:
            had = report.alerts.seconds(alert["id"])
            if alert["level"] != AlertLevel.TEST or had is None:
                continue
            arrived = received - timedelta(seconds=min(report.age + had, 3600.0))
            seconds = max(0.0, (arrived - datetime.fromisoformat(alert["from"])).total_seconds())
            with self._lock:
                of_test = self._known.setdefault(alert["id"], {})
                of_test[player] = min(seconds, of_test.get(player, seconds))
                while len(self._known) > MOST_TESTS:
                    self._known.pop(next(iter(self._known)))

    def of(self, test: str) -> dict[str, float]:
        """The seconds of each player that has got a test, by its id."""
        with self._lock:
            return dict(self._known.get(test, {}))


def results(
    players: Sequence[Player], heartbeats: Mapping[str, LastHeartbeat], receipts: Mapping[str, float], sent: datetime
) -> dict[str, AlertTestResult]:
    """Of a test that was sent then and is over, by player. Players that were paired later, or have never reported, have
    none. Pure.
    """
    found = {}
    for player in players:
        last = heartbeats.get(player.id)
        if last is None or player.paired_at > sent:
            continue
        seconds = receipts.get(player.id)
        if last.received_at < sent - SILENT and seconds is None:
            outcome = AlertTestOutcome.SILENT
        elif last.report.alerts is None:
            outcome = AlertTestOutcome.OLD
        elif seconds is not None and seconds <= SOON:
            outcome = AlertTestOutcome.RECEIVED
        else:
            outcome = AlertTestOutcome.SILENT if seconds is None and last.received_at < sent else AlertTestOutcome.LATE
        found[player.id] = AlertTestResult(sent, outcome, seconds)
    return found


def problems(result: AlertTestResult | None, player: Player) -> list[PlayerProblem]:
    """What the last test says of a player. Nothing once it has been paired again, or moved."""
    if result is None or result.tested_at < player.changed_at:
        return []
    if result.outcome in (AlertTestOutcome.LATE, AlertTestOutcome.SILENT):
        return [yellow(f"alert_test_{result.outcome.value}", since=result.tested_at.isoformat())]
    return []
