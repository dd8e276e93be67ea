"""What leaves from a stop soon, and how long that may be shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TYPE = "departures"  # of `WantedData`
FRESH = timedelta(minutes=2)  # departures that were fetched longer ago are not shown
MOST_PIECES = 5  # of that time: at a busy stop something leaves every few seconds, and each piece is a picture

MODES = ("bus", "coach", "tram", "metro", "rail", "water", "air", "funicular", "cableway", "taxi")
"""The means of transport that pages have a word for (NeTEx, in Entur's spelling)."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure. `aimed`: by the timetable; `expected`: as is known now, in `realtime` or else by the timetable.

    `line`: what the vehicle shows ("310"). `mode`: one of `MODES`, or "". `quay`: the platform ("B"), or "".
    """

    line: str
    destination: str
    aimed: datetime
    expected: datetime
    mode: str = ""
    quay: str = ""
    realtime: bool = False
    cancelled: bool = False

    @property
    def leaves(self) -> datetime:
        """From when on it is not shown. A cancelled one is looked for at its time by the timetable."""
        return self.aimed if self.cancelled else self.expected


@dataclass(frozen=True, slots=True)
class Departures:
    """What leaves from a stop, in the order of time, as it was known at `fetched_at`."""

    stop: str
    calls: tuple[Departure, ...]
    fetched_at: datetime

    @property
    def holds_until(self) -> datetime:
        """From this instant on it isn't shown."""
        return self.fetched_at + FRESH


@dataclass(frozen=True, slots=True)
class Board:
    """What one page shows of it."""

    stop: str
    calls: tuple[Departure, ...]


def boards(found: Departures, at: datetime, until: datetime, rows: int) -> list[tuple[datetime, datetime, Board]]:
    """What to show from `at` until `until`, piece by piece, with at most `rows` rows. None has a departure that has
    left by its end, and none is after `found.holds_until`.

    A piece ends when one of its departures leaves. Where too many do, some pieces are one, without those that leave
    during it.
    """
    until = min(until, found.holds_until)
    if not found.fetched_at <= at < until:  # the clock may have been set back since
        return []
    calls = sorted(found.calls, key=lambda call: (call.leaves, call.line, call.destination))
    edges = [*_edges([call.leaves for call in calls if at < call.leaves < until]), until]
    pieces = []
    begin = at
    for end in edges:
        shown = tuple(call for call in calls if call.leaves >= end)[:rows]
        if shown:
            pieces.append((begin, end, Board(found.stop, shown)))
        begin = end
    return _joined(pieces)


def _edges(leaving: Sequence[datetime]) -> list[datetime]:
    """The instants at which pieces end: all of those that are different, or some, evenly."""
    edges = sorted(set(leaving))
    most = MOST_PIECES - 1
    if len(edges) <= most:
        return edges
    return [edges[(number + 1) * len(edges) // most - 1] for number in range(most)]


def _joined(pieces: Sequence[tuple[datetime, datetime, Board]]) -> list[tuple[datetime, datetime, Board]]:
    """Pieces that show the same as one."""
    joined: list[tuple[datetime, datetime, Board]] = []
    for begin, end, board in pieces:
        if joined and joined[-1][1] == begin and joined[-1][2] == board:
            joined[-1] = (joined[-1][0], end, board)
        else:
            joined.append((begin, end, board))
    return joined
