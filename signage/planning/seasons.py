"""The seasons that pages dress up for, by local date. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

# First and last day (month, day), both included. A season may reach over New Year.
SEASONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "jul": ((12, 1), (1, 6)),
    "17mai": ((5, 10), (5, 17)),
    "sommer": ((6, 1), (8, 20)),
}


def season_of(day: date, seasons: Sequence[str]) -> str:
    """Which of `seasons` (as in site.seasons) a local day belongs to; empty when to none."""
    here = (day.month, day.day)
    for name in seasons:
        first, last = SEASONS[name]
        if first <= here <= last if first <= last else here >= first or here <= last:
            return name
    return ""
