"""Every row of the calendar traps that reaches a source or the merging, with its right answer. Zone Europe/Oslo."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from signage.domain.model import Event, Record, Status
from signage.errors import SourceError
from signage.events import merge_events
from signage.sources.base import FetchWindow, Parsed
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures.make_records import config

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
AUTUMN = FetchWindow(date(2026, 10, 1), date(2026, 11, 30))
SPRING = FetchWindow(date(2026, 3, 27), date(2026, 3, 31))
OSLO = "TZID=Europe/Oslo"
DEFINITION = """BEGIN:VTIMEZONE
TZID:Europe/Oslo
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


# How the zone of the tests is told: by its IANA name, by that and a definition, or by a definition alone.
TOLD = ("by name", "by name and definition", "by definition")
told = TOLD[0]


@pytest.fixture(autouse=True, params=TOLD)
def _each_way_to_tell_the_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.told", request.param)


def calendar(*events: str, head: str = "") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    if told != "by name":
        head = DEFINITION + head
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{blocks}END:VCALENDAR\n"
    if told == "by definition":
        text = re.sub("TZID([=:])Europe/Oslo", r"TZID\1Heim", text)
    return text.replace("\n", "\r\n").encode()


def vevent(start: str, *lines: str, uid: str = "a", title: str = "Kor") -> str:
    return "\n".join([f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART{start}", *lines])


def read(body: bytes, window: FetchWindow = AUTUMN) -> Parsed:
    return ICal().parse(body, SOURCE, window, ZONE)


def records(*events: str, window: FetchWindow = AUTUMN, head: str = "") -> tuple[Record, ...]:
    return read(calendar(*events, head=head), window).records


def shown(*events: str, window: FetchWindow = AUTUMN, head: str = "") -> list[tuple[str, str | None]]:
    return [
        (text(record.start), None if record.end is None else text(record.end))
        for record in records(*events, window=window, head=head)
    ]


def text(moment: datetime | date) -> str:
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()


def starts(*events: str, window: FetchWindow = AUTUMN) -> list[str]:
    return [start for start, _ in shown(*events, window=window)]


def test_weekly_across_the_autumn_change_keeps_its_local_time() -> None:
    assert starts(vevent(f";{OSLO}:20261020T180000", "RRULE:FREQ=WEEKLY;COUNT=2")) == [
        "2026-10-20T18:00+02:00",
        "2026-10-27T18:00+01:00",
    ]


def test_a_series_in_utc_shifts_with_it() -> None:
    assert starts(vevent(":20261020T160000Z", "RRULE:FREQ=WEEKLY;COUNT=2")) == [
        "2026-10-20T18:00+02:00",
        "2026-10-27T17:00+01:00",
    ]


@pytest.mark.parametrize("length", ["DURATION:PT1H", f"DTEND;{OSLO}:20260327T033000"])
def test_a_time_that_the_clock_skips(length: str) -> None:
    assert shown(vevent(f";{OSLO}:20260327T023000", length, "RRULE:FREQ=DAILY;COUNT=4"), window=SPRING) == [
        ("2026-03-27T02:30+01:00", "2026-03-27T03:30+01:00"),
        ("2026-03-28T02:30+01:00", "2026-03-28T03:30+01:00"),
        ("2026-03-29T03:30+02:00", "2026-03-29T04:30+02:00"),
        ("2026-03-30T02:30+02:00", "2026-03-30T03:30+02:00"),
    ]


def test_a_time_that_comes_twice_is_the_first_one_and_lasts_an_hour() -> None:
    expected = [("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00")]
    assert shown(vevent(f";{OSLO}:20261025T023000", "DURATION:PT1H")) == expected
    daily = shown(vevent(f";{OSLO}:20261024T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"))
    assert daily[1:] == expected
    (event,) = merged(vevent(f";{OSLO}:20261025T023000", "DURATION:PT1H"))
    assert event.ends_at - event.starts_at == timedelta(hours=1), "not by the clock, which says the same twice"


@pytest.mark.parametrize(("length", "end"), [("PT24H", "2026-10-25T11:00+01:00"), ("P1D", "2026-10-25T12:00+01:00")])
@pytest.mark.parametrize("rule", [(), ("RRULE:FREQ=YEARLY;COUNT=2",)])
def test_a_day_is_not_24_hours(length: str, end: str, rule: tuple[str, ...]) -> None:
    assert shown(vevent(f";{OSLO}:20261024T120000", f"DURATION:{length}", *rule)) == [("2026-10-24T12:00+02:00", end)]


@pytest.mark.parametrize(
    ("until", "last"),
    [("20261103T170000Z", "2026-11-03T18:00+01:00"), ("20261103T165959Z", "2026-10-27T18:00+01:00")],
)
def test_until_is_an_instant(until: str, last: str) -> None:
    assert starts(vevent(f";{OSLO}:20261006T180000", f"RRULE:FREQ=WEEKLY;UNTIL={until}"))[-1] == last


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;UNTIL=20261103", "UNTIL=20261103;FREQ=WEEKLY;BYDAY=TU"])
def test_until_as_a_date_includes_that_day_and_says_so(rule: str) -> None:
    parsed = read(calendar(vevent(f";{OSLO}:20261006T180000", f"RRULE:{rule}")))
    assert text(parsed.records[-1].start) == "2026-11-03T18:00+01:00"
    assert any("UNTIL" in warning for warning in parsed.warnings)


def test_until_in_local_time_is_local() -> None:
    assert starts(vevent(f";{OSLO}:20261006T180000", "RRULE:FREQ=WEEKLY;UNTIL=20261103T180000"))[-1].startswith(
        "2026-11-03"
    )


def test_until_as_an_instant_on_an_all_day_series_is_a_local_day() -> None:
    assert starts(vevent(";VALUE=DATE:20261101", "RRULE:FREQ=DAILY;UNTIL=20261102T230000Z"))[-1] == "2026-11-03"


def test_all_day_is_exclusive_of_its_end() -> None:
    window = FetchWindow(date(2026, 6, 1), date(2026, 7, 1))
    event = vevent(";VALUE=DATE:20260626", "DTEND;VALUE=DATE:20260629")
    assert shown(event, window=window) == [("2026-06-26", "2026-06-29")]
    assert merged(event, window=window)[0].ends_at.astimezone(ZONE).isoformat() == "2026-06-29T00:00:00+02:00"
    assert shown(event, window=FetchWindow(date(2026, 6, 28), date(2026, 7, 1))) != []
    assert shown(event, window=FetchWindow(date(2026, 6, 29), date(2026, 7, 1))) == []


@pytest.mark.parametrize("end", ["", "DTEND;VALUE=DATE:20261010", "DURATION:P1D"])
def test_all_day_without_a_real_end_is_one_day(end: str) -> None:
    assert shown(vevent(";VALUE=DATE:20261010", *filter(None, [end]))) == [("2026-10-10", "2026-10-11")]


@pytest.mark.parametrize("end", ["", f"DTEND;{OSLO}:20261010T180000"])
@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=YEARLY"])
def test_timed_without_an_end_is_shown_until_its_expiry(end: str, rule: str) -> None:
    (event,) = merged(vevent(f";{OSLO}:20261010T180000", *filter(None, [end, rule])))
    assert event.end is None
    assert event.ends_at == datetime(2026, 10, 10, 20, tzinfo=ZONE)


def test_without_an_end_over_the_autumn_night_expires_after_real_hours() -> None:
    (event,) = merged(vevent(f";{OSLO}:20261025T013000"))
    assert (event.ends_at - event.starts_at).total_seconds() == 7200


def test_an_end_at_midnight_is_not_on_the_next_day() -> None:
    event = vevent(f";{OSLO}:20261010T180000", f"DTEND;{OSLO}:20261011T000000")
    assert shown(event) == [("2026-10-10T18:00+02:00", "2026-10-11T00:00+02:00")]
    assert shown(event, window=FetchWindow(date(2026, 10, 11), date(2026, 10, 12))) == []


@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=YEARLY"])
def test_over_midnight_written_on_one_date(rule: str) -> None:
    event = vevent(f";{OSLO}:20261010T220000", f"DTEND;{OSLO}:20261010T010000", *filter(None, [rule]))
    assert shown(event) == [("2026-10-10T22:00+02:00", "2026-10-11T01:00+02:00")]


def test_floating_time_is_in_the_calendars_zone() -> None:
    event = vevent(":20261010T180000")
    assert shown(event, head="X-WR-TIMEZONE:Europe/London\n") == [("2026-10-10T19:00+02:00", None)]
    assert shown(event) == [("2026-10-10T18:00+02:00", None)]


def test_an_unknown_zone_is_oslo_with_a_warning() -> None:
    parsed = read(calendar(vevent(";TZID=Trollheimen:20261010T180000"), vevent(":20261010T100000Z", uid="b")))
    assert [text(record.start) for record in parsed.records] == ["2026-10-10T12:00+02:00", "2026-10-10T18:00+02:00"]
    assert any("Trollheimen" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    "zone", ["W. Europe Standard Time", '"W. Europe Standard Time"', "/mozilla.org/20070129_1/Europe/Oslo"]
)
def test_other_peoples_names_for_our_zone(zone: str) -> None:
    parsed = read(calendar(vevent(f";TZID={zone}:20261020T180000", "RRULE:FREQ=WEEKLY;COUNT=2")))
    assert [text(record.start) for record in parsed.records] == ["2026-10-20T18:00+02:00", "2026-10-27T18:00+01:00"]
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("zone", "start"),
    [("UTC+2", "18:00+02:00"), ('"GMT +01:00"', "19:00+02:00"), ("-0500", "01:00+02:00"), ("UTC+99", "18:00+02:00")],
)
def test_a_fixed_offset_for_a_zone(zone: str, start: str) -> None:
    parsed = read(calendar(vevent(f";TZID={zone}:20261010T180000")))
    assert text(parsed.records[0].start)[11:] == start
    assert bool(parsed.warnings) is (zone == "UTC+99")


def test_one_cancelled_occurrence_is_shown_as_cancelled() -> None:
    found = records(
        vevent(f";{OSLO}:20261006T180000", f"DTEND;{OSLO}:20261006T200000", "RRULE:FREQ=WEEKLY;COUNT=3"),
        vevent(f";{OSLO}:20261013T180000", f"RECURRENCE-ID;{OSLO}:20261013T180000", "STATUS:CANCELLED"),
    )
    assert [record.status for record in found] == [Status.SCHEDULED, Status.CANCELLED, Status.SCHEDULED]


@pytest.mark.parametrize(
    "override",
    [
        f"DTSTART;{OSLO}:20261013T180000\nDTEND;{OSLO}:20261013T210000\nSTATUS:CANCELLED\nSUMMARY:Kor",
        f"DTSTART;{OSLO}:20261013T180000\nSTATUS:CANCELLED",
        "STATUS:CANCELLED",
    ],
)
def test_a_cancelled_occurrence_is_shown_until_it_would_have_ended(override: str) -> None:
    """Also where the override says no more than that it is off: title, place and length are the series'."""
    series = f"DTEND;{OSLO}:20261006T210000", "RRULE:FREQ=WEEKLY;COUNT=3", "LOCATION:Hallen"
    _, event, _ = merged(
        vevent(f";{OSLO}:20261006T180000", *series), f"UID:a\nRECURRENCE-ID;{OSLO}:20261013T180000\n{override}"
    )
    assert (event.title, event.status) == ("Kor", Status.CANCELLED)
    assert event.ends_at == datetime(2026, 10, 13, 21, tzinfo=ZONE)


def test_a_whole_series_is_cancelled() -> None:
    found = records(vevent(f";{OSLO}:20261006T180000", "RRULE:FREQ=WEEKLY;COUNT=3", "STATUS:CANCELLED"))
    assert [record.status for record in found] == [Status.CANCELLED] * 3
    found = records(vevent(f";{OSLO}:20261006T180000"), head="METHOD:CANCEL\n")
    assert [record.status for record in found] == [Status.CANCELLED]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261103", 3),
        ("20261102T230000Z", 3),
        ("20261103T235959Z", 3),
        ("20261103T225959Z", 3),
    ],
)
def test_until_of_an_all_day_series_however_it_is_written(until: str, last: int) -> None:
    """A date; midnight in Oslo as Exchange writes it; the end of the day as Google does."""
    assert starts(vevent(";VALUE=DATE:20261031", f"RRULE:FREQ=DAILY;UNTIL={until}"))[-1] == f"2026-11-{last:02}"


