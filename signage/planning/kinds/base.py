"""What a page kind is: everything about one kind of page, in one object. Pure.

A kind is one file in this folder with an object `KIND`; nothing else has to know of it. docs/adding-a-page-kind.md
builds one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from signage.config.base import Strict
from signage.config.models import Config, EventsEntry, Screen
from signage.config.playlist import PlaylistEntry, Timed
from signage.config.shown import Window, all_hold
from signage.domain.live_data import WantedData
from signage.domain.model import NO_EXCESS, Event, Excess
from signage.domain.page_plan import Capacity, EntryKey, PagePlan
from signage.domain.poster_file import PosterFile, WantedPosters
from signage.planning import pagination
from signage.planning.catalog import Catalog
from signage.planning.page_writer import PageForm, PageWriter
from signage.planning.selection import EventPool, Reach, pool
from signage.planning.slices import midnights

E = TypeVar("E", bound=PlaylistEntry)
Pages = Callable[[datetime], Sequence[PagePlan]]
LOOK_AHEAD = timedelta(days=61)  # beyond the horizon: what the last page of it may announce
LAST = 1000  # a kind without a position in lists comes after those with one


@dataclass(frozen=True, slots=True)
class EntryContent:
    """The pages of one line: `pages` gives them for an instant, `instants` are those at which they may change."""

    instants: tuple[datetime, ...]
    pages: Pages


@dataclass(frozen=True)
class ScreenContext:
    """What all lines of a screen's playlist have in common, for a stretch of time.

    `rotation_seconds`: how long it takes until a line's turn comes again; only kinds that are `planned_last` get it.
    `times`: those that limit the line in addition to its own. `reaches`: how far the pools of lines had to look, noted
    while they are planned.
    """

    config: Config
    screen_id: str
    catalog: Catalog
    capacity: Capacity
    start: datetime
    end: datetime
    rotation_seconds: float = 0.0
    times: tuple[Timed, ...] = ()
    reaches: list[tuple[object, Reach]] = field(default_factory=list, compare=False)

    @property
    def screen(self) -> Screen:
        return self.config.screens[self.screen_id]

    @property
    def zone(self) -> ZoneInfo:
        return self.config.zone_of(self.screen_id)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.catalog.events.values())

    def pool(
        self, entry: EventsEntry, ahead: timedelta = LOOK_AHEAD, counts: Callable[[Event], bool] = lambda event: True
    ) -> EventPool:
        """What the line may show from the beginning of the stretch on. `counts`: see `selection.pool`."""
        config = self.config
        whole = pool(entry, self.catalog.index, self.screen.place, config.places, counts, config.group_places)
        self.reaches.append((entry, whole.reach))
        return whole.during(self.start, self.end + ahead)

    def shown(self, start: datetime, end: datetime) -> list[Window]:
        """When the line may be shown between two instants, by its `times`."""
        return all_hold(self.times, self.zone, self.config.site.country, start, end)

    def midnights(self) -> list[datetime]:
        return list(midnights(self.start, self.end, self.zone))


@dataclass(frozen=True)
class SampleMaterial:
    """What sample pages are made of: a screen "s" with a line for each kind, and events in the order of time.

    `awaited` is a big event with a picture, and `plain` the same without one. `keys`: where in the playlist each
    kind's line stands.
    """

    context: ScreenContext
    at: datetime
    events: Sequence[Event]
    awaited: Event
    plain: Event
    organisation: str
    organisation_plain: str
    keys: Mapping[str, EntryKey] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return self.context.zone

    @property
    def capacity(self) -> Capacity:
        return self.context.capacity

    @property
    def today(self) -> list[Event]:
        return [e for e in self.events if pagination.on_day(e, self.at.date(), self.zone)]

    @property
    def here(self) -> list[Event]:
        """Those at the screen's own place."""
        return [event for event in self.events if event.place == self.context.screen.place]


