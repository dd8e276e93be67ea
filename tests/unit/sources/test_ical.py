"""Calendars of the world: whatever an exporter writes is read, or is a failure with a reason."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from signage.domain.model import Record, Status
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import FIXTURES, shared_data

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
OWN = FIXTURES / "calendars"
# What no calendar programme would show either: nothing in them has a start, or the end of the file is missing.
UNUSABLE = {
    "big_bad_calendar.ics",
    "broken_dtstart.ics",
    "event_with_escaped_characters.ics",
    "issue_1081_invalid_start_valid_end.ics",
    "issue_1561_image_value.ics",
    "pr_480_summary_with_colon.ics",
    "rfc_7986_conferences.ics",
    "rfc_7986_image.ics",
    "small_bad_calendar.ics",
}


def read(body: bytes, start: date = date(2026, 9, 1), end: date = date(2026, 11, 30)) -> Parsed:
    return ICal().parse(body, SOURCE, FetchWindow(start, end), ZONE)


def with_lines(uid: str, *lines: str) -> bytes:
    """Our own calendar, with lines added to one event."""
    text = (OWN / "everything.ics").read_text("utf-8")
    return text.replace(f"UID:{uid}", "\n".join([f"UID:{uid}", *lines])).encode()


def own_with(uid: str, *lines: str) -> Record:
    return next(record for record in read(with_lines(uid, *lines)).records if record.uid == uid)


def own(name: str) -> dict[str, Record]:
    return {record.uid: record for record in read((OWN / name).read_bytes()).records}


def test_every_calendar_of_the_collection_is_read() -> None:
    files = sorted((shared_data() / "ics").glob("*.ics"))
    assert len(files) >= 52
    unusable = set()
    for file in files:
        try:
            parsed = read(file.read_bytes(), date(2000, 1, 1), date(2026, 12, 31))
        except SourceError:
            unusable.add(file.name)
        else:
            assert all(record.start is not None for record in parsed.records)
    assert unusable == UNUSABLE


@pytest.mark.parametrize(
    ("name", "title", "start"),
    [
        ("office_365_invalid_timezone.ics", "Uffe", "2024-04-26 14:00"),
        ("office_365_extended_timezone.ics", "Uffe", "2024-04-26 14:00"),
        ("issue_313_globally_unique_tzid.ics", "libical / Evolution globally unique TZID", "2020-04-26 14:00"),
        ("alarm_google_future.ics", "event with alarms", "2024-10-04 20:15"),
    ],
)
def test_times_of_other_exporters(name: str, title: str, start: str) -> None:
    body = (shared_data() / "ics" / name).read_bytes()
    found = read(body, date(2019, 1, 1), date(2026, 12, 31)).records
    assert any(record.title == title and record.start == oslo(start) for record in found)


def test_what_an_event_tells() -> None:
    record = own("everything.ics")["konsert@example.org"]
    assert record.title == 'Konsert; "Lys, i gamle hus"'
    assert record.venue == "kulØr'n, Øragata, Kyrksæterøra"
    assert record.organizer == "Heim kulturskole"
    assert record.categories == ("Konsert", "Barn, unge")
    assert record.url == "https://example.org/konsert"
    assert record.description == "Første linje\nAndre linje"
    assert record.picture_url == "https://example.org/stor.jpg"
    assert record.status is Status.SCHEDULED


def test_private_events_are_held_back() -> None:
    found = own("everything.ics")
    assert found["privat@example.org"].held == "marked as private"
    assert found["konsert@example.org"].held == ""


@pytest.mark.parametrize(
    ("word", "held"),
    [("PRIVATE", True), ("confidential", True), ("X-STAFF", True), ("PUBLIC", False), ("public", False)],
)
def test_which_classes_are_private(word: str, held: bool) -> None:
    assert bool(own_with("avlyst@example.org", f"CLASS:{word}").held) is held


def test_one_private_occurrence_of_a_series_is_held_back_alone() -> None:
    found = read((OWN / "private-once.ics").read_bytes()).records
    assert [(record.start.day, record.held) for record in found] == [(6, ""), (13, "marked as private"), (20, "")]


def test_an_event_without_a_uid_is_the_same_next_time() -> None:
    (first,) = (uid for uid in own("everything.ics") if uid.startswith("no-uid-"))
    assert first in own("everything.ics")


def test_an_address_that_is_none_is_not_taken() -> None:
    assert own("everything.ics")["avlyst@example.org"].url is None


def test_cancelled_in_the_title() -> None:
    record = own("everything.ics")["avlyst@example.org"]
    assert (record.title, record.status) == ("Turdag", Status.CANCELLED)


def test_one_uid_for_several_events_loses_none() -> None:
    found = read((OWN / "same-uid.ics").read_bytes()).records
    assert [record.title for record in found] == ["Strikkekafé", "Språkkafé"]


def test_the_older_revision_is_replaced() -> None:
    found = read((OWN / "revised.ics").read_bytes()).records
    assert [(record.title, record.start) for record in found] == [("Ny tid", oslo("2026-10-10 19:00"))]


def test_a_series_on_every_hour_is_cut_and_said() -> None:
    parsed = read(with_lines("avlyst@example.org", "RRULE:FREQ=HOURLY"))
    assert sum(record.uid == "avlyst@example.org" for record in parsed.records) == 8 * 91
    assert any("only its first 728 repetitions" in warning for warning in parsed.warnings)


@pytest.mark.parametrize("midnight", [";TZID=Europe/Oslo:20261110T000000", ":20261109T230000Z", ":20261110T000000"])
@pytest.mark.parametrize(
    ("change", "days"),
    [
        ("EXDATE{}", [3, 17]),
        ("EXDATE{}\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID{}\nDTSTART;VALUE=DATE:20261111", [3, 11, 17]),
        ("CLASS:PUBLIC\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID{}\nDTSTART;VALUE=DATE:20261111", [3, 11, 17]),
    ],
    ids=["excluded", "moved and excluded", "moved"],
)
def test_days_of_an_all_day_series_are_named_by_their_midnight(midnight: str, change: str, days: list[int]) -> None:
    series = f"UID:1\nSUMMARY:Uke\nDTSTART;VALUE=DATE:20261103\nRRULE:FREQ=WEEKLY;COUNT=3\n{change}"
    body = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{series.replace('{}', midnight)}\nEND:VEVENT\nEND:VCALENDAR"
    assert [record.start.day for record in read(body.encode()).records] == days


def test_the_order_in_the_file_changes_nothing() -> None:
    body = (OWN / "everything.ics").read_text("utf-8")
    head, *events = body.replace("END:VCALENDAR", "").split("BEGIN:VEVENT")
    turned = "BEGIN:VEVENT".join([head, *reversed(events)]) + "END:VCALENDAR\r\n"
    assert read(turned.encode()).records == read(body.encode()).records


GOOGLE = "https://calendar.google.com/calendar/ical/hemne%40group.calendar.google.com/public/basic.ics"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="/k.ics">Kalender</a>', ["https://example.no/k.ics"]),
        ('<a href="webcal://example.no/k">Abonner</a>', ["webcal://example.no/k"]),
        ('<link rel="alternate" type="text/calendar" href="k">', ["https://example.no/k"]),
        ('<a href="/kalender">Kalender</a><a href="http://[">x</a>', []),
        (
            '<iframe src="https://calendar.google.com/calendar/embed?src=hemne%40group.calendar.google.com&ctz=Europe/Oslo">',
            [GOOGLE],
        ),
        (
            '<iframe src="https://calendar.google.com/calendar/u/0/embed?src=aGVtbmVAZ3JvdXAuY2FsZW5kYXIuZ29vZ2xlLmNvbQ">',
            [GOOGLE],
        ),
        ('<iframe src="https://calendar.google.com/calendar/embed?src=%C3%A6%C3%A6">', []),
    ],
)
def test_calendars_that_a_page_offers(html: str, found: list[str]) -> None:
    page = HtmlPage("https://example.no/om", f"<html><body>{html}</body></html>".encode())
    assert list(ICal().addresses(page)) == found
