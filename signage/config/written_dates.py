"""Days and times as people write them -> how they are written in screens.toml. Pure; only ever used for hints."""

from __future__ import annotations

import calendar
import re

from signage.config.words import Advice
from signage.domain.date_words import MONTHS, any_of

_SEPARATOR = r"\s*[-./\s]\s*"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<day>\d{{1,2}})")
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<year>\d{{4}}|\d{{2}})\b")
_NO_YEAR = re.compile(r"(?P<day>\d{1,2})\s*[./]\s*(?P<month>\d{1,2})[./]?(?P<year>$)")
_IN_WORDS = re.compile(
    rf"(?P<day>\d{{1,2}})\.?\s*(?P<month>{any_of(MONTHS)})\b\.?(?:\s*(?P<year>\d{{4}})\b)?", re.IGNORECASE
)
_TIME = re.compile(
    r"(?:[T\s,]|kl\.?|klokk[ae]n?|at)*(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?:[:.](?P<second>\d{2}))?\s*Z?",
    re.IGNORECASE,
)


def date_advice(value: str) -> Advice | None:
    """What is wrong with a day or a time that TOML doesn't know, and how to write it. None: it isn't one."""
    text = value.strip()
    day = _YEAR_FIRST.match(text) or _DAY_FIRST.match(text) or _NO_YEAR.match(text) or _IN_WORDS.match(text)
    if day is None:
        return None
    rest = text[day.end() :]
    time = _TIME.fullmatch(rest)
    if rest.strip() and time is None:
        return None
    number, month = int(day["day"]), MONTHS.get(day["month"].casefold()) or int(day["month"])
    if not day["year"]:
        if month > 12:
            return None
        return Advice(f"The year of {text} is missing.", f'write it like "2026-{month:02}-{number:02}".')
    year = int(day["year"]) + (2000 if len(day["year"]) == 2 else 0)
    if month > 12 >= number:
        number, month = month, number
    if not (1 <= month <= 12 and year):
        if not re.search(r"[-./]", day[0]):
            return None  # "72 46 00 00" is a telephone number
        return Advice(f"There is no such day: {text}.", "write the year, the month and the day, like 2026-09-20.")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= number <= last:
        name = calendar.month_name[month]
        return Advice(
            f"There is no {number} {name} {year}.", f"the last day of that month is {year}-{month:02}-{last}."
        )
    date = f"{year:04}-{month:02}-{number:02}"
    if time is None:
        return Advice(f"A day isn't written like {text} here.", f"write {date}.")
    hour, minute, second = (int(time[part] or 0) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        clock = rest.strip(" T")
        return Advice(f"There is no time of day {clock}.", f"write it like {date}T18:00:00, with seconds.")
    right = f"{date}T{hour:02}:{minute:02}:{second:02}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return Advice("A time must have seconds.", f"write {right}.")
    return Advice(f"A time isn't written like {text} here.", f"write {right}.")