class PageKind(Generic[E]):
    """One kind of page. `name` is the word after `show` in a playlist, and what plans call the kind.

    What a kind doesn't override is as for a page of its own for every instant at which it has something to show, with
    rows that can be dealt out over several pages.
    """

    name: ClassVar[str]
    model: ClassVar[type[Strict] | None] = None
    """What a line of this kind accepts in screens.toml; None for a kind that no playlist names."""

    order: ClassVar[int] = LAST
    """The kind's position in messages and in the schema."""

    template: ClassVar[str] = ""
    """The layouts' template, and what the manifest calls the kind; the name itself if left out."""

    paths: ClassVar[tuple[str, ...]] = ()
    """Its settings that name a file or a folder, seen from the folder of screens.toml."""

    zone: ClassVar[bool] = True
    """Whether it can be one zone of a split page."""

    made_of: ClassVar[Literal["events", "news", "organisations", "sponsors"]] = "events"
    """What its pages are made of; a single event or news item that can't be planned is left out. Pages of organisations
    and of news show events as well."""

    by_tiers: ClassVar[bool] = False
    """Whether of the events of other places it shows only what `EventPool.between` gives: then a change of the others
    needs no new plan."""

    live: ClassVar[bool] = False
    """Its pages are made between the builds, every minute, by `current`. What `content` gives are places for them;
    no build renders those."""

    planned_last: ClassVar[bool] = False
    """Its pages depend on how long a round of the other lines takes."""

    def content(self, entry: E, key: EntryKey, context: ScreenContext) -> EntryContent:
        """The function from an instant to the pages of a line. `key`: the line's position in the playlist."""
        raise NotImplementedError

    def context(self, plan: PagePlan, writer: PageWriter) -> Mapping[str, object]:
        """What the template gets in addition to what all kinds have. Equal plans give equal contexts."""
        raise NotImplementedError

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """What to try in place of a page that overflows; the same page again when there is nothing left to split.

        `excess`: by how much, as far as the template names groups and rows.
        """
        return pagination.halves(plan)

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        """The pages of one line at one instant, counted again after one of them was split."""
        return plans

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        """Whether the page says anything that depends on the date. A player that doesn't trust its clock shows no such
        page."""
        return True

    def lines(self, entry: E) -> tuple[PlaylistEntry, ...]:
        """The lines that choose what is shown: this one, or those of its zones."""
        return (entry,)

    def posters(self, entry: E) -> tuple[WantedPosters, ...]:
        """The files and folders of pictures that the line itself names."""
        return ()

    def poster_files(
        self, entry: E, posters: Mapping[str, tuple[PosterFile, ...]], zone: ZoneInfo
    ) -> Sequence[PosterFile]:
        """What the line shows of them, with what it says of each."""
        return ()

    def wanted_data(self, entry: E, config: Config, screen: Screen) -> tuple[WantedData, ...]:
        """The live data that the line shows, on this screen."""
        return ()

    def live_data(self, entry: E) -> tuple[WantedData, ...]:
        """What `current` needs; it is fetched every minute while the screen shows the line, and not by builds."""
        return ()

    def current(
        self, plan: PagePlan, entry: E, data: Mapping[WantedData, object], at: datetime, until: datetime
    ) -> list[tuple[PagePlan, datetime, datetime]]:
        """The pages of a place for live ones from `at` until `until` at most, each with its window; none without data
        that is fresh."""
        return []

    def usual_pages(self, entry: E) -> int:
        """How many pages a line has when there is enough to show."""
        return 1

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        """What a line of it has, apart from `show`, on the screen of the sample pages. `notice`: the sample's texts."""
        return {}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """Sample pages by name, for previews and for the tests of looks."""
        if self.model is None:
            return {}
        key = material.keys[self.name]
        entry: Any = material.context.screen.entries[key[0]]
        return {self.name: self.content(entry, key, material.context).pages(material.at)[0]}


AnyKind = PageKind[Any]
KINDS: dict[str, AnyKind] = {}  # by name, in their order; filled by `signage.planning.kinds`


def wanted_posters(screen: Screen) -> tuple[WantedPosters, ...]:
    """The files and folders of pictures that a screen's playlist names, each once."""
    lines = [line for entry in screen.entries for line in KINDS[entry.show].lines(entry)]
    return tuple(dict.fromkeys(wanted for line in lines for wanted in KINDS[line.show].posters(line)))


def wanted_data(config: Config, screen: Screen) -> tuple[WantedData, ...]:
    """The live data that a screen's playlist shows, each once."""
    lines = [line for entry in screen.entries for line in KINDS[entry.show].lines(entry)]
    return tuple(dict.fromkeys(one for line in lines for one in KINDS[line.show].wanted_data(line, config, screen)))


def kind_of(plan: PagePlan) -> AnyKind:
    """The kind of a planned page."""
    return KINDS[plan.kind]


def template_of(kind: AnyKind) -> str:
    """The name of the kind's template, and what the manifest calls its pages."""
    return kind.template or kind.name


def content(entry: PlaylistEntry, key: EntryKey, context: ScreenContext) -> EntryContent:
    """The function from an instant to the pages of a line, whatever its kind: none outside its times."""
    kind = KINDS[entry.show]
    if isinstance(entry, Timed) and not entry.always:
        context = replace(context, times=(*context.times, entry))
    if not context.times:
        return kind.content(entry, key, context)
    spans = context.shown(context.start, context.end)
    line = kind.content(entry, key, context)
    begins = [begin for begin, _ in spans]

    def pages(at: datetime) -> Sequence[PagePlan]:
        number = bisect_right(begins, at) - 1
        return line.pages(at) if number >= 0 and at < spans[number][1] else []

    return EntryContent((*line.instants, *(edge for span in spans for edge in span)), pages)


def page_context(plan: PagePlan, writer: PageWriter, form: PageForm, season: str) -> dict[str, object]:
    """The whole context of a page, or of one zone."""
    return {**writer.common(plan, form, season), **kind_of(plan).context(plan, writer)}


def split_page(plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
    """What to try in place of a page that overflows; the same page again when there is nothing left to split.

    `excess`: as in the page's `RenderReport`. The caller numbers the pages of the line again with `renumber`.
    """
    return kind_of(plan).split(plan, excess)


def renumber_pages(plans: list[PagePlan]) -> list[PagePlan]:
    """Count the pages of one line at one instant again: "2 av 3" for today, the parts of a day for an agenda."""
    return kind_of(plans[0]).renumber(plans) if plans else plans
