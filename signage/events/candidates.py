"""Which occurrences of a day are worth comparing: all that could be the same event, and few others. Pure.

`matching.between` joins no two titles unless they `meet`, none that start more than `APART` apart, and no venues that
contradict each other. So an index of words by time finds every pair that it would join, without looking at the others;
whether two venues are the same is found out once for all who meet there. A test compares it with all pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from signage.events.matching import APART, could_mean, same_venue
from signage.events.occurrences import Occurrence

SLOT = APART.total_seconds()  # a start within APART is in the same slot of time or in one beside it
ALL_DAY = -1
Index = dict[tuple[int, str], list[int]]


def pairs(day: Sequence[Occurrence]) -> Iterator[tuple[int, int]]:
    """Positions (i < j) of occurrences of one day and two sources that could be the same event, each pair once."""
    telling: Index = defaultdict(list)  # titles with telling words, under each of those
    beside: Index = defaultdict(list)  # the same titles under all their words, for those that tell nothing
    plain: Index = defaultdict(list)  # titles without telling words, under all their words
    letters: Index = defaultdict(list)  # all titles
    seen: set[int] = set()
    starts = [o.starts_at.timestamp() for o in day]
    wheres = [o.where for o in day]
    same: dict[tuple[str, str], bool] = {}
    for j, occurrence in enumerate(day):
        said = occurrence.said
        own = ALL_DAY if occurrence.all_day else int(starts[j] // SLOT)
        seen.add(own)
        found: set[int] = set()
        for slot in seen if own == ALL_DAY else (own - 1, own, own + 1, ALL_DAY):
            _look(found, telling if said.telling else beside, said.telling or said.words, slot)
            _look(found, plain, said.words, slot)
            _look(found, letters, (said.letters,), slot)
        source, start, where = occurrence.source, starts[j], wheres[j]
        for i in found:
            if day[i].source == source or not (abs(starts[i] - start) <= SLOT or own == ALL_DAY or day[i].all_day):
                continue
            other = wheres[i]
            if not (where.known and other.known):
                if not could_mean(day[i], occurrence):
                    continue
            elif where is not other:
                both = (where.text, other.text)
                if both not in same:
                    same[both] = same_venue(where, other)
                if not same[both]:
                    continue
            yield i, j
        for index, words in ((telling, said.telling), (beside if said.telling else plain, said.words)):
            for word in words:
                index[own, word].append(j)
        letters[own, said.letters].append(j)


def _look(found: set[int], index: Index, words: Iterable[str], slot: int) -> None:
    for word in words:
        if (slot, word) in index:
            found.update(index[slot, word])
