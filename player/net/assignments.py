"""Asks with each poll whether the server has given this player another screen (docs/pairing.md)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from player.net.http import Http, Unreachable
from player.net.pairing import MAX_ASSIGNMENT, read_assignment_with
from player.store.identity import Assignment
from player.store.manifest import MAX_SIGNATURE, ManifestRefused

log = logging.getLogger("player")


class AssignmentPoll:
    """Remembers which assignment was seen last."""

    def __init__(self) -> None:
        self._etag: str | None = None

    def fetch(self, http: Http, player: str, keys: Sequence[bytes], serial: int) -> Assignment | None:
        """The assignment from the server, if it is new. One that can't be verified counts as none.

        Raises Unreachable when the bundle won't be had either.
        """
        path = f"player/{player}/assignment.json"
        try:
            answer = http.get(path, MAX_ASSIGNMENT, self._etag)
            if answer.body is None:
                return None
            signature = http.get(path + ".sig", MAX_SIGNATURE).body or b""
            assignment = read_assignment_with(keys, answer.body, signature, player, serial)
        except Unreachable as error:
            if error.kind in ("silent", "name", "certificate"):
                raise
            return None
        except ManifestRefused as refusal:
            log.debug("the assignment is not believed: %s", refusal)
            return None
        self._etag = answer.etag
        return assignment
