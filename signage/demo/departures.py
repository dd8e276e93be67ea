"""The demo's departures: what Entur's Journey Planner v3 answers, for any stop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
NAME = "Kyrksæterøra sentrum"
LINES = (  # minutes between two, line, destination, means of transport, platform
    (20, "310", "Orkanger skysstasjon", "bus", "1"),
    (35, "313", "Vinjeøra", "bus", "2"),
    (50, "420", "Halsa ferjekai", "bus", "1"),
    (75, "800", "Kristiansund hurtigbåtkai", "water", "A"),
)
LATE, CANCELLED = 3, 7  # every third of a line is a little late, every seventh is cancelled


def stop_place(now: datetime, seconds: int, number: int) -> dict[str, Any]:
    """What leaves within `seconds` from `now` on, as far as `number`. The same at the same minute of any day."""
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = []
    for minutes, line, destination, mode, quay in LINES:
        for count in range(2 * 24 * 60 // minutes):
            aimed = midnight + timedelta(minutes=count * minutes + int(line) % 7)
            late = timedelta(minutes=count % LATE) if count % LATE else timedelta()
            if timedelta() <= aimed + late - now <= timedelta(seconds=seconds):
                calls.append(_call(aimed, late, line, destination, mode, quay, cancelled=count % CANCELLED == 0))
    calls.sort(key=lambda call: str(call["expectedDepartureTime"]))
    return {"name": NAME, "estimatedCalls": calls[:number]}


def _call(
    aimed: datetime, late: timedelta, line: str, destination: str, mode: str, quay: str, *, cancelled: bool
) -> dict[str, Any]:
    return {
        "aimedDepartureTime": aimed.isoformat(),
        "expectedDepartureTime": (aimed + late).isoformat(),
        "realtime": bool(late),
        "cancellation": cancelled,
        "destinationDisplay": {"frontText": destination},
        "quay": {"publicCode": quay},
        "serviceJourney": {"journeyPattern": {"line": {"publicCode": line, "transportMode": mode}}},
    }
