"""A weather forecast for one position, in the units of MET Norway's Locationforecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TYPE = "weather"  # of `WantedData`
LONGEST_AGE = timedelta(hours=6)  # a forecast that is older isn't one any more


@dataclass(frozen=True, slots=True)
class Outlook:
    """What some hours bring. `symbol`: a symbol code of MET's ("rain_day"), or ""; `rain`: mm, None if not known."""

    symbol: str = ""
    rain: float | None = None


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """The weather at an instant, and in the hours from then on. Temperature in °C, wind in m/s; None: not known."""

    at: datetime
    temperature: float | None = None
    wind_speed: float | None = None
    next_hour: Outlook | None = None
    next_six_hours: Outlook | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Points in the order of time, in UTC. `updated_at`: when the forecast was made, as far as that can be believed."""

    updated_at: datetime
    points: tuple[ForecastPoint, ...]

    @property
    def holds_until(self) -> datetime:
        """From this instant on it is not shown as a forecast."""
        return self.updated_at + LONGEST_AGE


def weather_subject(latitude: float, longitude: float) -> str:
    """The subject of `WantedData` for a position, with at most four decimals, as MET's terms of service ask."""
    return ",".join(_four_decimals(number) for number in (latitude, longitude))


def _four_decimals(number: float) -> str:
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
