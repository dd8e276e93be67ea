"""A feed whose items carry the dates of their events, in the RSS event module's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/feed/"
MODULE = "http://purl.org/rss/1.0/modules/event/"


def item(event: Told) -> str:
    return (
        f'<item><title>{escape(event.title)}</title><guid isPermaLink="false">{event.uid}</guid>'
        f"<pubDate>Sun, 01 Nov 2026 10:00:00 +0000</pubDate><ev:startdate>{event.start.isoformat()}</ev:startdate>"
        f"<ev:enddate>{event.end.isoformat()}</ev:enddate><ev:location>{escape(event.venue)}</ev:location></item>"
    )


def text(items: Sequence[str], encoding: str = "utf-8") -> str:
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" xmlns:ev="{MODULE}"><channel><title>K</title>'
    )
    return f"{head}<link>https://koret.no/</link><description/>{''.join(items)}</channel></rss>"


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(text([item(event) for event in events]), "application/rss+xml")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    items = [item(event) for event in events]
    items.insert(1, "<item><title>Uten dato</title><ev:startdate>snart</ev:startdate></item>")
    return {PATH: answers.tagged(text(items), "application/rss+xml")}


def encoded(events: Sequence[Told], portal: Portal, name: str) -> Mapping[str, Answer]:
    body = text([item(event) for event in events], name).encode(name.removesuffix("-sig"))
    return {PATH: answers.tagged(body, "application/rss+xml")}


ENCODINGS = ("latin-1", "windows-1252", "utf-8", "utf-16")
CASE = Case("rss", PATH, PATH, serve, broken, encodings=ENCODINGS, encoded=encoded)
