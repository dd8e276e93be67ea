"""Which players know the key that is announced, and may it take over? Pure. docs/keys.md says it in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from signage.fleet.registry import LastHeartbeat, Player

LEAST = timedelta(hours=24)  # so that browsers and players that are not paired, of which nobody hears, learn it too
# A player that was not heard of for so long has no content left to show: its plan is 14 days long. It can't hold up the
# others, and is paired again when it comes back.
OFFLINE = timedelta(days=14)

Learnt = Literal["knows", "waits", "silent", "too-old"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a paired player knows: "knows" the announced key; "waits": it will learn it at its next poll; "silent": it
    has not been heard of; "too-old": it reports no keys, so it has to be updated first. `heard_at` None: never.
    """

    player: Player
    version: str
    heard_at: datetime | None
    learnt: Learnt

    def holds_up(self, now: datetime) -> bool:
        """Is the old key kept for this player's sake?"""
        last = self.heard_at or self.player.changed_at
        return self.learnt != "knows" and now - last < OFFLINE


def knowledge(
    players: Iterable[Player], heard: Mapping[str, LastHeartbeat], announced: str, since: datetime
) -> tuple[Knowledge, ...]:
    """What each paired player knows of the key `announced` (64 hexadecimal digits), which is announced `since` then."""
    found = []
    for player in players:
        last = heard.get(player.id)
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
