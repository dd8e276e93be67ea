"""Page kind "weather": now, the rest of today, and the next three days. Pure.

The pages of an hour are for that hour, and there are none from the instant on at which the forecast is too old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import AtPosition, Seconds
from signage.domain.live_data import WantedData
from signage.domain.model import NO_EXCESS, Excess
from signage.domain.page_plan import EntryKey, PagePlan
from signage.domain.weather import TYPE, Forecast, ForecastPoint, Outlook, weather_subject
from signage.planning.kinds.base import EntryContent, PageKind, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import next_day, number_pages
from signage.wording import weather as words_of
from signage.wording.weather import SymbolContext

HOUR = timedelta(hours=1)
DAYS = 3
MOST_ROWS = 6  # of the rest of the day
FEW_HOURS = 4  # of the day that are left: then the night belongs to them ...
MORNING = 6  # ... until this hour
WINDY = 8.0  # m/s: from here on the wind of a day is worth a word
LEAST_POINTS = 3  # of a day: fewer don't show what it is like
NOON = 12
NOW, HOURS, COMING = "now", "hours", "days"  # the sections of a page


class Weather(AtPosition):
    """The weather at a place."""

    show: Literal["weather"] = Field(description="The weather: now, the rest of the day, and the next three days.")
    seconds: Seconds = None


class RowOfWeather(TypedDict):
    """`when`: "15–17", or "I morgen"; `date`: of a day. `sky`, `rain` and `wind` may be "", and `symbol` None."""

    when: str
    date: str
    sky: str
    symbol: SymbolContext | None
    temperature: str
    rain: str
    wind: str


class Block(TypedDict):
    heading: str
    rows: list[RowOfWeather]


class WeatherContext(TypedDict):
    """`here`: the place; `now`: None on a page without it."""

    here: str
    now_label: str
    now: RowOfWeather | None
    blocks: list[Block]
    credit: str


def full_hour(at: datetime) -> datetime:
    """The hour that has begun last, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class WeatherKind(PageKind[Weather]):
    name = "weather"
    model = Weather
    order = 65

    def wanted_data(self, entry: Weather, config: Config, screen: Screen) -> tuple[WantedData, ...]:
        place = config.places.get(entry.place or screen.place)
        return () if place is None or place.position is None else (WantedData(TYPE, weather_subject(*place.position)),)

    def content(self, entry: Weather, key: EntryKey, context: ScreenContext) -> EntryContent:
        wanted = self.wanted_data(entry, context.config, context.screen)
        forecast = context.catalog.data.get(wanted[0]) if wanted else None
        if not isinstance(forecast, Forecast):
            return EntryContent((), lambda at: [])
        sections = (NOW, HOURS) if key[1] else (NOW, HOURS, COMING)  # half a page has no room for the days
        ends = forecast.holds_until
        known = {point.at for point in forecast.points if point.temperature is not None}
        first = full_hour(context.start)
        hours = [first + number * HOUR for number in range(1, ceil(max(ends - first, timedelta()) / HOUR) + 1)]

        def pages(at: datetime) -> Sequence[PagePlan]:
            hour = full_hour(at)
            if at >= ends or hour not in known:
                return []
            day = at.astimezone(context.zone).date()
            return [PagePlan("weather", day, entry=key, at=hour, sections=sections)]

        return EntryContent((*hours, ends, *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> WeatherContext:
        entry = writer.entry(plan)
        assert isinstance(entry, Weather)
        assert plan.at is not None
        assert plan.day is not None
        wanted = self.wanted_data(entry, writer.config, writer.screen)
        forecast = writer.catalog.data[wanted[0]]
        assert isinstance(forecast, Forecast)
        place = writer.config.places[entry.place or writer.screen.place]
        page = _Page(forecast, plan.at, plan.day, writer)
        blocks = [*(page.hours() if HOURS in plan.sections else ()), *(page.days() if COMING in plan.sections else ())]
        return {
            "here": place.town or place.name,
            "now_label": writer.words("now_label"),
            "now": page.this_hour() if NOW in plan.sections else None,
            "blocks": blocks,
            "credit": writer.words.weather["credit"],
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """The days on a page of their own, then the hours, too."""
        if len(plan.sections) < 2:
            return [plan]
        parts = (plan.sections[:-1], plan.sections[-1:])
        return number_pages([replace(plan, sections=part) for part in parts])

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        return number_pages(plans)


class _Page:
    """What a page says of a forecast, from an hour on."""

    def __init__(self, forecast: Forecast, hour: datetime, day: date, writer: PageWriter) -> None:
        self._points = [point for point in forecast.points if point.at >= hour]
        self._hour, self._day, self._writer = hour, day, writer
        self._zone: ZoneInfo = writer.wording.zone

    def this_hour(self) -> RowOfWeather:
        point = next(point for point in self._points if point.at == self._hour)
        outlook = point.next_hour or point.next_six_hours or Outlook()
        dry = self._writer.words.weather["dry"] if point.next_hour and point.next_hour.rain is not None else ""
        row = self._row(outlook.symbol, point.temperature)
        row["rain"] = words_of.rain(point.next_hour.rain or 0.0, self._writer.words) if point.next_hour else ""
        row["rain"] = row["rain"] or dry
        row["wind"] = "" if point.wind_speed is None else words_of.wind(point.wind_speed, self._writer.words)
        return row

    def hours(self) -> list[Block]:
        """The hours until midnight; late in the evening, until the morning. Some together, so that they have room."""
        zone = self._zone
        following = [p for p in self._points if p.at > self._hour and p.next_hour and p.temperature is not None]
        today = [point for point in following if point.at.astimezone(zone).date() == self._day]
        heading, chosen = "rest_of_day", today
        if len(today) < FEW_HOURS:
            tomorrow = next_day(self._day)
            night = [p for p in following if _is_before_morning(p.at.astimezone(zone), tomorrow)]
            heading, chosen = "night", [*today, *night]
        chosen = _unbroken(chosen)
        size = ceil(len(chosen) / MOST_ROWS) or 1
        rows = [self._hours(chosen[number : number + size]) for number in range(0, len(chosen), size)]
        return [{"heading": self._writer.words.weather[heading], "rows": rows}] if rows else []

    def _hours(self, points: Sequence[ForecastPoint]) -> RowOfWeather:
        """Some hours in one row: the sky of the wettest, and all their rain."""
        wettest = max(points, key=lambda point: _rain(point.next_hour))
        row = self._row(wettest.next_hour.symbol if wettest.next_hour else "", points[0].temperature)
        row["when"] = self._span(points[0].at, points[-1].at + HOUR)
        row["rain"] = words_of.rain(sum(_rain(point.next_hour) for point in points), self._writer.words)
        return row

    def _span(self, begin: datetime, end: datetime) -> str:
        """ "15–17"; "15.30–16.30" where hours don't begin at full ones; "15.00" of a single hour."""
        first, last = (each.astimezone(self._zone) for each in (begin, end))
        if end - begin == HOUR:
            return self._writer.wording.clock(first)
        if first.minute or last.minute:
            return f"{self._writer.wording.clock(first)}–{self._writer.wording.clock(last)}"
        return f"{first.hour:02}–{last.hour:02}"

    def days(self) -> list[Block]:
        days = [self._day + timedelta(days=number) for number in range(1, DAYS + 1)]
        rows = [row for ahead, day in enumerate(days, 1) if (row := self._of_day(day, ahead))]
        return [{"heading": self._writer.words.weather["coming_days"], "rows": rows}] if rows else []

    def _of_day(self, day: date, ahead: int) -> RowOfWeather | None:
        points = [point for point in self._points if point.at.astimezone(self._zone).date() == day]
        degrees = [point.temperature for point in points if point.temperature is not None]
        if len(degrees) < LEAST_POINTS:
            return None
        midday = min(
            (point for point in points if point.next_six_hours and point.next_six_hours.symbol),
            key=lambda point: abs(point.at.astimezone(self._zone).hour - NOON),
            default=None,
        )
        writer = self._writer
        row = self._row(midday.next_six_hours.symbol if midday and midday.next_six_hours else "", None)
        high, low = (words_of.temperature(number, writer.words) for number in (max(degrees), min(degrees)))
        row["temperature"] = high if high == low else writer.words.weather["high_low"].format(high=high, low=low)
        row["when"] = writer.wording.label(day, ahead)
        row["date"] = writer.wording.day(day, "day_short")
        row["rain"] = words_of.rain(_rain_of(points), writer.words)
        speeds = [point.wind_speed for point in points if point.wind_speed is not None]
        strongest = max(speeds, default=0.0)
        row["wind"] = words_of.wind_word(strongest, writer.words) if strongest >= WINDY else ""
        return row

    def _row(self, code: str, degrees: float | None) -> RowOfWeather:
        words = self._writer.words
        return {
            "when": "",
            "date": "",
            "sky": words_of.sky(code, words),
            "symbol": words_of.symbol(code),
            "temperature": "" if degrees is None else words_of.temperature(degrees, words),
            "rain": "",
            "wind": "",
        }


def _is_before_morning(local: datetime, day: date) -> bool:
    return local.date() == day and local.hour < MORNING


def _unbroken(points: Sequence[ForecastPoint]) -> list[ForecastPoint]:
    """The points up to the first hour that is missing: what follows would seem to be about it, too."""
    found = list(points[:1])
    for before, after in pairwise(points):
        if after.at - before.at != HOUR:
            break
        found.append(after)
    return found


def _rain(outlook: Outlook | None) -> float:
    return outlook.rain or 0.0 if outlook else 0.0


def _rain_of(points: Sequence[ForecastPoint]) -> float:
    """All rain from the first point on, each hour once: hourly as far as that goes, then by six hours."""
    total, until = 0.0, points[0].at
    for point in points:
        if point.at >= until:
            hourly = point.next_hour is not None
            total += _rain(point.next_hour if hourly else point.next_six_hours)
            until = point.at + (HOUR if hourly else 6 * HOUR)
    return total


KIND = WeatherKind()
