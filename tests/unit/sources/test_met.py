"""MET's forecasts are read by the contract; what can't be right costs itself, and a strange answer is no forecast."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signage.demo.weather import forecast as demo_forecast
from signage.domain.weather import Forecast, ForecastPoint, Outlook
from signage.sources.base import UnusableAnswer
from signage.sources.live.met import MOST_POINTS, Met
from tests.fixtures import met

NOON = datetime(2026, 11, 29, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def read(body: str | bytes, now: datetime = NOON) -> Forecast:
    return Met().parse(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"), "63.3,9.1", now)


def one(change: Any) -> ForecastPoint | None:
    """What is read of a good point that was changed, beside another one that is good."""
    bad, good = met.point(NOON.replace(minute=0)), met.point(NOON.replace(minute=0) + HOUR)
    change(bad)
    return next((p for p in read(met.body(NOON, [bad, good])).points if p.at == NOON.replace(minute=0)), None)


def test_an_answer_is_read_by_the_contract() -> None:
    found = read(met.body(NOON))
    assert found.updated_at == NOON
    assert len(found.points) == met.HOURLY + met.SIX_HOURLY
    first, last = found.points[0], found.points[-1]
    assert first == ForecastPoint(
        NOON.replace(minute=0), 1.0, 4.2, Outlook("lightrainshowers_day", 0.2), Outlook("partlycloudy_day", 1.2)
    )
    assert last.next_hour is None
    assert last.next_six_hours == Outlook("partlycloudy_day", 1.2)
    assert list(found.points) == sorted(found.points, key=lambda point: point.at)


def test_the_address_has_the_position() -> None:
    address = "https://api.met.no/weatherapi/locationforecast/2.0/compact"
    assert Met().address(address, "63.3,9.1") == f"{address}?lat=63.3&lon=9.1"
    assert Met().address("https://cache.example.org/met?key=1", "63.3,-9.1") == (
        "https://cache.example.org/met?key=1&lat=63.3&lon=-9.1"
    )


def test_a_forecast_of_the_future_is_as_old_as_its_fetch() -> None:
    assert read(met.body(NOON + timedelta(days=400)), NOON + timedelta(days=399, hours=23)).updated_at == (
        NOON + timedelta(days=399, hours=23)
    )


@pytest.mark.parametrize("value", [None, True, "3", [], {}, 1e308, -1e308, 10**80, 61, -91])
def test_a_temperature_that_cant_be_right_is_left_out(value: Any) -> None:
    point = one(lambda point: point["data"]["instant"]["details"].update(air_temperature=value))
    assert point is not None
    assert point.temperature is None
    assert point.wind_speed == 4.2


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_arent_json_are_left_out(text: str) -> None:
    body = met.body(NOON).replace('"wind_speed": 4.2', f'"wind_speed": {text}')
    assert {point.wind_speed for point in read(body).points} == {None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "next_1_hours"), []),
        (("data", "next_1_hours"), "rain"),
        (("data", "next_1_hours", "summary"), None),
        (("data", "next_1_hours", "summary", "symbol_code"), 7),
        (("data", "next_1_hours", "summary", "symbol_code"), "<script>"),
        (("data", "next_1_hours", "summary", "symbol_code"), "a" * 100_000),
        (("data", "next_1_hours", "details", "precipitation_amount"), -1),
        (("data", "instant", "details"), 3),
        (("data", "instant"), None),
    ],
)
def test_a_wrong_type_costs_its_own_value(path: tuple[str, ...], value: Any) -> None:
    def change(point: dict[str, Any]) -> None:
        inner: Any = point
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    point = one(change)
    assert point is not None
    assert point.next_six_hours == Outlook("partlycloudy_day", 1.2)
    assert point != one(lambda point: None)


@pytest.mark.parametrize(
    "time", [None, 5, "", "soon", "2026-11-29T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_point_without_a_time_is_left_out(time: Any) -> None:
    assert one(lambda point: point.update(time=time)) is None


def test_thousands_of_hours_are_cut_to_what_is_useful() -> None:
    start = NOON.replace(minute=0) - timedelta(hours=1500)
    found = read(met.body(NOON, [met.point(start + number * HOUR) for number in range(3000)]))
    assert len(found.points) <= MOST_POINTS
    assert found.points[0].at > NOON - timedelta(days=2)
    assert NOON.replace(minute=0) in {point.at for point in found.points}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"properties": []}',
        b'{"properties": {"meta": {}, "timeseries": []}}',
        b'{"properties": {"meta": {"updated_at": "2026-11-29T12:00:00Z"}}}',
        b'{"properties": {"meta": {"updated_at": "2026-11-29T12:00:00Z"}, "timeseries": {}}}',
        b'{"properties": {"meta": {"updated_at": "2026-11-29T12:00:00Z"}, "timeseries": [1, null, [], "x"]}}',
        b"[" * 100_000,
        b'{"properties": \xff\xfe}',
    ],
)
def test_what_is_no_forecast_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(UnusableAnswer, match=r"^(The answer|None of its)"):
        read(body)


def test_what_the_terms_say_of_its_age_needs_updated_at() -> None:
    answer = json.loads(met.body(NOON))
    del answer["properties"]["meta"]["updated_at"]
    with pytest.raises(UnusableAnswer, match="updated_at"):
        read(json.dumps(answer))


def test_the_demo_answers_as_met_does() -> None:
    found, like = read(demo_forecast(NOON)), read(met.body(NOON))
    assert len(found.points) > 80
    assert all(p.temperature is not None and p.wind_speed is not None and p.next_six_hours for p in found.points)
    ours, theirs = json.loads(demo_forecast(NOON)), json.loads(met.body(NOON))
    assert set(ours) == set(theirs)
    assert set(ours["properties"]) == set(theirs["properties"])
    first = ours["properties"]["timeseries"][0]["data"]
    assert set(first) <= set(theirs["properties"]["timeseries"][0]["data"])
    assert found.points[0].at == like.points[0].at
