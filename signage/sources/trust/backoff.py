"""How long a source that keeps failing is left alone. Pure."""

from __future__ import annotations

from datetime import timedelta

LONGEST = timedelta(hours=6)  # four times a day is enough for a site that was moved or closed
# Without any answer it may be our own network that was down; when that is back, the events must not be hours late.
LONGEST_UNREACHABLE = timedelta(hours=1)
_DOUBLINGS = 16


def pause_after(failures: int, unreachable: bool, refresh: timedelta, usual: timedelta) -> timedelta:
    """From an attempt until the next one: none after the first failure, which may be chance; the next refresh, whenever
    that is, asks again. Then twice `refresh`, the time between two refreshes, doubled with each further failure.

    `unreachable`: no answer came at all. `usual`: how often the source is asked when it is well; the limits are never
    shorter.
    """
    if failures <= 1:
        return timedelta(0)
    longest = max(usual, LONGEST_UNREACHABLE if unreachable else LONGEST)
    doubled: timedelta = refresh * 2 ** min(failures - 1, _DOUBLINGS)
    return min(doubled, longest)
