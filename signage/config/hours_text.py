"""Opening hours as people write them -> spans of local time. Pure; no zone, no date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from signage.config.words import SettingError, closest
from signage.config.written_dates import date_advice
from signage.domain import date_words

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[time, time]
"""Opening and closing in local time. Closing at or before opening is on the next day: 18:00-01:00, and 00:00-00:00 for
a whole day (there is no 24:00 in `datetime.time`)."""

HOLIDAYS = "holidays"
# What people write instead; only ever used to suggest the right word.
_OTHER_WORDS: dict[str, str] = {
    **{word: WEEKDAYS[number] for word, number in date_words.WEEKDAYS.items()},
    **dict.fromkeys(("lor", "lordag"), "sat"),
    **dict.fromkeys(("son", "sondag"), "sun"),
    **dict.fromkeys(("holiday", "public holidays", "public-holidays", "bank holidays", "red days"), HOLIDAYS),
    **dict.fromkeys(("helligdag", "helligdager", "helligdagar", "heilagdag", "heilagdagar"), HOLIDAYS),
    **dict.fromkeys(("røde dager", "høytid", "feiertage", "feiertag"), HOLIDAYS),
}
_SEVERAL: dict[str, str] = {
    **dict.fromkeys(("weekdays", "weekday", "workdays", "hverdager", "hverdag", "kvardagar", "werktags"), "mon-fri"),
    **dict.fromkeys(("weekend", "weekends", "helg", "helger", "helga", "helgar", "wochenende"), "sat-sun"),
    **dict.fromkeys(("daily", "every day", "everyday", "all", "alle", "alle dager", "hver dag", "kvar dag"), "mon-sun"),
}
AS_USUAL = "as usual"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOSED = {"closed", "stengt", "lukket", "lukka", "-", "–"}
_DASHES = "-–—"
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?"
_SPAN = re.compile(rf"\s*{_CLOCK}\s*[{_DASHES}]\s*{_CLOCK}\s*")
EXAMPLE = 'write hours like "10:00-18:00", "10-14, 18-20" or "closed".'


def parse_days(text: str) -> tuple[Weekday, ...]:
    """ "mon", "mon-fri", "sat-mon" (across the weekend) or "mon, wed" -> weekdays. ValueError says what is wrong."""
    days: list[Weekday] = []
    for part in text.split(","):
        ends = [_weekday(word, text) for word in re.split(f"[{_DASHES}]", part)]
        if len(ends) > 2:
            raise SettingError(f'"{text}" isn\'t a range of weekdays.', 'write it like "mon-fri" or "sat".')
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        days += [WEEKDAYS[(first + i) % 7] for i in range((last - first) % 7 + 1)]
    return tuple(dict.fromkeys(days))


def parse_spans(text: str) -> tuple[Span, ...]:
    """ "10:00-18:00", "10-14, 18-20", "18-01", "00-24" or "closed" -> spans in order. ValueError says what is wrong."""
    if text.strip().lower() in _CLOSED:
        return ()
    spans = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise SettingError(f'"{text}" isn\'t opening hours.', _hours_meant(text) or EXAMPLE)
        opening, closing = _minutes(*match.group(1, 2)), _minutes(*match.group(3, 4))
        if opening == closing:
            raise SettingError(f'"{part.strip()}" opens and closes at the same time.', 'the whole day is "00-24".')
        spans.append((_time(opening), _time(closing)))
    return tuple(sorted(spans))


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """Opening hours as they were written: spans by weekday, on public holidays, and on single dates. None: as on any
    other such weekday. `says_holidays`: they were written down, and not left to be closed."""

    week: dict[Weekday, tuple[Span, ...]]
    holidays: tuple[Span, ...] | None = ()
    dates: dict[date, tuple[Span, ...] | None] = field(default_factory=dict)
    says_holidays: bool = False


def parse_hours(hours: Mapping[str, str]) -> WrittenHours:
    """Every weekday's spans. A day by its own name beats a row of days: { mon-fri = "10-18", thu = "10-20" }.

    Raises ValueError when a day is named twice in the same way, or is "as usual" without being special.
    """
    week: dict[Weekday, tuple[Span, ...]] = dict.fromkeys(WEEKDAYS, ())
    dates = {date.fromisoformat(key): _special(text) for key, text in hours.items() if _DATE.fullmatch(key)}
    special = {key for key in hours if key == HOLIDAYS or _DATE.fullmatch(key)}
    named: dict[tuple[Weekday, bool], str] = {}
    rows = [(key, parse_days(key), _ordinary(key, text)) for key, text in hours.items() if key not in special]
    for key, days, _ in rows:
        for day in days:
            other = named.setdefault((day, len(days) == 1), key)
            if other != key:
                raise SettingError(f'"{other}" and "{key}" both give hours for {day}.', "keep one of them.")
    for _, days, day_spans in sorted(rows, key=lambda row: -len(row[1])):
        week.update(dict.fromkeys(days, day_spans))
    return WrittenHours(week, _special(hours.get(HOLIDAYS, "closed")), dates, HOLIDAYS in hours)


def check_days(text: str) -> str:
    """For pydantic: the text unchanged when it names weekdays, "holidays" or a date."""
    if text == HOLIDAYS:
        return text
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            date.fromisoformat(text)
            return text
    if weekday_meant(text) == HOLIDAYS:
        raise SettingError(f'There is no weekday "{text.strip()}".', f'did you mean "{HOLIDAYS}"?')
    if advice := date_advice(text):
        raise SettingError(*advice)
    parse_days(text)
    return text


def check_spans(text: str) -> str:
    """For pydantic: the text unchanged when it is opening hours."""
    parse_spans(text)
    return text


def check_open(text: str) -> str:
    """For pydantic: as `check_spans`, and "as usual" is right, too."""
    _special(text)
    return text


def _special(text: str) -> tuple[Span, ...] | None:
    return None if text.strip().lower() == AS_USUAL else parse_spans(text)


def _ordinary(key: str, text: str) -> tuple[Span, ...]:
    if text.strip().lower() == AS_USUAL:
        raise SettingError(f'"{key}" can\'t be "{AS_USUAL}". Only "{HOLIDAYS}" and dates can.', EXAMPLE)
    return parse_spans(text)


def weekday_meant(word: str) -> str:
    """The weekday, the weekdays, or "holidays", that were probably meant by another word; "" when none is close."""
    return _SEVERAL.get(word.strip().casefold()) or closest(word, (*WEEKDAYS, HOLIDAYS), _OTHER_WORDS)


def _days_meant(text: str) -> str:
    """ "man-fre" as it is written here: "mon-fri"; "" when one of the words is none that is known."""
    days = re.sub(r"[^\W\d_]+", lambda word: weekday_meant(word[0]) or "?", text.strip())
    return days if re.fullmatch(rf"\w{{3}}(?:\s*[{_DASHES},]\s*\w{{3}})*", days) else ""


def _weekday(text: str, whole: str = "") -> Weekday:
    word = text.strip().lower()
    for day in WEEKDAYS:
        if word == day:
            return day
    close = _SEVERAL.get((whole or text).strip().casefold()) or closest(word, WEEKDAYS, _OTHER_WORDS)
    if close and whole and (days := _days_meant(whole)):
        close = days
    hint = f'did you mean "{close}"?' if close else f"the weekdays are {', '.join(WEEKDAYS)}."
    raise SettingError(f'There is no weekday "{text.strip()}".', hint)


def _hours_meant(text: str) -> str:
    """A hint for "kl. 10 til 18": two times, and only words between them; "" for anything else."""
    times = re.fullmatch(rf"[^\d\W.]*\.?\s*{_CLOCK}(?![:.]\d)\D{{1,9}}?{_CLOCK}\s*[^\d\W]*\.?", text.strip())
    if times is None or int(times[1]) > 24 or int(times[3]) > 24:
        return ""
    opening, closing = (f"{int(times[n]):02}:{times[n + 1] or '00'}" for n in (1, 3))
    return f'write "{opening}-{closing}".'


def _minutes(hour: str, minute: str | None) -> int:
    total = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or total > 24 * 60:
        raise SettingError(f'There is no time of day "{hour}:{minute or "00"}".', EXAMPLE)
    return total


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
