"""What each line of a playlist shows at an instant: pages as a function of time, and when that may change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from signage.config.models import (
    Agenda,
    Config,
    Countdown,
    EventPoster,
    Evergreen,
    NewsPages,
    Notice,
    Now,
    OrganisationPages,
    Screen,
    Split,
    Today,
    Week,
)
from signage.domain.model import Event, Organisation
from signage.domain.page_plan import Capacity, EntryKey, PagePlan
from signage.domain.page_shapes import zone_sizes
from signage.planning import pagination, rooms
from signage.planning.catalog import Catalog
from signage.planning.features import countdown, organisation_page, pair, soon, titled
from signage.planning.selection import EventPool, Selection, pool
from signage.planning.selection.organisations import coming, of_the_day
from signage.planning.slices import midnights
from signage.wording.news import news_pages, of_source, turns

Listing = Today | Agenda | Week | EventPoster
Line = Listing | Now | Countdown | OrganisationPages | Notice | NewsPages | Split | Evergreen
Pages = Callable[[datetime], Sequence[PagePlan]]
LOOK_AHEAD = timedelta(days=61)  # beyond the horizon: what the last page of it may announce


@dataclass(frozen=True, slots=True)
class EntryContent:
    """The pages of one line: `pages` gives them for an instant, `instants` are those at which they may change."""

    instants: tuple[datetime, ...]
    pages: Pages


@dataclass(frozen=True)
class ScreenContext:
    """What all lines of a screen's playlist have in common, for a stretch of time."""

    config: Config
    screen: Screen
    catalog: Catalog
    capacity: Capacity
    start: datetime
    end: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.site.zone)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.catalog.events.values())

    @property
    def organisations(self) -> Mapping[str, Organisation]:
        return self.catalog.organisations

    def pool(self, entry: Listing | Now | Countdown | OrganisationPages, ahead: timedelta = LOOK_AHEAD) -> EventPool:
        """What the line may show from the beginning of the stretch on."""
        whole = pool(entry, self.events, self.screen.place, self.config.places)
        return whole.during(self.start, self.end + ahead)

    def midnights(self) -> list[datetime]:
        return list(midnights(self.start, self.end, self.zone))


def content(entry: Line, key: EntryKey, context: ScreenContext) -> EntryContent:
    """The function from an instant to the pages of a line. `key`: where in the playlist the line stands."""
    match entry:
        case Split():
            return _split(entry, key, context)
        case Evergreen():
            return EntryContent((), lambda at: [PagePlan("evergreen")])
        case Notice():
            return _notice(entry, key)
        case NewsPages():
            return _news(entry, context)
        case Now():
            return _now(entry, key, context)
        case Countdown():
            return _countdown(entry, key, context)
        case OrganisationPages():
            return _organisations(entry, context)
        case _:
            return _listing(entry, context)


def _notice(entry: Notice, key: EntryKey) -> EntryContent:
    begin, end = entry.from_, entry.until
    page = [PagePlan("notice", entry=key)]

    def pages(at: datetime) -> Sequence[PagePlan]:
        return [] if (begin and at < begin) or (end and at >= end) else page

    return EntryContent(tuple(instant for instant in (begin, end) if instant), pages)


def _news(entry: NewsPages, context: ScreenContext) -> EntryContent:
    items = of_source(context.catalog.news, entry.source)
    return EntryContent(tuple(turns(items, entry.days)), lambda at: news_pages(items, at, entry.count, entry.days))


def _now(entry: Now, key: EntryKey, context: ScreenContext) -> EntryContent:
    everything = context.pool(entry, timedelta(days=1))
    here = everything.tiers[0]  # what goes on elsewhere is no answer to what goes on in this house
    rows = context.capacity.today

    def pages(at: datetime) -> Sequence[PagePlan]:
        return rooms.now_pages(here, at, context.zone, context.config.places, key, rows)

    return EntryContent((*rooms.turns(here), *context.midnights()), pages)


