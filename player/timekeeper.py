"""The one place that reads the clocks, and the trust in them."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from player.clock import ClockVerdict, Keeper, boot_id
from player.rotation import Moment
from player.store.store import BundleStore

log = logging.getLogger("player")


class Timekeeper:
    """`pretended` replaces the wall clock and goes on from there; `vouched`: somebody says that the clock is right."""

    def __init__(self, store: BundleStore, pretended: datetime | None = None, vouched: bool = False) -> None:
        self._store = store
        self._keeper = Keeper(boot_id(), store.anchor(), vouched=vouched)
        self._shift = None if pretended is None else pretended - self._real()
        self._said: str | None = None
        self._remembered = self._keeper.anchor
        self.verdict = ClockVerdict(False, "it was not looked at yet", "unknown")

    @staticmethod
    def _real() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def since_boot() -> float:
        """Seconds, also those in which the box slept."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> datetime:
        return self._real() + (self._shift or timedelta())

    def server_said(self, server: float, since_boot: float) -> None:
        self._keeper.server_said(server, since_boot)

    def moment(self, newest: datetime | None) -> Moment:
        """Now, and whether the wall clock is to be believed; says so when that changes.

        `newest` is when the newest manifest was generated that was ever verified.
        """
        wall = self.wall()
        if self._shift is not None:
            self.verdict = ClockVerdict(True, "pretended with --at", "pretended")
        else:
            floor = newest.timestamp() if newest else None
            self.verdict = self._keeper.look(wall.timestamp(), self.since_boot(), floor)
            disagreement = self._keeper.disagreement(wall.timestamp(), self.since_boot())
            self._say(self.verdict, disagreement)
            self._remember()
        return Moment(wall, time.monotonic(), self.verdict.trusted)

    def _remember(self) -> None:
        """Write down that the clock is known to be right: once a boot, and when it was set right again."""
        anchor = self._keeper.anchor
        if anchor is None or anchor is self._remembered:
            return
        if self._remembered is None or replace(anchor, stamp=0) != replace(self._remembered, stamp=0):
            self._store.remember(anchor)
        self._remembered = anchor

    def _say(self, verdict: ClockVerdict, disagreement: str | None) -> None:
        if verdict.trusted:
            words = f"the clock is trusted: {verdict.why}"
            if disagreement:
                words += f"; but {disagreement}: one of the two is set wrong"
        else:
            words = f"the clock is not trusted: {verdict.why}; showing undated pages only"
        if words != self._said:
            log.log(logging.INFO if verdict.trusted and not disagreement else logging.WARNING, "%s", words)
        self._said = words
