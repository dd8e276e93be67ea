"""When a course or a play is on, from what its description says: "Onsdag 2. desember kl. 18-21". Pure.

Ticket shops have one start and one end for a course of many weeks, and theatres for a play with five showings; the
dates are only in the text. Read in Norwegian (bokmål and nynorsk). A date counts when it lies within the course; with
its weekday the two must agree, or neither is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, pairwise

from signage.domain.date_words import NORWEGIAN_MONTHS, NORWEGIAN_WEEKDAYS, any_of
from signage.domain.markup import unescape
from signage.sources.formats.times import overnight, span

LONGEST = 20_000  # characters of a description that are looked at
LINE = 1000  # and of one sentence, since the patterns look back and forth
MOST = 100  # evenings of one course; two a week for a year
LEAST = 2  # dates that make a list; one alone is where a festival's bus goes
ONE_EVENING = timedelta(hours=24)  # what lasts longer may be a course
ANOTHER_SHOWING = timedelta(minutes=45)  # after the one before, on the same day; less is when the doors open

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
_MORE_TIMES = re.compile(rf"{_AND}(?:kl\.?\s*)?{_CLOCK}(?!\s?[./]|\s*(?:{_MONTH})\b|{_DASH}\d)", re.I)  # "kl. 13 og 16"
_COLON_TIMES = re.compile(rf"(?<![\d.:])([012]?\d):([0-5]\d)(?:{_DASH}([012]?\d)[.:]([0-5]\d))?(?![\d.:]\d)", re.I)
_DOTTED_TIMES = re.compile(rf"(?<![\d.:])([012]?\d)\.([0-5]\d){_DASH}([012]?\d)\.([0-5]\d)(?![\d.:]\d)", re.I)
_BREAKS = re.compile(r"<\s?/?\s?(?:p|br|li|ul|ol|div|tr|td|th|table|h[1-6])\b[^<>]*>", re.I)
_LINE_ENDS = re.compile(r"[\r\n;•]+")
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE = re.compile(rf"(?<=[^\W\d][.!?])\s+(?=[A-ZÆØÅ])|(?<=\d[.!?])\s+(?=[A-ZÆØÅ])(?!(?i:{_MONTH})\b)")
# Dates of something else than the evenings, and days on which it is closed.
_OTHER = re.compile(
    r"vernissage|finissage|omvis|kunstnersamtale|frist|innen\b|senest|seinast|påmeld|avmeld|avbestill"
    r"|refusjon|refunder|salget|\bi salg?\b|forsalg?\b|billettslepp|billettslipp|salgsstart|født"
    r"|steng[td]|unntatt|unntak|unnateke|utenom|utanom|bortsett fr[aå]|avlyst",
    re.I,
)
# What is before the date on which a span ends: "Siste dag er 31. januar". "til" only behind another date.
_ENDS = re.compile(
    r"(?:\bsiste dag\w*(?: er)?|\b(?:slutter|sluttar|avsluttes|avsluttas|avsluttast|ender|endar"
    r"|hjemkomst|hjemreise|heimkomst|heimreise|retur))[\s:]*$",
    re.I,
)
_UNTIL = re.compile(r"\b(?:til|t\.?\s?o\.?\s?m\.?|til og med|og med|ut)[\s:]*$", re.I)
_CONNECTED = re.compile(r"[\s,.&+/;()\x00–-]*(?:(?:og|samt|så|and)\b)?[\s,\x00]*", re.I)
# A date alone in its line, or behind "Dag 2:", "3. kveld".
_LABEL = re.compile(
    r"[\W\d\x00]*(?:(?:kurs|første|fyrste|andre|tredje|fjerde)?(?:dag|kveld|økt|del|gang|samling|time|modul"
    r"|forestilling|framsyning|førestilling|visning|dato|den)\w{0,2}[\W\d\x00]*)?",
    re.I,
)


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
    mistyped: bool = False  # one of them ends before it starts; its end is left out


@dataclass(slots=True)
class _Named:
    """A date in a line: where, and whether its weekday is another one."""

    at: int
    until: int
    day: date
    words: str
    weekday: int | None


def named_evenings(description: str, first: datetime, last: datetime) -> Evenings:
    """The evenings that a description (HTML or text) names of a course from `first` to `last`, both in the local zone.

    None, unless it names at least two dates that fit: all of one kind (one weekday or one time), or from the first to
    the last day of the course. Where a line names no time, it is the course's; that counts only in a list, or when all
    dates are one weekday: "Åpning 1. desember. Kunstneren kommer 5. desember" are no showings.
    """
    days: dict[date, list[_Times]] = {}
    dropped: dict[date, str] = {}
    named: set[date] = set()
    loose: set[date] = set()  # without a time, and in no list
    for line in _lines(description):
        line, dates, clocks = _read(line, first.date(), last.date())
        is_list = _is_list(line, dates)
        for each in dates:
            named.add(each.day)
            if each.weekday is not None and each.weekday != each.day.weekday():
                dropped[each.day] = f'"{each.words}" is another weekday'
                continue
            found = _times_of(each, dates, clocks)
            if not found and not is_list:
                loose.add(each.day)
            for times in found or [(first.time(), None)]:
                known = times if times != (first.time(), None) else (first.time(), last.time())
                _add(days.setdefault(each.day, []), known)
    days = {day: days[day] for day in sorted(days) if day not in dropped}
    if loose and len({day.weekday() for day in days}) > 1:
        return Evenings((), tuple(dropped.values()))
    if len(named) < LEAST or not days or not _fits(days, named, first.date(), last):
        return Evenings((), tuple(dropped.values()))
    all_times = [(day, *times) for day, listed in days.items() for times in sorted(listed, key=lambda each: each[0])]
    evenings = [_evening(*each, first) for each in all_times[:MOST]]
    mistyped = any(end is not None and end < begin and not _is_night(begin, end) for _, begin, end in all_times)
    left_out = [f"only the first {MOST} of {len(all_times)} are read"] if len(all_times) > MOST else []
    return Evenings(tuple(evenings), (*dropped.values(), *left_out), mistyped)


def _fits(days: Mapping[date, list[_Times]], named: set[date], first: date, last: datetime) -> bool:
    """Whether the dates are the course's evenings, and not some days on which an exhibition has guides.

    `named`: with those that were dropped. Nights end on the day after their date.
    """
    if min(named) != first:
        return False
    alike = (
        len({day.weekday() for day in days}) == 1
        or len({start for listed in days.values() for start, _ in listed}) == 1
    )
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


def _is_list(line: str, dates: list[_Named]) -> bool:
    """Whether a line does nothing but list dates: "2. og 9. desember", or a date alone behind "Dag 2:"."""
    if len(dates) > 1:
        return all(_CONNECTED.fullmatch(line[one.until : two.at]) for one, two in pairwise(dates))
    return bool(dates) and bool(_LABEL.fullmatch(line[: dates[0].at]) and _LABEL.fullmatch(line[dates[0].until :]))


def _is_end(line: str, each: _Named, dates: list[_Named]) -> bool:
    """Whether a date only says when a span ends."""
    before = line[max(0, each.at - 40) : each.at]
    return bool(_ENDS.search(before) or (each is not dates[0] and _UNTIL.search(before)))


def _read(line: str, first: date, last: date) -> tuple[str, list[_Named], list[tuple[int, time, time | None]]]:
    """The dates of a line that lie within the course, and its times, each with its position.

    Also the line itself, with NUL in place of its times and spans.
    """
    clocks: list[tuple[int, time, time | None]] = []

    def taken(found: re.Match[str]) -> str:
        begins, ends = _clock(found[1], found[2]), _clock(found[3], found[4])
        if begins is not None:
            clocks.append((found.start(), begins, ends))
            at = found.end()
            while ends is None and (more := _MORE_TIMES.match(found.string, at)):
                if (another := _clock(more[1], more[2])) is not None:
                    clocks.append((found.start(), another, None))
                at = more.end()
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
    dates = sorted((*_worded(line, first, last), *_numbered(line, first, last)), key=lambda each: each.at)
    dates = [each for each in dates if not _is_end(line, each, dates)]
    return line, dates, sorted(clocks, key=lambda each: each[0])


def _worded(line: str, first: date, last: date) -> Iterator[_Named]:
    for found in _WORDED.finditer(line):
        month = _index(NORWEGIAN_MONTHS, found["month"]) + 1
        weekday: int | None = None
        end_of_days = len(found["days"].rstrip(" ."))
        for each in re.finditer(rf"(?P<weekday>{_WEEKDAY})?\b(?P<day>[0-3]?\d)\b", found["days"], re.I):
            if each["weekday"]:  # "onsdager 2., 9. og 16.": it holds for those behind it
                weekday = _index(NORWEGIAN_WEEKDAYS, each["weekday"])
            day = _within(found["year"], month, each["day"], first, last)
            if day is not None:
                words = f"{each[0]}. {found['month']}"
                until = found.end() if each.end() == end_of_days else found.start() + each.end()
                yield _Named(found.start() + each.start(), until, day, words, weekday)


def _numbered(line: str, first: date, last: date) -> Iterator[_Named]:
    for pattern in (_NUMBERED, _ISO):
        for found in pattern.finditer(line):
            year = f"20{found['year']}" if len(found["year"] or "") == 2 else found["year"]
            day = _within(year, int(found["month"]), found["day"], first, last)
            weekday = found.groupdict().get("weekday")
            if day is not None:
                number = _index(NORWEGIAN_WEEKDAYS, weekday) if weekday else None
                yield _Named(found.start(), found.end(), day, found[0].strip(), number)


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


def _times_of(each: _Named, dates: list[_Named], clocks: list[tuple[int, time, time | None]]) -> list[_Times]:
    """The times between a date and the next one; else the next that follow, or else the last one before it."""
    behind = [(at, start, end) for at, start, end in clocks if at > each.at]
    if not behind:
        return [(start, end) for at, start, end in clocks if at < each.at][-1:]
    following = min((other.at for other in dates if other.at > behind[0][0]), default=None)
    own = [(start, end) for at, start, end in behind if following is None or at < following]
    return own if all(end is None for _, end in own) else own[:1]


def _add(known: list[_Times], new: _Times) -> None:
    """Add a time of a date. One with an end is joined with what is known: from the earlier start to the later end."""
    if new in known:
        return
    both = sorted((*known, new), key=lambda each: each[0])
    if all(end is None for _, end in both):
        apart = [True, *(_minutes(two[0]) - _minutes(one[0]) >= ANOTHER_SHOWING for one, two in pairwise(both))]
        known[:] = [each for each, is_another in zip(both, apart, strict=True) if is_another]
        return
    ends = [end for _, end in both if end is not None]
    known[:] = [(both[0][0], max(ends, default=None))]


def _minutes(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _is_night(begins: time, ends: time) -> bool:
    day = date(2000, 1, 1)
    return overnight(datetime.combine(day, begins), datetime.combine(day, ends)) is not None


def _evening(day: date, begins: time, ends: time | None, first: datetime) -> Evening:
    """In the course's zone. An end before the start is on the next day; the same, or a typing error, is none."""
    start = datetime.combine(day, begins, first.tzinfo)
    end = None if ends is None or ends == begins else datetime.combine(day, ends, first.tzinfo)
    if end is not None and end < start:
        end = overnight(start, end)
    return Evening(span(start, start)[0], None) if end is None else Evening(*span(start, end))
