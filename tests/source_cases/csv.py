"""A sheet that a volunteer keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/dugnader.csv"
HEADINGS = "Nr;Tittel;Dato;Fra kl;Til kl;Sted"


def sheet(events: Sequence[Told], *extra: str) -> str:
    rows = [f"{e.uid};{e.title};{e.start:%d.%m.%Y};{e.start:%H.%M};{e.end:%H.%M};{e.venue}" for e in events]
    return "\r\n".join([HEADINGS, *rows[:1], *extra, *rows[1:], ""])


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(sheet(events), "text/csv")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.ok(sheet(events, "77;Uten dato;snart;18.00;;"), "text/csv")}


def encoded(events: Sequence[Told], portal: Portal, name: str) -> Mapping[str, Answer]:
    return {PATH: answers.ok(sheet(events).encode(name), "text/csv")}


CASE = Case("csv", PATH, PATH, serve, broken, encodings=("utf-8-sig", "windows-1252", "utf-16"), encoded=encoded)
