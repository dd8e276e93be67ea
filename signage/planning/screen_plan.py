"""Plan one screen: which page is shown in which window, from the events and the screen's playlist. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from signage.config.lines import Line, shares
from signage.config.models import Config, Screen
from signage.config.playlist import Filter, PlaylistEntry, Timed
from signage.config.shown import common
from signage.domain.model import Event, News
from signage.domain.page_plan import Capacity, PagePlan
from signage.planning.appearance import Span, dark_spans, in_variants, lit_spans, variants
from signage.planning.catalog import Catalog, keyed
from signage.planning.kinds import KINDS, EntryContent, ScreenContext, content, renumber_pages
from signage.planning.rounds import deal_rounds
from signage.planning.selection import EventPool, Reach
from signage.planning.slices import Window, slices, windows
from signage.runtime.containment import Failures, UnitFailure, salvage

Reaches = tuple[tuple[object, Reach], ...]  # each with its line of the playlist
Splits = Mapping[PagePlan, Sequence[PagePlan]]
HORIZON = timedelta(days=14)  # how far ahead pages are planned (docs/bundle-format.md)
# The manifest repeats a page in every round that differs. Players take 4 MiB (docs/bundle-format.md); what is left is
# for long texts, and for an earlier plan's pages that are kept.
MOST_BYTES = 2_500_000
PAGE_BYTES, EVENT_BYTES = 700, 300  # of a page in a manifest, about, and of each event on it
LEAST_MORE = 300_000  # bytes for rounds, where a plan is so large without them
SHORTEST = timedelta(minutes=30)  # that is dealt out in rounds; less is not worth it
TYPICAL_SECONDS = 12.0  # of a page whose time is computed from its words, while those aren't known


@dataclass(frozen=True, slots=True)
class Planned:
    """A page in its window (UTC); `entry`: its place in the playlist, `position`: its place among those of the entry's
    pages that are open at the same time, `turn`: which of the rounds that differ: those of the playlist, each in all of
    the screen's languages. `seconds`: None when it stays as long as reading it takes.
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
    it plans for that instant. `reaches`: how far each line had to look for events of other places. `places`: where live
    pages go, which are made later.
    """

    pages: tuple[Planned, ...]
    slices: int
    failures: tuple[UnitFailure, ...] = ()
    reaches: Reaches = field(default=(), compare=False)
    places: tuple[Planned, ...] = ()


def lines_of(screen: Screen) -> list[PlaylistEntry]:
    """The lines of its playlist, and of split pages their zones."""
    return [line for entry in screen.entries for line in KINDS[entry.show].lines(entry)]


def may_show(line: Filter, found: EventPool, reaches: Reaches) -> Collection[Event]:
    """Which events of a pool the line may show, as far as a plan with these reaches goes."""
    own = [reach for entry, reach in reaches if entry == line]
    by_tiers = KINDS[getattr(line, "show", "")].by_tiers
    return found.reached(own) if by_tiers and own else found.events


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
    zone = config.zone_of(screen_id)
    variant_spans = variants(config.site, screen, zone, start, end)
    lit = lit_spans(screen, zone, start, end)
    context = ScreenContext(config, screen_id, catalog, capacity, start, end)
    planned: list[Planned] = []
    failures = Failures()
    parts = shares(screen.rounds)
    last = [number for number, line in enumerate(screen.lines) if KINDS[line.entry.show].planned_last]
    for waiting in ([number for number in range(len(screen.lines)) if number not in last], last):
        rotation = _rotation(screen, lit, planned, last, parts) if waiting is last else 0.0
        for number in waiting:
            line = screen.lines[number]
            here = replace(context, rotation_seconds=rotation / parts[number], times=_around(line))
            with failures.unit(line.name):
                planned += _line(number, line, here, lit, splits, failures)
    planned = _in_rounds(planned, screen, start, end)
    languages = screen.spoken
    planned = [
        _spoken(p, p.turn * max(1, len(languages)) + turn, language if turn else "")
        for turn, language in enumerate(languages or [""])
        for p in planned
    ]
    everything = [
        replace(p, plan=p.plan.in_variant(variant), start=a, until=b)
        for p in planned
        for a, b, variant in in_variants(p.start, p.until, p.plan.variant, variant_spans)
    ]
    everything += [Planned(-1, 0, PagePlan("dark"), a, b, 600.0) for a, b in dark_spans(screen, zone, start, end)]
    everything.sort(key=lambda p: (p.turn, p.entry, p.position, p.start))
    cuts = {p.start for p in everything} | {p.until for p in everything} | {start, end}
    pages = tuple(p for p in everything if not KINDS[p.plan.kind].live)
    places = tuple(p for p in everything if KINDS[p.plan.kind].live)
    return ScreenPlan(pages, len(cuts) - 1, failures.all, tuple(context.reaches), places)


def _line(
    number: int, line: Line, context: ScreenContext, lit: Sequence[Span], splits: Splits, failures: Failures
) -> list[Planned]:
    """The pages of one line, without the events or news that can't be planned."""
    entry, name = line.entry, line.name

    def pages(context: ScreenContext) -> list[Planned]:
        shown = content(entry, (number, ""), context)
        return [
            Planned(number, window.position, window.item, window.start, window.end, entry.seconds)
            for span in lit
            for window in _windows(shown, span, splits)
        ]

    def with_events(events: Sequence[Event]) -> list[Planned]:
        if len(events) == len(context.catalog.events):
            return pages(context)
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


