"""Dates and times as people write them in Norway: "lørdag 5. desember", "5.-7.12.2026", "kl. 18-20". Pure.

Bokmål, nynorsk and English. Strict: what is not understood as a whole is refused, since half of it may be wrong.
The day comes first: 5/12/2026 is in December. Clock times are minutes after midnight, so that 24:00 can be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.domain.date_words import MONTHS, NAMES, WEEKDAYS, any_of
from signage.sources.formats.times import TYPING_ERROR, overnight, settled, span

LONGEST = 100  # characters; a cell with more is not a date
OLD = timedelta(days=30)  # how far back a date without a year may lie
YEARS = range(1970, 2200)
MIDNIGHT = 24 * 60
FIRST_SERIAL = date(1899, 12, 30)  # day 0 of Excel, which believes in 29 February 1900
SERIALS = range(20_000, 80_000)  # 1954 to 2119; other numbers are no dates

_DASH = r"\s*(?:-|–|—|−|\btil\b|\bto\b|\bt\.?\s?o\.?\s?m\.?(?=\s))\s*"
_MONTH = any_of(MONTHS)
_WEEKDAY = rf"(?:(?P<weekday{{0}}>{any_of(WEEKDAYS)})(?:en)?\b\.?,?\s*(?:den\s+)?)?"
_ISO = r"(?P<iso{0}>\d{{4}}-\d\d-\d\d)(?!\d)"
_NUMBERED = (
    r"(?P<day{0}>\d{{1,2}})\s?(?P<mark{0}>[./-])\s?(?P<month{0}>\d{{1,2}})"
    r"(?:\s?(?P=mark{0})\s?(?P<year{0}>\d{{4}}|\d\d)(?!\d)|\.?(?:\s(?P<late{0}>\d{{4}})(?!\d))?)"
)
_WORDED = rf"(?P<wday{{0}}>\d{{{{1,2}}}})\.?\s?(?P<word{{0}}>{_MONTH})\b\.?(?:,?\s?(?P<wyear{{0}}>\d{{{{4}}}})(?!\d))?"
_DATE = rf"{_WEEKDAY}(?:{_ISO}|{_WORDED}|{_NUMBERED})"
_ONE = re.compile(_DATE.format(1))
_ENGLISH = re.compile(
    rf"{_WEEKDAY.format(1)}(?P<word>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<year>\d{{4}}))?\b"
)
_TWO = re.compile(rf"{_DATE.format(1)}{_DASH}{_DATE.format(2)}")
_DAYS = re.compile(rf"{_WEEKDAY.format(1)}(?P<first>\d{{1,2}})\.?{_DASH}{_DATE.format(2)}")  # "5.-7. desember"
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d{1,15}))?")
_BETWEEN = re.compile(r"[\s,;]*(?:t(?=\d)|@)?\s*")  # a date, and the time that follows it

_CLOCK = (
    r"(?P<hour{0}>\d{{1,2}})(?:\s?[.:,]\s?(?P<minute{0}>[0-5]\d)|(?P<bare{0}>(?<=\d\d)[0-5]\d))?"
    r"(?:[.:]00(?!\d))?\s?(?P<half{0}>[ap]\.?m\b\.?)?"
)
_AT = r"(?:(?:fra|frå|from|ca|om)\b\.?\s*)*(?:(?:klokka|klokken|kl|at)\b\.?:?\s*)?(?:ca\b\.?\s*)?"
_TIMES = re.compile(
    rf"{_AT}{_CLOCK.format(1)}(?:{_DASH}{_AT}{_CLOCK.format(2)})?(?:{_DASH})?(?:\s*(?:uhr|h))?", re.IGNORECASE
)
_FRACTION = re.compile(r"0(?:,(\d{1,15})|\.(\d|[6-9]\d|\d{3,15}))")  # of a day, as Excel keeps a time
_ALL_DAY = frozenset({"hele dagen", "heile dagen", "heldags", "heldag", "all day", "hele dag"})
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class WrittenTimes:
    """From and until when, in minutes after midnight. Without a start: the whole day."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day, both included, and the clock times if they stand there, too."""

    first: date
    last: date
    times: WrittenTimes = WrittenTimes()


def weekday(text: str) -> int | None:
    """0 for Monday, "man.", "Må"; None for what is no weekday."""
    return WEEKDAYS.get(text.strip(" .,:").casefold())


