"""Group occurrences that are the same event. Pure; the order of the records and of the sources changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from signage.events import candidates
from signage.events.candidates import neighbours
from signage.events.matching import MatchVerdict, between, within
from signage.events.occurrences import Occurrence, in_order

Group = tuple[Occurrence, ...]
Pairs = Callable[[Sequence[Occurrence], candidates.Same], Iterable[tuple[int, int]]]
Distance = tuple[bool, timedelta, bool]


@dataclass(frozen=True, slots=True)
class NotJoined:
    """Two that agree, and were not joined all the same."""

    one: Occurrence
    other: Occurrence
    reason: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """`groups`: by day; each holds one entry of a source, or several equal ones."""

    groups: tuple[Group, ...]
    refused: tuple[NotJoined, ...] = ()


def group(occurrences: Iterable[Occurrence], pairs: Pairs = candidates.pairs) -> Grouping:
    """Groups of the same event. `pairs` may be given to compare more pairs than needed."""
    by_day: dict[date, list[Occurrence]] = defaultdict(list)
    for occurrence in in_order(occurrences):
        by_day[occurrence.day].append(occurrence)
    same = neighbours(o.where for day in by_day.values() for o in day)
    days = [_Day(by_day[day], pairs, same) for day in sorted(by_day)]
    return Grouping(
        tuple(grouped for day in days for grouped in day.groups()), tuple(r for day in days for r in day.refused)
    )


class _Day:
    """The occurrences of one day. `entries[i]`: one source's entries for one event; the first one represents it."""

    def __init__(self, occurrences: Sequence[Occurrence], pairs: Pairs, same: candidates.Same) -> None:
        self.entries = _within(occurrences)
        self.refused: list[NotJoined] = []
        self._home = list(range(len(self.entries)))
        self._members: dict[int, list[int]] = {i: [i] for i in self._home}
        self._excluded: dict[tuple[int, int], bool] = {}
        self._distances: dict[int, dict[int, Distance]] = defaultdict(dict)
        for distance, i, j in sorted(self._agreeing(pairs, same)):
            self._join(distance, i, j)

    def groups(self) -> Iterator[Group]:
        for members in self._members.values():
            yield tuple(occurrence for i in members for occurrence in self.entries[i])

    def _agreeing(self, pairs: Pairs, same: candidates.Same) -> Iterator[tuple[Distance, int, int]]:
        """Closest first, so that of two showings each finds its own."""
        first = [same[0] for same in self.entries]
        for i, j in pairs(first, same):
            found = between(first[i], first[j])
            if found.same:
                self._excluded[i, j] = False
                distance = _distance(first[i], first[j], found)
                self._distances[i][j] = self._distances[j][i] = distance
                yield distance, i, j

    def _join(self, distance: Distance, i: int, j: int) -> None:
        one, other = self._home[i], self._home[j]
        if one == other:
            return
        reason = self._why_not(distance, i, j)
        if reason:
            self.refused.append(NotJoined(self.entries[i][0], self.entries[j][0], reason))
            return
        for moved in self._members.pop(other):
            self._home[moved] = one
            self._members[one].append(moved)

    def _why_not(self, distance: Distance, i: int, j: int) -> str:
        for fits, partner in ((i, j), (j, i)):
            for rival, as_far in sorted(self._distances[fits].items()):
                if as_far == distance and rival != partner and self._exclude(rival, partner):
                    entry, one, two = (self.entries[k][0] for k in (fits, partner, rival))
                    return (
                        f'"{entry.title}" ({_name(entry)}) fits two entries equally well: {_name(one)} and {_name(two)}'
                    )
        for mine in self._members[self._home[i]]:
            for yours in self._members[self._home[j]]:
                if (mine, yours) != (i, j) and self._exclude(mine, yours):
                    one, two = self.entries[mine][0], self.entries[yours][0]
                    return f"one of them is joined with what the other can't be: {_name(one)} and {_name(two)}"
        return ""

    def _exclude(self, i: int, j: int) -> bool:
        """Whether two can't be one event: two entries of one source, or such that contradict each other."""
        both = (i, j) if i < j else (j, i)
        if both not in self._excluded:
            one, other = self.entries[i][0], self.entries[j][0]
            self._excluded[both] = one.source == other.source or between(one, other).against
        return self._excluded[both]


def _within(occurrences: Sequence[Occurrence]) -> list[Group]:
    """Join what one source lists twice. Joined are entries that agree with the group's first one."""
    groups: list[list[Occurrence]] = []
    alike: dict[tuple[object, ...], list[list[Occurrence]]] = defaultdict(list)
    for occurrence in occurrences:
        found = alike[occurrence.source, occurrence.starts_at, occurrence.said.letters]
        for joined in found:
            if within(joined[0], occurrence).same:
                joined.append(occurrence)
                break
        else:
            groups.append([occurrence])
            found.append(groups[-1])
    return [tuple(joined) for joined in groups]


def _distance(one: Occurrence, other: Occurrence, found: MatchVerdict) -> Distance:
    """First what agrees without regard to the venue; then by time, without a time last; then by title."""
    apart = abs(one.starts_at - other.starts_at) if one.all_day == other.all_day else timedelta(days=1)
    return found.weak, apart, one.said.words != other.said.words


def _name(occurrence: Occurrence) -> str:
    return f"{occurrence.source}:{occurrence.uid}"