def _around(line: Line) -> tuple[Timed, ...]:
    return tuple(timed for timed in line.around if not timed.always)


def _in_rounds(planned: Sequence[Planned], screen: Screen, start: datetime, end: datetime) -> list[Planned]:
    """Each page in the rounds in which its line is shown; all in the first one where nothing takes turns.

    When that would be more than a manifest can hold, only the time that comes first is dealt out. A player gets there
    in hours or days, and long before that a later manifest.
    """
    if not screen.alternates:
        return list(planned)
    spans: dict[int, list[Span]] = {}
    for p in planned:
        spans.setdefault(p.entry, []).append((p.start, p.until))
    shown = {number: _joined(some) for number, some in spans.items()}
    room = max(MOST_BYTES, _bytes(planned, screen) + LEAST_MORE)
    until = end
    while until - start >= SHORTEST or until == end:
        rounds = deal_rounds(screen.rounds, shown, until)
        dealt = [
            replace(p, start=begin, until=finish, turn=number)
            for p in planned
            for number, times in rounds[p.entry].items()
            for begin, finish in common([(p.start, p.until)], times)
        ]
        if _bytes(dealt, screen) <= room:
            return dealt
        until = start + (until - start) / 2
    return list(planned)


def _bytes(planned: Sequence[Planned], screen: Screen) -> int:
    """About how much of a manifest pages take."""
    one = sum(PAGE_BYTES + EVENT_BYTES * len(p.plan.event_ids) for p in planned)
    return one * max(1, len(screen.spoken))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans that touch or overlap as one; in order."""
    joined: list[Span] = []
    for begin, finish in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(finish, joined[-1][1]))
        else:
            joined.append((begin, finish))
    return joined


def _rotation(
    screen: Screen, lit: Sequence[Span], planned: Sequence[Planned], waiting: Sequence[int], parts: Mapping[int, float]
) -> float:
    """About how many seconds a round of the playlist takes, with a page for each line that is still to be planned.
    `parts`: in which part of the rounds each line is.
    """
    shown = sum((p.until - p.start).total_seconds() * (p.seconds or TYPICAL_SECONDS) * parts[p.entry] for p in planned)
    time_lit = sum((b - a).total_seconds() for a, b in lit) or 1.0
    return shown / time_lit + sum((screen.entries[n].seconds or TYPICAL_SECONDS) * parts[n] for n in waiting)


def _spoken(planned: Planned, turn: int, language: str) -> Planned:
    """The page in the round of a language; "" is the screen's first one."""
    if (planned.turn, planned.plan.variant.language) == (turn, language):
        return planned
    variant = replace(planned.plan.variant, language=language)
    return replace(planned, turn=turn, plan=planned.plan.in_variant(variant))


def expand(plans: Sequence[PagePlan], splits: Splits) -> tuple[PagePlan, ...]:
    """Put known splits in place of the pages that overflow, until none is left, and number the pages again."""
    pages = list(plans)
    while any(plan in splits for plan in pages):
        pages = renumber_pages([part for plan in pages for part in splits.get(plan, [plan])])
    return tuple(pages)
