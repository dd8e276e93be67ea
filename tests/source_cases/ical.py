"""A calendar that can be subscribed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/kalender.ics"


def text(events: Sequence[Told], extra: str = "") -> str:
    parts = [
        f"BEGIN:VEVENT\r\nUID:{e.uid}\r\nSUMMARY:{e.title}\r\nLOCATION:{e.venue}\r\n"
        f"DTSTART;TZID=Europe/Oslo:{e.start:%Y%m%dT%H%M%S}\r\nDTEND;TZID=Europe/Oslo:{e.end:%Y%m%dT%H%M%S}\r\nEND:VEVENT\r\n"
        for e in events
    ]
    parts.insert(1, extra)
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n" + "".join(parts) + "END:VCALENDAR\r\n"


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(text(events), "text/calendar")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    bad = "BEGIN:VEVENT\r\nUID:77\r\nSUMMARY:Uten dato\r\nDTSTART:snart\r\nEND:VEVENT\r\n"
    return {PATH: answers.ok(text(events, bad), "text/calendar")}


def encoded(events: Sequence[Told], portal: Portal, name: str) -> Mapping[str, Answer]:
    return {PATH: answers.ok(text(events).encode(name), "text/calendar")}


CASE = Case("ical", PATH, PATH, serve, broken, encodings=("latin-1", "utf-8-sig", "utf-16"), encoded=encoded)
