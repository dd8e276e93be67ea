"""Whether two occurrences are the same event, listed twice: a verdict with its reason. Pure, and symmetric.

A wrong merge loses an event; a missed one shows it twice. So where they contradict each other, they stay two. Each
rule is in docs/merging.md in one sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from signage.events.occurrences import Occurrence
from signage.events.places import ClaimedPlace, begins_like
from signage.events.text import fold
from signage.events.titles import TitleWords
from signage.events.words import KIND_WORDS, LIGHT

INSIDE = 0.6  # of the longer title, when one title is inside the other
SHARED = 0.5  # of all their words, for titles at the same venue, and for venues
SHARED_AT_ONCE = 0.4  # of the words of titles at the same venue and the same minute
LITTLE = 0.3  # of a word's letters count when it is a kind of event: "konsert", "kurs"
LEAST = 0.1  # when it says nothing of what goes on: "gratis", "kveld", the venue's name
# Doors or start, or a start that one side has corrected: further apart, they are two showings.
APART = timedelta(minutes=90)
CLOSE = timedelta(minutes=60)  # for titles that agree less
ONE_DAY = timedelta(hours=25)  # the longest day of the year


@dataclass(frozen=True, slots=True)
class MatchVerdict:
    """`against`: they contradict each other, so that nothing can join them; `weak`: the same, but only since the venue
    is, too.
    """

    same: bool
    reason: str
    against: bool = False
    weak: bool = False


def verdict(one: Occurrence, other: Occurrence) -> MatchVerdict:
    """Of two different occurrences, of one source or of two."""
    return within(one, other) if one.source == other.source else between(one, other)


def within(one: Occurrence, other: Occurrence) -> MatchVerdict:
    """Two entries of one source: the same title and start, and one venue text begins like the other."""
    if one.day != other.day:
        return _against(f"another date: {one.day}, {other.day}")
    if one.start != other.start or one.starts_at != other.starts_at:
        return _against(f"one source, another start: {_clock(one)}, {_clock(other)}")
    if fold(one.title) != fold(other.title):
        return _against(f'one source, another title: "{one.title}", "{other.title}"')
    if not _begin_alike(one.where, other.where):
        return _against(f"one source, another venue: {_venues(one, other)}")
    return MatchVerdict(True, "listed twice by one source: the same title and start, and a venue that begins alike")


def between(one: Occurrence, other: Occurrence) -> MatchVerdict:
    """Entries of two sources: the same local date, about the same time, and titles and venues that agree."""
    if one.day != other.day:
        return _against(f"another date: {one.day}, {other.day}")
    contradiction = _times(one, other) or _places(one, other) or _names(one, other)
    if contradiction:
        return _against(contradiction)
    if not could_mean(one, other):
        return MatchVerdict(
            False, f'one title says nothing specific, and the venues are not known: "{one.title}", "{other.title}"'
        )
    light = one.where.words.union(other.where.words, one.by, other.by, _towns(one) & _towns(other))
    if titles_agree(one.said, other.said, light):
        return MatchVerdict(True, "titles agree, and nothing contradicts it")
    if one.links & other.links and one.said.telling & other.said.telling:
        return MatchVerdict(True, "the same link, and titles that share a word")
    both = one.where.known and other.where.known and not (one.all_day or other.all_day)
    apart = abs(one.starts_at - other.starts_at)
    enough = SHARED if apart else SHARED_AT_ONCE
    if both and apart <= CLOSE and titles_alike(one.said, other.said, light, enough):
        return MatchVerdict(True, "the same venue and about the same start, and titles that share enough", weak=True)
    return MatchVerdict(False, f'titles differ: "{one.title}", "{other.title}"')


def same_venue(one: ClaimedPlace, other: ClaimedPlace) -> bool:
    """The same place of screens.toml; or when one is none, texts that begin alike, or share half of their words without
    a town that both are in.
    """
    if one.place and other.place:
        return one.place == other.place
    shared = len(one.words & other.words)
    if not shared:
        return _begin_alike(one, other)
    towns = one.towns & other.towns
    return shared >= SHARED * len((one.name | other.name) - towns) or _begin_alike(one, other)


def titles_agree(one: TitleWords, other: TitleWords, light: frozenset[str]) -> bool:
    """The same letters or teams; or all telling words of one in the other, and together `INSIDE` of each one's weight.

    `light`: what says little about these two, in addition to `LIGHT`: the words of their venues and organisers.
    """
    if one.letters == other.letters or (one.teams is not None and one.teams == other.teams):
        return True
    if not _one_holds_the_other(one, other, light):
        return False
    left, right, shared = _weigh(one, other, light)
    return 0 < INSIDE * max(left, right) <= shared


def titles_alike(one: TitleWords, other: TitleWords, light: frozenset[str], enough: float) -> bool:
    """At least `enough` of all words' weight in both, or all telling words of one title in the other."""
    left, right, shared = _weigh(one, other, light)
    says = (one.telling or one.kinds) and (other.telling or other.kinds)  # more than a venue's name
    return 0 < enough * (left + right - shared) <= shared or bool(says and _one_holds_the_other(one, other, light))


def meet(one: TitleWords, other: TitleWords) -> bool:
    """Whether they share a word that says something specific, or any word when one of them has none that does.

    Without that no two titles agree; so only such pairs need to be compared.
    """
    if one.telling and other.telling:
        return not one.telling.isdisjoint(other.telling) or one.letters == other.letters
    return not one.words.isdisjoint(other.words) or one.letters == other.letters


