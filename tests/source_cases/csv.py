"""A sheet that a volunteer keeps."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from tests import portal as answers
from tests.portal import Answer, Portal
from tests.source_cases.base import Case, Told

PATH = "/program.csv"
HEADINGS = ["Id", "Tittel", "Dato", "Fra", "Til", "Sted"]


def row(event: Told) -> list[str]:
    return [
        event.uid,
        event.title,
        f"{event.start:%d.%m.%Y}",
        f"{event.start:%H.%M}",
        f"{event.end:%H.%M}",
        event.venue,
    ]


def text(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([HEADINGS, *rows])
    return out.getvalue()


def serve(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(text([row(event) for event in events]), "text/csv")}


def broken(events: Sequence[Told], portal: Portal) -> Mapping[str, Answer]:
    rows = [row(event) for event in events]
    rows.insert(1, ["77", "Bingo", "hver tirsdag", "19", "", ""])
    return {PATH: answers.tagged(text(rows), "text/csv")}


def encoded(events: Sequence[Told], portal: Portal, name: str) -> Mapping[str, Answer]:
    return {PATH: answers.tagged(text([row(event) for event in events]).encode(name), "text/csv")}


ENCODINGS = ("cp1252", "utf-8-sig", "utf-16", "utf-16-le")
CASE = Case("csv", PATH, PATH, serve, broken, encodings=ENCODINGS, encoded=encoded)
