"""The weather page: no hour that is over, nothing after six hours, and words for whatever the forecast says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.domain.weather import LONGEST_AGE, Forecast, ForecastPoint, Outlook, weather_subject
from signage.planning.catalog import Catalog
from signage.planning.kinds import split_page, wanted_data
from signage.planning.kinds.weather import WeatherContext
from signage.planning.page_contexts import PageContextBuilder
from signage.planning.screen_plan import Planned, plan_screen
from signage.rendering.layouts import load_layout
from signage.wording.languages import load
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.shots import one_screen

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 29, 12, 20, tzinfo=UTC)
STARTS = [NOON, datetime(2026, 10, 24, 20, 5, tzinfo=UTC), datetime(2027, 3, 27, 22, tzinfo=UTC)]  # clocks change
HERE = WantedData("weather", "63.29,9.09")


def config_of(zone: str = "Europe/Oslo", entry: dict[str, Any] | None = None, **screen: Any) -> Config:
    made = one_screen(playlist=[entry or {"show": "weather"}], zone=zone, **screen)
    places = {name: place.model_copy(update={"position": (63.29, 9.09)}) for name, place in made.places.items()}
    return made.model_copy(update={"places": places})


def hourly(start: datetime, hours: int = 60, **values: Any) -> list[ForecastPoint]:
    first = start.replace(minute=0, second=0, microsecond=0)
    known = {"temperature": -2.4, "wind_speed": 4.0, **values}
    outlook = Outlook("lightsnow", 0.4)
    return [ForecastPoint(first + n * HOUR, next_hour=outlook, next_six_hours=outlook, **known) for n in range(hours)]


def forecast(start: datetime = NOON, **values: Any) -> Forecast:
    points = hourly(start, **values)
    later = points[-1].at + HOUR
    six = [ForecastPoint(later + 6 * n * HOUR, 3.0, 9.0, None, Outlook("rain", 2.0)) for n in range(24)]
    return Forecast(start, (*points, *six))


def planned(config: Config, made: Forecast, start: datetime, days: float = 1) -> tuple[Planned, ...]:
    catalog = Catalog.of([], data={HERE: made})
    capacity = load_layout(LAYOUTS / "fjord").capacity(1920, 1080)
    plan = plan_screen(config, "s", catalog, start, start + timedelta(days=days), capacity, {})
    assert plan.failures == ()
    return plan.pages


def words_on(config: Config, made: Forecast, page: Planned, language: str = "nb") -> WeatherContext:
    builder = PageContextBuilder(config, "s", load(language), Catalog.of([], data={HERE: made}))
    context: Any = builder.spec(page.plan).context
    return context


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Asia/Kolkata", "America/St_Johns"])
@pytest.mark.parametrize(
    "start", [NOON, datetime(2026, 10, 24, 20, 5, tzinfo=UTC), datetime(2027, 3, 27, 22, tzinfo=UTC)]
)
def test_at_each_half_hour_no_hour_shown_is_over_and_nothing_is_shown_after_six_hours(
    zone: str, start: datetime
) -> None:
    config, made = config_of(zone), forecast(start)
    pages = planned(config, made, start)
    shown = 0
    for half in range(48):
        at = start.replace(minute=0) + half * HOUR / 2
        at = max(at, start)
        here = [page for page in pages if page.start <= at < page.until]
        if at >= start + LONGEST_AGE:
            assert here == []
            continue
        (page,) = here
        shown += 1
        assert page.plan.at is not None
        assert page.plan.at <= at < page.plan.at + HOUR
        assert page.until <= min(page.plan.at + HOUR, start + LONGEST_AGE)
        context = words_on(config, made, page)
        for row in context["blocks"][0]["rows"]:
            begins = first_time(row["when"], page.plan.at + HOUR, ZoneInfo(zone))
            assert begins < page.plan.at + 24 * HOUR, (at, row)  # else the clock has shown it already
        assert context["blocks"][-1]["rows"][0]["when"] == "I morgen"
    assert shown >= 12


def first_time(when: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The next instant from `after` on at which the clock shows what a row begins with."""
    hour, minute = when.split("–")[0].split(".") if "." in when else (when[:2], "0")
    found = after
    while (found.astimezone(zone).hour, found.astimezone(zone).minute) != (int(hour), int(minute)):
        found += HOUR / 2
    return found


def test_an_old_forecast_is_none() -> None:
    assert planned(config_of(), forecast(), NOON + LONGEST_AGE) == ()
    assert planned(config_of(), forecast(), NOON + LONGEST_AGE - timedelta(minutes=1)) != ()


