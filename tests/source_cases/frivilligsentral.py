"""The calendar page of a volunteer centre, as WisWeb writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/kalender"
WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
MONTHS = ("jan", "feb", "mars", "april", "mai", "juni", "juli", "aug", "sept", "okt", "nov", "des")


def block(event: Told, hidden: bool = False) -> str:
    """One event; later dates of a series are hidden."""
    style = ' style="display:none"' if hidden else ""
    day = event.start
    year = f'<span class="year">{day.year}</span>'
    return (
        f'<div class="u-timeline-v3 g-mb-30"{style}><div class="date"><span>{WEEKDAYS[day.weekday()]}</span> '
        f"<span>{day.day}</span> <span>{MONTHS[day.month - 1]}</span> {year}</div>"
        f"<h3>{day:%H.%M}&nbsp;-&nbsp;{event.end:%H.%M}: {escape(event.title)}</h3><h4>{escape(event.venue)}</h4></div>"
    )


def page(*blocks: str) -> str:
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>Kalender</title></head>'
        f"<body><h1>Kalender</h1>{''.join(blocks) or '<p>Ingen aktiviteter.</p>'}</body></html>"
    )


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(page(*(block(e, n > 0) for n, e in enumerate(events))), "text/html; charset=utf-8")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    blocks = [block(event) for event in events]
    blocks.insert(1, '<div class="u-timeline-v3"><span>snart</span><h3>18.00: Uten dato</h3></div>')
    return {PATH: answers.ok(page(*blocks), "text/html; charset=utf-8")}


CASE = Case("frivilligsentral", PATH, PATH, serve, broken, knows_uid=False)