def read_times(text: str) -> WrittenTimes:
    """ "18-20", "kl. 18", "18.00–20.00", "1800", "6:30 pm", "hele dagen", and "0,75" from Excel. Raises ValueError."""
    plain = _plain(text)
    if plain in _ALL_DAY:
        return WrittenTimes()
    if found := _FRACTION.fullmatch(plain):
        return WrittenTimes(_of_day(found[1] or found[2]))
    found = _TIMES.fullmatch(plain)
    if found is None:
        raise ValueError(f'the time "{_quoted(text)}" is not understood')
    start = _minutes(found, "1")
    end = _minutes(found, "2") if found["hour2"] is not None else None
    return WrittenTimes(start, end)


def read_days(text: str, near: date, said: int | None = None) -> Days:
    """A date or a span, with or without times behind it. Raises ValueError, also when its weekday is another one.

    A date without a year is the first one from 30 days before `near`; with a weekday, in it or `said` elsewhere, it
    may also be last year's: what is over stays in a sheet.
    """
    plain = _plain(text)
    if found := _SERIAL.fullmatch(plain):
        day, times = _from_serial(found, text)
        return Days(*_agreeing(day, day, said, text), times)
    for pattern, read in ((_DAYS, _several), (_TWO, _two), (_ONE, _one), (_ENGLISH, _english)):
        found = pattern.match(plain)
        rest = _times_behind(plain[found.end() :]) if found else None
        if found and rest is not None:
            first, last = read(found, near, said, text)
            return Days(first, last, rest)
    raise ValueError(f'the date "{_quoted(text)}" is not understood')


def times_on(
    day: date, times: WrittenTimes, zone: ZoneInfo, warn: Callable[[str], None]
) -> tuple[date | datetime, date | datetime | None]:
    """From when to when, on a day; `warn` gets a sentence about an end that is left out."""
    if times.start is None:
        return day, day + timedelta(days=1)
    midnight = datetime.combine(day, time(), zone)
    start = midnight + timedelta(minutes=times.start)
    if times.end is None or times.end == times.start:
        return settled(start), None
    end: datetime | None = midnight + timedelta(minutes=times.end)
    if times.end < times.start:
        end = overnight(start, midnight + timedelta(minutes=times.end))
    if end is None:
        warn(TYPING_ERROR)
        return settled(start), None
    return span(start, end)


def _plain(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f'"{_quoted(text)}" is too long for a date or a time')
    return " ".join(_BRACKETS.sub(" ", text).casefold().split()).strip(" .,;")


def _quoted(text: str) -> str:
    return " ".join(text.split())[:40]


def _of_day(decimals: str) -> int:
    return round(float(f"0.{decimals}") * MIDNIGHT)


def _minutes(found: re.Match[str], which: str) -> int:
    hour, minute = int(found[f"hour{which}"]), int(found[f"minute{which}"] or found[f"bare{which}"] or 0)
    if half := found[f"half{which}"]:
        if not 1 <= hour <= 12:
            raise ValueError(f'"{found[0]}" is not a time of day')
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour * 60 + minute > MIDNIGHT:
        raise ValueError(f'"{found[0]}" is not a time of day')
    return hour * 60 + minute


def _times_behind(rest: str) -> WrittenTimes | None:
    """The times in the rest of a cell; None when there is something else."""
    text = _BETWEEN.sub("", rest, count=1)
    if not text:
        return WrittenTimes()
    if not rest[:1].isspace() and rest[:1] not in (",", ";", "t", "@"):
        return None
    try:
        return read_times(text)
    except ValueError:
        return None


def _from_serial(found: re.Match[str], text: str) -> tuple[date, WrittenTimes]:
    if int(found[1]) not in SERIALS:
        raise ValueError(f'the date "{_quoted(text)}" is not understood')
    return FIRST_SERIAL + timedelta(days=int(found[1])), WrittenTimes(_of_day(found[2])) if found[2] else WrittenTimes()


def _several(found: re.Match[str], near: date, said: int | None, text: str) -> tuple[date, date]:
    """The days of "5.-7. desember". Only the day of the first one is written."""
    last = _parts(found, "2")

    def dates(year: int) -> tuple[date, date]:
        end = _date(last.year or year, last.month, last.day, text)
        return _date(end.year, end.month, int(found["first"]), text), end

    return _settled(dates, last.year, near, found, said, text)


