"""Where a screen's live pages go, by its plan; and what is needed to make them without planning anything again."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from signage.config.models import Config, Screen
from signage.domain.live_data import WantedData
from signage.domain.live_place import LivePlace
from signage.domain.model import Picture
from signage.planning.kinds import KINDS
from signage.planning.screen_plan import ScreenPlan
from signage.publishing import Bundle
from signage.publishing.current_manifests import Version
from signage.rendering.layouts import Layout

FINGERPRINT = 6  # digits: of one line now and as it was before an edit


@dataclass(frozen=True)
class BuiltWith:
    """What a build has made pages with, for the live pages of the same screens. `pictures`: those that screens.toml
    names; `fonts`: of the clock, by layout: sha256, size and file.
    """

    config: Config
    layouts: Mapping[str, Layout]
    fonts: Mapping[str, tuple[str, int, Path]]
    pictures: Mapping[str, Picture]


@dataclass(frozen=True)
class LiveScreen:
    """A screen that has places for live pages. `bundle`: as it was published last, without its pages."""

    bundle: Bundle
    built_with: BuiltWith

    @property
    def screen_id(self) -> str:
        return self.bundle.screen

    def open_at(self, at: datetime) -> list[LivePlace]:
        """The places where pages are to be shown at an instant."""
        return [place for place in self.bundle.places if place.start <= at < place.until]

    def wanted(self, at: datetime) -> dict[WantedData, None]:
        """What is needed for the pages in those places, in the playlist's order."""
        screen = self.built_with.config.screens[self.screen_id]
        found: dict[WantedData, None] = {}
        for place in self.open_at(at):
            entry = screen.entries[place.entry]
            found |= dict.fromkeys(KINDS[entry.show].live_data(entry))
        return found


def live_places(screen: Screen, plan: ScreenPlan) -> tuple[LivePlace, ...]:
    """The places for live pages in a plan. Those of a line have other names once it is edited."""
    found = []
    for planned in plan.places:
        entry = screen.entries[planned.entry]
        line = hashlib.sha256(repr(entry).encode()).hexdigest()[:FINGERPRINT]
        name = f"{planned.turn * 100 + planned.entry:02d}-{entry.show}-{line}-"
        # Rounds must take as long as before, so how long such a page stays doesn't depend on what is on it.
        seconds = planned.seconds or 15.0
        found.append(LivePlace(name, planned.entry, planned.plan, planned.start, planned.until, seconds))
    return tuple(found)


class LiveScreens:
    """The screens with places for live pages, as builds have published them. May be used from several threads."""

    def __init__(self) -> None:
        self.publishing = threading.RLock()
        """Held while anything is published: a build and what makes live pages publish into the same folder."""
        self._screens: dict[str, LiveScreen] = {}
        self._same: dict[str, list[Version]] = {}  # by publication: those that differ in live pages only, in order
        self._lock = threading.Lock()
        self.wake = threading.Event()
        """Set when a screen gets places that it didn't have."""
        self.problems: Sequence[str] = ()
        """What of live pages fails now, in sentences."""

    def published(self, bundle: Bundle, built_with: BuiltWith) -> None:
        """A build has published a screen."""
        if bundle.screen not in built_with.config.screens:
            return  # under one of its former names
        with self._lock:
            before = self._screens.pop(bundle.screen, None)
            if bundle.places:
                self._screens[bundle.screen] = LiveScreen(replace(bundle, pages=()), built_with)
                if before is None or {p.name for p in before.bundle.places} != {p.name for p in bundle.places}:
                    self.wake.set()

    def forget(self, screen: str) -> None:
        """A screen has no places any more."""
        with self._lock:
            self._screens.pop(screen, None)

    def keep_only(self, names: Collection[str]) -> None:
        """Forget all other screens."""
        with self._lock:
            self._screens = {name: each for name, each in self._screens.items() if name in names}

    def all(self) -> list[LiveScreen]:
        """In the order in which they were first published."""
        with self._lock:
            return list(self._screens.values())

    def moved(self, name: str, before: Version | None, after: Version) -> None:
        """The publication of this name was replaced by one with other live pages."""
        same = self._same.get(name, [])
        self._same[name] = [*(same if before in same else filter(None, (before,))), after]

    def latest(self, name: str, left: Version) -> Version:
        """The newest publication that differs from an earlier one in live pages only; else that one."""
        same = self._same.get(name, [])
        return same[-1] if left in same else left
