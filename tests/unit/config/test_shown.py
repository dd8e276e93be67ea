"""When an entry may be shown: exactly while its conditions hold by the clock on the wall, on both nights of the year
when the clocks change, too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.playlist import Timed
from signage.config.shown import common, shown_spans
from tests.fixtures.entry_times import may_be_shown

OSLO = ZoneInfo("Europe/Oslo")
MINUTE = timedelta(minutes=1)


def spans(entry: dict[str, Any], start: datetime, end: datetime, zone: ZoneInfo = OSLO) -> list[str]:
    """As "25 22:00-26 02:00", in local time."""
    found = shown_spans(Timed.model_validate(entry), zone, "NO", start, end)
    return [f"{a.astimezone(zone):%d %H:%M}-{b.astimezone(zone):%d %H:%M}" for a, b in found]


def whole(first: date, days: int) -> tuple[datetime, datetime]:
    start = datetime(first.year, first.month, first.day, tzinfo=OSLO)
    return start, start + timedelta(days=days)


@pytest.mark.parametrize(
    ("entry", "first", "days", "expected"),
    [
        ({"days": "mon-fri", "hours": "08-12"}, date(2026, 11, 27), 4, ["27 08:00-27 12:00", "30 08:00-30 12:00"]),
        ({"days": "sat, sun"}, date(2026, 11, 27), 4, ["28 00:00-30 00:00"]),
        ({"days": "mon,wed-fri"}, date(2026, 11, 23), 7, ["23 00:00-24 00:00", "25 00:00-28 00:00"]),
        ({"days": "fri", "hours": "22-02"}, date(2026, 11, 27), 3, ["27 22:00-28 02:00"]),
        ({"hours": "10-12, 14-15"}, date(2026, 11, 27), 1, ["27 10:00-27 12:00", "27 14:00-27 15:00"]),
        ({"hours": "22-06"}, date(2026, 11, 27), 1, ["27 00:00-27 06:00", "27 22:00-28 00:00"]),
        ({"dates": [date(2026, 12, 24), date(2026, 12, 31)]}, date(2026, 12, 20), 11, ["24 00:00-25 00:00"]),
        ({"holidays": False, "days": "thu-sun"}, date(2026, 12, 24), 4, ["24 00:00-25 00:00", "27 00:00-28 00:00"]),
        ({"holidays": False, "hours": "22-02"}, date(2026, 12, 25), 3, ["25 00:00-25 02:00", "27 22:00-28 00:00"]),
        # spring: 02:00 to 03:00 never comes
        ({"hours": "01-04"}, date(2026, 3, 29), 1, ["29 01:00-29 04:00"]),
        ({"hours": "02:00-03:00"}, date(2026, 3, 29), 1, []),
        ({"hours": "02:30-04"}, date(2026, 3, 29), 1, ["29 03:00-29 04:00"]),
        ({"hours": "01-02:30"}, date(2026, 3, 29), 1, ["29 01:00-29 03:00"]),
        # autumn: it comes twice
        ({"hours": "02-03"}, date(2026, 10, 25), 1, ["25 02:00-25 03:00"]),
        ({"hours": "01:30-02:30"}, date(2026, 10, 25), 1, ["25 01:30-25 02:30", "25 02:00-25 02:30"]),
        ({"hours": "22-02"}, date(2026, 10, 24), 1, ["24 00:00-24 02:00", "24 22:00-25 00:00"]),
    ],
)  # fmt: skip
def test_an_entry_is_shown_on_its_days_at_its_hours(
    entry: dict[str, Any], first: date, days: int, expected: list[str]
) -> None:
    assert spans(entry, *whole(first, days)) == expected


def test_the_hour_that_comes_twice_counts_twice() -> None:
    start, end = whole(date(2026, 10, 25), 1)
    ((begin, finish),) = shown_spans(Timed(hours="02-03"), OSLO, "NO", start, end)
    assert finish - begin == timedelta(hours=2)


def test_an_entry_begins_and_ends_at_its_times_to_the_second() -> None:
    begin, finish = datetime(2026, 11, 27, 9, 0, 7, tzinfo=OSLO), datetime(2026, 11, 27, 11, 59, 59, tzinfo=OSLO)
    timed = Timed.model_validate({"hours": "08-12", "from": begin, "until": finish})
    assert shown_spans(timed, OSLO, "NO", *whole(date(2026, 11, 27), 1)) == [(begin, finish)]


def test_a_country_without_holidays_has_none() -> None:
    timed = Timed(holidays=False)
    assert shown_spans(timed, OSLO, "", *whole(date(2026, 12, 25), 1)) == [whole(date(2026, 12, 25), 1)]


HOURS = ("08-12", "22-02", "00-24", "01:30-02:30", "02-03", "02:30-01", "06-07:15, 23-00:30", "17-17:01")
DAYS = ("mon-fri", "sat, sun", "mon,wed-fri", "sun", "fri-mon", "tue")


@st.composite
def conditions(draw: st.DrawFn) -> tuple[datetime, ZoneInfo, dict[str, Any]]:
    zone = ZoneInfo(draw(st.sampled_from(["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])))
    start = draw(st.sampled_from([datetime(2026, 3, 27, 21, tzinfo=UTC), datetime(2026, 10, 23, 5, 7, tzinfo=UTC)]))
    entry: dict[str, Any] = {}
    if draw(st.booleans()):
        entry["hours"] = draw(st.sampled_from(HOURS))
    if draw(st.booleans()):
        entry["weekdays"] = draw(st.sampled_from(DAYS))
    if draw(st.integers(0, 3)) == 0:
        entry["dates"] = [(start + timedelta(days=n)).date() for n in draw(st.sets(st.integers(0, 14), min_size=1))]
    entry["holidays"] = draw(st.booleans())
    for key, least in (("from", 0), ("until", 60 * 24 * 5)):
        if draw(st.integers(0, 3)) == 0:
            entry[key] = start + timedelta(minutes=draw(st.integers(least, 60 * 24 * 14)))
    return start, zone, entry


@settings(max_examples=20, deadline=None)
@given(conditions(), st.randoms(use_true_random=False))
def test_at_every_instant_an_entry_is_shown_exactly_when_its_conditions_hold(
    drawn: tuple[datetime, ZoneInfo, dict[str, Any]], dice: Any
) -> None:
    start, zone, entry = drawn
    end = start + timedelta(days=14)
    found = shown_spans(Timed.model_validate(entry), zone, "NO", start, end)
    assert found == sorted(found)
    assert all(a < b for a, b in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    instants = [start + timedelta(seconds=dice.randrange(14 * 86400)) for _ in range(150)]
    instants += [edge + offset for span in found for edge in span for offset in (-MINUTE, timedelta(0))]
    for at in instants:
        if start <= at < end:
            assert any(a <= at < b for a, b in found) == may_be_shown(entry, at, zone), (at.astimezone(zone), entry)


def test_what_spans_have_in_common() -> None:
    def at(*hours: int) -> list[tuple[datetime, datetime]]:
        instants = [datetime(2026, 11, 27, hour, tzinfo=UTC) for hour in hours]
        return list(zip(instants[::2], instants[1::2], strict=True))

    assert common(at(1, 5, 6, 9), at(0, 2, 3, 7, 8, 12)) == at(1, 2, 3, 5, 6, 7, 8, 9)
    assert common(at(1, 2), at(2, 3)) == []
