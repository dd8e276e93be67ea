"""Which occurrences of a day are worth comparing: all that could be the same event, and few others. Pure.

`matching.between` joins no two titles unless they `meet`, and no venues that contradict each other. So an index of
words by venue finds every pair that it would join, without looking at the others; and whether two venues are the same
is found out once for all who meet there. A test compares it with all pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from signage.events.matching import APART, could_mean, same_venue
from signage.events.occurrences import Occurrence

NEAR = APART.total_seconds()
ANY, UNKNOWN = "*", ""  # beside the marks of a venue: all venues; those that nobody knows


class _Index:
    """Positions under words, by the marks of their venues."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, position: int, words: Iterable[str], marks: Collection[str]) -> None:
        for word in words:
            self._at[word, ANY].append(position)
            for mark in marks or (UNKNOWN,):
                self._at[word, mark].append(position)

    def look(self, found: set[int], words: Iterable[str], marks: Collection[str]) -> None:
        reach = (*marks, UNKNOWN) if marks else (ANY,)
        for word in words:
            for mark in reach:
                if (word, mark) in self._at:
                    found.update(self._at[word, mark])


def pairs(day: Sequence[Occurrence]) -> Iterator[tuple[int, int]]:
    """Positions (i < j) of occurrences of one day and two sources that could be the same event, each pair once."""
    telling = _Index()  # titles with telling words, under each of those
    beside = _Index()  # the same titles under all their words, for those that tell nothing
    plain = _Index()  # titles without telling words, under all their words
    letters = _Index()  # all titles
    starts = [None if o.all_day else o.starts_at.timestamp() for o in day]
    same: dict[tuple[str, str], bool] = {}
    for j, occurrence in enumerate(day):
        said, where, source, start = occurrence.said, occurrence.where, occurrence.source, starts[j]
        found: set[int] = set()
        (telling if said.telling else beside).look(found, said.telling or said.words, where.marks)
        plain.look(found, said.words, where.marks)
        letters.look(found, (said.letters,), where.marks)
        for i in found:
            other, begins = day[i], starts[i]
            if other.source == source or not (start is None or begins is None or abs(begins - start) <= NEAR):
                continue
            if not (where.known and other.where.known):
                if could_mean(other, occurrence):
                    yield i, j
                continue
            both = (where.text, other.where.text)
            if both not in same:
                same[both] = same_venue(where, other.where)
            if same[both]:
                yield i, j
        telling.add(j, said.telling, where.marks)
        (beside if said.telling else plain).add(j, said.words, where.marks)
        letters.add(j, (said.letters,), where.marks)
