"""A page's events through the Graph API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests import portal as answers
from tests.portal import Answer, Handler, Portal
from tests.source_cases.base import Case, Told

PAGE = "/v21.0/heim"
EVENTS = f"{PAGE}/events"
VARIABLE = "SIGNAGE_TEST_TOKEN"
TOKEN = "EAAbcdef0123456789abcdef0123456789ABCDEF"


def row(event: Told) -> dict[str, Any]:
    return {
        "id": event.uid,
        "name": event.title,
        "start_time": f"{event.start:%Y-%m-%dT%H:%M:%S%z}",
        "end_time": f"{event.end:%Y-%m-%dT%H:%M:%S%z}",
        "place": {"name": event.venue},
    }


def pages(rows: Sequence[dict[str, Any]], portal: Portal, token: str = TOKEN) -> Answer:
    """The API: it wants the token, writes it into the address of the next page, and has ETags."""

    def answer(handler: Handler) -> None:
        query = {key: value[-1] for key, value in parse_qs(urlsplit(handler.path).query).items()}
        if query.get("access_token") != token:
            answers.status(400, json.dumps({"error": {"message": "Invalid OAuth access token", "code": 190}}))(handler)
            return
        size, after = int(query.get("limit", 25)), int(query.get("after", 0))
        body: dict[str, Any] = {"data": rows[after : after + size]}
        if after + size < len(rows):
            body["paging"] = {"next": f"{portal.url}{EVENTS}?{urlencode({**query, 'after': after + size})}"}
        text = json.dumps(body)
        answers.ok(text, etag=f'"{hashlib.sha256(text.encode()).hexdigest()}"')(handler)

    return answer


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {EVENTS: pages([row(event) for event in events], portal)}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, {**rows[0], "id": "77", "start_time": "snart"})
    return {EVENTS: pages(rows, portal)}


CASE = Case(
    "facebook",
    PAGE,
    EVENTS,
    serve,
    broken,
    pages=120,
    source={"token_env": VARIABLE},
    environment={VARIABLE: TOKEN},
)
