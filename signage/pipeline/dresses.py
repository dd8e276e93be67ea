"""In which layout and season a screen's pages appear, and when that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.hours import open_spans
from signage.config.hours_text import parse_spans
from signage.config.models import WEEKDAYS, Hours, Screen, Site
from signage.pages.plans import Dress
from signage.pages.seasons import season_of
from signage.timeline import midnights, slices

Worn = tuple[datetime, datetime, Dress]


def dresses(site: Site, screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[Worn]:
    """The stretches of [start, end), each with the layout and season of its pages; they leave no gap."""
    nights = []
    if screen.night_layout:
        every_night = Hours(spans=dict.fromkeys(WEEKDAYS, parse_spans(screen.night)))
        nights = open_spans(every_night, zone, start - timedelta(days=2), end)

    def worn(at: datetime) -> Dress:
        dark = any(begin <= at < finish for begin, finish in nights)
        season = season_of(at.astimezone(zone).date(), site.seasons)
        return Dress(layout=screen.night_layout if dark else "", season=season)

    instants = [*midnights(start, end, zone), *(edge for span in nights for edge in span)]
    return [(piece.start, piece.end, piece.content) for piece in slices(start, end, instants, worn)]


def dressed(start: datetime, end: datetime, dress: Dress, wardrobe: Sequence[Worn]) -> Iterator[Worn]:
    """What is worn in [start, end), piece by piece, in the language of `dress`."""
    for begin, finish, worn in wardrobe:
        if begin < end and start < finish:
            yield max(start, begin), min(end, finish), replace(worn, language=dress.language)
