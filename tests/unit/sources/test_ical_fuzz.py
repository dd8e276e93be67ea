"""Whatever bytes come, a calendar is read or is a failure with a reason, and soon.

SIGNAGE_FUZZ_EXAMPLES=60000 python -m pytest tests/unit/sources/test_ical_fuzz.py takes a quarter of an hour. It has
found nothing so far; what it finds belongs into tests/fixtures/calendars/, as a small file that a test names.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signage.errors import SourceError
from signage.sources.base import FetchWindow
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures.paths import FIXTURES, shared_data
from tests.fixtures.properties import examples

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
OWN = FIXTURES / "calendars"
EXAMPLES = int(os.environ.get("SIGNAGE_FUZZ_EXAMPLES", "150"))
PATIENCE = 10  # seconds for one file: the slowest of the collection takes half of one on a busy machine
WINDOWS = (
    FetchWindow(date(2026, 9, 1), date(2026, 10, 31)),
    FetchWindow(date(2015, 1, 1), date(2024, 12, 31)),
    FetchWindow(date(1997, 1, 1), date(1997, 12, 31)),
)
WORDS = [
    *(f"FREQ={word}" for word in ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "X"]),
    *(
        f";{key}={number}"
        for key in ("INTERVAL", "COUNT", "BYSETPOS", "BYMONTHDAY")
        for number in (-1, 0, 1, 31, 10**9)
    ),
    *[
        ";BYDAY=5MO",
        ";BYDAY=-6SU",
        ";BYMONTH=2",
        ";BYWEEKNO=53",
        ";BYYEARDAY=366",
        ";BYHOUR=24",
        ";WKST=XX",
        ";BYEASTER=1",
    ],
    *[";UNTIL=20261103", ";UNTIL=00010101T000000Z", ";UNTIL=99991231T235959Z", ";UNTIL=x"],
    *(
        f"\r\n{line}"
        for line in ["RRULE:FREQ=DAILY", "SEQUENCE:99999999999", "EXDATE:20261010", "CLASS:X", "UID:1", "X-COST:1e999"]
    ),
    *("\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261010T100000Z", "\r\nRDATE:20261010T100000Z/P1D"),
    *(f"\r\nDTSTART:{value}" for value in ("00010101T000000", "99991231T235959", "20260229", "20261025T023000")),
    *(f"\r\nDURATION:{value}" for value in ("P999999999W", "-PT1H", "PT0S")),
    *(f"\r\n{edge}:{name}" for edge in ("BEGIN", "END") for name in ("VEVENT", "VALARM", "VTIMEZONE", "STANDARD")),
    *(f";TZID={name}" for name in ("Nowhere", "../../etc/passwd", "UTC+99", "\x00")),
    *("\r\nSTATUS:CANCELLED", "\r\nURL:http://[", "\r\nDTEND;VALUE=DATE:99991231", "\r\nX-COST:" + "9" * 40),
    *("\r\nTZOFFSETFROM:+9999", "\r\nTZOFFSETTO:x", ";VALUE=PERIOD", ";VALUE=DATE", "T", "Z", "0000", "\r\n "),
    *("\\", '"', ":", ";", ",", "=", "^", "\x00", "\ufeff", "\u202e", "９"),
]


@cache
def bodies() -> tuple[bytes, ...]:
    files = [*sorted((shared_data() / "ics").glob("*.ics")), *sorted(OWN.glob("*.ics"))]
    return tuple(file.read_bytes() for file in files)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    body = draw(st.sampled_from(bodies()))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        end = min(len(body), at + draw(st.integers(0, 80)))
        kind = draw(st.sampled_from(["cut", "twice", "word", "word", "word", "byte", "number", "line"]))
        if kind == "cut":
            body = body[:at] + body[end:]
        elif kind == "twice":
            body = body[:end] + body[at:]
        elif kind == "word":
            body = body[:at] + draw(st.sampled_from(WORDS)).encode("utf-8") + body[at:]
        elif kind == "byte":
            body = body[:at] + draw(st.binary(max_size=4)) + body[end:]
        elif kind == "number":
            body = body[:at] + str(draw(st.integers(-(10**12), 10**12))).encode() + body[end:]
        else:
            lines = body.splitlines(keepends=True)
            if lines:
                name = draw(st.sampled_from(["RRULE:", "DTSTART:", "DTEND:", "EXDATE:", "RDATE:", "DURATION:"]))
                number = draw(st.integers(0, len(lines) - 1))
                value = "".join(draw(st.lists(st.sampled_from(WORDS), max_size=4))).replace("\r\n", "")
                lines.insert(number, f"{name}{value}\r\n".encode())
                body = b"".join(lines)
    return body


def check(body: bytes) -> None:
    kind = ICal()
    kind.recognises(body)
    for window in WINDOWS:
        began = time.process_time()
        with suppress(SourceError):
            parsed = kind.parse(body, SOURCE, window, ZONE)
            assert all(window.holds(record, ZONE) for record in parsed.records)
        assert time.process_time() - began < PATIENCE


@settings(max_examples=examples(EXAMPLES), deadline=None, suppress_health_check=list(HealthCheck))
@given(mangled())
def test_a_mangled_calendar_is_read_or_refused(body: bytes) -> None:
    check(body)


@settings(max_examples=examples(EXAMPLES), deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_rule_is_read_or_costs_its_series(words: list[str]) -> None:
    event = "UID:1\r\nSUMMARY:Kor\r\nDTSTART;TZID=Europe/Oslo:20260106T180000\r\nRRULE:" + "".join(words)
    check(f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode())


@settings(max_examples=examples(EXAMPLES), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    check(body)
    check(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + body + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
