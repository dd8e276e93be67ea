"""Rules over the nights when the clock is moved, against a model that walks through the days one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.sources.base import FetchWindow
from signage.sources.formats.ical.rule_parts import may_fit_no_day, rule_parts
from signage.sources.formats.ical.vtimezone import zone_of
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures import oracle

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HORIZON = date(2028, 12, 31)


@dataclass(frozen=True)
class Series:
    """A rule without what only a library knows: it can be told day by day whether it holds."""

    frequency: str
    start: datetime  # naive, in Oslo
    minutes: int
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None
    left_out: tuple[int, ...] = ()  # numbers of occurrences

    def days(self) -> Iterator[date]:
        """The days on which the rule holds."""
        day, taken = self.start.date(), 0
        while day <= HORIZON and (self.until is None or day <= self.until):
            if self.holds(day):
                taken += 1
                yield day
                if taken == self.count:
                    return
            day += timedelta(days=1)

    def holds(self, day: date) -> bool:
        first = self.start.date()
        if self.frequency == "DAILY":
            fits = (day - first).days % self.interval == 0
            return fits and (not self.weekdays or day.weekday() in self.weekdays)
        if self.frequency == "WEEKLY":
            weeks = (monday(day) - monday(first)).days // 7
            return weeks % self.interval == 0 and day.weekday() in (self.weekdays or (first.weekday(),))
        apart = (day.year - first.year) * 12 + day.month - first.month
        if self.frequency == "YEARLY":
            return day.month == first.month and day.day == first.day and (apart // 12) % self.interval == 0
        return day.day == first.day and apart % self.interval == 0

    def expected(self) -> list[tuple[datetime, datetime]]:
        """What is shown, in UTC."""
        found = []
        for number, day in enumerate(self.days()):
            if number not in self.left_out:
                begins = real(datetime.combine(day, self.start.time()))
                found.append((begins, begins + timedelta(minutes=self.minutes)))
        return found

    def text(self, zone: str) -> bytes:
        rule = [f"FREQ={self.frequency}", f"INTERVAL={self.interval}"]
        if self.weekdays:
            rule.append("BYDAY=" + ",".join(DAYS[number] for number in self.weekdays))
        if self.count is not None:
            rule.append(f"COUNT={self.count}")
        elif self.until is not None:
            rule.append(f"UNTIL={real(datetime.combine(self.until, time(23, 59, 59))):%Y%m%dT%H%M%SZ}")
        every = list(self.days())
        gone = [
            f"{datetime.combine(every[number], self.start.time()):%Y%m%dT%H%M%S}"
            for number in self.left_out
            if number < len(every)
        ]
        definition = oracle.definition("Europe/Oslo").replace("Europe/Oslo", zone).splitlines()
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            *(definition if zone != "Europe/Oslo" else ()),
            "BEGIN:VEVENT",
            "UID:a",
            "SUMMARY:Kor",
            f"DTSTART;TZID={zone}:{self.start:%Y%m%dT%H%M%S}",
            f"DURATION:PT{self.minutes}M",
            "RRULE:" + ";".join(rule),
            *([f"EXDATE;TZID={zone}:" + ",".join(gone)] if gone else ()),
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
        return "\r\n".join(lines).encode()


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def real(local: datetime) -> datetime:
    """UTC, by RFC 5545 3.3.5: the first of two, and for a skipped time the offset from before."""
    return local.replace(tzinfo=ZONE, fold=0).astimezone(UTC)


nights = st.sampled_from([time(0), time(1, 30), time(2), time(2, 30), time(2, 59), time(3), time(23, 45)])
clocks = st.one_of(nights, st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45])))
# many of them begin near a night when the clock is moved
near = st.builds(
    lambda day, by: day + timedelta(days=by),
    st.sampled_from([date(2024, 10, 27), date(2025, 3, 30), date(2026, 3, 29), date(2026, 10, 25)]),
    st.integers(-20, 20),
)


@st.composite
def series(draw: st.DrawFn) -> Series:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    start = datetime.combine(draw(st.one_of(near, st.dates(date(2022, 1, 1), date(2027, 12, 31)))), draw(clocks))
    weekdays = draw(st.sets(st.integers(0, 6), max_size=4)) if frequency in ("DAILY", "WEEKLY") else set()
    if weekdays:  # or DTSTART would not be on its rule, which RFC 5545 3.8.5.3 leaves undefined
        weekdays.add(start.weekday())
    ends = draw(st.sampled_from(["never", "count", "until"]))
    return Series(
        frequency,
        start,
        draw(st.sampled_from([1, 30, 60, 90, 180, 600])),
        draw(st.integers(1, 4)),
        tuple(sorted(weekdays)),
        draw(st.integers(1, 60)) if ends == "count" else None,
        start.date() + timedelta(days=draw(st.integers(0, 700))) if ends == "until" else None,
        tuple(sorted(draw(st.sets(st.integers(0, 12), max_size=3)))),
    )


def told(body: bytes, window: FetchWindow) -> list[tuple[datetime, datetime]]:
    parsed = ICal().parse(body, SOURCE, window, ZONE)
    assert parsed.warnings == ()
    return [
        (record.start.astimezone(UTC), record.end.astimezone(UTC))
        for record in parsed.records
        if isinstance(record.start, datetime) and isinstance(record.end, datetime)
    ]


@settings(max_examples=150, deadline=None)
@given(series(), st.dates(date(2024, 1, 1), date(2027, 10, 1)), st.integers(1, 400), st.booleans())
def test_a_rule_is_what_walking_through_the_days_gives(rule: Series, first: date, long: int, defined: bool) -> None:
    window = FetchWindow(first, first + timedelta(days=long))
    begin = real(datetime.combine(window.start, time()))
    end = real(datetime.combine(window.end + timedelta(days=1), time()))
    expected = [(start, stop) for start, stop in rule.expected() if stop > begin and start < end]
    assert told(rule.text("Kommunens tid" if defined else "Europe/Oslo"), window) == expected


CHANGES = (date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5))
PLACES = ("Europe/Oslo", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo")


@pytest.mark.parametrize("place", PLACES)
def test_a_zone_by_its_definition_is_the_zone_by_its_name(place: str) -> None:
    """Also where summer time is half an hour, or is behind standard time by what the file says (Dublin)."""
    named, defined = ZoneInfo(place), zone_of("X", oracle.definition(place))

    @settings(max_examples=300, deadline=None)
    @given(
        st.one_of(
            st.datetimes(datetime(1995, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - takes a zone below
            st.builds(
                lambda day, minutes: datetime.combine(day, time()) + timedelta(minutes=minutes),
                st.sampled_from(
                    [date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5)]
                ),
                st.integers(-200, 400),
            ),
        ),
        st.integers(0, 1),
    )
    def check(at: datetime, fold: int) -> None:
        local = at.replace(fold=fold)
        assert local.replace(tzinfo=defined).utcoffset() == local.replace(tzinfo=named).utcoffset()
        there = at.replace(tzinfo=UTC)
        ours, theirs = there.astimezone(defined), there.astimezone(named)
        assert (ours.replace(tzinfo=None), ours.fold) == (theirs.replace(tzinfo=None), theirs.fold)

    check()


@settings(max_examples=60, deadline=None)
@given(series(), st.dates(date(2024, 1, 1), date(2027, 6, 1)), st.integers(0, 90))
def test_a_short_window_is_a_part_of_a_long_one(rule: Series, first: date, long: int) -> None:
    """A series is brought forward to shortly before the window; what is in it must not depend on that."""
    body, window = rule.text("Europe/Oslo"), FetchWindow(first, first + timedelta(days=long))
    everything = ICal().parse(body, SOURCE, FetchWindow(date(2022, 1, 1), HORIZON), ZONE).records
    expected = tuple(record for record in everything if window.holds(record, ZONE))
    assert ICal().parse(body, SOURCE, window, ZONE).records == expected


def calendar_of(rules: list[str], start: str = "20260101T100000Z") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:{start}\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
        for number, rule in enumerate(rules)
    )
    return f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode()


SUMMER = FetchWindow(date(2026, 6, 1), date(2026, 12, 31))


def test_a_file_of_rules_that_may_never_fit_is_bounded_and_said() -> None:
    """Each Friday the 13th costs what a search until the year 9999 would: nine are looked for, and no more."""
    parsed = ICal().parse(calendar_of(["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"] * 12), SOURCE, SUMMER, ZONE)
    assert sorted({int(record.uid) for record in parsed.records}) == list(range(9))
    assert len(parsed.warnings) == 3
    assert all("the calendar has too many repetitions" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=17",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=-1SU",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    ],
)
def test_rules_that_programs_write_are_no_such_risk(rule: str) -> None:
    assert not may_fit_no_day(rule_parts(rule))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=60",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
    ],
)
def test_rules_for_which_there_may_be_no_day(rule: str) -> None:
    assert may_fit_no_day(rule_parts(rule))


def test_a_file_with_a_thousand_zones_is_bounded_and_said() -> None:
    one = oracle.definition("Europe/Oslo").replace("Europe/Oslo", "Zone{0}")
    event = "BEGIN:VEVENT\r\nUID:{0}\r\nDTSTART;TZID=Zone{0}:20260610T100000\r\nEND:VEVENT\r\n"
    body = "".join((one + event).replace("{0}", str(number)) for number in range(120))
    parsed = ICal().parse(f"BEGIN:VCALENDAR\r\n{body}END:VCALENDAR\r\n".encode(), SOURCE, SUMMER, ZONE)
    assert len(parsed.records) == 120
    assert parsed.warnings[0] == 'the time zone "Zone100" is unknown. Europe/Oslo is used instead.'
