"""Eventim's ticket feed. It tells no ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

FEED = "/eventcalendar.json"
DAYS = ("Ma", "Ti", "Ke", "To", "Pe", "La", "Su")


def row(event: Told) -> dict[str, Any]:
    return {
        "EventId": event.uid,
        "EventName": event.title,
        "EventDate": f"{event.start:%d.%m.%Y}",
        "EventDayOfWeek": DAYS[event.start.weekday()],
        "EventTime": f"{event.start:%H:%M}",
        "EventVenue": event.venue,
    }


def body(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"EventCalendar": "EventCalendar", "Events": list(rows)})


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {FEED: answers.tagged(body([row(event) for event in events]))}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, {**rows[0], "EventId": "77", "EventDate": "snart"})
    return {FEED: answers.tagged(body(rows))}


CASE = Case("eventim", FEED, FEED, serve, broken, knows_end=False)
