"""When a manifest is worth a write to the card. Pure; seconds are of a clock that never jumps.

A manifest may have a megabyte and comes again with every refresh, every ten minutes or oftener: written down each time
it would be 144 MB a day. Most agree with the last one for the coming hours, and lose nothing when they stay
in memory: what a power cut forgets is fetched again, or, without a network, differs only in what is days away.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from player.store.disk import OVERHEAD
from player.store.manifest import Manifest

SOON = timedelta(hours=24)  # a change in what is shown until then is written down at once
LATER_SECONDS = 3 * 3600.0  # after that long any other change is
SEEN_SECONDS = 15 * 60.0  # between two notes of which serial was the newest
REFILL = 2_000_000 / 86_400  # bytes a second: 2 of the 5 MB that a day may have
ROOM = 500_000  # bytes at once: some ten ordinary changes in a row
BRIEF = timedelta(minutes=5)  # a page that is gone so soon is over before a box has started again


class WriteBudget:
    """An allowance that fills by the second, and goes below zero by one write at most."""

    def __init__(self, now: float) -> None:
        self._left = float(ROOM)
        self._at = now
        self._written: float | None = None
        self._noted: float | None = None

    def worth_it(self, now: float, urgent: bool) -> bool:
        """May a manifest be written down now? `urgent`: it changes what is shown soon."""
        self._left = min(ROOM, self._left + REFILL * max(0.0, now - self._at))
        self._at = now
        if self._left <= 0:
            return False
        return urgent or self._written is None or now - self._written >= LATER_SECONDS

    def wrote(self, now: float, size: int) -> None:
        """A manifest of that many bytes was written down."""
        self._left -= size + OVERHEAD
        self._written = now

    def note_is_due(self, now: float) -> bool:
        """May the newest serial be noted now?"""
        return self._noted is None or now - self._noted >= SEEN_SECONDS

    def noted(self, now: float) -> None:
        self._noted = now


def urgent(stored: Manifest | None, new: Manifest, now: datetime) -> bool:
    """Would the screen show something else within a day if it had to go on from `stored` instead of `new`?"""
    return stored is None or _soon(stored, now) != _soon(new, now)


def _soon(manifest: Manifest, now: datetime) -> tuple[Any, ...]:
    until = now + SOON
    pages = tuple(
        # a window that ends days away, or began long ago, may move there as it likes
        replace(page, start=max(page.start, now), until=min(page.until, until))
        for page in manifest.pages
        if page.fallback or (page.start < until and page.until > now + BRIEF)
    )
    shape = (manifest.screen, manifest.width, manifest.height, manifest.rotate, manifest.zone)
    return (*shape, min(manifest.horizon, until), pages)
