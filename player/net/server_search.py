"""Which server to ask when nobody said: the one that was found last time, or who answers on this network."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from player.helper_process import HelperProcess
from player.net import discovery

SEARCH_SECONDS = 20.0  # from one search that found nobody to the next, at first
DOUBT_SECONDS = 120.0  # a server that is silent or strange for so long is looked for again, at first
LONGEST_SECONDS = 15 * 60.0  # both grow to this: a search costs a small box four seconds of its processor

log = logging.getLogger("player")


class Search:
    """`known`: where it was last time. `look` asks the network; seconds of the steady clock."""

    def __init__(
        self,
        apart: HelperProcess,
        known: str | None,
        ticks: Callable[[], float] = time.monotonic,
        look: Callable[[], bytes | None] | None = None,
    ) -> None:
        self.server = known
        self._known = known
        self._look = look or (lambda: apart.run("player.net.discovery", seconds=discovery.HELPER_SECONDS))
        self._ticks = ticks
        self._turn = 0  # which of several servers is tried
        self._vain = 0  # searches since something went well
        self._at: float | None = None
        self._said = False

    def look(self) -> str | None:
        """Ask the network now; gives the server to try, which may be the one of last time."""
        found = discovery.read(self._look())
        self._at = self._ticks()
        self._vain += 1
        if not found:
            if not self._said:
                log.warning("no server answers on this network; write its address in the settings: server = http://...")
            self._said = True
            self.server = self._known
            return self.server
        self._said = False
        # by name, so that the screens of a house choose the same; one that proves not to be ours makes way for the next
        chosen = found[self._turn % len(found)]
        self._turn += 1
        if chosen.base != self.server:
            more = f" ({len(found) - 1} more on this network)" if len(found) > 1 else ""
            log.info("found the server %s at %s%s", chosen.name, chosen.base, more)
        self.server = chosen.base
        return self.server

    def pause(self) -> float:
        """Seconds until it is worth looking again, after nobody was found."""
        return min(LONGEST_SECONDS, SEARCH_SECONDS * 2.0 ** min(self._vain, 10))

    def doubtful(self, failing_since: float | None) -> bool:
        """Is it time to look for another server, when the one that was found fails since then?"""
        if failing_since is None:
            return False
        since = failing_since if self._at is None else max(failing_since, self._at)
        return self._ticks() - since > min(LONGEST_SECONDS, DOUBT_SECONDS * 2.0 ** min(self._vain, 10))

    def proven(self, server: str) -> None:
        """It is ours: a signature of our key came from there."""
        self._known = self.server = server
        self._vain, self._turn = 0, 0
