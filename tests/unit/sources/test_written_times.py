"""Dates and times as Norwegian volunteers write them, and those that are refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.domain.date_words import NAMES
from signage.sources.formats.written_times import OLD, WrittenTimes, read_days, read_times, weekday

NEAR = date(2026, 12, 1)
SATURDAY, MONDAY = date(2026, 12, 5), date(2026, 12, 7)


def clock(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-05",
        "5.12.2026",
        "05.12.26",
        "5/12/2026",
        "5-12-2026",
        "5. 12. 2026",
        "5.12 2026",
        "5. desember 2026",
        "5 december 2026",
        "5.des.2026",
        "December 5, 2026",
        "December 5th, 2026",
        "lørdag 5. desember",
        "Lørdag den 5. desember",
        "laurdag 5. desember 2026",
        "lør. 5.12.",
        "Lør 5/12",
        "Sat 5 Dec 2026",
        "5. des",
        "5.12",
        "46361",
        "  5. \u00a0 desember\n2026 ",
        "5.12.2026 (NB! ny dato)",
    ],
)
def test_one_day(written: str) -> None:
    days = read_days(written, NEAR)
    assert (days.first, days.last, days.times) == (SATURDAY, SATURDAY, WrittenTimes())


@pytest.mark.parametrize(
    "written",
    [
        "5.-7. desember 2026",
        "5.-7. desember",
        "5.–7. des",
        "5.12.-7.12.2026",
        "5.12.2026 - 7.12.2026",
        "5.12.26-7.12.26",
        "5.-7.12",
        "2026-12-05 - 2026-12-07",
        "lørdag 5. til mandag 7. desember",
        "lør 5. - man 7. desember",
        "5. desember til 7. desember 2026",
        "5. desember t.o.m. 7. desember 2026",
    ],
)
def test_a_span(written: str) -> None:
    days = read_days(written, NEAR)
    assert (days.first, days.last) == (SATURDAY, MONDAY)


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("2026-12-05 18:00", WrittenTimes(clock(18))),
        ("2026-12-05T18:00:00", WrittenTimes(clock(18))),
        ("5.12.2026 kl. 18-20", WrittenTimes(clock(18), clock(20))),
        ("lørdag 5. desember kl. 18.00–20.30", WrittenTimes(clock(18), clock(20, 30))),
        ("lør 5/12, kl 18", WrittenTimes(clock(18))),
        ("46361,75", WrittenTimes(clock(18))),
        ("46361.75", WrittenTimes(clock(18))),
    ],
)
def test_a_date_with_times_behind_it(written: str, times: WrittenTimes) -> None:
    days = read_days(written, NEAR)
    assert (days.first, days.times) == (SATURDAY, times)


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("18", WrittenTimes(clock(18))),
        ("18:00", WrittenTimes(clock(18))),
        ("18.30", WrittenTimes(clock(18, 30))),
        ("18:00:00", WrittenTimes(clock(18))),
        ("1800", WrittenTimes(clock(18))),
        ("0830", WrittenTimes(clock(8, 30))),
        ("kl. 18", WrittenTimes(clock(18))),
        ("Kl 18.00-", WrittenTimes(clock(18))),
        ("klokka 18", WrittenTimes(clock(18))),
        ("ca. 18", WrittenTimes(clock(18))),
        ("fra kl. 18", WrittenTimes(clock(18))),
        ("18-20", WrittenTimes(clock(18), clock(20))),
        ("18.00–20.00", WrittenTimes(clock(18), clock(20))),
        ("fra kl. 18 til kl. 20", WrittenTimes(clock(18), clock(20))),
        ("1800-2030", WrittenTimes(clock(18), clock(20, 30))),
        ("22-01", WrittenTimes(clock(22), clock(1))),
        ("20-24", WrittenTimes(clock(20), clock(24))),
        ("19.00 (dørene åpner 18.00)", WrittenTimes(clock(19))),
        ("6:30 pm", WrittenTimes(clock(18, 30))),
        ("6pm-8pm", WrittenTimes(clock(18), clock(20))),
        ("12 am", WrittenTimes(0)),
        ("hele dagen", WrittenTimes()),
        ("Heile dagen", WrittenTimes()),
        ("0,75", WrittenTimes(clock(18))),
        ("0.770833333", WrittenTimes(clock(18, 30))),
    ],
)
def test_times(written: str, times: WrittenTimes) -> None:
    assert read_times(written) == times


@pytest.mark.parametrize(
    "written",
    [
        "Hver tirsdag",
        "5. og 7. desember",
        "5., 12. og 19. desember",
        "uke 49",
        "desember 2026",
        "snart",
        "5",
        "",
        "lørdag",
        "31.02.2026",
        "12/25/2026",
        "29. februar 2027",
        "5.12.202",
        "2026-12-055",
        "99999",
        "5.12.2026 om kvelden",
        "5.-7.",
        "7.-5. desember 2026",
        "5.12.0026",
        "1.1.9999",
        "x" * 101,
    ],
)
def test_a_date_that_is_not_understood_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|does not exist|ends before|can't be right|too long"):
        read_days(written, NEAR)


@pytest.mark.parametrize(
    "written", ["ettermiddag", "12-14 og 16-18", "18:70", "25", "24:30", "13 pm", "180", "", "etter kirken"]
)
def test_a_time_that_is_not_understood_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|not a time of day"):
        read_times(written)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("3. januar", "2027-01-03", "2027-01-03"),
        ("1. november", "2026-11-01", "2026-11-01"),  # 30 days back
        ("31. oktober", "2027-10-31", "2027-10-31"),
        ("1. september - 20. desember", "2026-09-01", "2026-12-20"),  # still goes on
        ("20. desember - 5. januar", "2026-12-20", "2027-01-05"),
        ("28.12.–2.1.2027", "2026-12-28", "2027-01-02"),
        ("28. des 2026 - 2. jan", "2026-12-28", "2027-01-02"),
    ],
)
def test_a_date_without_a_year(written: str, first: str, last: str) -> None:
    days = read_days(written, NEAR)
    assert (days.first.isoformat(), days.last.isoformat()) == (first, last)


def test_a_weekday_that_disagrees_is_not_trusted_and_neither_is_the_date() -> None:
    for written in ("fredag 5. desember", "fredag 5.12.2026", "fre 2026-12-05", "lør 5. - søn 7. desember"):
        with pytest.raises(ValueError, match=r"is a (Saturday|Monday) in 2026, not a (Friday|Sunday)"):
            read_days(written, NEAR)
    with pytest.raises(ValueError, match="is a Saturday in 2026, not a Friday"):
        read_days("5.12.2026", NEAR, weekday("fredag"))
    with pytest.raises(ValueError, match="is also called a Friday"):
        read_days("lørdag 5.12.2026", NEAR, weekday("fredag"))


def test_a_weekday_tells_what_is_over_from_what_comes_next_year() -> None:
    assert read_days("lørdag 10. oktober", NEAR).first == date(2026, 10, 10)
    assert read_days("10. oktober", NEAR, weekday("Lørdag")).first == date(2026, 10, 10)
    assert read_days("10. oktober", NEAR).first == date(2027, 10, 10)


def test_weekdays() -> None:
    for words in ("mandag Måndag man. Mon Ma", "lørdag laurdag LØR. sat La", "søn sundag Su"):
        assert len({weekday(word) for word in words.split()}) == 1
    assert weekday("fredag") == 4
    assert weekday("hver") is None


@given(st.dates(date(1970, 1, 2), date(2199, 12, 30)))
def test_every_way_to_write_a_day_is_read_as_that_day(day: date) -> None:
    months = [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ]
    days = ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"]
    for written in (
        f"{day:%Y-%m-%d}",
        f"{day:%d.%m.%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{days[day.weekday()]} {day.day}. {months[day.month - 1]} {day.year}",
    ):
        assert read_days(written, NEAR).first == read_days(written, NEAR).last == day
    with pytest.raises(ValueError, match=f"not a {NAMES[(day.weekday() + 1) % 7]}"):
        read_days(f"{days[(day.weekday() + 1) % 7]} {day:%d.%m.%Y}", NEAR)


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(-30, 330))
def test_the_year_that_is_not_written_is_that_of_the_next_such_day(near: date, days: int) -> None:
    day = near + timedelta(days=days)
    if (day.month, day.day) != (2, 29):
        found = read_days(f"{day.day}.{day.month}.", near).first
        assert found == day
        assert found >= near - OLD


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from([":", "."]))
def test_every_time_of_the_clock(hour: int, minute: int, mark: str) -> None:
    assert read_times(f"kl. {hour}{mark}{minute:02d}") == WrittenTimes(hour * 60 + minute)
    assert read_times(f"{hour:02d}{minute:02d}") == WrittenTimes(hour * 60 + minute)


@given(st.text(max_size=110))
def test_nothing_but_a_value_error_comes_of_any_text(text: str) -> None:
    for read in (lambda: read_days(text, NEAR), lambda: read_days(text, NEAR, 3), lambda: read_times(text)):
        with suppress(ValueError):
            read()
