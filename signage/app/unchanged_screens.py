"""Screens that nothing has changed for are published again as they were planned, with the age of the data as it is now.

A plan holds for its whole horizon, whatever has become of the time since: players show it for days without a network.
So a screen is planned again when something that goes into its plan is different, and otherwise once in a while, so that
its horizon moves on. What is known here is of this process; another one plans everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.app.build_report import ScreenReport
from signage.config.models import Config, Filter
from signage.domain.model import Event
from signage.planning.catalog import Catalog
from signage.planning.kinds import KINDS, wanted_posters
from signage.planning.selection import pool
from signage.publishing import Bundle
from signage.publishing.bundle_format import AssetEntry
from signage.rendering.failed_pages import Outcome

PLAN_AGAIN = timedelta(hours=1)  # by so much the horizon may be shorter than it is promised to be


@dataclass(frozen=True, slots=True)
class Publication:
    """What a screen publishes. `files`: where each asset's bytes are; `phone_pages`: further files, by path."""

    bundle: Bundle
    files: Mapping[str, Path]
    phone_pages: Mapping[str, bytes]
    phone_assets: Mapping[str, AssetEntry]


@dataclass(frozen=True, slots=True)
class PlannedScreen:
    """A screen as a build left it. `outcomes`: of its pages, by key. `ends`: of the events on its phone pages."""

    publication: Publication
    planned_at: datetime
    report: ScreenReport
    outcomes: Mapping[str, Outcome]
    ends: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What goes into the plans of all screens. `tools`: of the pages' pictures, by layout."""

    config: Config
    catalog: Catalog
    tools: Mapping[str, str]

    def only_events_differ(self, other: PlanInputs) -> bool:
        """Whether everything but the events, and the files of people's own pictures, is the same."""
        mine, its = self.catalog, other.catalog
        return (
            self.tools == other.tools
            and mine.news == its.news
            and mine.organisations == its.organisations
            and mine.pictures == its.pictures
            and (self.config is other.config or self.config == other.config)
        )


class UnchangedScreens:
    """What the last build left. Not for use from two threads at once."""

    def __init__(self) -> None:
        self._inputs: PlanInputs | None = None
        self._screens: dict[str, PlannedScreen] = {}

    def take(self, inputs: PlanInputs, now: datetime) -> dict[str, PlannedScreen]:
        """The screens that need no new plan at `now`, by id. They are forgotten until `remember`."""
        before, screens = self._inputs, self._screens
        self._inputs, self._screens = None, {}
        if before is None or not screens or not inputs.only_events_differ(before):
            return {}
        changed = _differences(before.catalog.events, inputs.catalog.events)
        mine, its = inputs.catalog.posters, before.catalog.posters
        other = {path for path in {*mine, *its} if mine.get(path) != its.get(path)}
        return {
            screen_id: screen
            for screen_id, screen in screens.items()
            if _holds(screen, now, inputs.config.zone_of(screen_id))
            and not _may_show(inputs.config, screen_id, changed)
            and not any(one.path in other for one in wanted_posters(inputs.config.screens[screen_id]))
        }

    def remember(self, inputs: PlanInputs, screens: Mapping[str, PlannedScreen]) -> None:
        """What a whole build has published: its screens without problems."""
        self._inputs, self._screens = inputs, dict(screens)


def _holds(screen: PlannedScreen, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the plan is young enough, and the phone pages, which have no windows, are as they would be now."""
    made = screen.publication.bundle.generated
    return (
        screen.planned_at <= made <= now < screen.planned_at + PLAN_AGAIN
        and made.astimezone(zone).date() == now.astimezone(zone).date()
        and not any(made < end <= now for end in screen.ends)
    )


def _differences(before: Mapping[str, Event], after: Mapping[str, Event]) -> list[Event]:
    """Events that came, went or changed, as they were and as they are."""
    if before == after:
        return []
    keys = before.keys() | after.keys()
    pairs = ((before.get(key), after.get(key)) for key in keys)
    return [event for old, new in pairs if old != new for event in (old, new) if event is not None]


def _may_show(config: Config, screen_id: str, events: Iterable[Event]) -> bool:
    """Whether a line of the screen's playlist takes any of these events, wherever they are."""
    listed = list(events)
    if not listed:
        return False
    screen = config.screens[screen_id]
    for entry in (line for each in screen.entries for line in KINDS[each.show].lines(each)):
        if isinstance(entry, Filter) and (
            entry.organisers  # whose spellings come from all events
            or pool(entry, listed, screen.place, config.places, groups=config.group_places).events
        ):
            return True
    return False
