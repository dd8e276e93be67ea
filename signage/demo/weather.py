"""The demo's weather: an answer in the shape of MET Norway's Locationforecast 2.0, the same for the same hour. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import cos, pi
from typing import Any

HOUR = timedelta(hours=1)
HOURLY = 54  # points; then every six hours
DAYS = 9
WARMEST, SWING = 13, 2.5  # the hour (UTC), and by how much it is warmer than on average
SYMBOLS = ("partlycloudy", "lightsnowshowers", "cloudy", "lightsnow", "fair", "snow")
LIGHT_FROM, LIGHT_UNTIL = 8, 14  # hours (UTC) of a short day


def forecast(
    at: datetime,
    temperature: float = -1.0,
    wind: float = 4.0,
    rain: float = 0.4,
    symbols: Sequence[str] = SYMBOLS,
) -> bytes:
    """The forecast that was made at the full hour before `at`. Averages: °C, m/s, and mm in an hour that isn't dry.

    `symbols`: symbol codes without "_day", in turn for some hours each.
    """
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hourly = [start + number * HOUR for number in range(HOURLY)]
    later = hourly[-1] + HOUR
    later += timedelta(hours=-later.hour % 6)
    six = [later + number * 6 * HOUR for number in range(DAYS * 4)]

    def code(when: datetime) -> str:
        base = symbols[(when.toordinal() * 8 + when.hour // 3) % len(symbols)]
        light = "day" if LIGHT_FROM <= when.hour < LIGHT_UNTIL else "night"
        return f"{base}_{light}" if base in ("clearsky", "fair", "partlycloudy") or "showers" in base else base

    def amount(when: datetime) -> float:
        dry = code(when).partition("_")[0] in ("clearsky", "fair", "partlycloudy", "cloudy", "fog")
        return 0.0 if dry else round(rain * (1 + when.hour % 3 / 2), 1)

    def outlook(when: datetime, hours: int) -> dict[str, Any]:
        total = sum(amount(when + number * HOUR) for number in range(hours))
        details = {"precipitation_amount": round(total, 1)}
        return {"summary": {"symbol_code": code(when)}, "details": details}

    def point(when: datetime, hours: int) -> dict[str, Any]:
        warmth = SWING * cos((when.hour - WARMEST) / 24 * 2 * pi) - (when.toordinal() + 1) % 4
        instant = {
            "air_temperature": round(temperature + warmth, 1),
            "wind_speed": round(wind * (1 + when.hour % 5 / 6), 1),
            "wind_from_direction": 225.0,
        }
        data: dict[str, Any] = {"instant": {"details": instant}, "next_6_hours": outlook(when, 6)}
        if hours == 1:
            data["next_1_hours"] = outlook(when, 1)
        return {"time": _stamp(when), "data": data}

    units = {"air_temperature": "celsius", "precipitation_amount": "mm", "wind_speed": "m/s"}
    answer = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [9.1, 63.3, 12]},
        "properties": {
            "meta": {"updated_at": _stamp(start), "units": units},
            "timeseries": [*(point(when, 1) for when in hourly), *(point(when, 6) for when in six)],
        },
    }
    return json.dumps(answer).encode()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