def could_mean(one: Occurrence, other: Occurrence) -> bool:
    """Whether a title that says nothing specific ("Konsert") can mean another that does.

    It can at the same venue, or when that one names the venue or the organiser of the first ("Konsert på Trudvang").
    """
    if (one.where.known and other.where.known) or bool(one.said.telling) == bool(other.said.telling):
        return True
    plain, specific = (other, one) if one.said.telling else (one, other)
    return not (specific.said.telling.isdisjoint(plain.where.words) and specific.said.telling.isdisjoint(plain.by))


def _one_holds_the_other(one: TitleWords, other: TitleWords, light: frozenset[str]) -> bool:
    clash = _clash(one, other)
    passed = _series(one, other)
    left = one.heavy - light - passed | one.words & clash
    right = other.heavy - light - passed | other.words & clash
    if left and right:
        return left <= right or right <= left
    # "Kino" says no more than its kind, "Ombruksbua" no more than its venue
    return (not left and _kinds_or_names(one) <= other.words) or (not right and _kinds_or_names(other) <= one.words)


def _kinds_or_names(title: TitleWords) -> frozenset[str]:
    return title.kinds or title.heavy - title.towns or title.words


def _weigh(one: TitleWords, other: TitleWords, light: frozenset[str]) -> tuple[float, float, float]:
    """The weight of one's words, of the other's, and of those in both: letters, fewer where a word says little."""
    clash = _clash(one, other)
    passed = _series(one, other) | (one.towns | other.towns) & light  # a town that both name says nothing new

    def weight(words: frozenset[str]) -> float:
        total = 0.0
        for word in words:
            if word in clash or not (word in light or word in LIGHT):
                total += len(word)
            else:
                total += len(word) * (LITTLE if word in KIND_WORDS else LEAST)
        return total

    return weight(one.words - passed), weight(other.words - passed), weight((one.words & other.words) - passed)


def _series(one: TitleWords, other: TitleWords) -> frozenset[str]:
    """What both begin with before a colon, and more follows: then what follows decides."""
    if one.series and one.series == other.series and one.words > one.series and other.words > other.series:
        return one.series
    return frozenset()


def _clash(one: TitleWords, other: TitleWords) -> frozenset[str]:
    """Kinds that only one has, where each has such: "Konsert" and "Øvelse" are two things, and count in full."""
    left, right = one.kinds - other.kinds, other.kinds - one.kinds
    return left | right if left and right else frozenset()


def _times(one: Occurrence, other: Occurrence) -> str:
    """Why their times contradict each other; "" when they don't."""
    if one.all_day or other.all_day:
        # "all day" may be what a source without times says; a festival of several days is not one of its concerts
        if (one.all_day and other.all_day) or (_one_day(one) and _one_day(other)):
            return ""
        return "one lasts several days, the other is at a time of one day"
    apart = abs(one.starts_at - other.starts_at)
    if apart > APART:
        return f"starts {apart.total_seconds() / 60:.0f} min apart"
    first, second = sorted((one, other), key=lambda o: o.starts_at)
    if first.end is not None and first.ends_at <= second.starts_at:
        return f"one is over ({first.end:%H:%M}) before the other begins ({_clock(second)})"
    return ""


def _places(one: Occurrence, other: Occurrence) -> str:
    left, right = one.where, other.where
    if left.known and right.known and not same_venue(left, right):
        return f"venues contradict each other: {_venues(one, other)}"
    if left.rooms and right.rooms and left.rooms != right.rooms:
        return f"two rooms of one house: {_venues(one, other)}"
    towns, others = _towns(one), _towns(other)
    if towns and others and not towns & others:
        return f"two towns: {', '.join(sorted(towns))}; {', '.join(sorted(others))}"
    return ""


def _towns(occurrence: Occurrence) -> frozenset[str]:
    return occurrence.where.towns | occurrence.said.towns


def _names(one: Occurrence, other: Occurrence) -> str:
    left, right = one.said, other.said
    both = f'"{one.title}", "{other.title}"'
    if left.numbers and right.numbers and not (left.numbers <= right.numbers or right.numbers <= left.numbers):
        return f"numbers in the titles differ: {both}"
    for group in {group for group, _ in left.either} & {group for group, _ in right.either}:
        if {word for g, word in left.either if g == group}.isdisjoint(word for g, word in right.either if g == group):
            return f"titles exclude each other: {both}"
    if left.teams and right.teams and left.teams != right.teams and {*left.teams} & {*right.teams}:
        return f"two matches: {both}"
    return "" if meet(left, right) else f"titles differ: {both}"


def _against(reason: str) -> MatchVerdict:
    return MatchVerdict(False, reason, against=True)


def _one_day(occurrence: Occurrence) -> bool:
    return occurrence.ends_at - occurrence.starts_at <= ONE_DAY


def _begin_alike(one: ClaimedPlace, other: ClaimedPlace) -> bool:
    short, long = sorted((one.text, other.text), key=len)
    return begins_like(long, short) if short else not long


def _clock(occurrence: Occurrence) -> str:
    return "all day" if occurrence.all_day else f"{occurrence.start:%H:%M}"


def _venues(one: Occurrence, other: Occurrence) -> str:
    return f'"{one.venue}", "{other.venue}"'
