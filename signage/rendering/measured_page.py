"""What fit.js and measure.js find on a page, as they write it, and the report of it."""

from __future__ import annotations

from typing import TypedDict

from signage.domain.model import ClockBox, Excess, RenderReport
from signage.rendering.measured_contrast import TextRun


class MeasuredRun(TypedDict):
    """A piece of text, as measure.js has it. `box`: left, top, right and bottom."""

    box: tuple[float, float, float, float]
    colour: tuple[int, int, int]
    letter: float
    behind: str
    text: str


class MeasuredClock(TypedDict):
    x: float
    y: float
    width: float
    height: float
    size: float
    color: str
    align: str


class MeasuredExcess(TypedDict):
    """See `Excess`."""

    groups: list[tuple[int, int]]
    rows: int


class MeasuredPage(TypedDict):
    """What fit.js and measure.js found on a page."""

    overflow: bool
    smallest_px: float
    letter_px: float
    scale: float
    shortened: int
    orphans: int
    text: str
    clock: MeasuredClock | None
    lines: dict[str, MeasuredClock]
    problems: list[str]
    runs: list[MeasuredRun]
    excess: MeasuredExcess


def text_run(measured: MeasuredRun) -> TextRun:
    """A piece of text in whole pixels."""
    left, top, right, bottom = measured["box"]
    red, green, blue = measured["colour"]
    box = (round(left), round(top), round(right), round(bottom))
    return TextRun(box, (red, green, blue), round(measured["letter"], 1), measured["behind"], measured["text"])


def report_of(measured: MeasuredPage) -> RenderReport:
    """What is kept of a page's measurements."""
    clock, excess = measured["clock"], measured["excess"]
    return RenderReport(
        overflow=bool(measured["overflow"]),
        smallest_px=round(float(measured["smallest_px"]), 2),
        scale=round(float(measured["scale"]), 4),
        shortened=int(measured["shortened"]),
        text=str(measured["text"]),
        clock=ClockBox(**clock) if clock else None,
        problems=tuple(measured["problems"]),
        letter_px=round(float(measured["letter_px"]), 2),
        orphans=int(measured["orphans"]),
        excess=Excess(tuple((number, rows) for number, rows in excess["groups"]), excess["rows"]),
        lines=tuple((name, ClockBox(**box)) for name, box in measured["lines"].items()),
    )
