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
from signage.model import Event, Organisation
from signage.pages import arrange, rooms
from signage.pages.features import countdown, organisation_page, pair, soon, titled
from signage.pages.material import Material
from signage.pages.news import news_pages, of_source, turns
from signage.pages.plans import Capacity, EntryKey, PagePlan
from signage.pages.shapes import zone_sizes
from signage.selection import Pool, Selection, pool
from signage.selection.organisations import coming, of_the_day
from signage.timeline import midnights

Listing = Today | Agenda | Week | EventPoster
Line = Listing | Now | Countdown | OrganisationPages | Notice | NewsPages | Split | Evergreen
Pages = Callable[[datetime], Sequence[PagePlan]]
LOOK_AHEAD = timedelta(days=61)  # beyond the horizon: what the last page of it may announce


@dataclass(frozen=True, slots=True)
class Content:
    """The pages of one line: `pages` gives them for an instant, `instants` are those at which they may change."""

    instants: tuple[datetime, ...]
    pages: Pages


@dataclass(frozen=True)
class Stage:
    """What all lines of a screen's playlist have in common, for a stretch of time."""

    config: Config
    screen: Screen
    material: Material
    capacity: Capacity
    start: datetime
    end: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.site.zone)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.material.events.values())

    @property
    def organisations(self) -> Mapping[str, Organisation]:
        return self.material.organisations

    def pool(self, entry: Listing | Now | Countdown | OrganisationPages, ahead: timedelta = LOOK_AHEAD) -> Pool:
        """What the line may show from the beginning of the stretch on."""
        whole = pool(entry, self.events, self.screen.place, self.config.places)
        return whole.during(self.start, self.end + ahead)

    def midnights(self) -> list[datetime]:
        return list(midnights(self.start, self.end, self.zone))


def content(entry: Line, key: EntryKey, stage: Stage) -> Content:
    """The function from an instant to the pages of a line. `key`: where in the playlist the line stands."""
    match entry:
        case Split():
            return _split(entry, key, stage)
        case Evergreen():
            return Content((), lambda at: [PagePlan("evergreen")])
        case Notice():
            return _notice(entry, key)
        case NewsPages():
            return _news(entry, stage)
        case Now():
            return _now(entry, key, stage)
        case Countdown():
            return _countdown(entry, key, stage)
        case OrganisationPages():
            return _organisations(entry, stage)
        case _:
            return _listing(entry, stage)


def _notice(entry: Notice, key: EntryKey) -> Content:
    begin, end = entry.from_, entry.until
    page = [PagePlan("notice", entry=key)]

    def pages(at: datetime) -> Sequence[PagePlan]:
        return [] if (begin and at < begin) or (end and at >= end) else page

    return Content(tuple(instant for instant in (begin, end) if instant), pages)


def _news(entry: NewsPages, stage: Stage) -> Content:
    items = of_source(stage.material.news, entry.source)
    return Content(tuple(turns(items, entry.days)), lambda at: news_pages(items, at, entry.count, entry.days))


def _now(entry: Now, key: EntryKey, stage: Stage) -> Content:
    everything = stage.pool(entry, timedelta(days=1))
    here = everything.tiers[0]  # what goes on elsewhere is no answer to what goes on in this house
    rows = stage.capacity.today

    def pages(at: datetime) -> Sequence[PagePlan]:
        return rooms.now_pages(here, at, stage.zone, stage.config.places, key, rows)

    return Content((*rooms.turns(here), *stage.midnights()), pages)


def _countdown(entry: Countdown, key: EntryKey, stage: Stage) -> Content:
    awaited = titled(stage.pool(entry, soon(entry.days)).events, entry.event)
    awaited.sort(key=lambda event: (event.starts_at, event.id))
    instants = (*(event.ends_at for event in awaited), *stage.midnights())
    return Content(instants, lambda at: countdown(awaited, at, stage.zone, entry.days, key))


def _organisations(entry: OrganisationPages, stage: Stage) -> Content:
    events = stage.pool(entry).events
    everyone = tuple(stage.organisations.values())

    @cache
    def chosen(day: date) -> tuple[str, ...]:
        return of_the_day(everyone, events, entry, day)

    def pages(at: datetime) -> Sequence[PagePlan]:
        names = chosen(at.astimezone(stage.zone).date())
        return [organisation_page(name, coming(events, name, at), at, stage.zone) for name in names]

    return Content((*(event.ends_at for event in events if event.organisation), *stage.midnights()), pages)


def _split(entry: Split, key: EntryKey, stage: Stage) -> Content:
    main_size, side_size = zone_sizes(stage.screen.width, stage.screen.height)
    whole = stage.screen.width * stage.screen.height
    zones = []
    for name, line, size in (("main", entry.main, main_size), ("side", entry.side, side_size)):
        part = size.width * size.height / whole
        smaller = replace(stage, capacity=stage.capacity.part(part if name == "side" else max(part, 0.8)))
        zones.append(content(line, (key[0], name), smaller))
    main, side = zones
    return Content((*main.instants, *side.instants), lambda at: pair(main.pages(at), side.pages(at)))


def _listing(entry: Listing, stage: Stage) -> Content:
    """Lists and posters. What only depends on the day is worked out once a day."""
    everything, zone, capacity = stage.pool(entry), stage.zone, stage.capacity
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

    def pages(at: datetime) -> Sequence[PagePlan]:
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

    return Content((*(event.ends_at for event in everything.events), *stage.midnights()), pages)
