"""Public holidays and single days: when the house is open then, what people write, and what they are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.config.hours import closed_spans, open_spans, parse_hours
from signage.config.load import parse_config
from signage.config.models import WEEKDAYS, Config
from signage.config.public_holidays import is_holiday
from signage.domain.page_plan import PagePlan
from signage.errors import ConfigError
from signage.planning.appearance import lit_spans
from signage.planning.catalog import Catalog
from signage.planning.page_contexts import PageContextBuilder
from signage.wording.languages import load
from tests.fixtures.paths import FIXTURES, LAYOUTS

OSLO = ZoneInfo("Europe/Oslo")
EVERY_DAY = {"mon-sun": "10-18"}
SMALL = (FIXTURES / "config" / "small.toml").read_text("utf-8")

# The red days of Norway: https://lovdata.no/dokument/NL/lov/1995-02-24-12 and the two of 26 April 1947.
RED_2026 = (
    "01-01", "04-02", "04-03", "04-05", "04-06", "05-01", "05-14", "05-17", "05-24", "05-25", "12-25", "12-26",
)  # fmt: skip
RED_2027 = (
    "01-01", "03-25", "03-26", "03-28", "03-29", "05-01", "05-06", "05-16", "05-17", "12-25", "12-26",
)  # fmt: skip


def opened(hours: dict[str, str], day: str, country: str = "NO") -> list[str]:
    """When a house is open on a day of 2026, by the wall clock."""
    start = datetime.fromisoformat(day).replace(tzinfo=OSLO)
    spans = open_spans(parse_hours(hours, country), OSLO, start, start + timedelta(days=1))
    return [f"{a.astimezone(OSLO):%H:%M}-{b.astimezone(OSLO):%H:%M}" for a, b in spans]


@pytest.mark.parametrize(("year", "red"), [(2026, RED_2026), (2027, RED_2027)])
def test_the_red_days_of_norway_and_no_others(year: int, red: tuple[str, ...]) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert tuple(f"{day:%m-%d}" for day in days if is_holiday(day, "NO")) == red
    assert not any(is_holiday(day, "") for day in days)


def test_a_house_is_closed_on_every_red_day_and_open_the_day_before_and_after() -> None:
    for day in ("2026-04-02", "2026-04-06", "2026-05-01", "2026-05-17", "2026-12-25", "2026-12-26"):
        assert opened(EVERY_DAY, day) == []
        assert opened(EVERY_DAY, day, country="") == ["10:00-18:00"]
    for day in ("2026-04-01", "2026-04-04", "2026-04-07", "2026-05-18", "2026-12-24", "2026-12-27"):
        assert opened(EVERY_DAY, day) == ["10:00-18:00"]


def test_hours_of_holidays_and_holidays_as_usual() -> None:
    assert opened({**EVERY_DAY, "holidays": "12-16"}, "2026-05-17") == ["12:00-16:00"]
    assert opened({"mon-fri": "10-18", "holidays": "12-16"}, "2026-05-17") == ["12:00-16:00"]  # a Sunday
    assert opened({**EVERY_DAY, "holidays": "as usual"}, "2026-05-17") == ["10:00-18:00"]
    assert opened({"mon-fri": "10-18", "holidays": "As Usual"}, "2026-05-17") == []
    assert opened({"holidays": "12-16"}, "2026-05-18") == []


def test_a_single_day_beats_holidays_and_weekdays() -> None:
    hours = {
        **EVERY_DAY,
        "2026-12-24": "10-13",
        "2026-12-25": "as usual",
        "2026-12-26": "closed",
        "2026-12-28": "closed",
    }
    days = {day: opened(hours, day) for day in (f"2026-12-{n}" for n in range(24, 30))}
    assert days == {
        "2026-12-24": ["10:00-13:00"],
        "2026-12-25": ["10:00-18:00"],
        "2026-12-26": [],
        "2026-12-27": ["10:00-18:00"],
        "2026-12-28": [],
        "2026-12-29": ["10:00-18:00"],
    }


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    nights = {"mon-sun": "18-01"}
    assert opened(nights, "2026-04-30") == ["00:00-01:00", "18:00-00:00"]
    assert opened(nights, "2026-05-01") == ["00:00-01:00"]
    assert opened(nights, "2026-05-02") == ["18:00-00:00"]


SPAN = st.tuples(st.integers(0, 23), st.integers(0, 24)).filter(lambda s: s[0] != s[1])
TEXT = st.lists(SPAN, max_size=2).map(lambda spans: ", ".join(f"{a}-{b}" for a, b in spans) or "closed")
DATES = st.dates(date(2026, 3, 25), date(2026, 6, 1)).map(str)


@given(
    st.dictionaries(st.sampled_from(WEEKDAYS), TEXT),
    st.none() | TEXT | st.just("as usual"),
    st.dictionaries(DATES, TEXT | st.just("as usual"), max_size=5),
    st.integers(0, 60 * 24),
    st.integers(1, 14 * 24),
)
def test_open_and_closed_partition_time(
    week: dict[str, str], holidays: str | None, dates: dict[str, str], offset: int, length: int
) -> None:
    hours = parse_hours({**week, **({} if holidays is None else {"holidays": holidays}), **dates}, "NO")
    from_ = datetime(2026, 3, 27, tzinfo=OSLO).astimezone(UTC) + timedelta(hours=offset)  # no wall time is skipped
    until = from_ + timedelta(hours=length)
    light, dark = open_spans(hours, OSLO, from_, until), closed_spans(hours, OSLO, from_, until)
    edges = sorted([*light, *dark])
    assert [a for a, _ in edges] + [until] == [from_] + [b for _, b in edges]
    assert all((a in light) != (b in light) for a, b in pairwise(edges))
    for hour in range(0, length, 5):
        wall = (from_ + timedelta(hours=hour)).astimezone(OSLO)
        if wall.date() == date(2026, 3, 29) or wall.date() == date(2026, 3, 30):
            continue  # the night of the change has tests of its own
        now, today, before = wall.time(), hours.on(wall.date()), hours.on(wall.date() - timedelta(days=1))
        is_open = any((a <= now < b) if a < b else now >= a for a, b in today) or any(
            b <= a and now < b for a, b in before
        )
        assert is_open == any(a <= wall < b for a, b in light)


def screen(hours: str, site: str = "") -> Config:
    text = SMALL.replace('place = "library"', f'place = "library"\nhours = {hours}').replace(
        "[site]", f"[site]\n{site}"
    )
    return parse_config(text.encode(), "screens.toml", LAYOUTS)


def test_the_sites_country_decides_what_is_a_holiday() -> None:
    for site, spans in (("", 0), ('country = "NO"', 0), ('country = ""', 1), ('country = "SE"', 1)):
        opening = screen('{ mon-sun = "10-18" }', site).screens["library"].opening
        assert opening is not None
        assert len(opening.on(date(2026, 5, 17))) == spans, site
    bavaria = screen('{ mon-sun = "10-18" }', 'country = "DE-BY"').screens["library"].opening
    assert bavaria is not None
    assert bavaria.on(date(2026, 1, 6)) == ()


@pytest.mark.parametrize(
    ("hours", "where", "message"),
    [
        ('{ mon-fri = "10-18", holiday = "12-16" }', "hours.holiday", 'did you mean "holidays"?'),
        ('{ mon-fri = "10-18", helligdager = "12-16" }', "hours.helligdager", 'did you mean "holidays"?'),
        ('{ mon-fri = "10-18", "24.12.2026" = "10-13" }', 'hours."24.12.2026"', "write 2026-12-24"),
        ('{ mon-fri = "10-18", 2026-02-30 = "10-13" }', "hours.2026-02-30", "There is no 30 February 2026"),
        ('{ mon-fri = "10-18", 2026-12-24 = "10-ten" }', "hours.2026-12-24", "isn't opening hours"),
        ('{ mon-fri = "10-18", holidays = "usual" }', "hours.holidays", "isn't opening hours"),
        ('{ mon-fri = "as usual" }', "hours", '"mon-fri" can\'t be "as usual"'),
    ],
)
def test_a_mistake_in_hours_is_told_where_it_is(hours: str, where: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        screen(hours)
    (said,) = (str(problem) for problem in caught.value.problems)
    assert f"screens.library.{where}: " in said
    assert said.startswith("screens.toml:")
    assert message in said


@pytest.mark.parametrize(
    ("country", "message"),
    [
        ("no", 'did you mean "NO"?'),
        ("Norge", 'did you mean "NO"?'),
        ("Sverige", 'did you mean "SE"?'),
        ("XX", 'write two letters like "NO"'),
        ("SE-50", "it has no parts with holidays of their own"),
        ("DE-XY", "its parts are"),
    ],
)
def test_a_country_that_nobody_knows(country: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        screen('{ mon-sun = "10-18" }', f'country = "{country}"')
    (said,) = (str(problem) for problem in caught.value.problems)
    assert "site.country: " in said
    assert message in said


def test_the_calendar_page_prints_holidays_when_they_were_given() -> None:
    def printed(hours: str) -> list[tuple[str, str]]:
        page = PageContextBuilder(screen(hours), "library", load("nb"), Catalog.of([])).spec(PagePlan("evergreen"))
        return [(line["days"], line["hours"]) for line in page.context["hours"]]

    week = [("mandag–fredag", "10–18"), ("lørdag–søndag", "stengt")]
    assert printed('{ mon-fri = "10-18" }') == week
    assert printed('{ mon-fri = "10-18", holidays = "12-16" }') == [*week, ("helligdager", "12–16")]
    assert printed('{ mon-fri = "10-18", holidays = "closed" }') == [*week, ("helligdager", "stengt")]
    assert printed('{ mon-fri = "10-18", holidays = "as usual" }') == week


def test_a_screen_that_goes_dark_is_dark_on_a_red_day() -> None:
    config = screen('{ mon-sun = "10-18", 2026-05-18 = "12-13" }\nwhen_closed = "dark"')
    start = datetime(2026, 5, 16, tzinfo=OSLO)
    lit = lit_spans(config.screens["library"], OSLO, start, start + timedelta(days=3))
    assert [f"{a.astimezone(OSLO):%d. %H}-{b.astimezone(OSLO):%H}" for a, b in lit] == ["16. 10-18", "18. 12-13"]
