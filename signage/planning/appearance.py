"""When a screen is lit, in which layout and season its pages appear, and when that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.hours import closed_spans, open_spans
from signage.config.hours_text import parse_spans
from signage.config.models import WEEKDAYS, Hours, Screen, Site
from signage.domain.page_plan import Variant
from signage.planning.seasons import season_of
from signage.planning.slices import midnights, slices

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