def test_this_and_future() -> None:
    assert starts(
        vevent(f";{OSLO}:20261006T180000", "RRULE:FREQ=WEEKLY;COUNT=4"),
        vevent(f";{OSLO}:20261020T190000", f"RECURRENCE-ID;RANGE=THISANDFUTURE;{OSLO}:20261020T180000"),
    ) == ["2026-10-06T18:00+02:00", "2026-10-13T18:00+02:00", "2026-10-20T19:00+02:00", "2026-10-27T19:00+01:00"]


@pytest.mark.parametrize("exdate", [";VALUE=DATE:20261013", ":20261013T160000Z", f";{OSLO}:20261013T180000"])
def test_exdate(exdate: str) -> None:
    assert starts(vevent(f";{OSLO}:20261006T180000", "RRULE:FREQ=WEEKLY;COUNT=3", f"EXDATE{exdate}")) == [
        "2026-10-06T18:00+02:00",
        "2026-10-20T18:00+02:00",
    ]


def test_recurrence_id_in_utc() -> None:
    assert starts(
        vevent(f";{OSLO}:20261006T180000", "RRULE:FREQ=WEEKLY;COUNT=2"),
        vevent(f";{OSLO}:20261013T193000", "RECURRENCE-ID:20261013T160000Z"),
    ) == ["2026-10-06T18:00+02:00", "2026-10-13T19:30+02:00"]


