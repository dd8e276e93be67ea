"""A page that tells programs of its events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/program"


def node(event: Told) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "MusicEvent",
        "@id": f"https://example.no/e/{event.uid}",
        "name": event.title,
        "startDate": event.start.isoformat(),
        "endDate": event.end.isoformat(),
        "location": {"@type": "Place", "name": event.venue},
    }


def html(*scripts: str, charset: str = "utf-8") -> str:
    tags = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return (
        f'<!doctype html><html><head><meta charset="{charset}"><title>Program</title>{tags}</head><body></body></html>'
    )


def page(events: Sequence[Told], charset: str = "utf-8") -> str:
    listed = {"@context": "https://schema.org", "@graph": [node(event) for event in events]}
    return html(json.dumps(listed, ensure_ascii=False), charset=charset)


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(page(events), "text/html; charset=utf-8")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    nodes = [node(event) for event in events]
    nodes.insert(1, {**nodes[0], "@id": "https://example.no/e/77", "startDate": "snart"})
    return {PATH: answers.ok(html(json.dumps(nodes), "{"), "text/html")}


def encoded(events: Sequence[Told], portal: Portal, name: str) -> Mapping[str, Answer]:
    return {PATH: answers.ok(page(events, name).encode(name), "text/html")}


CASE = Case("jsonld", PATH, PATH, serve, broken, encodings=("latin-1", "utf-8-sig", "windows-1252"), encoded=encoded)
