"""Whatever a source of any type sends, it is read or is a failure with a reason.

The answers are those of `tests.fixtures.source_cases`, corrupted at random. SIGNAGE_FUZZ_EXAMPLES=20000 looks longer.
"""

from __future__ import annotations

import os
import random
import time
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import requests

from signage.errors import SourceError
from signage.sources.base import LONGEST_WARNING, WARNINGS, FetchWindow
from signage.sources.formats.html_page import HtmlPage
from signage.sources.registry import source_type
from tests.fixtures.portal import Portal
from tests.fixtures.source_cases import CASES
from tests.fixtures.source_cases.base import listed_events

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2026, 11, 30), date(2027, 1, 31))
EXAMPLES = int(os.environ.get("SIGNAGE_FUZZ_EXAMPLES", "300"))  # of each type
PATIENCE = 5.0  # seconds of processor time for one answer of some kilobytes, on a busy machine: it takes milliseconds
DIGITS = b"9" * 5000
PIECES = [
    *(b"\x00", b"\x1b[31m", b"\xff\xfe", b"\xe2\x80\xae", b"\xed\xa0\xbd", b"\\ud83d", b"\r\n\r\n", b"\n \n", b"\r"),
    *(b"null", b"true", b"-1", b"0", b"1e999", b"-Infinity", b"NaN", DIGITS, b"-" + DIGITS, b"0." + DIGITS),
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b"'",
        b",",
        b":",
        b";",
        b"<",
        b">",
        b"&",
        b"=",
        b"\\",
        b"/",
        b"#",
        b"%",
        b"@",
        b"^",
    ),
    *(b"[" * 3000, b'{"a":' * 1000, b"<a " * 1000, b"<div>" * 500, b"&#" + DIGITS + b";", b"&amp;" * 500, b"<![ her"),
    *(b"0000-00-00", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"99999-01-01", b"2026-02-30"),
    *(b"31.12.9999", b"1.1.0001", b"253402300800", b"-62135596801", b"2026-13-45T99:99:99Z", b"+99:99", b"24:00"),
    *(b"http://[", b"http://x:99999/", b"//", b"javascript:x", b"http://" + b"a" * 3000, b"data:,x", b"../" * 500),
    *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<script>", b"</script>", b"<?xml encoding='rot13'?>", b"<!DOCTYPE x ["),
    *(
        b"BEGIN:VEVENT",
        b"END:VEVENT",
        b"RRULE:FREQ=SECONDLY",
        b"RRULE:FREQ=DAILY;COUNT=" + DIGITS,
        b"P" + DIGITS + b"D",
    ),
    *(b" " * 3000, b"\r\n" * 1000, b"," * 1000, b"(" * 1000, b"- " * 1000, "å".encode() * 1000),
    *(b"a\xcc\x81\xcc\x96" * 1000, b"SEQUENCE:" + DIGITS, b"1e" + DIGITS, b"\t"),
]
FORBIDDEN = frozenset(map(chr, [*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F)]))


@cache
def answer(kind: str) -> bytes:
    """What a server that keeps to the contract sends first."""
    case = CASES[kind]
    with Portal() as portal:
        portal.paths.update(case.serve(listed_events(4), portal))
        asked = requests.post if case.posts else requests.get
        return asked(
            f"{portal.url}{case.main}",
            json={"variables": {"offset": 0, "length": 50}} if case.posts else None,
            timeout=10,
        ).content


def corrupted(body: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        at = dice.randrange(len(body) + 1)
        end = min(len(body), at + dice.choice((0, 1, 2, 10, 100)))
        how = dice.randrange(7)
        if how == 0:
            body = body[:at] + dice.randbytes(dice.choice((1, 2, 8))) + body[end:]
        elif how == 1:
            body = body[:at] + body[end:]
        elif how == 2:
            body = body[:at] + body[at:end] * dice.choice((2, 50)) + body[end:]
        elif how == 3:
            body = body[:at] if dice.random() < 0.3 else body[at:]
        elif how == 4:
            numbers = [n for n, byte in enumerate(body) if 48 <= byte <= 57]
            if numbers:
                at = dice.choice(numbers)
                body = body[:at] + dice.choice((DIGITS, b"-", b"0", b"99", b"x", b"")) + body[at + 1 :]
        else:
            body = body[:at] + dice.choice(PIECES) + body[end:]
    return body


def check(kind: str, body: bytes) -> None:
    case = CASES[kind]
    source = source_type(kind).settings(id="k", type=kind, url="https://example.org" + (case.url or "/"), **case.source)
    reader = source_type(kind)
    started = time.process_time()
    parsed, refusal = None, ""
    try:
        parsed = reader.parse(body, source, WINDOW, ZONE)
    except SourceError as error:
        refusal = error.reason
    assert len(refusal) <= 500
    assert not FORBIDDEN & set(refusal), repr(refusal)
    if parsed is None:
        assert refusal
    else:
        assert len(parsed.warnings) <= WARNINGS + 1
        assert all(len(each) <= LONGEST_WARNING and not FORBIDDEN & set(each) for each in parsed.warnings)
        assert all(WINDOW.holds(record, ZONE) for record in parsed.records)
    reader.recognises(body)
    list(reader.addresses(HtmlPage("https://example.org/", body)))
    assert time.process_time() - started < PATIENCE


@pytest.fixture(params=sorted(CASES))
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in CASES[request.param].environment.items():
        monkeypatch.setenv(name, value)
    return str(request.param)


def test_the_answer_itself_is_read(kind: str) -> None:
    check(kind, answer(kind))


def test_a_corrupted_answer_is_read_or_refused(kind: str) -> None:
    for seed in range(EXAMPLES):
        body = corrupted(answer(kind), random.Random(f"{kind} {seed}"))
        try:
            check(kind, body)
        except BaseException as error:
            error.add_note(f"{kind}, seed {seed}: {body[:2000]!r}")
            raise


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_a_piece_alone_is_read_or_refused(piece: bytes) -> None:
    for each in CASES:
        if not CASES[each].environment:
            for body in (piece, piece * 20, b'{"events": [' + piece + b"]}", b"[" + piece + b"]", b"<p>" + piece):
                check(each, body)
