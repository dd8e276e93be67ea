"""Which venue texts mean the same venue, without comparing all with all. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations

from signage.events.matching import same_venue
from signage.events.places import ClaimedPlace


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
