"""Slices: stretches of time in which the same thing is shown. Windows: how long one page of it stays."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """`content` is what is shown from `start` (inclusive) until `end` (exclusive); both in UTC."""

    start: datetime
    end: datetime
    content: T


@dataclass(frozen=True, slots=True)
class Window(Generic[H]):
    """`item` is shown from `start` until `end`. At every instant the windows that are open, in the order of their
    `position`, are what the slice has, in its order.
    """

    start: datetime
    end: datetime
    item: H
    position: int


def midnights(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants in (start, end) at which a local day begins, in UTC. A day may last 23 or 25 hours."""
    day = start.astimezone(zone).date()
    while True:
        day += timedelta(days=1)
        instant = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        if instant >= end:
            return
        if instant > start:
            yield instant


def slices(
    start: datetime, end: datetime, instants: Iterable[datetime], content: Callable[[datetime], T]
) -> list[Slice[T]]:
    """Cut [start, end) at those of `instants` that lie inside; `content` is asked once per piece, at its beginning.

    Neighbours with equal content become one slice.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    cuts = sorted({start, *(i.astimezone(UTC) for i in instants if start < i < end)})
    found: list[Slice[T]] = []
    for begin, finish in zip(cuts, [*cuts[1:], end], strict=True):
        here = content(begin)
        if found and found[-1].content == here:
            found[-1] = Slice(found[-1].start, finish, here)
        else:
            found.append(Slice(begin, finish, here))
    return found


def windows(pieces: Sequence[Slice[tuple[H, ...]]]) -> list[Window[H]]:
    """How long each item is shown without a break, over slices that follow each other. Sorted by position.

    An item that stays while its neighbours change keeps one window, and what takes the place of a neighbour is put in
    that place. An item that changes places with another one gets a second window, for one order can't hold both.
    """
    spans: list[tuple[datetime, datetime, H]] = []  # of each window, by its number
    order: list[int] = []  # numbers of windows
    running: dict[H, int] = {}  # what is open at the end of the last piece
    last_end: datetime | None = None
    for piece in pieces:
        here = tuple(dict.fromkeys(piece.content))
        if piece.start != last_end:
            running = {}
        place = {number: index for index, number in enumerate(order)}
        stay = _longest_rising({item: place[running[item]] for item in here if item in running})
        running = {item: running[item] for item in stay}
        before = len(order)  # where the next new one comes: ahead of the next one that stays, or last
        for item in reversed(here):
            if item in running:
                before = place[running[item]]  # what is inserted comes behind it
                spans[running[item]] = (spans[running[item]][0], piece.end, item)
            else:
                running[item] = len(spans)
                spans.append((piece.start, piece.end, item))
                order.insert(before, running[item])
        last_end = piece.end
    return [Window(*spans[number], position) for position, number in enumerate(order)]


def _longest_rising(ranks: Mapping[H, int]) -> list[H]:
    """As many items as possible, in their order, whose ranks rise (patience sorting, n log n)."""
    lowest: list[int] = []  # the lowest rank with which a choice of one item, two items ... can end
    ends: list[H] = []  # the items that have these ranks
    before: dict[H, H] = {}
    for item, rank in ranks.items():
        length = bisect_left(lowest, rank)
        if length:
            before[item] = ends[length - 1]
        lowest[length : length + 1] = [rank]
        ends[length : length + 1] = [item]
    chosen = ends[-1:]
    while chosen and chosen[-1] in before:
        chosen.append(before[chosen[-1]])
    return chosen[::-1]
