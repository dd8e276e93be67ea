"""Numbers that are used once, so that a heartbeat which somebody overheard can't be sent again. Kept in memory only.

A nonce is the server's own: issue number, time and player under an HMAC whose key is made at start-up. Nothing is kept
for one that was given out; of each player only the number that was used last. So requesting nonces in a
player's name neither fills the memory, nor makes the player's own nonce worthless.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import threading
from datetime import datetime, timedelta

VALID = timedelta(seconds=150)  # as long as a player may be silent; it sends the next heartbeat after 60
_NONCE = re.compile(r"[0-9a-f]{60}")


class Nonces:
    """Safe to use from several threads. Instants are arguments."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._lock = threading.Lock()
        self._issued = 0
        self._used: dict[str, int] = {}

    def issue(self, player: str, now: datetime) -> str:
        """A nonce for one heartbeat of this player: 60 hexadecimal digits."""
        with self._lock:
            self._issued += 1
            head = f"{self._issued:016x}{int(now.timestamp() * 1000):012x}"
        return head + self._tag(head, player)

    def valid(self, player: str, nonce: str, now: datetime) -> bool:
        """Was it given to this player in the last 150 seconds, and is it newer than the last one that was used?"""
        if not _NONCE.fullmatch(nonce) or not hmac.compare_digest(self._tag(nonce[:28], player), nonce[28:]):
            return False
        issued = int(nonce[16:28], 16) / 1000
        age = now.timestamp() - issued
        with self._lock:
            return abs(age) <= VALID.total_seconds() and int(nonce[:16], 16) > self._used.get(player, 0)

    def use(self, player: str, nonce: str, now: datetime) -> bool:
        """Use it up. False when it is not `valid`, as for the second of two at the same moment."""
        if not self.valid(player, nonce, now):
            return False
        with self._lock:
            number = int(nonce[:16], 16)
            if number <= self._used.get(player, 0):
                return False
            self._used[player] = number
            return True

    def _tag(self, head: str, player: str) -> str:
        return hmac.new(self._key, f"{head} {player}".encode(), hashlib.sha256).hexdigest()[:32]
