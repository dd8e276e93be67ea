"""Which occurrences of a day are worth comparing, and which venues: all that could be the same, few others. Pure.

`matching.between` joins no two titles unless they `meet`, and no venues that contradict each other. So an index of
words by venue finds every pair that it would join, without looking at the others. A test compares it with all pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from signage.events.matching import APART, could_mean, same_venue
from signage.events.occurrences import Occurrence
from signage.events.places import ClaimedPlace

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
    beside = _Index()  # the same titles with a known venue under all their words, for those that say nothing specific
    plain = _Index()  # titles without telling words, under all their words
    named = _Index()  # the same titles under the words of their venue and organiser, which another title may name
    letters = _Index()  # all titles
    starts = [None if o.all_day else o.starts_at.timestamp() for o in day]
    for j, occurrence in enumerate(day):
        said, where, source, start = occurrence.said, occurrence.where, occurrence.source, starts[j]
        known = where.known
        venue = where.text if known else UNKNOWN
        reach = (*same[where.text], UNKNOWN) if known else (ANY,)
        names = () if said.telling else where.words | occurrence.by
        found: set[int] = set()
        if said.telling:
            telling.look(found, said.telling, reach)
            if known:
                plain.look(found, said.words, same[where.text])
            named.look(found, said.telling, (UNKNOWN,) if known else (ANY,))
        else:
            plain.look(found, said.words, reach)
            if known:
                beside.look(found, said.words, same[where.text])
            telling.look(found, names, (UNKNOWN,) if known else (ANY,))
        letters.look(found, (said.letters,), reach)
        for i in found:
            begins = starts[i]
            near = start is None or begins is None or abs(begins - start) <= NEAR
            if near and day[i].source != source and could_mean(day[i], occurrence):
                yield i, j
        if said.telling:
            telling.add(j, said.telling, venue)
            if known:
                beside.add(j, said.words, venue)
        else:
            plain.add(j, said.words, venue)
            named.add(j, names, venue)
        letters.add(j, (said.letters,), venue)


def neighbours(wheres: Iterable[ClaimedPlace]) -> dict[str, tuple[str, ...]]:
    """To each known venue's text the texts that are the same venue, its own among them.

    `same_venue` holds for one place, for texts of which one begins like the other, and where half of the words are
    shared: two words, or the only one that one of them has. Anyone who has nothing of this in common is not looked at.
    """
    known = {where.text: where for where in wheres if where.known}
    index: dict[Hashable, list[ClaimedPlace]] = defaultdict(list)
    found: dict[str, dict[str, None]] = {text: {text: None} for text in known}
    for text, where in known.items():
        compared: set[str] = set()
        for key in _looked_for(where):
            for other in index.get(key, ()):
                if other.text not in compared:
                    compared.add(other.text)
                    if same_venue(where, other):
                        found[text][other.text] = found[other.text][text] = None
        for key in _kept_under(where):
            index[key].append(where)
    return {text: tuple(same) for text, same in found.items()}


def _kept_under(where: ClaimedPlace) -> Iterator[Hashable]:
    yield "text", where.text
    yield from (("beginning", beginning) for beginning in _beginnings(where.text))
    yield from (("word", word) for word in where.words)
    if len(where.words) == 1:
        yield from (("only", word) for word in where.words)
    yield from (("two", *two) for two in combinations(sorted(where.words), 2))
    if where.place:
        yield "place", where.place


def _looked_for(where: ClaimedPlace) -> Iterator[Hashable]:
    yield "beginning", where.text
    yield from (("text", beginning) for beginning in _beginnings(where.text))
    yield from (("word" if len(where.words) == 1 else "only", word) for word in where.words)
    yield from (("two", *two) for two in combinations(sorted(where.words), 2))
    if where.place:
        yield "place", where.place


def _beginnings(text: str) -> Iterator[str]:
    """The text up to the end of each of its words, and itself."""
    return (text[:cut] for cut in range(1, len(text) + 1) if not text[cut : cut + 1].isalnum())
