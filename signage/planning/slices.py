"""Slices: stretches of time in which the same thing is shown. Windows: how long one page of it stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
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
    """`item` is shown from `start` until `end`; `position` is its place among the items shown at the same time."""

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
    """How long each item is shown without a break, over slices that follow each other.

    An item that stays while its neighbours change keeps one window; its position is the one it had first. Sorted by
    start, then position.
    """
    running: dict[H, tuple[datetime, int]] = {}
    done: list[Window[H]] = []
    last_end: datetime | None = None
    for piece in pieces:
        if last_end is not None and piece.start != last_end:
            done.extend(Window(since, last_end, item, position) for item, (since, position) in running.items())
            running = {}
        here = {item: position for position, item in reversed(list(enumerate(piece.content)))}
        for item in [item for item in running if item not in here]:
            since, position = running.pop(item)
            done.append(Window(since, piece.start, item, position))
        for item, position in here.items():
            running.setdefault(item, (piece.start, position))
        last_end = piece.end
    if last_end is not None:
        done.extend(Window(since, last_end, item, position) for item, (since, position) in running.items())
    return sorted(done, key=lambda window: (window.start, window.position))
