"""Screens that nothing has changed for stay as they are; every half hour, the age of their data is published again.

A plan holds for its whole horizon, whatever has become of the time since: players show it for days without a network.
So a screen is planned again when something that goes into its plan is different, and otherwise once in a while, so that
its horizon moves on. Of a screen that isn't, nothing is read, compared or kept in memory but what is named here: its
bundle is on the disk. What is known here is of this process; another one plans everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.app.build_report import ScreenReport
from signage.config.models import Config, Filter, Screen, Sponsor
from signage.domain.model import Event
from signage.planning.catalog import Catalog
from signage.planning.event_index import EventIndex
from signage.planning.kinds import KINDS, wanted_data, wanted_posters
from signage.planning.screen_plan import Reaches, lines_of, may_show
from signage.planning.selection import pool
from signage.publishing.current_manifests import Version

PLAN_AGAIN = timedelta(hours=1)  # by so much the horizon may be shorter than it is promised to be


@dataclass(frozen=True, slots=True)
class PlannedScreen:
    """A screen as a build left it. `versions`: what is published of it, under its id and its former ones.

    `keys`: of all pages that were planned. `published_at`: as its manifest says. `next_end`: when the first event on
    its phone pages ends, which have no windows. `reaches`: how far its plan looked for events of other places.
    """

    versions: Mapping[str, Version]
    planned_at: datetime
    published_at: datetime
    report: ScreenReport
    keys: frozenset[str]
    next_end: datetime | None
    reaches: Reaches


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What goes into the plans of all screens. `tools`: of the pages' pictures, by layout."""

    config: Config
    catalog: Catalog
    tools: Mapping[str, str]


class UnchangedScreens:
    """What the builds of this process have left. Not for use from two threads at once."""

    def __init__(self) -> None:
        self._inputs: PlanInputs | None = None
        self._screens: dict[str, PlannedScreen] = {}

    def find(self, inputs: PlanInputs, now: datetime) -> dict[str, PlannedScreen]:
        """The screens that need no new plan at `now`, by id.

        What a build that was cancelled has done to them since is noticed when they are published.
        """
        if self._inputs is None or not self._screens:
            return {}
        changes = _Changes(self._inputs, inputs)
        return {
            screen_id: screen
            for screen_id, screen in self._screens.items()
            if not changes.concern(screen_id, screen.reaches) and _holds(screen, now, inputs.config.zone_of(screen_id))
        }

    def renewed(self, screens: Mapping[str, PlannedScreen]) -> None:
        """What a build, even one that was cancelled, has published again as it was planned."""
        self._screens |= screens

    def remember(self, inputs: PlanInputs, screens: Mapping[str, PlannedScreen]) -> None:
        """What a whole build has published: its screens that another build would not show better."""
        self._inputs, self._screens = inputs, dict(screens)


def _holds(screen: PlannedScreen, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the plan is young enough, and the phone pages, which have no windows, are as they would be now."""
    made = screen.published_at
    return (
        screen.planned_at <= made <= now < screen.planned_at + PLAN_AGAIN
        and made.astimezone(zone).date() == now.astimezone(zone).date()
        and (screen.next_end is None or now < screen.next_end)
    )


class _Changes:
    """How the inputs of plans differ from earlier ones."""

    def __init__(self, before: PlanInputs, after: PlanInputs) -> None:
        self._before, self._after = before, after
        old, new = before.catalog, after.catalog
        self._everywhere = (
            before.tools != after.tools or old.pictures != new.pictures or not _equal(before.config, after.config)
        )
        self._of_kinds = {"news": old.news != new.news, "organisations": old.organisations != new.organisations}
        mine, its = new.posters, old.posters
        self._posters = {path for path in {*mine, *its} if mine.get(path) != its.get(path)}
        self._data = {one for one in {*old.data, *new.data} if old.data.get(one) != new.data.get(one)}
        self._events = () if old.events == new.events else _differing(old.events, new.events)
        self._spellings = bool(self._events) and old.index.spellings != new.index.spellings

    def _groups_of(self, screen: Screen) -> bool:
        """Whether a group that one of its filters names has other places."""
        filters = [line for line in lines_of(screen) if isinstance(line, Filter) and isinstance(line.place, list)]
        old, new = self._before.config.group_places, self._after.config.group_places
        return any(old.get(name) != new.get(name) for line in filters for name in line.place)

    def _sponsors_of(self, screen_id: str, screen: Screen) -> bool:
        """Whether it shows sponsors, and not as before."""
        shown = any(KINDS[line.show].made_of == "sponsors" for line in lines_of(screen))
        return shown and _sponsors_on(self._before.config, screen_id) != _sponsors_on(self._after.config, screen_id)

    def concern(self, screen_id: str, reaches: Reaches) -> bool:
        """Whether a screen, whose plan looked so far, is to be planned again."""
        screen = self._after.config.screens.get(screen_id)
        if self._everywhere or screen is None or screen != self._before.config.screens.get(screen_id):
            return True
        if self._groups_of(screen) or self._sponsors_of(screen_id, screen):
            return True
        if any(one.path in self._posters for one in wanted_posters(screen)):
            return True
        if self._data and any(one in self._data for one in wanted_data(self._after.config, screen)):
            return True
        if screen.zone:  # its whole days begin at other instants than the events here say
            reaches = ()
        config, everyone = self._after.config, self._after.catalog.index
        for line in lines_of(screen):
            if self._of_kinds.get(KINDS[line.show].made_of):
                return True
            if not isinstance(line, Filter) or not self._events:
                continue
            if line.organisers and self._spellings:
                return True
            for events in self._events:
                found = pool(line, events, screen.place, config.places, groups=config.group_places, everyone=everyone)
                if may_show(line, found, reaches):
                    return True
        return False


def _equal(one: Config, other: Config) -> bool:
    """What concerns all screens. Shared playlists and defaults are put into the screens that use them."""
    names = Config.model_fields.keys() - {"screens", "playlists", "defaults", "groups", "sponsors"}
    return one is other or all(getattr(one, name) == getattr(other, name) for name in names)


def _sponsors_on(config: Config, screen_id: str) -> list[dict[str, object]]:
    """What is shown of the sponsors of a screen, whichever way they name it."""
    names = Sponsor.model_fields.keys() - {"screens"}
    return [{name: getattr(one, name) for name in names} for one in config.sponsors if one.is_on(screen_id)]


def _differing(before: Mapping[str, Event], after: Mapping[str, Event]) -> tuple[EventIndex, EventIndex]:
    """Events that went or changed, as they were, and those that came or changed, as they are."""
    old = EventIndex(event for key, event in before.items() if after.get(key) != event)
    return old, EventIndex(event for key, event in after.items() if before.get(key) != event)