def _countdown(entry: Countdown, key: EntryKey, context: ScreenContext) -> EntryContent:
    awaited = titled(context.pool(entry, soon(entry.days)).events, entry.event)
    awaited.sort(key=lambda event: (event.starts_at, event.id))
    instants = (*(event.ends_at for event in awaited), *context.midnights())
    return EntryContent(instants, lambda at: countdown(awaited, at, context.zone, entry.days, key))


def _organisations(entry: OrganisationPages, context: ScreenContext) -> EntryContent:
    events = context.pool(entry).events
    everyone = tuple(context.organisations.values())

    @cache
    def chosen(day: date) -> tuple[str, ...]:
        return of_the_day(everyone, events, entry, day)

    def pages(at: datetime) -> Sequence[PagePlan]:
        names = chosen(at.astimezone(context.zone).date())
        return [organisation_page(name, coming(events, name, at), at, context.zone) for name in names]

    return EntryContent((*(event.ends_at for event in events if event.organisation), *context.midnights()), pages)


def _split(entry: Split, key: EntryKey, context: ScreenContext) -> EntryContent:
    main_size, side_size = zone_sizes(context.screen.width, context.screen.height)
    whole = context.screen.width * context.screen.height
    zones = []
    for name, line, size in (("main", entry.main, main_size), ("side", entry.side, side_size)):
        part = size.width * size.height / whole
        smaller = replace(context, capacity=context.capacity.part(part if name == "side" else max(part, 0.8)))
        zones.append(content(line, (key[0], name), smaller))
    main, side = zones
    return EntryContent((*main.instants, *side.instants), lambda at: pair(main.pages(at), side.pages(at)))


def _listing(entry: Listing, context: ScreenContext) -> EntryContent:
    """Lists and posters. What only depends on the day is worked out once a day."""
    everything, zone, capacity = context.pool(entry), context.zone, context.capacity
    days = 1 if isinstance(entry, Today) else 7 if isinstance(entry, Week) else entry.days
    by_id = {event.id: event for event in everything.events}
    begin = 1 if isinstance(entry, Agenda) and not entry.today else 0

    @cache
    def of_days(first: date) -> tuple[EventPool, datetime, datetime]:
        start = pagination.day_start(first + timedelta(days=begin), zone)
        until = pagination.day_start(first + timedelta(days=begin + days), zone)
        return everything.during(start, until), start, until

    agendas: dict[tuple[date, int, int], list[PagePlan]] = {}
    weeks: dict[tuple[date, int, int], list[list[Event]]] = {}

    def agenda(first: date, found: Selection) -> list[PagePlan]:
        key = (first, found.tier, found.rolled)
        if key not in agendas:
            ahead = range(begin, begin + days)
            agendas[key] = pagination.agenda(found.events, first, zone, capacity, ahead, found.elsewhere)
        return agendas[key]

    def week(first: date, found: Selection) -> list[list[Event]]:
        key = (first, found.tier, found.rolled)
        if key not in weeks:
            weeks[key] = pagination.week(found.events, first, zone)
        return weeks[key]

    def pages(at: datetime) -> Sequence[PagePlan]:
        first = at.astimezone(zone).date()
        near, start, until = of_days(first)
        whole_days = not isinstance(entry, EventPoster)
        found = near.between(max(at, start), until, since=start if whole_days else None)
        match entry:
            case Today():
                return pagination.today(found.events, at, zone, capacity, found.elsewhere)
            case Agenda():
                return pagination.still_on(agenda(first, found), by_id, at, zone)
            case Week():
                return pagination.week_page(week(first, found), first, at, capacity, found.elsewhere)
            case EventPoster():
                return pagination.posters(
                    found.events, at, zone, entry.count, entry.picture, found.elsewhere, entry.series
                )

    return EntryContent((*(event.ends_at for event in everything.events), *context.midnights()), pages)
