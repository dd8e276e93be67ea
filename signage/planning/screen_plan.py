"""Plan one screen: which page stands in which window, from the events and the screen's playlist. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from signage.config.hours import closed_spans
from signage.config.models import Config, NewsPages, Screen, SponsorPages
from signage.domain.model import Event, News
from signage.domain.page_plan import Capacity, PagePlan
from signage.planning import pagination
from signage.planning.appearance import in_variants, variants
from signage.planning.catalog import Catalog
from signage.planning.playlist import EntryContent, Line, ScreenContext, content
from signage.planning.slices import Window, slices, windows
from signage.planning.sponsors import deal
from signage.runtime.containment import Failures, UnitFailure, salvage
from signage.wording.news import keyed

Splits = Mapping[PagePlan, Sequence[PagePlan]]
Span = tuple[datetime, datetime]
TYPICAL_SECONDS = 12.0  # of a page whose time is computed from its words, while those aren't known


@dataclass(frozen=True, slots=True)
class Planned:
    """A page in its window (UTC); `entry`: its place in the playlist, `position`: its place among the entry's pages,
    `turn`: which of the screen's languages. `seconds`: None when it stays as long as reading it takes.
    """

    entry: int
    position: int
    plan: PagePlan
    start: datetime
    until: datetime
    seconds: float | None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class ScreenPlan:
    """All of a screen's pages in the order of the rotation, into how many slices of time they cut the horizon, and what
    could not be planned.
    """

    pages: tuple[Planned, ...]
    slices: int
    failures: tuple[UnitFailure, ...] = ()


def plan_screen(
    config: Config,
    screen_id: str,
    catalog: Catalog,
    start: datetime,
    end: datetime,
    capacity: Capacity,
    splits: Splits,
) -> ScreenPlan:
    """Plan the time from `start` to `end`. `splits` names the pages known to overflow, and what replaces them.

    A line of the playlist, or an event in it, that can't be planned is left out and named.
    """
    screen = config.screens[screen_id]
    zone = ZoneInfo(config.site.zone)
    variant_spans = variants(config.site, screen, zone, start, end)
    dark = _dark_spans(screen, zone, start, end)
    lit = _complement(dark, start, end)
    planned: list[Planned] = []
    failures = Failures()
    for number, entry in enumerate(screen.playlist):
        if isinstance(entry, SponsorPages):
            continue
        line = f'line {number + 1} of the playlist ("{entry.show}")'
        with failures.unit(line):
            context = ScreenContext(config, screen, catalog, capacity, start, end)
            planned += _line(number, entry, context, lit, splits, line, failures)
    with failures.unit("the sponsors' part of the playlist"):
        planned += _sponsors(config, screen_id, lit, planned, start, end)
    planned += [_spoken(p, turn, language) for turn, language in enumerate(screen.spoken[1:], 1) for p in planned]
    everything = [
        replace(p, plan=replace(p.plan, variant=variant), start=a, until=b)
        for p in planned
        for a, b, variant in in_variants(p.start, p.until, p.plan.variant, variant_spans)
    ]
    everything += [Planned(-1, 0, PagePlan("dark"), a, b, 600.0) for a, b in dark]
    everything.sort(key=lambda p: (p.turn, p.entry, p.start, p.position))
    cuts = {p.start for p in everything} | {p.until for p in everything} | {start, end}
    return ScreenPlan(tuple(everything), len(cuts) - 1, failures.all)


def _line(
    number: int, entry: Line, context: ScreenContext, lit: Sequence[Span], splits: Splits, name: str, failures: Failures
) -> list[Planned]:
    """The pages of one line, without the events or news that can't be planned."""

    def pages(context: ScreenContext) -> list[Planned]:
        line = content(entry, (number, ""), context)
        return [
            Planned(number, window.position, window.item, window.start, window.end, entry.seconds)
            for span in lit
            for window in _windows(line, span, splits)
        ]

    def with_events(events: Sequence[Event]) -> list[Planned]:
        return pages(replace(context, catalog=replace(context.catalog, events={e.id: e for e in events})))

    def with_news(news: Sequence[News]) -> list[Planned]:
        return pages(replace(context, catalog=replace(context.catalog, news=keyed(news))))

    if isinstance(entry, NewsPages):
        return salvage(
            tuple(context.catalog.news.values()),
            with_news,
            lambda item, error: failures.add(f'the news item "{item.title}" ({item.source}:{item.uid}), {name}', error),
        )
    return salvage(
        context.events,
        with_events,
        lambda event, error: failures.add(f'the event "{event.title}" ({event.id}), {name}', error),
    )


def _windows(line: EntryContent, span: Span, splits: Splits) -> list[Window[PagePlan]]:
    return windows(slices(*span, line.instants, lambda at: expand(line.pages(at), splits)))


def _sponsors(
    config: Config, screen_id: str, lit: Sequence[Span], others: Sequence[Planned], start: datetime, end: datetime
) -> list[Planned]:
    """Whose turn it is in each slot of the playlist that sponsors share; a further slot is another sponsor's."""
    screen = config.screens[screen_id]
    slots = [(n, entry) for n, entry in enumerate(screen.playlist) if isinstance(entry, SponsorPages)]
    if not slots or not config.sponsors:
        return []
    shown = sum((p.until - p.start).total_seconds() * (p.seconds or TYPICAL_SECONDS) for p in others)
    time_lit = sum((b - a).total_seconds() for a, b in lit) or 1.0
    rotation = shown / time_lit + sum(entry.seconds for _, entry in slots)
    zone = ZoneInfo(config.site.zone)
    whole = _whole_days(start, end, zone)
    turns = deal(config.sponsors, screen_id, start, end, zone, lit_spans(screen, zone, *whole), rotation)
    return [
        Planned(number, 0, PagePlan("sponsor", sponsor=turn.sponsor), turn.start, turn.end, entry.seconds)
        for number, entry in slots
        for turn in turns
    ]


def _spoken(planned: Planned, turn: int, language: str) -> Planned:
    """The same page once more, in the round of another language."""
    plan = planned.plan
    return replace(planned, turn=turn, plan=replace(plan, variant=replace(plan.variant, language=language)))


def expand(plans: Sequence[PagePlan], splits: Splits) -> tuple[PagePlan, ...]:
    """Put known splits in place of the pages that overflow, until none is left, and number the pages anew."""
    pages = list(plans)
    while any(plan in splits for plan in pages):
        pages = pagination.renumber([part for plan in pages for part in splits.get(plan, [plan])])
    return tuple(pages)


def lit_spans(screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """When the screen shows pages."""
    return _complement(_dark_spans(screen, zone, start, end), start, end)


def _whole_days(start: datetime, end: datetime, zone: ZoneInfo) -> Span:
    """From the beginning of the local day of `start` to the end of that of `end`."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    return pagination.day_start(first, zone), pagination.day_start(pagination.next_day(last), zone)


def _dark_spans(screen: Screen, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    if screen.opening is None or screen.when_closed != "dark":
        return []
    return closed_spans(screen.opening, zone, start, end)


def _complement(spans: Sequence[Span], start: datetime, end: datetime) -> list[Span]:
    left = []
    for begin, finish in spans:
        if start < begin:
            left.append((start, begin))
        start = finish
    if start < end:
        left.append((start, end))
    return left
