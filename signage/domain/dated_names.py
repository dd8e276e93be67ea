"""The dates in a file's name: "2026-12-10 Julekonsert.pdf", "Utstilling til 10.12.2026.jpg". Pure; docs/posters.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

UNTIL = ("til og med", "til", "t.o.m.", "tom", "until", "bis", "до")
FROM = ("fra og med", "frå og med", "fra", "frå", "f.o.m.", "fom", "from", "ab", "від")
_GAP = r"[\s_.-]*"
_WORD = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in (*UNTIL, *FROM))
_DATE = re.compile(
    rf"(?:(?<![^\W\d_])(?P<word>{_WORD}){_GAP})?"
    r"(?:(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"
    r"|(?<![\d.])(?P<day_>\d{1,2})\.(?P<month_>\d{1,2})\.(?P<year_>\d{4})(?!\d))",
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
    """What the dates in a name say. After "fra" one begins; any other ends, and of several the latest counts."""
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
