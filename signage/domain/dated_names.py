"""The dates in a file's name: "2026-12-10 Julekonsert.pdf", "Utstilling til 10.12.2026.jpg". Pure; docs/posters.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

UNTIL = ("til og med", "til", "t.o.m.", "tom", "until", "bis", "до")
FROM = ("fra og med", "frå og med", "fra", "frå", "f.o.m.", "fom", "from", "ab", "від")
_GAP = r"[\s_.-]*"
_WORD = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in (*UNTIL, *FROM))
# "WhatsApp Image 2026-11-29 at 14.02.11" and "IMG_2026-11-29_140211" say when they were made.
_TO_THE_SECOND = (
    r"\D{0,12}(?<!\d)"
    r"(?:(?:[01]?\d|2[0-3])(?P<between>[.:_-])[0-5]\d(?P=between)[0-5]\d|(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)(?!\d)"
)
_DATE = re.compile(
    rf"(?:(?<![^\W\d_])(?P<word>{_WORD}){_GAP})?"
    r"(?:(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"
    rf"|(?<![\d.])(?P<day_>\d{{1,2}})\.(?P<month_>\d{{1,2}})\.(?P<year_>\d{{4}})(?!\d))(?!{_TO_THE_SECOND})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NameDates:
    """`first` and `last`: the days that the picture is shown between, both included. `day`: the day that it is about.

    `impossible`: a date in the name that doesn't exist, as written.
    """

    first: date | None = None
    last: date | None = None
    day: date | None = None
    impossible: str = ""


def dates_in(name: str) -> NameDates:
    """What the dates in a name say. After "fra" one begins; any other ends, and of several the latest counts.

    One with a time to the second behind it counts for nothing.
    """
    name = normalize("NFC", name)  # on a Mac, "frå" may end in an a and a ring
    first: date | None = None
    ends: list[date] = []
    plain: list[date] = []
    impossible = ""
    for found in _DATE.finditer(name):
        numbers = [found[part] or found[f"{part}_"] for part in ("year", "month", "day")]
        try:
            day = date(*map(int, numbers))
        except ValueError:
            impossible = impossible or found[0]
            continue
        word = re.sub(r"[\s_-]+", " ", found["word"] or "").lower()
        if word in FROM:
            first = day
            continue
        ends.append(day)
        if not word:
            plain.append(day)
    only = plain[0] if len(plain) == len(ends) == 1 else None
    return NameDates(first, max(ends, default=None), only, impossible)
