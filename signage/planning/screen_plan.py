"""Plan one screen: which page is shown in which window, from the events and the screen's playlist. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.config.playlist import PlaylistEntry
from signage.domain.model import Event, News
from signage.domain.page_plan import Capacity, PagePlan
from signage.planning.appearance import Span, dark_spans, in_variants, lit_spans, variants
from signage.planning.catalog import Catalog, keyed
from signage.planning.kinds import KINDS, EntryContent, ScreenContext, content, renumber_pages
from signage.planning.slices import Window, slices, windows
from signage.runtime.containment import Failures, UnitFailure, salvage

Splits = Mapping[PagePlan, Sequence[PagePlan]]
HORIZON = timedelta(days=14)  # how far ahead pages are planned (docs/bundle-format.md)
TYPICAL_SECONDS = 12.0  # of a page whose time is computed from its words, while those aren't known


@dataclass(frozen=True, slots=True)
class Planned:
    """A page in its window (UTC); `entry`: its place in the playlist, `position`: its place among those of the entry's
    pages that are open at the same time, `turn`: which of the screen's languages. `seconds`: None when it stays as long
    as reading it takes.
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
    """All of a screen's pages, into how many slices of time they cut the horizon, and what could not be planned.

    Those that are open at an instant are in the order of the rotation: of the playlist, and then of what each line of
    it plans for that instant.
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
    lit = lit_spans(screen, zone, start, end)
    context = ScreenContext(config, screen_id, catalog, capacity, start, end)
    planned: list[Planned] = []
    failures = Failures()
    lines = list(enumerate(screen.playlist))
    last = [(number, entry) for number, entry in lines if KINDS[entry.show].planned_last]
    for waiting in ([line for line in lines if line not in last], last):
        if waiting is last:
            rotation = _rotation(lit, planned, [entry for _, entry in last])
            context = replace(context, rotation_seconds=rotation)
        for number, entry in waiting:
            name = f'line {number + 1} of the playlist ("{entry.show}")'
            with failures.unit(name):
                planned += _line(number, entry, context, lit, splits, name, failures)
    planned += [_spoken(p, turn, language) for turn, language in enumerate(screen.spoken[1:], 1) for p in planned]
    everything = [
        replace(p, plan=replace(p.plan, variant=variant), start=a, until=b)
        for p in planned
        for a, b, variant in in_variants(p.start, p.until, p.plan.variant, variant_spans)
    ]
    everything += [Planned(-1, 0, PagePlan("dark"), a, b, 600.0) for a, b in dark_spans(screen, zone, start, end)]
    everything.sort(key=lambda p: (p.turn, p.entry, p.position, p.start))
    cuts = {p.start for p in everything} | {p.until for p in everything} | {start, end}
    return ScreenPlan(tuple(everything), len(cuts) - 1, failures.all)


def _line(
    number: int,
    entry: PlaylistEntry,
    context: ScreenContext,
    lit: Sequence[Span],
    splits: Splits,
    name: str,
    failures: Failures,
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

    if KINDS[entry.show].made_of == "news":
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


def _rotation(lit: Sequence[Span], planned: Sequence[Planned], waiting: Iterable[PlaylistEntry]) -> float:
    """About how many seconds a round of the playlist takes, with a page for each line that is still to be planned."""
    shown = sum((p.until - p.start).total_seconds() * (p.seconds or TYPICAL_SECONDS) for p in planned)
    time_lit = sum((b - a).total_seconds() for a, b in lit) or 1.0
    return shown / time_lit + sum(entry.seconds or TYPICAL_SECONDS for entry in waiting)


def _spoken(planned: Planned, turn: int, language: str) -> Planned:
    """The same page once more, in the round of another language."""
    plan = planned.plan
    return replace(planned, turn=turn, plan=replace(plan, variant=replace(plan.variant, language=language)))


def expand(plans: Sequence[PagePlan], splits: Splits) -> tuple[PagePlan, ...]:
    """Put known splits in place of the pages that overflow, until none is left, and number the pages again."""
    pages = list(plans)
    while any(plan in splits for plan in pages):
        pages = renumber_pages([part for plan in pages for part in splits.get(plan, [plan])])
    return tuple(pages)
