"""Calendars that cost a computer more than their size: the time to read one grows as its size does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from signage.domain.model import Record
from signage.errors import SourceError
from signage.sources.base import FetchWindow
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures.scaling import check_linear, seconds

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
WINDOW = FetchWindow(date(2026, 12, 1), date(2027, 1, 31))
HEAD, TAIL = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", b"END:VCALENDAR\r\n"
EVENT = b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261203T100000Z\r\nSUMMARY:Kor\r\n"
END = b"END:VEVENT\r\n"
OBSERVANCE = b"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"


def with_line(lines: bytes) -> bytes:
    return HEAD + EVENT + lines + END + TAIL


def numbered(template: bytes, count: int) -> bytes:
    return b"".join(template % number for number in range(count))


def with_zone(definition: bytes) -> bytes:
    event = EVENT.replace(b"DTSTART:", b"DTSTART;TZID=X:").replace(b"0Z", b"0")
    return HEAD + b"BEGIN:VTIMEZONE\r\nTZID:X\r\n" + definition + b"END:VTIMEZONE\r\n" + event + END + TAIL


def day(number: int) -> bytes:
    return b"20%02d%02d%02dT100000Z" % (number // 336 % 80 + 10, number % 12 + 1, number % 28 + 1)


# name -> how to write one of a size, and the smaller size that is measured
CALENDARS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "blank lines, CRLF": (lambda n: HEAD + EVENT + END + b"\r\n" * n + TAIL, 25_000),
    "blank lines, LF": (lambda n: (HEAD + EVENT + END).replace(b"\r\n", b"\n") + b"\n" * n + TAIL, 25_000),
    "blank lines, CR": (lambda n: HEAD + EVENT + END + b"\r" * n + TAIL, 25_000),
    "blank lines of all kinds in an event": (lambda n: with_line(b"\n\r\r" * n), 25_000),
    "nothing but folds": (lambda n: with_line(b"DESCRIPTION:a" + b"\r\n " * n + b"\r\n"), 100_000),
    "folds behind blank lines": (lambda n: with_line(b"DESCRIPTION:a" + b"\r\n\r\n\t" * n + b"\r\n"), 100_000),
    "soft line breaks": (
        lambda n: with_line(b"DESCRIPTION;ENCODING=QUOTED-PRINTABLE:" + b"aaaaaaaa=\r\n" * n + b"b\r\n"),
        50_000,
    ),
    "one line": (lambda n: with_line(b"DESCRIPTION:" + b"a" * n + b"\r\n"), 2_000_000),
    "one line that is none": (lambda n: with_line(b"DESCRIPTION" + b";a" * n + b"\r\n"), 200_000),
    "no end": (lambda n: HEAD + EVENT + b"X:1\r\n" * n, 50_000),
    "components in components": (lambda n: with_line(b"BEGIN:VALARM\r\n" * n), 100_000),
    "calendars in calendars": (lambda n: HEAD * n + TAIL * n, 20_000),
    "parameters": (lambda n: with_line(b"DESCRIPTION" + numbered(b";A%d=b", n) + b":x\r\n"), 20_000),
    "quoted parameters without an end": (lambda n: with_line(b'DESCRIPTION;A="' + b'"x"' * n + b"\r\n"), 100_000),
    "a long parameter": (lambda n: with_line(b"DESCRIPTION;A=" + b"b" * n + b":x\r\n"), 1_000_000),
    "lines that are not UTF-8": (lambda n: with_line(b"X-A:\xff\r\n" * n), 10_000),
    "names of one zone": (lambda n: with_zone(numbered(b"TZID:%d\r\n", n)), 2000),
    "a zone's name of many parts": (lambda n: with_line(b"DTEND;TZID=" + b"/a" * n + b":20261203T110000\r\n"), 20_000),
    "zones that nobody knows": (lambda n: with_line(numbered(b"EXDATE;TZID=a%d:20261204T100000\r\n", n)), 2000),
    "a zone's changes": (lambda n: with_zone((OBSERVANCE + b"END:STANDARD\r\n") * n), 2000),
    "overrides": (
        lambda n: with_line(END + b"".join(EVENT + b"RECURRENCE-ID:%s\r\n" % day(i) + END for i in range(n))),
        500,
    ),
    "exceptions": (
        lambda n: with_line(b"RRULE:FREQ=DAILY\r\nEXDATE:" + b",".join(map(day, range(n))) + b"\r\n"),
        5000,
    ),
    "days of no month": (
        lambda n: with_line(b"RRULE:FREQ=YEARLY;BYMONTH=%s;BYMONTHDAY=%s\r\n" % (b"2," * n, b"30," * n)),
        2000,
    ),
}


def read(body: bytes) -> tuple[Record, ...]:
    with suppress(SourceError):
        return ICal().parse(body, SOURCE, WINDOW, ZONE).records
    return ()


@pytest.mark.parametrize("name", CALENDARS)
def test_the_time_grows_as_the_size_does(name: str) -> None:
    make, size = CALENDARS[name]
    check_linear(read, make, size)


@pytest.mark.parametrize("blank", [b"\r\n" * 40, b"\n" * 100_000, b"\r" * 1000, b"\r\n\n\r" * 1000])
def test_blank_lines_cost_no_event(blank: bytes) -> None:
    """40 blank lines of CRLF held up every request for good: one expression tried each way to split them."""
    assert len(read(HEAD + EVENT + blank + END + blank + TAIL)) == 1


def test_a_fold_behind_blank_lines_is_still_one() -> None:
    body = with_line("LOCATION:Wessel\r\n\r\n\n gården\r\n".encode())
    assert read(body)[0].venue == "Wesselgården"


@pytest.mark.parametrize(
    "rule",
    [
        b"FREQ=YEARLY;BYDAY=1SU;BYMONTHDAY=20;BYMONTH=5",
        b"FREQ=YEARLY;BYWEEKNO=1;BYMONTH=5",
        b"FREQ=YEARLY;BYDAY=1SU;BYSETPOS=3;BYMONTH=5",
    ],
)
def test_a_zone_whose_rule_fits_no_day_is_not_searched_until_the_year_9999(rule: bytes) -> None:
    definition = (OBSERVANCE + b"RRULE:" + rule + b"\r\nEND:STANDARD\r\n") * 30
    assert seconds(read, with_zone(definition)) < 2  # 0.4 s for each, before


def test_a_zone_of_weekdays_from_a_day_on_is_read() -> None:
    """ "The second Sunday of March", as calendars of the United States wrote it."""
    rule = b"RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14\r\nEND:STANDARD\r\n"
    body = with_zone((OBSERVANCE + rule).replace(b"+0200", b"+0300")).replace(b"20261203T", b"20261215T")
    start = read(body)[0].start
    assert start.isoformat() == "2026-12-15T08:00:00+01:00"


@pytest.mark.parametrize("digits", [30, 5000])
@pytest.mark.parametrize("line", ["SEQUENCE:{}", "DURATION:P{}D", "RRULE:FREQ=DAILY;COUNT={}", "DURATION:PT{}S"])
def test_a_number_that_nobody_can_read_costs_at_most_its_event(line: str, digits: int) -> None:
    odd = EVENT.replace(b"UID:1", b"UID:2") + f"{line.format('9' * digits)}\r\n".encode() + END
    assert {record.uid for record in read(HEAD + odd + EVENT + END + TAIL)} >= {"1"}
