"""Which occurrences of a day are worth comparing: all that could be the same event, and few others. Pure.

`matching.between` joins no two titles unless they `meet`, and no venues that contradict each other. So an index of
words by venue finds every pair that it would join, without looking at the others. A test compares it with all pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from signage.events.matching import APART, could_mean
from signage.events.occurrences import Occurrence

NEAR = APART.total_seconds()
ANY, UNKNOWN = "*", ""  # beside the texts of venues: all venues; those that nobody knows
Same = Mapping[str, tuple[str, ...]]


class _Index:
    """Positions under words and venues."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, position: int, words: Iterable[str], venue: str) -> None:
        for word in words:
            self._at[word, ANY].append(position)
            self._at[word, venue].append(position)

    def look(self, found: set[int], words: Iterable[str], venues: Iterable[str]) -> None:
        for word in words:
            for venue in venues:
                if (word, venue) in self._at:
                    found.update(self._at[word, venue])


def pairs(day: Sequence[Occurrence], same: Same) -> Iterator[tuple[int, int]]:
    """Positions (i < j) of occurrences of one day and two sources that could be the same event, each pair once.

    `same`: to each venue's text those of the same venue, as `venues.neighbours` gives it.
    """
    telling = _Index()  # titles with telling words, under each of those
    beside = _Index()  # the same titles under all their words, for those that tell nothing
    plain = _Index()  # titles without telling words, under all their words
    letters = _Index()  # all titles
    starts = [None if o.all_day else o.starts_at.timestamp() for o in day]
    for j, occurrence in enumerate(day):
        said, where, source, start = occurrence.said, occurrence.where, occurrence.source, starts[j]
        reach = (*same[where.text], UNKNOWN) if where.known else (ANY,)
        found: set[int] = set()
        (telling if said.telling else beside).look(found, said.telling or said.words, reach)
        plain.look(found, said.words, reach)
        letters.look(found, (said.letters,), reach)
        for i in found:
            begins = starts[i]
            near = start is None or begins is None or abs(begins - start) <= NEAR
            if near and day[i].source != source and could_mean(day[i], occurrence):
                yield i, j
        venue = where.text if where.known else UNKNOWN
        telling.add(j, said.telling, venue)
        (beside if said.telling else plain).add(j, said.words, venue)
        letters.add(j, (said.letters,), venue)
