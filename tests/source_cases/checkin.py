"""The ticket shop Checkin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests import portal as answers
from tests.portal import Answer, Handler, Portal
from tests.source_cases.base import Case, Told

API = "/graphql"


def row(event: Told) -> dict[str, Any]:
    return {
        "id": int(event.uid),
        "name": event.title,
        "imageUrl": None,
        "sellingDescription": "",
        "description": "",
        "startsAt": event.start.isoformat(),
        "endsAt": event.end.isoformat(),
        "priceFrom": "250.00",
        "priceTo": "350.00",
        "currency": "NOK",
        "topicEvent": [],
        "geoLocation": {"geoDescription": "", "description": event.venue},
    }


def pages(rows: Sequence[dict[str, Any]]) -> Answer:
    """The API: as many records from `offset` as were asked for, and how many there are."""

    def answer(handler: Handler) -> None:
        variables = json.loads(handler.body)["variables"]
        page = rows[variables["offset"] : variables["offset"] + variables["length"]]
        body = {"data": {"allEventRegistrations": {"records": len(rows), "data": page}}}
        answers.ok(json.dumps(body))(handler)

    return answer


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {API: pages([row(event) for event in events])}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, {**rows[0], "id": 77, "startsAt": "snart"})
    return {API: pages(rows)}


CASE = Case("checkin", API, API, serve, broken, pages=230, posts=True, source={"customer": 3118})
