"""Which evenings a course is on, from what its description says: "Onsdag 2. desember kl. 18-21". Pure.

Ticket shops have one start and one end for a course of many weeks; that it is on three evenings is only in the
text. Read in Norwegian (bokmål and nynorsk). A date counts when it lies within the course; with its weekday the two
must agree, or neither is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain

from signage.domain.date_words import NORWEGIAN_MONTHS, NORWEGIAN_WEEKDAYS, any_of
from signage.domain.markup import unescape
from signage.sources.formats.times import span

LONGEST = 20_000  # characters of a description that are looked at
LINE = 1000  # and of one sentence, since the patterns look back and forth
MOST = 100  # evenings of one course; two a week for a year
LEAST = 2  # dates that make a list; one alone is where a festival's bus goes

_WEEKDAY = rf"(?:{any_of(chain(*NORWEGIAN_WEEKDAYS))})(?:en|ene|er|ar|ane|s)?\b\.?,?\s*(?:den\s+)?"
_MONTH = any_of(chain(*NORWEGIAN_MONTHS))
_DAY = rf"(?:{_WEEKDAY})?\b[0-3]?\d\b\.?"
_AND = r"\s*(?:,|&|\+|/|\bog\b|,\s*og\b)\s*"
_DASH = r"\s*(?:-|–|—|\btil\b|\bt\.?o\.?m\.?)\s*"
_YEAR = r"(?:\s*(?P<{0}>20\d\d)\b)?"
# "onsdag 2., 9. og 16. desember 2026", "torsdag den 3. des."
_WORDED = re.compile(
    rf"(?P<days>{_DAY}(?:{_AND}{_DAY}){{0,30}})\s*(?P<month>{_MONTH})\b\.?{_YEAR.format('year')}", re.I
)
# "ons 2.12.", "2/12", "02.12.2026", "2.12.26"
_NUMBERED = re.compile(
    rf"(?P<weekday>{_WEEKDAY})?(?<![\d.,:/])(?P<day>[0-3]?\d)\s?[./]\s?(?P<month>[01]?\d)\b(?:\s?[./]\s?(?P<year>20\d\d|\d\d)\b)?",
    re.I,
)
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
_NUMBER_DAY = r"[0-3]?\d\s?[./]\s?[01]?\d\.?(?:\s?20\d\d)?"
# "9.-23. september", "9. september til 23. september", "9.9.-23.9.": a span, which names no single date
_SPANS = (
    re.compile(rf"{_DAY}(?:\s*(?:{_MONTH})\b\.?(?:\s*20\d\d)?)?{_DASH}{_DAY}\s*(?:{_MONTH})\b\.?(?:\s*20\d\d)?", re.I),
    re.compile(rf"(?:{_WEEKDAY})?(?<![\d.,:/]){_NUMBER_DAY}{_DASH}(?:{_WEEKDAY})?{_NUMBER_DAY}(?!\d)", re.I),
)
_CLOCK = r"([012]?\d)(?:[.:]?([0-5]\d))?(?!\d|[.:]\d)"
_TIMES = re.compile(rf"\b(?:klokka|klokken|kl)\.?:?\s*{_CLOCK}(?:{_DASH}(?:kl\.?\s*)?{_CLOCK})?", re.I)
_COLON_TIMES = re.compile(rf"(?<![\d.:])([012]?\d):([0-5]\d)(?:{_DASH}([012]?\d)[.:]([0-5]\d))?(?![\d.:]\d)", re.I)
_DOTTED_TIMES = re.compile(rf"(?<![\d.:])([012]?\d)\.([0-5]\d){_DASH}([012]?\d)\.([0-5]\d)(?![\d.:]\d)", re.I)
_BREAKS = re.compile(r"<\s?/?\s?(?:p|br|li|ul|ol|div|tr|td|th|table|h[1-6])\b[^<>]*>", re.I)
_LINE_ENDS = re.compile(r"[\r\n;•]+")
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE = re.compile(rf"(?<=[^\W\d][.!?])\s+(?=[A-ZÆØÅ])|(?<=\d[.!?])\s+(?=[A-ZÆØÅ])(?!(?i:{_MONTH})\b)")
# Dates of something else than the evenings.
_OTHER = re.compile(r"frist|innen\b|senest|seinast|påmeld|avmeld|avbestill|refusjon|refunder|salget|født", re.I)


_Times = tuple[time, time | None]  # from, and until when


@dataclass(frozen=True, slots=True)
class Evening:
    """One of the dates. `end` is None where neither the text nor the course says."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Evenings:
    """The dates in order, and those that were dropped: "tirsdag 2. desember is a Wednesday" as sentences."""

    all: tuple[Evening, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Named:
    """A date in a line: where, and whether its weekday is another one."""

    at: int
    day: date
    words: str
    weekday: int | None


def named_evenings(description: str, first: datetime, last: datetime) -> Evenings:
    """The evenings that a description (HTML or text) names of a course from `first` to `last`, both in the local zone.

    None, unless it names at least two dates that fit: all of one kind (one weekday or one time), or from the first to
    the last day of the course. Where a line names no time, it is the course's.
    """
    days: dict[date, _Times] = {}
    dropped: dict[date, str] = {}
    named: set[date] = set()
    for line in _lines(description):
        dates, clocks = _read(line, first.date(), last.date())
        for each in dates:
            named.add(each.day)
            if each.weekday is not None and each.weekday != each.day.weekday():
                dropped[each.day] = f'"{each.words}" is another weekday'
                continue
            times = _time_of(each, clocks) or (first.time(), None)
            if times == (first.time(), None):
                times = first.time(), last.time()
            days[each.day] = _joined(days.get(each.day), times)
    days = {day: days[day] for day in sorted(days) if day not in dropped}
    if len(named) < LEAST or not days or not _fits(days, named, first.date(), last):
        return Evenings((), tuple(dropped.values()))
    evenings = [_evening(day, *times, first) for day, times in list(days.items())[:MOST]]
    return Evenings(tuple(evenings), tuple(dropped.values()))


def _fits(days: Mapping[date, _Times], named: set[date], first: date, last: datetime) -> bool:
    """Whether the dates are the course's evenings, and not some days on which an exhibition has guides.

    `named`: with those that were dropped. Nights end on the day after their date.
    """
    if min(named) != first:
        return False
    alike = len({day.weekday() for day in days}) == 1 or len({start for start, _ in days.values()}) == 1
    return alike or max(named) in (last.date(), (last - timedelta(hours=8)).date())


def _lines(description: str) -> Iterator[str]:
    """The sentences that may name dates, without markup."""
    text = description[:LONGEST]
    for _ in range(2):  # markup that was escaped as text
        text = unescape(_TAG.sub(" ", _BREAKS.sub("\n", text)))
    for line in _LINE_ENDS.split(text):
        for sentence in _SENTENCE.split(" ".join(line.split())):
            sentence = sentence[:LINE]
            if any(c.isdigit() for c in sentence) and not _OTHER.search(sentence):
                yield sentence


def _read(line: str, first: date, last: date) -> tuple[list[_Named], list[tuple[int, time, time | None]]]:
    """The dates of a line that lie within the course, and its times, each with its position."""
    clocks: list[tuple[int, time, time | None]] = []

    def taken(found: re.Match[str]) -> str:
        begins, ends = _clock(found[1], found[2]), _clock(found[3], found[4])
        if begins is not None:
            clocks.append((found.start(), begins, ends))
        return "\x00" * len(found[0])

    def taken_behind_a_date(found: re.Match[str]) -> str:
        before = line[max(0, found.start() - 60) : found.start()]
        behind = _WORDED.search(before) or _NUMBERED.search(before) or _ISO.search(before)
        return taken(found) if behind else found[0]

    line = _TIMES.sub(taken, line)
    line = _COLON_TIMES.sub(taken, line)
    line = _DOTTED_TIMES.sub(taken_behind_a_date, line)
    for spans in _SPANS:
        line = spans.sub(lambda found: "\x00" * len(found[0]), line)
    dates = [*_worded(line, first, last), *_numbered(line, first, last)]
    return sorted(dates, key=lambda each: each.at), sorted(clocks, key=lambda each: each[0])


def _worded(line: str, first: date, last: date) -> Iterator[_Named]:
    for found in _WORDED.finditer(line):
        month = _index(NORWEGIAN_MONTHS, found["month"]) + 1
        weekday: int | None = None
        for each in re.finditer(rf"(?P<weekday>{_WEEKDAY})?\b(?P<day>[0-3]?\d)\b", found["days"], re.I):
            if each["weekday"]:  # "onsdager 2., 9. og 16.": it holds for those behind it
                weekday = _index(NORWEGIAN_WEEKDAYS, each["weekday"])
            day = _within(found["year"], month, each["day"], first, last)
            if day is not None:
                words = f"{each[0]}. {found['month']}"
                yield _Named(found.start() + each.start(), day, words, weekday)


def _numbered(line: str, first: date, last: date) -> Iterator[_Named]:
    for pattern in (_NUMBERED, _ISO):
        for found in pattern.finditer(line):
            year = f"20{found['year']}" if len(found["year"] or "") == 2 else found["year"]
            day = _within(year, int(found["month"]), found["day"], first, last)
            weekday = found.groupdict().get("weekday")
            if day is not None:
                yield _Named(
                    found.start(), day, found[0].strip(), _index(NORWEGIAN_WEEKDAYS, weekday) if weekday else None
                )


def _within(year: str | None, month: int, day: str, first: date, last: date) -> date | None:
    """The date, in the year in which it lies within the course; None when there is none."""
    for candidate in [int(year)] if year else range(first.year, last.year + 1):
        try:
            found = date(candidate, month, int(day))
        except ValueError:
            continue
        if first <= found <= last:
            return found
    return None


def _index(names: tuple[tuple[str, ...], ...], word: str) -> int:
    return next(number for number, group in enumerate(names) if re.match(any_of(group), word, re.I))


def _clock(hour: str | None, minute: str | None) -> time | None:
    if hour is None or int(hour) > 24:
        return None
    return time(int(hour) % 24, int(minute or 0))


def _time_of(each: _Named, clocks: list[tuple[int, time, time | None]]) -> _Times | None:
    """The time after a date, or else the one before it."""
    behind = [(start, end) for at, start, end in clocks if at > each.at]
    before = [(start, end) for at, start, end in clocks if at < each.at]
    return behind[0] if behind else before[-1] if before else None


def _joined(known: _Times | None, new: _Times) -> _Times:
    """Two times of one date: from the earlier start to the later end."""
    if known is None or known == new:
        return new
    ends = [end for end in (known[1], new[1]) if end is not None]
    return min(known[0], new[0]), max(ends, default=None)


def _evening(day: date, begins: time, ends: time | None, first: datetime) -> Evening:
    """In the course's zone. An end before the start is on the next day; the same is none."""
    start = datetime.combine(day, begins, first.tzinfo)
    if ends is None or ends == begins:
        return Evening(span(start, start)[0], None)
    end = datetime.combine(day if ends > begins else day + timedelta(days=1), ends, first.tzinfo)
    return Evening(*span(start, end))