def _two(found: re.Match[str], near: date, said: int | None, text: str) -> tuple[date, date]:
    """The days of "5. desember - 7. januar 2027"."""
    first, last = _parts(found, "1"), _parts(found, "2")

    def dates(year: int) -> tuple[date, date]:
        over = (first.month, first.day) > (last.month, last.day)
        end = _date(last.year or (first.year + over if first.year else year), last.month, last.day, text)
        return _date(first.year or end.year - over, first.month, first.day, text), end

    return _settled(dates, last.year or first.year, near, found, said, text)


def _one(found: re.Match[str], near: date, said: int | None, text: str) -> tuple[date, date]:
    day = _parts(found, "1")

    def dates(year: int) -> tuple[date, date]:
        single = _date(day.year or year, day.month, day.day, text)
        return single, single

    return _settled(dates, day.year, near, found, said, text)


def _english(found: re.Match[str], near: date, said: int | None, text: str) -> tuple[date, date]:
    """The day of "December 5th, 2026"."""
    given = int(found["year"]) if found["year"] else None

    def dates(year: int) -> tuple[date, date]:
        single = _date(given or year, MONTHS[found["word"]], int(found["day"]), text)
        return single, single

    return _settled(dates, given, near, found, said, text)


@dataclass(frozen=True, slots=True)
class _Parts:
    day: int
    month: int
    year: int | None


def _parts(found: re.Match[str], which: str) -> _Parts:
    if iso := found[f"iso{which}"]:
        year, month, day = map(int, iso.split("-"))
        return _Parts(day, month, year)
    if word := found[f"word{which}"]:
        written = found[f"wyear{which}"]
        return _Parts(int(found[f"wday{which}"]), MONTHS[word], int(written) if written else None)
    written = found[f"year{which}"] or found[f"late{which}"]
    year_ = int(written) + (2000 if len(written) == 2 else 0) if written else None
    return _Parts(int(found[f"day{which}"]), int(found[f"month{which}"]), year_)


def _date(year: int, month: int, day: int, text: str) -> date:
    if year not in YEARS:
        raise ValueError(f'the year of "{_quoted(text)}" can\'t be right')
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f'the date "{_quoted(text)}" does not exist') from None


def _settled(
    dates: Callable[[int], tuple[date, date]],
    given: int | None,
    near: date,
    found: re.Match[str],
    said: int | None,
    text: str,
) -> tuple[date, date]:
    """The days in their year, when the weekdays that are said agree."""
    groups = found.groupdict()
    weekdays = [WEEKDAYS[word] if (word := groups.get(f"weekday{n}")) else None for n in (1, 2)]
    claims = [said if weekdays[0] is None else weekdays[0], weekdays[1]]
    if said is not None and weekdays[0] not in (None, said):
        raise ValueError(f'"{_quoted(text)}" is also called a {NAMES[said]}')
    if given is not None:
        return _agreeing(*dates(given), claims[0], text, claims[1])
    candidates = _candidates(dates, near, any(claim is not None for claim in claims))
    if not candidates:
        return dates(near.year)  # raises: it does not exist
    problem: ValueError | None = None
    for first, last in candidates:
        try:
            return _agreeing(first, last, claims[0], text, claims[1])
        except ValueError as error:
            problem = problem or error
    raise problem or AssertionError


def _candidates(dates: Callable[[int], tuple[date, date]], near: date, checked: bool) -> list[tuple[date, date]]:
    """The next time that these days come; with a weekday to check also the last time, if that is nearer."""
    known = []
    for year in (near.year - 1, near.year, near.year + 1):
        with suppress(ValueError):
            known.append(dates(year))
    coming = next((pair for pair in known if pair[1] >= near - OLD), None)
    gone = next((pair for pair in reversed(known) if pair[1] < near - OLD), None)
    if coming is None:
        return [gone] if gone else []
    nearer = checked and gone is not None and near - gone[1] < coming[0] - near
    return [coming, gone] if nearer and gone else [coming]


def _agreeing(first: date, last: date, said: int | None, text: str, said_last: int | None = None) -> tuple[date, date]:
    for day, claim in ((first, said), (last, said_last)):
        if claim is not None and day.weekday() != claim:
            raise ValueError(f'"{_quoted(text)}" is a {NAMES[day.weekday()]} in {day.year}, not a {NAMES[claim]}')
    if last < first:
        raise ValueError(f'"{_quoted(text)}" ends before it begins')
    return first, last
