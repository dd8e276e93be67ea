"""The daemon's signing key: it follows what `signage key` does, and an announced key takes over when all know it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from signage.fleet.heartbeats import Players
from signage.fleet.key_knowledge import knowledge, may_take_over
from signage.publishing.key_rotation import announced, take_over
from signage.publishing.keys import SigningKeys

log = logging.getLogger(__name__)


class KeyWatch:
    """The key in `folder`, which `players` are answered with. `changed` is called when it is another than before."""

    def __init__(
        self,
        folder: Path,
        players: Players,
        changed: Callable[[], object],
        decides: bool = True,
    ) -> None:
        """`decides`: this server's players are those for whose sake the old key is kept. A demo's are not."""
        self._folder = folder
        self._players = players
        self._changed = changed
        self._decides = decides

    def look(self, now: datetime) -> None:
        """About once a minute. Raises SignageError when a file is damaged or can't be written."""
        pending = announced(self._folder)
        if pending is not None and self._decides:
            registry = self._players.registry
            known = knowledge(registry.players(), registry.last_heartbeats(), pending.public_hex, pending.since)
            if may_take_over(known, pending.since, now):
                take_over(self._folder)
                log.warning(
                    "the new signing key %s... has taken over; back it up: signage backup", pending.public_hex[:8]
                )
        before, keys = self._players.keys, SigningKeys.load_or_make(self._folder)
        if (keys.public_hex, keys.next_hex) != (before.public_hex, before.next_hex):
            self._players.keys = keys
            self._changed()