def test_rdate_also_with_a_period() -> None:
    assert shown(
        vevent(
            f";{OSLO}:20261006T180000",
            "DURATION:PT1H",
            f"RDATE;{OSLO}:20261009T120000",
            f"RDATE;VALUE=PERIOD;{OSLO}:20261010T120000/PT3H",
        )
    ) == [
        ("2026-10-06T18:00+02:00", "2026-10-06T19:00+02:00"),
        ("2026-10-09T12:00+02:00", "2026-10-09T13:00+02:00"),
        ("2026-10-10T12:00+02:00", "2026-10-10T15:00+02:00"),
    ]


def test_latin_1_is_decoded_right() -> None:
    body = calendar(vevent(":20261010T100000Z", title="Blåbærtur på Kjøla")).decode().encode("latin-1")
    assert read(body).records[0].title == "Blåbærtur på Kjøla"


@pytest.mark.parametrize("fold", [b"\r\n ", b"\n\t"])
def test_a_fold_in_the_middle_of_a_letter(fold: bytes) -> None:
    body = calendar(vevent(":20261010T100000Z", title="Blåbærtur"))
    letter = "å".encode()
    assert read(body.replace(letter, letter[:1] + fold + letter[1:])).records[0].title == "Blåbærtur"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The answer is empty."),
        (b" \r\n ", "The answer is empty."),
        (b"<!DOCTYPE html><p>Feil", "The answer is HTML instead of a calendar."),
        (b"Not found", "The answer isn't a calendar."),
        (calendar(vevent(":20261010T100000Z"))[:90], "The calendar stops in the middle."),
        (calendar(vevent(":20261010T100000Z")).replace(b"END:VCALENDAR\r\n", b""), "The calendar stops in the middle."),
    ],
)
def test_what_is_no_calendar_is_a_failure(body: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(body)
    assert caught.value.reason == reason


@pytest.mark.parametrize("garbage", ["what is this", "DTSTART", ":::", ";;;=:", "\x00\x01", 'DESCRIPTION;X="a:b'])
def test_one_garbage_line_costs_no_other_event(garbage: str) -> None:
    bad, good = vevent(":20261010T100000Z", garbage, uid="b"), vevent(":20261011T100000Z", uid="c")
    assert "c" in [record.uid for record in records(bad, good)]
    assert "c" in [record.uid for record in records(good, bad)]
    assert "c" in [record.uid for record in records(good, head=garbage.replace("\x00", "") + "\n")]


def test_two_names_in_one_vtimezone() -> None:
    head = (
        "BEGIN:VTIMEZONE\nTZID:Hemne\nTZID:Halsa\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0300\n"
        "TZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    first, second = vevent(";TZID=Hemne:20261010T180000"), vevent(";TZID=Halsa:20261011T180000", uid="b")
    assert [start for start, _ in shown(first, second, head=head)] == [
        "2026-10-10T17:00+02:00",
        "2026-10-11T17:00+02:00",
    ]


@pytest.mark.parametrize("rule", ["FREQ=NEVER", "INTERVAL=2", "FREQ=DAILY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=XX", "="])
def test_one_bad_rule_costs_that_series_only(rule: str) -> None:
    parsed = read(calendar(vevent(":20261010T100000Z", f"RRULE:{rule}", uid="b"), vevent(":20261011T100000Z", uid="c")))
    assert [record.uid for record in parsed.records] == ["c"]
    assert any("is left out" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9",
        "FREQ=SECONDLY;COUNT=999999999;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_for_every_second_is_bounded_and_said(rule: str) -> None:
    parsed = read(calendar(vevent(":19700101T000000Z", f"RRULE:{rule}")))
    assert parsed.records == ()
    assert any("repeats too often" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYMONTH=4,6;BYMONTHDAY=31", "FREQ=DAILY;BYSETPOS=2"]
)
def test_a_rule_that_no_day_fits_is_said(rule: str) -> None:
    parsed = read(calendar(vevent(":20260101T000000Z", f"RRULE:{rule}")))
    assert any("no day fits its rule" in warning for warning in parsed.warnings)


def merged(*events: str, window: FetchWindow = AUTUMN) -> tuple[Event, ...]:
    return merge_events(records(*events, window=window), config()).events
