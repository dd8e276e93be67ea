"""What a clean title says, in the form in which two are compared. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from signage.events.places import ClaimedPlace
from signage.events.text import fold
from signage.events.words import EITHER, KIND_WORDS, LIGHT, letters, title_words, words

_SIDES = re.compile(r"([^:,(|–-]+?)\s+[-–]\s+([^:,(|–-]+)")
TEAM = 2  # words; "Heim - Orkla" are two teams, "Da fjorden var veien - Per Hansen" is a talk


@dataclass(frozen=True, slots=True)
class TitleWords:
    """`words`: all that are compared; `heavy`: those that are not light by themselves; `telling`: those that also say
    more than a venue, a town or who holds it. `numbers`: what counts groups, parts or ages; `either`: which of the
    words that exclude each other, by their group; `teams`: the two sides of a match; `series`: what comes before a
    colon; `letters`: the whole title without what separates words.
    """

    words: frozenset[str]
    telling: frozenset[str]
    heavy: frozenset[str]
    kinds: frozenset[str]
    numbers: frozenset[str]
    towns: frozenset[str]
    either: frozenset[tuple[int, str]]
    teams: tuple[frozenset[str], frozenset[str]] | None
    series: frozenset[str]
    letters: str


def read(title: str, where: ClaimedPlace, organizer: frozenset[str], towns: frozenset[str]) -> TitleWords:
    """`organizer`: the words of its name. `towns`: the towns that the configuration knows, as words."""
    listed = title_words(title)
    found = frozenset(listed)
    heavy = found if found.isdisjoint(LIGHT) else found - LIGHT
    named = where.words | organizer | towns
    return TitleWords(
        words=found,
        telling=heavy if heavy.isdisjoint(named) else heavy - named,
        heavy=heavy,
        kinds=_one(found & KIND_WORDS),
        numbers=_one(frozenset([word for word in found if word in _GROUPS or not word.isalpha()])),
        towns=_one(found & towns),
        either=frozenset([(EITHER[word], word) for word in found & _EITHER_WORDS]),
        teams=_teams(title, where),
        series=frozenset(words(title.partition(":")[0])) if ":" in title else frozenset(),
        letters=letters(title),
    )


@lru_cache(maxsize=4096)
def _one(words: frozenset[str]) -> frozenset[str]:
    """One object for equal sets: there are few kinds of events, and many events."""
    return words


_GROUPS = frozenset("abcdefgh")  # "Gruppe A"
_EITHER_WORDS = frozenset(EITHER)


def _teams(title: str, where: ClaimedPlace) -> tuple[frozenset[str], frozenset[str]] | None:
    if " - " not in title and " – " not in title:
        return None
    sides = _SIDES.search(fold(title))
    if not sides:
        return None
    one, other = (frozenset(words(side)) for side in sides.groups())
    names = one and other and not (one | other) & (LIGHT | where.words) and max(len(one), len(other)) <= TEAM
    return (one, other) if names else None
