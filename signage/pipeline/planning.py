"""Plan one screen: which page stands in which window, from the events and the screen's playlist. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from signage.config.hours import closed_spans
from signage.config.models import Agenda, Config, EventPoster, Evergreen, NewsPages, Notice, Screen, Today, Week
from signage.model import Event, News
from signage.pages import arrange
from signage.pages.news import keyed, news_pages, of_source, turns
from signage.pages.plans import Capacity, PagePlan
from signage.selection import Pool, Selection, pool
from signage.timeline import Window, midnights, slices, windows

Splits = Mapping[PagePlan, Sequence[PagePlan]]
Listing = Today | Agenda | Week | EventPoster
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Planned:
    """A page in its window (UTC); `entry`: its place in the playlist, `position`: its place among the entry's pages."""

    entry: int
    position: int
    plan: PagePlan
    start: datetime
    until: datetime
    seconds: float | None


@dataclass(frozen=True, slots=True)
class ScreenPlan:
    """All of a screen's pages in the order of the rotation, and into how many slices of time they cut the horizon."""

    pages: tuple[Planned, ...]
    slices: int


def plan_screen(
    config: Config,
    screen_id: str,
    events: Sequence[Event],
    start: datetime,
    end: datetime,
    capacity: Capacity,
    splits: Splits,
    news: Sequence[News] = (),
) -> ScreenPlan:
    """Plan the time from `start` to `end`. `splits` names the pages known to overflow, and what replaces them."""
    screen = config.screens[screen_id]
    zone = ZoneInfo(config.site.zone)
    dark = _dark_spans(screen, zone, start, end)
    planned = [Planned(-1, 0, PagePlan("dark"), a, b, 600.0) for a, b in dark]
    lit = _complement(dark, start, end)
    for number, entry in enumerate(screen.playlist):
        for span in lit:
            if isinstance(entry, NewsPages):
                found = _news_windows(entry, news, span)
            else:
                found = _entry_windows(config, screen, number, entry, events, span, zone, capacity, splits)
            for window in found:
                plan = window.item
                planned.append(Planned(number, window.position, plan, window.start, window.end, entry.seconds))
    planned.sort(key=lambda p: (p.entry, p.start, p.position))
    cuts = {p.start for p in planned} | {p.until for p in planned} | {start, end}
    return ScreenPlan(tuple(planned), len(cuts) - 1)


def _entry_windows(
    config: Config,
    screen: Screen,
    number: int,
    entry: Listing | Notice | Evergreen,
    events: Sequence[Event],
    span: Span,
    zone: ZoneInfo,
    capacity: Capacity,
    splits: Splits,
) -> list[Window[PagePlan]]:
    start, end = span
    if isinstance(entry, Evergreen):
        return [Window(start, end, PagePlan("evergreen"), 0)]
    if isinstance(entry, Notice):
        begin = max(start, entry.from_) if entry.from_ else start
        finish = min(end, entry.until) if entry.until else end
        return [Window(begin, finish, PagePlan("notice", entry=(number, "")), 0)] if begin < finish else []
    everything = pool(entry, events, screen.place, config.places).during(start, end + timedelta(days=61))
    content = _content(entry, everything, zone, capacity)
    instants = [*(event.ends_at for event in everything.events), *midnights(start, end, zone)]
    return windows(slices(start, end, instants, lambda at: expand(content(at), splits)))


def _news_windows(entry: NewsPages, news: Sequence[News], span: Span) -> list[Window[PagePlan]]:
    items = of_source(keyed(news), entry.source)
    pieces = slices(*span, turns(items, entry.days), lambda at: tuple(news_pages(items, at, entry.count, entry.days)))
    return windows(pieces)


def _content(
    entry: Listing, everything: Pool, zone: ZoneInfo, capacity: Capacity
) -> Callable[[datetime], list[PagePlan]]:
    """The function from an instant to the entry's pages. What only depends on the day is worked out once a day."""
    days = 1 if isinstance(entry, Today) else 7 if isinstance(entry, Week) else entry.days
    by_id = {event.id: event for event in everything.events}
    begin = 1 if isinstance(entry, Agenda) and not entry.today else 0

    @cache
    def of_days(first: date) -> tuple[Pool, datetime, datetime]:
        start = arrange.day_start(first + timedelta(days=begin), zone)
        until = arrange.day_start(first + timedelta(days=begin + days), zone)
        return everything.during(start, until), start, until

    agendas: dict[tuple[date, int, int], list[PagePlan]] = {}
    weeks: dict[tuple[date, int, int], list[list[Event]]] = {}

    def agenda(first: date, found: Selection) -> list[PagePlan]:
        key = (first, found.tier, found.rolled)
        if key not in agendas:
            ahead = range(begin, begin + days)
            agendas[key] = arrange.agenda(found.events, first, zone, capacity, ahead, found.elsewhere)
        return agendas[key]

    def week(first: date, found: Selection) -> list[list[Event]]:
        key = (first, found.tier, found.rolled)
        if key not in weeks:
            weeks[key] = arrange.week(found.events, first, zone)
        return weeks[key]

    def content(at: datetime) -> list[PagePlan]:
        first = at.astimezone(zone).date()
        near, start, until = of_days(first)
        whole_days = not isinstance(entry, EventPoster)
        found = near.between(max(at, start), until, since=start if whole_days else None)
        match entry:
            case Today():
                return arrange.today(found.events, at, zone, capacity, found.elsewhere)
            case Agenda():
                return arrange.still_on(agenda(first, found), by_id, at, zone)
            case Week():
                return arrange.week_page(week(first, found), first, at, capacity, found.elsewhere)
            case EventPoster():
                return arrange.posters(
                    found.events, at, zone, entry.count, entry.picture, found.elsewhere, entry.series
                )

    return content


def expand(plans: Sequence[PagePlan], splits: Splits) -> tuple[PagePlan, ...]:
    """Put known splits in place of the pages that overflow, until none is left, and number the pages anew."""
    pages = list(plans)
    while any(plan in splits for plan in pages):
        pages = arrange.renumber([part for plan in pages for part in splits.get(plan, [plan])])
    return tuple(pages)


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
