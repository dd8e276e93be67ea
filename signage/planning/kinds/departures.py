"""Page kind "departures": what leaves from a stop soon. Its pages are made between the builds, every minute. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypedDict

from pydantic import AfterValidator, Field

from signage.config.hours import open_spans
from signage.config.playlist import Seconds, Timed
from signage.config.words import SettingError
from signage.domain.departures import TYPE, Board, Departure, Departures, boards
from signage.domain.live_data import WantedData
from signage.domain.model import NO_EXCESS, Excess
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.wording.badges import Tone
from signage.wording.rows import BadgeContext

# The pages of every minute must be as long as those before: else all pages of the round would be put off, and the
# screen would change in the middle of one.
SECONDS = 15.0
CREDIT = "Entur"
MODE_WORDS = {
    "bus": "mode_bus",
    "coach": "mode_coach",
    "tram": "mode_tram",
    "metro": "mode_metro",
    "rail": "mode_rail",
    "water": "mode_water",
    "air": "mode_air",
    "funicular": "mode_funicular",
    "cableway": "mode_cableway",
    "taxi": "mode_taxi",
}


_STOP = re.compile(r"NSR:StopPlace:[0-9]{1,9}")


def _check_stop(text: str) -> str:
    if _STOP.fullmatch(text):
        return text
    number = re.fullmatch(r"\s*(?:NSR:)?(?:StopPlace:)?\s*([0-9]{1,9})\s*", text, re.IGNORECASE)
    hint = f'write "NSR:StopPlace:{number[1]}".' if number else "look the stop up on https://stoppested.entur.org."
    raise SettingError('A stop is written like "NSR:StopPlace:41742", with its number in the register of stops.', hint)


class DepartureBoard(Timed):
    """The next departures from a stop."""

    show: Literal["departures"] = Field(description="The next departures from a stop.")
    stop: Annotated[str, AfterValidator(_check_stop)] = Field(
        description='The stop, by its number in the national register: "NSR:StopPlace:41742".',
        json_schema_extra={"pattern": f"^{_STOP.pattern}$"},
    )
    heading: str = Field("", max_length=60, description="The heading; the stop's name if left out.")
    count: int = Field(8, ge=1, le=12, description="At most this many departures.")
    when_closed: Literal["hide", "show"] = Field(
        "hide", description="Outside the screen's opening hours: nothing, or the departures all the same."
    )
    seconds: Seconds = SECONDS


class DepartureRow(TypedDict):
    """`detail`: means of transport, platform and, where it runs at another time, the timetable's. `off`: cancelled."""

    time: str
    line: str
    title: str
    detail: str
    badge: BadgeContext | None
    off: bool


class DeparturesContext(TypedDict):
    heading: str
    note: str
    credit: str
    rows: list[DepartureRow]


class DeparturesKind(PageKind[DepartureBoard]):
    name = "departures"
    model = DepartureBoard
    order = 95
    zone = False  # the other zone would be rendered again with it, every minute
    live = True

    def live_data(self, entry: DepartureBoard) -> tuple[WantedData, ...]:
        return (WantedData(TYPE, entry.stop),)

    def content(self, entry: DepartureBoard, key: EntryKey, context: ScreenContext) -> EntryContent:
        """Where departures may be. What leaves is known for two hours at most, and soon outdated."""
        hours = context.screen.opening
        spans = [(context.start, context.end)]
        if hours is not None and entry.when_closed == "hide":
            spans = open_spans(hours, context.zone, context.start, context.end)

        def pages(at: datetime) -> Sequence[PagePlan]:
            day = at.astimezone(context.zone).date()
            opened = any(begin <= at < end for begin, end in spans)
            return [PagePlan(self.name, day, entry=key)] if opened else []

        return EntryContent((*context.midnights(), *(edge for span in spans for edge in span)), pages)

    def current(
        self, plan: PagePlan, entry: DepartureBoard, data: Mapping[WantedData, object], at: datetime, until: datetime
    ) -> list[tuple[PagePlan, datetime, datetime]]:
        found = data.get(WantedData(TYPE, entry.stop))
        if not isinstance(found, Departures):
            return []
        pieces = boards(found, at, until, entry.count)
        return [(replace(plan, board=board), begin, end) for begin, end, board in pieces]

    def context(self, plan: PagePlan, writer: PageWriter) -> DeparturesContext:
        entry = writer.entry(plan)
        assert isinstance(entry, DepartureBoard)
        board = plan.board or Board("", ())
        return {
            "heading": writer.lines.broken(entry.heading or board.stop),
            "note": writer.words("departures_note"),
            "credit": writer.words("departures_credit", provider=CREDIT),
            "rows": [_row(call, writer) for call in board.calls],
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """What leaves last is left out: it will be there when the others have left."""
        if plan.board is None or len(plan.board.calls) <= 1:
            return [plan]
        return [replace(plan, board=replace(plan.board, calls=plan.board.calls[:-1]))]

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"stop": "NSR:StopPlace:41742"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        key = material.keys[self.name]
        entry: Any = material.context.screen.entries[key[0]]
        rows = min(entry.count, material.capacity.today)
        return {self.name: PagePlan(self.name, material.at.date(), entry=key, board=sample_board(material.at, rows))}


def _row(call: Departure, writer: PageWriter) -> DepartureRow:
    words, clock = writer.words, writer.wording.clock
    planned, expected = clock(call.aimed), clock(call.expected)
    vehicle = words(MODE_WORDS[call.mode]) if call.mode in MODE_WORDS else ""
    platform = words(_platform(call.mode), name=call.quay) if call.quay else ""
    shifted = "" if call.cancelled or planned == expected else words("departure_planned", time=planned)
    badge: BadgeContext | None = None
    if call.cancelled:
        badge = {"kind": "departure_cancelled", "word": words("departure_cancelled"), "tone": Tone.STOP.value}
    elif call.realtime:
        badge = {"kind": "realtime", "word": words("realtime"), "tone": Tone.CALM.value}
    return {
        "time": planned if call.cancelled else expected,
        "line": call.line,
        "title": writer.lines.broken(call.destination),
        "detail": " · ".join(filter(None, (vehicle, platform, shifted))),
        "badge": badge,
        "off": call.cancelled,
    }


def _platform(mode: str) -> str:
    return {"rail": "platform_rail", "water": "platform_water", "air": "platform_air"}.get(mode, "platform")


def sample_board(at: datetime, rows: int) -> Board:
    """A stop with everything that departures have: in real time and not, late, cancelled, by bus and by boat."""

    def call(minutes: int, line: str, to: str, late: int = 0, **more: Any) -> Departure:
        aimed = at + timedelta(minutes=minutes)
        return Departure(line, to, aimed, aimed + timedelta(minutes=late), **more)

    calls = (
        call(4, "310", "Orkanger skysstasjon", mode="bus", quay="1", realtime=True),
        call(7, "313", "Vinjeøra", 6, mode="bus", quay="2", realtime=True),
        call(15, "420", "Halsa ferjekai via Valsøya", mode="bus", quay="1", cancelled=True),
        call(28, "800", "Kristiansund–Trondheim hurtigbåt", mode="water", quay="A"),
        call(40, "311", "Hellandsjøen", mode="bus", quay="2"),
        call(55, "310", "Trondheim S", 1, mode="bus", quay="1", realtime=True),
        call(70, "FB 73", "Oppdal stasjon", mode="coach", quay="3"),
        call(95, "313", "Aure rådhus", mode="bus", quay="2"),
    )
    return Board("Kyrksæterøra sentrum", calls[:rows])


KIND = DeparturesKind()
