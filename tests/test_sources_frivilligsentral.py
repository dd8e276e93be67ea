"""The calendar pages of volunteer centres, which are made for people."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.errors import SourceError
from signage.model import Record, Status
from signage.sources.base import Parsed, Window
from signage.sources.page import Page
from signage.sources.types.frivilligsentral import Frivilligsentral
from tests.make import oslo
from tests.source_cases.base import told
from tests.source_cases.frivilligsentral import block, page

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = Window(date(2026, 11, 23), date(2027, 1, 29))
SOURCE = Source(id="x", type="frivilligsentral", url="https://hemne.frivilligsentral.no/kalender")


def read(text: str, window: Window = WINDOW) -> Parsed:
    return Frivilligsentral().parse(text.encode(), SOURCE, window, ZONE)


def written(when: str, heading: str, place: str = "Frivilligsentralen", style: str = "") -> str:
    spans = "".join(f"<span>{word}</span>" for word in when.split())
    return f'<div class="u-timeline-v3"{style}>{spans}<h3>{heading}</h3><h4>{place}</h4></div>'


def one(when: str, heading: str = "11.00&nbsp;-&nbsp;13.30: Språkkafé") -> Record:
    (record,) = read(page(written(when, heading))).records
    return record


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("tirsdag 1 desember", date(2026, 12, 1)),
        ("tirsdag 1. des", date(2026, 12, 1)),
        ("Tysdag 1. desember", date(2026, 12, 1)),
        ("laurdag 2. januar 2027", date(2027, 1, 2)),
        ("lør 2. jan.", date(2027, 1, 2)),
        ("1 desember", date(2026, 12, 1)),
    ],
)
def test_dates(when: str, day: date) -> None:
    record = one(when)
    assert record.start == oslo(f"{day} 11:00")
    assert record.end == oslo(f"{day} 13:30")


def test_a_weekday_that_is_not_that_of_the_date_drops_it_and_is_said() -> None:
    good = written("tirsdag 1. desember", "18.00: Kor")
    parsed = read(page(good, written("fredag 1. desember 2026", "11.00: Kafé"), written("fredag 1. desember", "Basar")))
    assert [record.title for record in parsed.records] == ["Kor"]
    assert parsed.warnings == (
        '"11.00: Kafé" is left out: its weekday is not that of 2026-12-01; which of the two is right?',
        '"Basar" is left out: its weekday is not that of 2026-12-01; which of the two is right?',
    )


@pytest.mark.parametrize(
    ("heading", "title", "start", "end"),
    [
        ("11.00&nbsp;-&nbsp;13.30: Språkkafé", "Språkkafé", "11:00", "13:30"),
        ("18.00: Kor", "Kor", "18:00", None),
        ("kl. 18:00–20:00 Kor", "Kor", "18:00", "20:00"),
        ("18.00 - 18.00: Kor", "Kor", "18:00", None),
        ("10.00 - 12.00: 10.00-kaffe", "10.00-kaffe", "10:00", "12:00"),
    ],
)
def test_headings(heading: str, title: str, start: str, end: str | None) -> None:
    record = one("tirsdag 1. desember", heading)
    assert (record.title, record.start) == (title, oslo(f"2026-12-01 {start}"))
    assert record.end == (oslo(f"2026-12-01 {end}") if end else None)


def test_past_midnight() -> None:
    assert one("tirsdag 1. desember", "22.00 - 01.00: Dans").end == oslo("2026-12-02 01:00")


def test_without_a_time_it_is_all_day() -> None:
    record = one("tirsdag 1. desember", "Basar")
    assert (record.title, record.start, record.end) == ("Basar", date(2026, 12, 1), date(2026, 12, 2))


def test_cancelled() -> None:
    record = one("tirsdag 1. desember", "18.00: AVLYST Kor")
    assert (record.title, record.status) == ("Kor", Status.CANCELLED)


def test_hidden_dates_of_a_series_count() -> None:
    hidden = written("tirsdag 8. desember", "18.00: Kor", style=' style="display:none"')
    parsed = read(page(written("tirsdag 1. desember", "18.00: Kor"), hidden))
    assert [record.start for record in parsed.records] == [oslo("2026-12-01 18:00"), oslo("2026-12-08 18:00")]
    assert len({record.uid for record in parsed.records}) == 1


def test_a_frame_around_the_blocks_is_no_event() -> None:
    inner = written("tirsdag 1. desember", "18.00: Kor") + written("onsdag 2. desember", "18.00: Dans")
    assert len(read(page(f'<div class="u-timeline-v3">{inner}</div>')).records) == 2


def test_a_whole_page_of_674() -> None:
    events = told(674, "2026-11-23 18:00", timedelta(hours=20))
    parsed = read(page(*(block(event) for event in events)), Window(date(2026, 11, 23), date(2028, 12, 31)))
    assert len(parsed.records) == 674
    assert parsed.warnings == ()


def test_the_calendars_page_of_a_centre() -> None:
    front = Page("https://hemne.frivilligsentral.no/", b"<html></html>")
    assert list(Frivilligsentral().addresses(front)) == ["https://hemne.frivilligsentral.no/kalender"]
    assert list(Frivilligsentral().addresses(Page("https://example.no/", b"<html></html>"))) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "sent nothing"),
        ("{}", "sent something that is not a web page"),
        ("<html><h1>Velkommen</h1></html>", "has no calendar in it"),
        (page(written("snart", "Kor")), r'none of its 1 events can be read \("Kor" is left out: it has no date\)'),
    ],
)
def test_what_is_no_calendar(body: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        read(body)
