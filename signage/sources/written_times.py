"""Dates and times as people in Norway write them: "lørdag 5. desember kl. 18-20", "5.12.26", "18.00". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

_MONTHS = (
    ("jan", "januar", "january"),
    ("feb", "februar", "february"),
    ("mar", "mars", "march"),
    ("apr", "april"),
    ("mai", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("okt", "oct", "oktober", "october"),
    ("nov", "november"),
    ("des", "dec", "desember", "december"),
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS = (
    ("ma", "man", "mandag", "måndag", "mon", "monday"),
    ("ti", "tir", "tirs", "tirsdag", "tys", "tysdag", "tue", "tuesday"),
    ("on", "ons", "onsdag", "wed", "wednesday"),
    ("to", "tor", "tors", "torsdag", "thu", "thursday"),
    ("fr", "fre", "fredag", "fri", "friday"),
    ("lø", "lør", "lau", "laur", "lørdag", "laurdag", "sat", "saturday"),
    ("sø", "søn", "sun", "søndag", "sundag", "sunday"),
)
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system, its leap-year error counted in
EXCEL_DAYS = range(36526, 73051)  # 2000 to 2099
LONGEST = 120  # characters of a cell that is a date
BACK = timedelta(days=30)  # a date without a year is at most so long before the window

_WEEKDAY = re.compile(rf"^\s*({'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\.?(?:\s+den)?[\s,]+", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](.*))?$")
_NUMBERS = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})(?:\s*[./-]\s*(\d{4}|\d{2}))?\.?(?=$|[\s,])\s*(.*)$")
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s*([a-zæøå]+)\.?(?:\s+(\d{4}))?(?:[\s,]+(.*))?$", re.IGNORECASE)
_CLOCK = re.compile(r"(?:kl\.?\s*|klokka\s+|klokken\s+)?(\d{1,2})(?:\s*[.:]\s*(\d{2}))?(?::\d{2})?$", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:-|–|—|\btil\b|\bto\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A day, the weekday that was written with it (0 is Monday), and what follows it ("kl. 18-20")."""

    day: date
    weekday: int | None = None
    rest: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the weekday, if one was written, is that of the day."""
        return self.weekday is None or self.weekday == self.day.weekday()


def weekday(text: str) -> int | None:
    """The number of a weekday's name, 0 for Monday."""
    return WEEKDAYS.get(text.strip().strip(".").casefold())


def written_date(text: str, near: date) -> Written:
    """A date; one without a year is the first that is not more than `BACK` before `near` and fits its weekday.

    Raises ValueError with a sentence.
    """
    raw = " ".join(text.split())[:LONGEST]
    named = _WEEKDAY.match(f"{raw} ")
    number = WEEKDAYS[named[1].casefold()] if named else None
    rest = raw[named.end() :] if named else raw
    if rest.isdecimal() and int(rest) in EXCEL_DAYS:
        return Written(EXCEL_EPOCH + timedelta(days=int(rest)), number)
    try:
        if found := _ISO.match(rest):
            return Written(date(int(found[1]), int(found[2]), int(found[3])), number, found[4] or "")
        if found := _NUMBERS.match(rest):
            day, month, year, more = int(found[1]), int(found[2]), found[3], found[4]
        elif (found := _WORDS.match(rest)) and found[2].casefold() in MONTHS:
            day, month, year, more = int(found[1]), MONTHS[found[2].casefold()], found[3], found[4] or ""
        else:
            raise ValueError
        if year is not None:
            return Written(date(int(year) if len(year) == 4 else 2000 + int(year), month, day), number, more)
        return Written(_without_year(day, month, number, near), number, more)
    except ValueError:
        raise ValueError(f'"{raw[:40]}" is not a date') from None


def _without_year(day: int, month: int, weekday: int | None, near: date) -> date:
    earliest = near - BACK
    candidates = []
    for year in range(earliest.year, earliest.year + 9):  # 29 February comes every fourth, at times every eighth year
        try:
            candidates.append(date(year, month, day))
        except ValueError:
            continue
    coming = [each for each in candidates if each >= earliest]
    if not coming:
        raise ValueError
    fitting = [each for each in coming[:2] if weekday is None or each.weekday() == weekday]
    return (fitting or coming)[0]


def written_dates(text: str, near: date) -> tuple[Written, date | None]:
    """A date or a span of days: "5.-7. desember 2026", "5.12.-7.12.2026", "30. november–2. desember". The last day is
    included. Raises ValueError.
    """
    raw = " ".join(text.split())[:LONGEST]
    parts = re.split(r"\s*(?:–|—|\btil\b)\s*|\s+-\s+|(?<=[.\d])-(?=\d{1,2}\.)", raw, maxsplit=1)
    if len(parts) == 2 and all(parts) and not _ISO.match(raw):
        try:
            last = written_date(parts[1], near)
            head = parts[0].rstrip(".")
            if head.isdecimal():  # "5.-7. desember": the month stands once
                return Written(last.day.replace(day=int(head))), last.day
            first = written_date(parts[0], near)
            if not re.search(r"\d{4}", parts[0]):  # the year stands once, behind the last day
                year = last.day.year - (1 if (first.day.month, first.day.day) > (last.day.month, last.day.day) else 0)
                first = Written(first.day.replace(year=year), first.weekday)
            if last.day >= first.day:
                return first, last.day
        except ValueError:
            pass
    return written_date(raw, near), None


def written_clock(text: str) -> time | None:
    """A time of day: "18", "18.00", "kl. 18:30"; None for nothing. Raises ValueError."""
    raw = " ".join(text.split())
    if not raw:
        return None
    found = _CLOCK.match(raw)
    try:
        if found is None:
            raise ValueError
        hour, minute = int(found[1]), int(found[2] or 0)
        return time(0, 0) if (hour, minute) == (24, 0) else time(hour, minute)
    except ValueError:
        raise ValueError(f'"{raw[:30]}" is not a time of day') from None


def written_clocks(text: str) -> tuple[time | None, time | None]:
    """A time or two: "18-20", "18.00–20.00", "kl. 18 til 20". Raises ValueError."""
    raw = " ".join(text.split())
    parts = _DASH.split(raw, maxsplit=1) if raw else [""]
    return written_clock(parts[0]), written_clock(parts[1]) if len(parts) > 1 else None
