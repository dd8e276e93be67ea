"""The weather: MET Norway's Locationforecast 2.0, "compact" (docs/weather.md).

    GET https://api.met.no/weatherapi/locationforecast/2.0/compact?lat=63.3&lon=9.1

answers with a GeoJSON Feature whose properties.timeseries is hourly for about two days, then six-hourly. What the terms
of service (https://api.met.no/doc/TermsOfService) ask for is kept here and in `signage.app.live_data`.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from signage.domain.weather import TYPE, Forecast, ForecastPoint, Outlook
from signage.errors import SourceError
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import loads
from signage.sources.live.base import LiveData
from signage.sources.net.caching_fetcher import CachingFetcher

MOST_POINTS = 300  # that are kept: ten days have about ninety
BEHIND = timedelta(days=1)  # what is earlier is of no use
AHEAD = timedelta(days=11)  # that forecasts reach at most; what is later has a wrong time
COLDEST, HOTTEST = -90.0, 60.0  # °C: what was ever measured
STRONGEST = 120.0  # m/s
WETTEST = 500.0  # mm in six hours
_SYMBOL = re.compile(r"[a-z]{1,40}(?:_(?:day|night|polartwilight))?", re.ASCII)


class Met(LiveData[Forecast]):
    """`subject`: latitude and longitude, with at most four decimals ("63.3,9.1")."""

    name = TYPE
    provider = "MET Norway"
    value = Forecast
    period = timedelta(minutes=10)

    def address(self, service: str, subject: str) -> str:
        """The forecast of a position."""
        latitude, longitude = subject.split(",")
        return f"{service}{'&' if '?' in service else '?'}lat={latitude}&lon={longitude}"

    def fetch(self, service: str, subject: str, fetcher: CachingFetcher, now: datetime) -> Forecast:
        """As any type, with what MET means by a refusal."""
        try:
            return super().fetch(service, subject, fetcher, now)
        except SourceError as error:
            if error.status != 403:
                raise
            hint = "write an address that MET Norway can reach as contact under [site]."
            raise SourceError(
                error.source, error.url, error.message, hint, fault="denied", values=error.values, status=error.status
            ) from None

    def parse(self, body: bytes, subject: str, now: datetime) -> Forecast:
        """The forecast in an answer that came at `now`. A value, or a point, that can't be right is left out."""
        properties = _object(_answer(body), "properties")
        updated = _instant(_object(properties, "meta").get("updated_at"))
        if updated is None:
            raise UnusableAnswer("The answer has no properties.meta.updated_at, so its age isn't known.")
        series = properties.get("timeseries")
        if not isinstance(series, list):
            raise UnusableAnswer('The answer has no list "properties.timeseries".')
        points = [point for point in map(_point, series) if point and now - BEHIND < point.at < now + AHEAD]
        found = {point.at: point for point in points}
        if not found:
            raise UnusableAnswer(f"None of its {len(series)} forecasts can be read.")
        return Forecast(min(updated, now), tuple(found[at] for at in sorted(found))[:MOST_POINTS])


def _answer(body: bytes) -> Any:
    try:
        return loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnusableAnswer("The answer isn't JSON.") from None


def _object(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise UnusableAnswer(f'The answer has no object "{key}".')
    return found


def _point(value: Any) -> ForecastPoint | None:
    """None for what says nothing that can be shown."""
    at = _instant(value.get("time")) if isinstance(value, dict) else None
    data = value.get("data") if at is not None else None
    if at is None or not isinstance(data, dict):
        return None
    details = _inside(data, "instant", "details")
    point = ForecastPoint(
        at,
        _number(details.get("air_temperature"), COLDEST, HOTTEST),
        _number(details.get("wind_speed"), 0.0, STRONGEST),
        _outlook(data, "next_1_hours"),
        _outlook(data, "next_6_hours"),
    )
    return None if point == ForecastPoint(at) else point


def _outlook(data: dict[str, Any], key: str) -> Outlook | None:
    symbol = _inside(data, key, "summary").get("symbol_code")
    known = symbol if isinstance(symbol, str) and _SYMBOL.fullmatch(symbol) else ""
    found = Outlook(known, _number(_inside(data, key, "details").get("precipitation_amount"), 0.0, WETTEST))
    return None if found == Outlook() else found


def _inside(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _number(value: Any, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and least <= value <= most else None


def _instant(value: Any) -> datetime | None:
    """An instant with an offset; MET writes "2026-11-29T10:00:00Z"."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