def test_an_hour_that_is_missing_is_not_shown_as_another_one() -> None:
    made = forecast()
    gap = Forecast(made.updated_at, tuple(point for n, point in enumerate(made.points) if n not in (1, 4)))
    pages = planned(config_of(), gap, NOON)
    assert [page.start.hour for page in pages] == [12, 14, 15, 17, 18]
    first = words_on(config_of(), gap, pages[1])  # 14:00 UTC, and 16:00 isn't known
    assert [row["when"] for row in first["blocks"][0]["rows"]] == ["16.00"]


def test_what_it_says() -> None:
    context = words_on(config_of(), forecast(), planned(config_of(), forecast(), NOON)[0])
    assert context["credit"] == "Data fra MET Norway"
    assert context["now"] is not None
    now = {key: context["now"][key] for key in ("temperature", "sky", "rain", "wind")}  # type: ignore[literal-required]
    assert now == {"temperature": "−2°", "sky": "Lett snø", "rain": "0,4\u00a0mm", "wind": "Lett\u00a0bris, 4\u00a0m/s"}
    today, days = context["blocks"]
    assert (today["heading"], days["heading"]) == ("Resten av dagen", "De neste dagene")
    assert [row["when"] for row in today["rows"]] == ["14–16", "16–18", "18–20", "20–22", "22–00"]
    assert [row["rain"] for row in today["rows"]] == ["0,8\u00a0mm"] * 5
    assert [row["when"] for row in days["rows"]] == ["I morgen", "Tirsdag", "Onsdag"]
    assert [row["temperature"] for row in days["rows"]] == ["−2°", "−2°", "3° / −2°"]
    assert [row["wind"] for row in days["rows"]] == ["", "", "Frisk bris"]


def test_late_in_the_evening_the_night_is_there() -> None:
    late = NOON + timedelta(hours=9)
    context = words_on(config_of(), forecast(late), planned(config_of(), forecast(late), late)[0])
    assert context["blocks"][0]["heading"] == "Kveld og natt"
    assert context["blocks"][0]["rows"][0]["when"] == "23–01"
    assert context["blocks"][0]["rows"][-1]["when"] in ("05–06", "05.00")


@pytest.mark.parametrize("degrees", [-0.4, 0.4, -0.0])
def test_no_minus_before_nothing(degrees: float) -> None:
    made = forecast(temperature=degrees)
    context = words_on(config_of(), made, planned(config_of(), made, NOON)[0])
    assert context["now"] is not None
    assert context["now"]["temperature"] == "0°"


def test_an_unknown_symbol_costs_the_icon_and_the_word_only() -> None:
    made = forecast()
    strange = Outlook("raining_cats_day", 3.0)
    made = Forecast(made.updated_at, tuple(ForecastPoint(p.at, 1.0, 2.0, strange, strange) for p in made.points))
    context = words_on(config_of(), made, planned(config_of(), made, NOON)[0])
    rows = [context["now"], *(row for block in context["blocks"] for row in block["rows"])]
    for row in rows:
        assert row is not None
        assert (row["sky"], row["symbol"]) == ("", None)
        assert row["temperature"] == "1°"
        assert row["rain"]


def test_a_page_is_divided_until_one_section_is_left() -> None:
    (plan,) = {page.plan for page in planned(config_of(), forecast(), NOON)[:1]}
    most, days = split_page(plan)
    assert (most.sections, days.sections) == (("now", "hours"), ("days",))
    assert [part.sections for part in split_page(most)] == [("now",), ("hours",)]
    assert split_page(days) == [days]


def test_another_place_is_shown_and_positions_are_rounded() -> None:
    assert weather_subject(63.298765, -9.00004) == "63.2988,-9"
    assert weather_subject(-0.00001, 179.99999) == "0,180"
    config = config_of(entry={"show": "weather", "place": "bibliotek"})
    assert wanted_data(config, config.screens["s"]) == (HERE,)


@pytest.mark.parametrize("language", ["nb", "nn", "en", "de", "uk"])
def test_every_language_has_a_word_for_every_wind_and_sky(language: str) -> None:
    words = load(language)
    assert {f"wind_{number}" for number in range(13)} <= set(words.weather)
    context = words_on(config_of(), forecast(), planned(config_of(), forecast(), NOON)[0], language)
    assert "MET Norway" in context["credit"]
    assert context["now"] is not None
    assert "−2°" in context["now"]["temperature"]
