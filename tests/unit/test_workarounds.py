"""What the libraries do by themselves, where we do otherwise. A failure here is good news: the workaround can go.

Each test shows a library's own answer, as it is wrong in the version that requirements.lock pins. Our right answers are
held by tests/unit/events/test_traps.py and the sources' own tests.
"""

from __future__ import annotations

from datetime import date, datetime
from importlib.metadata import version
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from babel.numbers import format_currency
from dateutil.rrule import rrulestr

from tests.fixtures.paths import ROOT

OSLO = ";TZID=Europe/Oslo"


def mended(module: str) -> str:
    return f"the library is mended: see whether the workaround in signage/{module} can go"


def calendar(*events: str, head: str = "") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{blocks}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def found(body: bytes, **options: Any) -> list[tuple[str, str]]:
    """Starts and ends in 2026 and 2027, by the libraries alone."""
    parsed = icalendar.Calendar.from_ical(body)
    events = recurring_ical_events.of(parsed, **options).between(date(2026, 1, 1), date(2027, 1, 1))
    return [(_text(event["DTSTART"].dt), _text(event["DTEND"].dt)) for event in events]


def starts(body: bytes) -> list[str]:
    return [start[:10] for start, _ in found(body)]


def _text(moment: datetime | date) -> str:
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()


@pytest.mark.parametrize("name", ["icalendar", "recurring-ical-events"])
def test_the_comments_name_the_version_that_is_installed(name: str) -> None:
    """When a library is updated, this asks for a look at each of its workarounds."""
    source = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "signage" / "sources" / "formats" / "ical").glob("*.py")
    )
    assert f"{name} {version(name)}" in source
    assert f"\n{name}=={version(name)} " in "\n" + (ROOT / "requirements.lock").read_text("utf-8")


# signage/sources/formats/ical/text.py


def test_icalendar_loses_the_file_for_one_line_before_the_events() -> None:
    with pytest.raises(ValueError, match="Invalid content line"):
        found(calendar("DTSTART:20261011T100000Z", head="what is this\n"))


def test_icalendar_does_not_read_latin_1() -> None:
    body = calendar("DTSTART:20261010T100000Z\nSUMMARY:Blåbær").decode().encode("latin-1")
    assert icalendar.Calendar.from_ical(body).events[0]["SUMMARY"] != "Blåbær", mended("sources/ical/text.py")


def test_icalendar_decodes_before_it_unfolds() -> None:
    letter = "å".encode()
    body = calendar("DTSTART:20261010T100000Z\nSUMMARY:Blå").replace(letter, letter[:1] + b"\r\n " + letter[1:])
    assert icalendar.Calendar.from_ical(body).events[0]["SUMMARY"] != "Blå", mended("sources/ical/text.py")


def test_icalendar_fails_at_two_names_in_a_vtimezone() -> None:
    with pytest.raises(AttributeError):
        found(calendar("DTSTART;TZID=Hemne:20261010T100000", head=vtimezone("Hemne\nTZID:Halsa", "+0300")))


# signage/sources/formats/ical/rule_parts.py


def test_icalendar_takes_a_space_in_byday_for_part_of_the_day() -> None:
    with pytest.raises(ValueError):
        found(calendar(f"DTSTART{OSLO}:20261006T180000\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU, TH"))


# signage/sources/formats/ical/rules.py


def test_dateutil_stands_still_at_an_interval_of_nothing() -> None:
    rule = rrulestr("FREQ=DAILY;INTERVAL=0", dtstart=datetime(2026, 1, 1))  # noqa: DTZ001
    assert len(set(islice(rule, 50))) == 1, mended("sources/ical/rules.py")


def test_recurring_ical_events_loses_the_day_of_until_without_a_time() -> None:
    series = calendar(f"DTSTART{OSLO}:20261006T180000\nRRULE:FREQ=WEEKLY;UNTIL=20261020")
    assert starts(series) == ["2026-10-06", "2026-10-13"], mended("sources/ical/rules.py")


def test_recurring_ical_events_takes_a_local_until_as_utc() -> None:
    series = calendar("DTSTART;TZID=America/New_York:20261006T180000\nRRULE:FREQ=WEEKLY;UNTIL=20261020T180000")
    assert starts(series) == ["2026-10-06", "2026-10-13"], mended("sources/ical/rules.py")


