"""A WordPress site with The Events Calendar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests import portal as answers
from tests.portal import Answer, Handler, Portal
from tests.source_cases.base import Case, Told

EVENTS = "/wp-json/tribe/events/v1/events"


def row(event: Told) -> dict[str, Any]:
    return {
        "id": int(event.uid),
        "status": "publish",
        "title": event.title,
        "start_date": f"{event.start:%Y-%m-%d %H:%M:%S}",
        "end_date": f"{event.end:%Y-%m-%d %H:%M:%S}",
        "utc_start_date": f"{event.start:%Y-%m-%d %H:%M:%S}",
        "timezone": "UTC+0",
        "all_day": False,
        "image": False,
        "venue": {"venue": event.venue},
        "organizer": [],
    }


def pages(rows: Sequence[dict[str, Any]], portal: Portal) -> Answer:
    """The endpoint: pages of `per_page`, a 404 past the last one, an ETag for each."""

    def answer(handler: Handler) -> None:
        query = {key: value[-1] for key, value in parse_qs(urlsplit(handler.path).query).items()}
        size, page = min(int(query.get("per_page", 10)), 50), int(query.get("page", 1))
        last = -(-len(rows) // size)
        if page > max(last, 1):
            answers.status(404, json.dumps({"code": "event-archive-page-not-found"}))(handler)
            return
        part = rows[(page - 1) * size : page * size]
        body: dict[str, Any] = {"events": part, "total": len(rows), "total_pages": last}
        if page < last:
            body["next_rest_url"] = f"{portal.url}{EVENTS}?{urlencode({**query, 'page': page + 1})}"
        text = json.dumps(body)
        answers.ok(text, etag=f'"{hashlib.sha256(text.encode()).hexdigest()}"')(handler)

    return answer


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {EVENTS: pages([row(event) for event in events], portal)}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, {**rows[0], "id": 77, "start_date": "snart"})
    return {EVENTS: pages(rows, portal)}


CASE = Case("tec", "", EVENTS, serve, broken, pages=120)
