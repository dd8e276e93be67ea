"""A portal like iheim.no."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

LISTING = "/wwdok/37199-0.html"


def row(event: Told) -> dict[str, Any]:
    return {
        "id": int(event.uid),
        "title": event.title,
        "startDate": f"{event.start:%Y-%m-%d}",
        "endDate": f"{event.end:%Y-%m-%d}",
        "startTime": f"{event.start:%H:%M}",
        "endTime": f"{event.end:%H:%M}",
        "location": event.venue,
    }


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {LISTING: answers.tagged(json.dumps([row(event) for event in events], ensure_ascii=False))}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, {**rows[0], "id": 77, "startDate": "snart"})
    return {LISTING: answers.ok(json.dumps(rows))}


CASE = Case("wis", "", LISTING, serve, broken)
