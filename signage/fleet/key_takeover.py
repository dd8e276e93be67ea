"""When the announced key takes over from the old one: as soon as all players know it (docs/keys.md).

`KeyWatch` is how the daemon follows it, and `signage key`. I/O: the key's folder.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from signage.fleet.heartbeats import Players
from signage.fleet.registry import LastHeartbeat, Player
from signage.publishing.key_rotation import announced, take_over
from signage.publishing.keys import SigningKeys

LEAST = timedelta(hours=24)  # so that browsers and unpaired players, which don't report, learn it too
# A player that has not reported for this long has no content left to show: its plan is 14 days long. It doesn't hold up
# the others, and is paired again when it comes back.
OFFLINE = timedelta(days=14)

Learnt = Literal["knows", "waits", "silent", "too-old"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a paired player knows: "knows" the announced key; "waits": it will learn it at its next poll; "silent": it
    has not reported since; "too-old": it reports no keys, so it has to be updated first. `last_at` None: never.
    """

    player: Player
    version: str
    last_at: datetime | None
    learnt: Learnt

    def holds_up(self, now: datetime) -> bool:
        """Is the old key kept for this player's sake?"""
        last = self.last_at or self.player.changed_at
        return self.learnt != "knows" and now - last < OFFLINE


def knowledge(
    players: Iterable[Player], heartbeats: Mapping[str, LastHeartbeat], announced: str, since: datetime
) -> tuple[Knowledge, ...]:
    """What each paired player knows of the key `announced` (64 hexadecimal digits), which is announced `since` then."""
    found = []
    for player in players:
        last = heartbeats.get(player.id)
        learnt: Learnt
        if last is None or last.received_at < since:
            learnt = "silent"
        elif announced in last.report.keys:
            learnt = "knows"
        else:
            learnt = "waits" if last.report.keys or last.report.serial is None else "too-old"
        version = last.report.version if last else ""
        found.append(Knowledge(player, version, last.received_at if last else None, learnt))
    return tuple(found)


def may_take_over(known: Iterable[Knowledge], since: datetime, now: datetime) -> bool:
    """Can the announced key sign from now on, without leaving behind a player that works?"""
    return now - since >= LEAST and not any(each.holds_up(now) for each in known)


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
