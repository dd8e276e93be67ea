"""The calendar pages of volunteer centres, which are made for people."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from signage.domain.model import Record, Status
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.frivilligsentral import Frivilligsentral, FrivilligsentralSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import FIXTURES
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.frivilligsentral import block, page

PAGES = FIXTURES / "pages"
ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2026, 11, 23), date(2027, 1, 29))
SOURCE = FrivilligsentralSource(id="x", type="frivilligsentral", url="https://hemne.frivilligsentral.no/kalender")


def read(text: str, window: FetchWindow = WINDOW) -> Parsed:
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
        '"11.00: Kafé" is left out: its weekday is not that of 2026-12-01.',
        '"Basar" is left out: its weekday is not that of 2026-12-01.',
    )


@pytest.mark.parametrize(
    ("heading", "title", "start", "end"),
    [
        ("11.00&nbsp;-&nbsp;13.30: Språkkafé", "Språkkafé", "11:00", "13:30"),
        ("18.00: Kor", "Kor", "18:00", None),
        ("kl. 18:00–20:00 Kor", "Kor", "18:00", "20:00"),
        ("18.00 - 18.00: Kor", "Kor", "18:00", None),
        ("10.00 - 12.00: 10.00-kaffe", "10.00-kaffe", "10:00", "12:00"),
        ("10.00&nbsp;-&nbsp;: Kafé", "Kafé", "10:00", None),
        ("kl. 18.00 Kor", "Kor", "18:00", None),
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


@pytest.mark.parametrize("heading", ["00.00 - 23.59: Basar", "00.00 - 00.00: Basar", "00.00 - 24.00: Basar"])
def test_from_midnight_to_midnight_is_all_day(heading: str) -> None:
    assert (one("tirsdag 1. desember", heading).title, one("tirsdag 1. desember", heading).start) == (
        "Basar",
        date(2026, 12, 1),
    )


def test_a_number_that_may_be_a_date_is_no_time() -> None:
    record = one("torsdag 10. desember", "10.12 Julebord")
    assert (record.title, record.start) == ("10.12 Julebord", date(2026, 12, 10))


def test_a_clock_that_does_not_exist_costs_that_date() -> None:
    parsed = read(page(written("tirsdag 1. desember", "18.00: Kor"), written("tirsdag 1. desember", "31.12: Fest")))
    assert ([record.title for record in parsed.records], len(parsed.warnings)) == (["Kor"], 1)


def test_a_centres_page() -> None:
    parsed = read((PAGES / "frivilligsentral-kalender.html").read_text("utf-8"))
    cafe = "Frivilligsentralen, Trondheimsveien 2"
    assert [(record.title, record.start, record.end, record.venue) for record in parsed.records] == [
        ("Språkkafé", oslo("2026-12-01 11:00"), oslo("2026-12-01 13:30"), cafe),
        ("Språkkafé", oslo("2026-12-08 11:00"), oslo("2026-12-08 13:30"), cafe),
        ("Språkkafé", oslo("2027-01-05 11:00"), oslo("2027-01-05 13:30"), cafe),
        ("Julemesse", date(2026, 12, 5), date(2026, 12, 6), "Trudvang"),
        ("Dans & moro", oslo("2026-12-05 22:00"), oslo("2026-12-06 01:00"), "Halsahallen"),
        ("Grøtfest", oslo("2026-12-05 18:00"), None, ""),
    ]
    first = parsed.records[0]
    assert first.url == "https://hemne.frivilligsentral.no/kalender/arrangement?id=4711"
    assert first.description == "Vi møtes over en kopp kaffe. Pris: 20 kroner."
    assert parsed.warnings == ('"12.00: Julegrøt" is left out: its weekday is not that of 2026-12-24.',)


def test_a_year_that_only_the_weekday_tells_is_said_when_it_is_far() -> None:
    """ "Onsdag 1. desember" is in 2027; or somebody meant Tuesday."""
    parsed = read(page(written("onsdag 1. desember", "Kor"), written("tirsdag 1. desember", "Dans")))
    assert [record.title for record in parsed.records] == ["Dans"]
    assert parsed.warnings == ('"Kor" is shown on 2027-12-01, the nearest date with that weekday.',)


@pytest.mark.parametrize(
    ("today", "when", "day"),
    [
        (date(2027, 1, 1), "torsdag 31. desember", date(2026, 12, 31)),
        (date(2026, 12, 31), "laurdag 2. januar", date(2027, 1, 2)),
        (date(2028, 2, 1), "tirsdag 29. februar", date(2028, 2, 29)),
    ],
)
def test_around_new_year(today: date, when: str, day: date) -> None:
    window = FetchWindow(today - timedelta(days=1), today + timedelta(days=60))
    (record,) = read(page(written(when, "Dans")), window).records
    assert record.start == day


def test_a_date_that_is_none() -> None:
    good = written("tirsdag 1. desember", "18.00: Kor")
    assert read(page(good, written("31. november", "Kafé"))).warnings == ('"Kafé" is left out: 31.11. is not a date.',)


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
    events = listed_events(674, "2026-11-23 18:00", timedelta(hours=20))
    parsed = read(page(*(block(event) for event in events)), FetchWindow(date(2026, 11, 23), date(2028, 12, 31)))
    assert len(parsed.records) == 674
    assert parsed.warnings == ()


def test_the_calendars_page_of_a_centre() -> None:
    front = HtmlPage("https://hemne.frivilligsentral.no/", b"<html></html>")
    assert list(Frivilligsentral().addresses(front)) == ["https://hemne.frivilligsentral.no/kalender"]
    assert list(Frivilligsentral().addresses(HtmlPage("https://example.no/", b"<html></html>"))) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "The answer is empty."),
        ("{}", "The answer isn't a web page."),
        ("<html><h1>Velkommen</h1></html>", "The page has no calendar"),
        ("<html><h1>Kalender</h1><ul><li>Kor</li></ul></html>", "check whether the site has changed"),
        (
            page(written("snart", "Kor")),
            r'None of its 1 events can be read\. For example: "Kor" is left out: it has no date\.',
        ),
    ],
)
def test_what_is_no_calendar(body: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        read(body)
