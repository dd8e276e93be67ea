"""The words by which people write dates: weekdays and months, in small letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

# Norwegian in full (bokmål and nynorsk) | shortened | in English, Swedish and Finnish, and by two letters
_WEEKDAYS = (
    "mandag måndag | man mån | monday maanantai mon ma må mo",
    "tirsdag tysdag | tir tirs tys | tuesday tisdag tiistai tue tues tis ti ty tu",
    "onsdag | ons | wednesday keskiviikko wed on we ke",
    "torsdag | tor tors | thursday torstai thu thur thurs to th",
    "fredag | fre | friday perjantai fri fr pe",
    "lørdag laurdag | lør lau | saturday lördag lauantai sat lör lø lö la sa",
    "søndag sundag | søn sun | sunday söndag sunnuntai sön sø sö su",
)
_MONTHS = (
    "januar | jan | january",
    "februar | feb | february",
    "mars | mar | march",
    "april | apr |",
    "mai | | may",
    "juni | jun | june",
    "juli | jul | july",
    "august | aug |",
    "september | sept sep |",
    "oktober | okt | october oct",
    "november | nov |",
    "desember | des | december dec",
)


def _columns(rows: tuple[str, ...], most: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(" ".join(row.split("|")[:most]).split()) for row in rows)


NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # for messages
WEEKDAYS = {word: number for number, words in enumerate(_columns(_WEEKDAYS, 3)) for word in words}  # 0 is Monday
MONTHS = {word: number for number, words in enumerate(_columns(_MONTHS, 3), 1) for word in words}
NORWEGIAN_WEEKDAYS, NORWEGIAN_MONTHS = _columns(_WEEKDAYS, 2), _columns(_MONTHS, 2)  # from Monday, from January
NORWEGIAN_IN_FULL = frozenset(chain(*_columns(_WEEKDAYS, 1), *_columns(_MONTHS, 1)))


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))