# signage/sources/formats/ical/times.py


@pytest.mark.parametrize(
    ("start", "length", "wrong"),
    [
        ("20261024T120000", "DURATION:PT24H", ("2026-10-24T12:00+02:00", "2026-10-25T12:00+01:00")),
        ("20261025T023000", "DURATION:PT1H", ("2026-10-25T02:30+02:00", "2026-10-25T03:30+01:00")),
        ("20260329T023000", "DURATION:PT1H", ("2026-03-29T02:30+01:00", "2026-03-29T03:30+02:00")),
        ("20261010T220000", f"DTEND{OSLO}:20261010T010000", ("2026-10-10T01:00+02:00", "2026-10-10T22:00+02:00")),
        ("20261010T180000", "SUMMARY:no end", ("2026-10-10T18:00+02:00", "2026-10-10T18:00+02:00")),
    ],
    ids=["24 hours are not a day", "an hour that is two", "no time at all", "swapped", "an end of its own"],
)
def test_recurring_ical_events_adds_on_the_clock(start: str, length: str, wrong: tuple[str, str]) -> None:
    assert found(calendar(f"DTSTART{OSLO}:{start}\n{length}")) == [wrong], mended("sources/ical/times.py")


def test_recurring_ical_events_gives_a_day_without_length() -> None:
    event = calendar("DTSTART;VALUE=DATE:20261010\nDTEND;VALUE=DATE:20261010")
    assert found(event) == [("2026-10-10", "2026-10-10")], mended("sources/ical/times.py")


# signage/sources/formats/ical/series.py


def test_recurring_ical_events_loses_everything_for_a_rule_without_a_frequency() -> None:
    body = calendar("DTSTART:20261010T100000Z\nRRULE:INTERVAL=2", "DTSTART:20261011T100000Z")
    with pytest.raises(TypeError):
        found(body, skip_bad_series=True)


# signage/sources/formats/ical/zones.py


def vtimezone(name: str, offset: str) -> str:
    observance = f"BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\n"
    return f"BEGIN:VTIMEZONE\nTZID:{name}\n{observance}END:VTIMEZONE\n"


def test_icalendar_keeps_the_zones_of_one_file_for_the_next() -> None:
    event = "DTSTART;TZID=Workaround:20261010T100000"
    first = found(calendar(event, head=vtimezone("Workaround", "+0300")))
    second = found(calendar(event, head=vtimezone("Workaround", "+0500")))
    assert first == second, mended("sources/ical/zones.py")


def test_icalendar_leaves_times_of_an_unknown_zone_without_any() -> None:
    ((start, _),) = found(calendar("DTSTART;TZID=Trollheimen:20261010T100000"))
    assert start == "2026-10-10T10:00", mended("sources/ical/zones.py")


# signage/sources/formats/ical/vtimezone.py


def test_icalendar_misreads_a_zone_whose_daylight_is_behind_its_standard_time() -> None:
    definition = (
        "BEGIN:VTIMEZONE\nTZID:Behind\n"
        "BEGIN:STANDARD\nTZOFFSETFROM:+1000\nTZOFFSETTO:+1200\nDTSTART:20240101T000000\nEND:STANDARD\n"
        "BEGIN:DAYLIGHT\nTZOFFSETFROM:+1200\nTZOFFSETTO:+1000\nDTSTART:20240505T080000\nEND:DAYLIGHT\n"
        "END:VTIMEZONE\n"
    )
    component = icalendar.Timezone.from_ical(definition)
    assert isinstance(component, icalendar.Timezone)
    at = datetime(2024, 5, 5, 7, 0, 1, tzinfo=component.to_tz(lookup_tzid=False))
    there_and_back = at.astimezone(ZoneInfo("UTC")).astimezone(at.tzinfo)
    assert there_and_back.hour == 5, mended("sources/ical/vtimezone.py")


# signage/wording/dates.py


def test_babel_puts_no_space_between_a_currency_code_and_the_amount() -> None:
    assert format_currency(250, "NOK", "¤0", "en", currency_digits=False) == "NOK250", mended("pages/wording.py")
