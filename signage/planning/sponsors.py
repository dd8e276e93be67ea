"""Whose turn it is in the slot that sponsors share: time is dealt out by weight, day by day. Pure.

A player shows every page whose window is open, one after the other, and knows nothing of weights. So a sponsor's share
is a share of time: at each instant the slot belongs to one sponsor, and over a day each has it for its part of the day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from signage.config.models import Sponsor
from signage.planning.slices import midnights

TURN = timedelta(minutes=10)  # about how long a turn is; fourteen days of shorter ones would swell the manifest
HOUR = 3600.0
UNEVEN = 0.3  # by how much of its length a turn is longer or shorter at most
GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples are spread evenly, and never repeat
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SponsorTurn:
    """The slot belongs to a sponsor from `start` until `end` (UTC)."""

    start: datetime
    end: datetime
    sponsor: str


def deal(
    sponsors: Sequence[Sponsor],
    screen_id: str,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    lit: Sequence[Span],
    rotation_seconds: float,
) -> list[SponsorTurn]:
    """The turns of [start, end) on one screen.

    `lit`: when the screen shows pages, for whole local days. `rotation_seconds`: how long a round of its playlist
    takes, for the caps. The deal is made for whole local days and then cut, so that it does not depend on when it is
    made. Within a stretch in which the same sponsors are active each gets its weight's part of the time to the second;
    one that has a cap gets no more than the cap allows, and the others share what it leaves.
    """
    mine = [s for s in sponsors if s.is_on(screen_id)]
    if not mine or start >= end:
        return []
    first = start.astimezone(zone).date()
    morning = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
    days = [morning, *midnights(morning, end, zone)]
    edges = [edge for s in mine for edge in (s.from_, s.until) if edge]
    turns: list[SponsorTurn] = []
    for begin, finish in zip(days, [*days[1:], _next_midnight(days[-1], zone)], strict=True):
        cuts = sorted({begin, finish, *(edge.astimezone(UTC) for edge in edges if begin < edge < finish)})
        for a, b in pairwise(cuts):
            active = [s for s in mine if (not s.from_ or s.from_ <= a) and (not s.until or s.until >= b)]
            capped = any(s.per_hour for s in active)
            for piece in _hours(a, b) if capped else [(a, b)]:  # a cap holds in every clock hour
                turns += _stretch(active, _within(lit, *piece), rotation_seconds)
    turns = _joined(turns)
    return [
        SponsorTurn(max(t.start, start), min(t.end, end), t.sponsor) for t in turns if t.start < end and t.end > start
    ]


def shares(sponsors: Sequence[Sponsor], rotation_seconds: float) -> dict[str, float]:
    """Each sponsor's part of the slot's time, by id: its weight's, but no more than its cap leaves it.

    Their sum is less than 1 only when all of them are capped.
    """
    caps = {s.id: _most(s, rotation_seconds) for s in sponsors}
    parts: dict[str, float] = {}
    open_ones, left = list(sponsors), 1.0
    while open_ones:
        weight = sum(s.weight for s in open_ones)
        over = [s for s in open_ones if left * s.weight / weight > caps[s.id]]
        if not over:
            return parts | {s.id: left * s.weight / weight for s in open_ones}
        for sponsor in over:
            parts[sponsor.id] = caps[sponsor.id]
            left -= caps[sponsor.id]
        open_ones = [s for s in open_ones if s not in over]
    return parts


def _most(sponsor: Sponsor, rotation_seconds: float) -> float:
    """The part of an hour in which a sponsor with a cap is not shown more often than it allows.

    A turn of n rotations may catch n + 1 showings, and an hour may hold the ends of two turns; so two are held back.
    """
    if sponsor.per_hour is None:
        return 1.0
    return min(1.0, max(sponsor.per_hour - 2, 0.5) * rotation_seconds / HOUR)


def _stretch(active: Sequence[Sponsor], lit: Sequence[Span], rotation_seconds: float) -> list[SponsorTurn]:
    """The turns of a stretch in which the same sponsors are active; dark time is passed over."""
    total = sum((b - a).total_seconds() for a, b in lit)
    if not active or total <= 0:
        return []
    parts: Mapping[str, float] = shares(active, rotation_seconds)
    slots: list[tuple[float, str | None, float]] = []  # where in the stretch (0 to 1), whose, how long in seconds
    idle = 1.0 - sum(parts.values())
    owners: list[tuple[str | None, float]] = [*sorted(parts.items()), *([(None, idle)] if idle > 1e-9 else [])]
    for rank, (owner, part) in enumerate(owners):
        count = max(1, round(total * part / TURN.total_seconds()))
        offset = (rank + 1) / (len(owners) + 1)  # so that equal ones don't all stand at the same places
        slots += [((n + offset) / count, owner, total * part / count * _uneven(n, count)) for n in range(count)]
    turns: list[SponsorTurn] = []
    passed = 0.0
    for _, owner, seconds in sorted(slots, key=lambda slot: (slot[0], str(slot[1]))):
        for a, b in _placed(lit, passed, passed + seconds) if owner else ():
            if a < b:
                turns.append(SponsorTurn(a, b, str(owner)))
        passed += seconds
    return turns


def _uneven(number: int, count: int) -> float:
    """The length of a turn, in usual turns. Those of one sponsor add up to their number.

    Players count rounds by the clock. With turns of ten minutes each, a round of 45 seconds would begin at the same
    place of every turn, and give one sponsor a showing more each time.
    """
    if number == count - 1 and count % 2:
        return 1.0
    change = UNEVEN * ((number // 2 + 1) * GOLDEN % 1.0)
    return 1.0 + change if number % 2 else 1.0 - change


def _hours(start: datetime, end: datetime) -> list[Span]:
    """The clock hours of a stretch."""
    first = start.replace(minute=0, second=0, microsecond=0)
    count = math.ceil((end - first).total_seconds() / HOUR)
    hours = [first + timedelta(hours=n) for n in range(count + 1)]
    return [(max(a, start), min(b, end)) for a, b in pairwise(hours)]


def _placed(lit: Sequence[Span], first: float, last: float) -> list[Span]:
    """Seconds of lit time, counted from the beginning of the stretch, as instants."""
    found = []
    passed = 0.0
    for a, b in lit:
        length = (b - a).total_seconds()
        begin, finish = max(first - passed, 0.0), min(last - passed, length)
        if begin < finish:
            found.append((a + timedelta(seconds=begin), a + timedelta(seconds=finish)))
        passed += length
    return found


def _joined(turns: Sequence[SponsorTurn]) -> list[SponsorTurn]:
    joined: list[SponsorTurn] = []
    for turn in turns:
        if joined and joined[-1].sponsor == turn.sponsor and joined[-1].end == turn.start:
            joined[-1] = SponsorTurn(joined[-1].start, turn.end, turn.sponsor)
        else:
            joined.append(turn)
    return joined


def _within(spans: Sequence[Span], a: datetime, b: datetime) -> list[Span]:
    return [(max(x, a), min(y, b)) for x, y in spans if x < b and y > a]


def _next_midnight(day: datetime, zone: ZoneInfo) -> datetime:
    return next(midnights(day, day + timedelta(hours=27), zone))
