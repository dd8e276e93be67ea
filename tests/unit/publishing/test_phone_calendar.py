"""The calendars for telephones are put together of parts; to a reader of RFC 5545 they are whole."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Timezone

from signage.publishing.phone_pages import calendar as module
from signage.publishing.phone_pages.calendar import calendar
from tests.fixtures.make import event

OSLO = ZoneInfo("Europe/Oslo")
EVENTS = [event(f"Quiz {day}, æøå; {'lang ' * day}", f"2026-11-{day:02d} 18:00") for day in (3, 20, 28)]


def test_a_calendar_of_parts_is_the_one_that_icalendar_writes_of_its_whole() -> None:
    made = calendar("Alt som skjer, på Heim", EVENTS, OSLO, "heim.no")
    whole = Calendar.from_ical(made)
    assert whole.to_ical() == made
    assert [str(entry["summary"]) for entry in whole.events] == [each.title for each in EVENTS]
    assert [entry.start for entry in whole.events] == [each.start for each in EVENTS]
    assert [each.tz_name for each in whole.timezones] == ["Europe/Oslo"]
    assert whole.get_missing_tzids() == set()


def test_a_calendar_without_times_has_no_time_zone() -> None:
    assert Calendar.from_ical(calendar("Tom", [], OSLO, "heim.no")).timezones == []


def test_what_calendars_share_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module._time_zone.cache_clear()
    made: list[str] = []
    original = Timezone.from_tzid
    monkeypatch.setattr(Timezone, "from_tzid", lambda tzid: made.append(tzid) or original(tzid))  # type: ignore[func-returns-value]
    for each in EVENTS:
        calendar(each.title, [each], OSLO, "heim.no")
    assert made == ["Europe/Oslo"]
