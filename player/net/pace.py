"""How long until the server is asked again. Pure; `chance` is from 0 up to 1.

A thousand screens that lost the same server, or were cut from the same network, must not come back in the same second.
"""

from __future__ import annotations

FIRST_POLL = 60  # seconds; until a manifest says otherwise
LONGEST_POLL = 3600  # seconds; whatever a manifest says
SPREAD_SECONDS = 10.0  # over which boxes that got their power back together ask for the first time


def pause(poll: float, failures: int, chance: float, later: int = 0) -> int:
    """Whole seconds, at least one and at most a poll interval. `failures` in a row; 0: the last round went well.

    After a failure soon again, then ever later: after 2, 4, 8 ... seconds, each less by up to a half. A server that
    wants to be left alone for `later` seconds is, for an hour at most; and not all screens come back to it at once.
    """
    if later > 0:
        return int(min(LONGEST_POLL, later) * (1 + chance / 4)) + 1
    poll = min(LONGEST_POLL, poll)
    if failures == 0:
        return max(1, int(poll * (0.7 + 0.3 * chance)))
    return max(1, int(min(poll, 2.0 ** min(failures, 16)) * (0.5 + 0.5 * chance)))


def first(stored: bool, chance: float) -> float:
    """Seconds until the first question: none for a box that has nothing to show, else some, for the others' sake."""
    return SPREAD_SECONDS * chance if stored else 0.0
