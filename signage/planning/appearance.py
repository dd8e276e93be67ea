"""When a screen is lit, in which layout and season its pages appear, and when that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.hours import closed_spans, open_spans
from signage.config.hours_text import parse_spans
from signage.config.models import WEEKDAYS, Hours, Screen, Site
from signage.domain.page_plan import Variant
from signage.planning.slices import midnights, slices

# First and last day (month, day), both included. A season may reach over New Year.
SEASONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "jul": ((12, 1), (1, 6)),
    "17mai": ((5, 10), (5, 17)),
    "sommer": ((6, 1), (8, 20)),
}


def season_of(day: date, seasons: Sequence[str]) -> str:
    """Which of `seasons` (as in site.seasons) a local day belongs to; empty when to none."""
    here = (day.month, day.day)
    for name in seasons:
        first, last = SEASONS[name]
        if first <= here <= last if first <= last else here >= first or here <= last:
            return name
    return ""


Span = tuple[datetime, datetime]
VariantSpan = tuple[datetime, datetime, Variant]


def variants(site: Site, screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[VariantSpan]:
    """The stretches of [start, end), each with the layout and season of its pages; they leave no gap."""
    nights = []
    if screen.night_layout:
        every_night = Hours(spans=dict.fromkeys(WEEKDAYS, parse_spans(screen.night)))
        nights = open_spans(every_night, zone, start - timedelta(days=2), end)

    def active_variant(at: datetime) -> Variant:
        dark = any(begin <= at < finish for begin, finish in nights)
        season = season_of(at.astimezone(zone).date(), site.seasons)
        return Variant(layout=screen.night_layout if dark else "", season=season)

    instants = [*midnights(start, end, zone), *(edge for span in nights for edge in span)]
    return [(piece.start, piece.end, piece.content) for piece in slices(start, end, instants, active_variant)]


def in_variants(
    start: datetime, end: datetime, variant: Variant, variants: Sequence[VariantSpan]
) -> Iterator[VariantSpan]:
    """The variants of [start, end), piece by piece, in the language of `variant`."""
    for begin, finish, active_variant in variants:
        if begin < end and start < finish:
            yield max(start, begin), min(end, finish), replace(active_variant, language=variant.language)


def lit_spans(screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """When the screen shows pages."""
    left = []
    for begin, finish in dark_spans(screen, zone, start, end):
        if start < begin:
            left.append((start, begin))
        start = finish
    if start < end:
        left.append((start, end))
    return left


def dark_spans(screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """When it shows a black picture."""
    if screen.opening is None or screen.when_closed != "dark":
        return []
    return closed_spans(screen.opening, zone, start, end)
