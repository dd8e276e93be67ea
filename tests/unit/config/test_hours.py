"""Opening hours: what people write, and when the house is open by the real calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.config.hours import closed_spans, open_spans, parse_hours
from signage.config.models import WEEKDAYS, Screen

OSLO = ZoneInfo("Europe/Oslo")


def oslo(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=OSLO, fold=fold)  # type: ignore[arg-type, misc]  # a datetime's numbers


def local(spans: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{a.astimezone(OSLO):%d %H:%M%z}/{b.astimezone(OSLO):%d %H:%M%z}" for a, b in spans]


@pytest.mark.parametrize(
    "text", ["10:00-18:00", "10-18", "10.00-18.00", "10:00–18:00", "10 – 18", " 10.00 — 18.00 ", "10-18:00"]
)
def test_the_ways_people_write_a_span_are_the_same(text: str) -> None:
    assert parse_hours({"mon": text}).spans["mon"] == ((time(10), time(18)),)


def test_days_and_rows_of_days() -> None:
    hours = parse_hours({"mon-fri": "10-18", "thu": "10-20", "sat": "closed"}).spans
    assert [len(hours[day]) for day in WEEKDAYS] == [1, 1, 1, 1, 1, 0, 0]
    assert hours["thu"] == ((time(10), time(20)),)
    assert parse_hours({"sat-mon": "12-13"}).spans["sun"] == ((time(12), time(13)),)
    assert parse_hours({"thu": "10-20", "Mon-Fri": "10-18"}).spans == {**hours}


def test_several_spans_come_in_order() -> None:
    assert parse_hours({"mon": "18-20, 10-14"}).spans["mon"] == ((time(10), time(14)), (time(18), time(20)))


@pytest.mark.parametrize(
    "text", ["", "10", "10-", "ten-six", "10:60-12", "25-26", "10-18-20", "10-18,", "24:01-25", "9-9"]
)
def test_what_is_not_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write hours like|whole day is"):
        parse_hours({"mon": text})


@pytest.mark.parametrize(
    ("word", "meant"),
    [("man-fre", "mon-fri"), ("man, ons", "mon, wed"), ("lør", "sat"), ("wednesday", "wed"), ("thr", "thu")],
)
def test_a_wrong_weekday_gets_a_suggestion(word: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        parse_hours({word: "10-18"})


def test_a_screen_gives_its_hours_or_none() -> None:
    screen = {"place": "library", "playlist": [{"show": "today"}]}
    assert Screen.model_validate(screen).opening is None
    opening = Screen.model_validate({**screen, "hours": {"sat": "10-14"}}).opening
    assert opening is not None
    assert opening.spans["sat"] == ((time(10), time(14)),)
    assert opening.spans["mon"] == ()


def test_open_and_closed_take_turns_within_the_window() -> None:
    hours = parse_hours({"mon-fri": "10-14, 18-20", "sat": "10-14"})
    from_, until = oslo(2026, 9, 18, 12), oslo(2026, 9, 20, 12)  # Friday noon to Sunday noon
    assert local(open_spans(hours, OSLO, from_, until)) == [
        "18 12:00+0200/18 14:00+0200",
        "18 18:00+0200/18 20:00+0200",
        "19 10:00+0200/19 14:00+0200",
    ]
    assert local(closed_spans(hours, OSLO, from_, until)) == [
        "18 14:00+0200/18 18:00+0200",
        "18 20:00+0200/19 10:00+0200",
        "19 14:00+0200/20 12:00+0200",
    ]


def test_hours_past_midnight_reach_into_the_window_from_the_evening_before() -> None:
    hours = parse_hours({"fri": "18-01"})
    assert local(open_spans(hours, OSLO, oslo(2026, 9, 19), oslo(2026, 9, 20))) == ["19 00:00+0200/19 01:00+0200"]


def test_open_around_the_clock_is_one_span_also_when_clocks_change() -> None:
    hours = parse_hours({"mon-sun": "00-24"})
    for from_, until in ((oslo(2026, 3, 27), oslo(2026, 3, 31)), (oslo(2026, 10, 23), oslo(2026, 10, 27))):
        assert open_spans(hours, OSLO, from_, until) == [(from_.astimezone(UTC), until.astimezone(UTC))]
        assert closed_spans(hours, OSLO, from_, until) == []


def test_opening_time_stays_on_the_wall_clock_when_clocks_change() -> None:
    hours = parse_hours({"mon-sun": "10-18"})
    spring = open_spans(hours, OSLO, oslo(2026, 3, 28), oslo(2026, 3, 30))
    assert local(spring) == ["28 10:00+0100/28 18:00+0100", "29 10:00+0200/29 18:00+0200"]
    autumn = open_spans(hours, OSLO, oslo(2026, 10, 24), oslo(2026, 10, 26))
    assert local(autumn) == ["24 10:00+0200/24 18:00+0200", "25 10:00+0100/25 18:00+0100"]


def test_a_night_that_clocks_change_in_is_longer_or_shorter() -> None:
    hours = parse_hours({"sat": "22-04"})
    ((opened, closed),) = open_spans(hours, OSLO, oslo(2026, 10, 24, 12), oslo(2026, 10, 25, 12))
    assert closed - opened == timedelta(hours=7)
    ((opened, closed),) = open_spans(hours, OSLO, oslo(2026, 3, 28, 12), oslo(2026, 3, 29, 12))
    assert closed - opened == timedelta(hours=5)


def test_a_closing_time_that_comes_twice_is_the_second_and_one_that_never_comes_is_after_the_gap() -> None:
    hours = parse_hours({"sat": "22-02:30"})
    assert local(open_spans(hours, OSLO, oslo(2026, 10, 24), oslo(2026, 10, 26))) == ["24 22:00+0200/25 02:30+0100"]
    assert local(open_spans(hours, OSLO, oslo(2026, 3, 28), oslo(2026, 3, 30))) == ["28 22:00+0100/29 03:30+0200"]
    inside_the_gap = parse_hours({"sun": "02:10-02:50"})
    assert local(open_spans(inside_the_gap, OSLO, oslo(2026, 3, 29), oslo(2026, 3, 30))) == [
        "29 03:10+0200/29 03:50+0200"
    ]


def test_never_open_is_all_closed() -> None:
    from_, until = oslo(2026, 9, 18), oslo(2026, 9, 25)
    assert open_spans(parse_hours({}), OSLO, from_, until) == []
    assert closed_spans(parse_hours({}), OSLO, from_, until) == [(from_, until)]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        open_spans(parse_hours({}), OSLO, datetime(2026, 9, 18), oslo(2026, 9, 19))  # noqa: DTZ001


SPAN = st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda s: s[0] != s[1])


@given(
    st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(SPAN, max_size=3)),
    st.sampled_from([oslo(2026, 3, 27), oslo(2026, 10, 23), oslo(2026, 12, 30)]),
    st.integers(0, 5 * 24 * 60),
    st.integers(1, 5 * 24 * 60),
)
def test_every_minute_is_open_or_closed_as_the_wall_clock_says(
    days: dict[str, list[tuple[int, int]]], base: datetime, offset: int, length: int
) -> None:
    clock = "{:02}:{:02}".format
    texts = {
        day: ", ".join(f"{clock(a // 4, a % 4 * 15)}-{clock(b // 4, b % 4 * 15)}" for a, b in spans) or "closed"
        for day, spans in days.items()
    }
    hours = parse_hours(texts)
    from_ = (base.astimezone(UTC) + timedelta(minutes=offset)).astimezone(UTC)
    until = from_ + timedelta(minutes=length)
    opened, closed = open_spans(hours, OSLO, from_, until), closed_spans(hours, OSLO, from_, until)
    edges = sorted([*opened, *closed])
    assert [a for a, _ in edges] + [until] == [from_] + [b for _, b in edges]  # no gap, no overlap
    for number in range(len(edges) - 1):
        assert (edges[number] in opened) != (edges[number + 1] in opened)  # touching spans are one
    for minute in range(0, length, 37):
        instant = from_ + timedelta(minutes=minute)
        wall = instant.astimezone(OSLO)
        before, after = (instant + timedelta(hours=away) for away in (-26, 1))
        if before.astimezone(OSLO).utcoffset() != after.astimezone(OSLO).utcoffset():
            continue  # the nights of the change have tests of their own
        is_open = any(a <= instant < b for a, b in opened)
        assert is_open == _wall_says(hours.spans, wall)


def _wall_says(spans: dict, wall: datetime) -> bool:  # type: ignore[type-arg]
    now = wall.time().replace(tzinfo=None)
    today, before = WEEKDAYS[wall.weekday()], WEEKDAYS[wall.weekday() - 1]
    return any((a <= now < b) if a < b else now >= a for a, b in spans[today]) or any(
        b <= a and now < b for a, b in spans[before]
    )
