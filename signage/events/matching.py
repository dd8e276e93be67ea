"""Whether two occurrences are the same event, told twice. Pure, and symmetric in its two arguments.

A wrong merge loses an event; a missed one shows it twice. So where they contradict each other, they stay two.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

from signage.events.occurrences import Occurrence
from signage.events.places import begins_like
from signage.events.text import fold

INSIDE = 0.6  # of the longer title's letters, when one title is inside the other
SHARED = 0.5  # of all their words, for titles at the same venue, and for venues
# Doors or start, or a start that one side has corrected: further apart, they are two showings.
APART = timedelta(minutes=90)
_WORD = re.compile(r"\w+")
_SMALL = frozenset(
    ("og", "i", "på", "til", "med", "for", "av", "en", "et", "ei", "den", "det", "de", "som", "ved", "fra", "om")
)


def same_within(one: Occurrence, other: Occurrence) -> bool:
    """Two entries of one source: the same title and start, and one venue text begins like the other."""
    return (
        one.start == other.start
        and one.starts_at == other.starts_at
        and fold(one.title) == fold(other.title)
        and _venue_begins_alike(one.venue, other.venue)
    )


def same_between(one: Occurrence, other: Occurrence) -> bool:
    """Entries of two sources: the same local date, about the same time, and titles and venues that agree."""
    if one.day != other.day or not _times_agree(one, other):
        return False
    if titles_agree(one.title, other.title):
        return not one.venue or not other.venue or same_venue(one, other)
    return bool(one.venue and other.venue) and same_venue(one, other) and _share(one.title, other.title)


def titles_agree(one: str, other: str) -> bool:
    """Equal but for case and punctuation, or one inside the other for at least `INSIDE` of its length."""
    short, long = sorted((" ".join(words(one)), " ".join(words(other))), key=len)
    if not short:
        return False
    return short == long or (f" {short} " in f" {long} " and len(short) >= INSIDE * len(long))


def same_venue(one: Occurrence, other: Occurrence) -> bool:
    """The same place of screens.toml; or when one is none, texts that begin alike or share most words."""
    if one.place and other.place:
        return one.place == other.place
    return _venue_begins_alike(one.venue, other.venue) or _share(one.venue, other.venue)


@lru_cache(maxsize=8192)  # every pair of a day is compared
def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded; letters as they are."""
    return tuple(_WORD.findall(fold(text)))


def _times_agree(one: Occurrence, other: Occurrence) -> bool:
    if one.all_day or other.all_day:
        # "all day" may be what a source without times says; a festival of several days is not one of its concerts
        return (one.all_day and other.all_day) or (_one_day(one) and _one_day(other))
    return abs(one.starts_at - other.starts_at) <= APART


def _one_day(occurrence: Occurrence) -> bool:
    return occurrence.ends_at - occurrence.starts_at <= timedelta(hours=25)


def _venue_begins_alike(one: str, other: str) -> bool:
    short, long = sorted((fold(one), fold(other)), key=len)
    return begins_like(long, short) if short else not long


def _share(one: str, other: str) -> bool:
    left, right = set(words(one)) - _SMALL, set(words(other)) - _SMALL
    return bool(left and right) and len(left & right) >= SHARED * len(left | right)
