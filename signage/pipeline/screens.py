"""Render and publish every screen for one instant: soonest first, and the horizon grows."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from signage.bundle import Publisher, updated
from signage.cancel import Cancelled, CancelToken
from signage.config.models import Config
from signage.errors import NoBrowser, NotWritable
from signage.languages import load as load_words
from signage.layouts import Layout
from signage.legibility import required_px
from signage.model import PageSpec, Rendered
from signage.pages.material import Material
from signage.pictures import Outcome, Studio
from signage.pipeline.desk import Desk
from signage.pipeline.report import ScreenReport

log = logging.getLogger(__name__)

HORIZON = timedelta(days=14)
PHASES = (timedelta(hours=24), timedelta(days=4), HORIZON)  # published one after the other


class Progress(Protocol):
    """Told how the rendering goes: pictures done, and pictures needed in all as far as is known."""

    def __call__(self, done: int, total: int) -> None: ...


def make_desk(
    config: Config, screen_id: str, layouts: Mapping[str, Layout], material: Material, now: datetime, end: datetime
) -> Desk:
    """The work on one screen from `now` to `end`, with as many rows on a page as its letters leave room for."""
    screen = config.screens[screen_id]
    smallest = max(screen.smallest_text, math.ceil(required_px(screen)))
    capacity = layouts[screen.layout].capacity(screen.width, screen.height, smallest)
    return Desk(config, screen_id, load_words, capacity, material, now, end)


class ScreenBuilder:
    """Builds all screens of a configuration. A screen that fails is given up alone, and keeps what it has."""

    def __init__(
        self,
        config: Config,
        layouts: Mapping[str, Layout],
        fonts: Mapping[str, tuple[str, int, Path]],
        material: Material,
        data_as_of: datetime | None,
        now: datetime,
        studio: Studio,
        publisher: Publisher,
        progress: Progress,
        cancel: CancelToken | None = None,
    ) -> None:
        """`cancel`: when it is cancelled, `run` raises Cancelled within about a second."""
        self.cancel = cancel or CancelToken()
        self.now = now
        self.data_as_of = data_as_of
        self.studio = studio
        self.publisher = publisher
        self.progress = progress
        self.fonts = fonts  # by layout: sha256, size and file of the clock's typeface
        self.outcomes: dict[str, Outcome] = {}
        self.failed: dict[str, str] = {}
        self.timings: dict[str, list[float]] = {screen_id: [] for screen_id in config.screens}
        self.bytes: dict[str, int] = {}
        self.started = time.monotonic()
        self.desks: list[Desk] = []
        for screen_id in config.screens:
            self.desks.append(make_desk(config, screen_id, layouts, material, now, now + HORIZON))

    def run(self) -> tuple[ScreenReport, ...]:
        """Publish; gives a report for each screen in the order of the configuration."""
        for phase in PHASES:
            fresh = self._render(self.now + phase)
            if fresh or phase is PHASES[-1]:
                self._each(partial(self._publish, until=self.now + phase))
                self.publisher.list_screens(self.names)
        return tuple(self._report(desk) for desk in self.desks)

    @property
    def names(self) -> dict[str, str]:
        """What people call each screen, by its id."""
        return {desk.screen_id: desk.name for desk in self.desks}

    def _each(self, work: Callable[[Desk], None]) -> None:
        """Do something for every screen; one that fails is given up for this build."""
        for desk in self.desks:
            self.cancel.check()
            if desk.screen_id in self.failed:
                continue
            try:
                work(desk)
            except (NotWritable, NoBrowser, Cancelled):
                raise  # no screen could go on
            except Exception as error:
                log.exception("the screen %s is given up for now; it keeps what it has", desk.screen_id)
                self.failed[desk.screen_id] = f"{type(error).__name__}: {error}"

    def _render(self, until: datetime) -> bool:
        """Make every picture that is shown before `until`; whether any had to be made."""
        fresh = False
        while True:
            self._each(self._plan)
            missing = self._missing(until)
            if missing:
                fresh = True
                before = sum(isinstance(o, Rendered) for o in self.outcomes.values())
                total = before + len(missing) + self._later(until)
                self.outcomes |= self.studio.render(missing, partial(self._tell, before, total), self.cancel)
            self._each(lambda desk: desk.absorb(self.outcomes))
            if not any(desk.stale for desk in self.desks if desk.screen_id not in self.failed):
                return fresh

    def _tell(self, before: int, total: int, done: int) -> None:
        self.progress(before + done, total)

    def _plan(self, desk: Desk) -> None:
        if desk.stale:
            desk.make_plan(self.studio)

    def _missing(self, until: datetime) -> dict[str, PageSpec]:
        """Pages without a picture, soonest first over all screens."""
        wanted: dict[str, tuple[datetime, PageSpec]] = {}
        by_desk: dict[str, list[Desk]] = {}
        for desk in self.desks:
            if desk.screen_id in self.failed:
                continue
            for start, key, spec in desk.wanted(until):
                if key not in self.outcomes:
                    by_desk.setdefault(key, []).append(desk)
                    if key not in wanted or start < wanted[key][0]:
                        wanted[key] = (start, spec)
        self.outcomes |= self.studio.look_up(list(wanted))
        missing = {key: spec for key, (_, spec) in sorted(wanted.items(), key=lambda item: item[1][0])}
        missing = {key: spec for key, spec in missing.items() if key not in self.outcomes}
        for key in missing:
            for desk in by_desk[key]:
                desk.rendered.add(key)
        return missing

    def _later(self, until: datetime) -> int:
        """How many pictures the phases after this one may need, for the progress bar."""
        later = {key for desk in self.desks if desk.screen_id not in self.failed for key in desk.picture_keys()}
        return len(later - self.outcomes.keys() - {key for d in self.desks for _, key, _ in d.wanted(until)})

    def _publish(self, desk: Desk, *, until: datetime) -> None:
        sha256, size, path = self.fonts[desk.screen.layout]
        bundle = desk.bundle(until, self.outcomes, self.data_as_of, (sha256, size))
        files = {page.rendered.sha256: self.studio.path(page.rendered) for page in bundle.pages} | {sha256: path}
        files[updated.font()[0]] = updated.FONT
        extras = desk.pocket(self.now + HORIZON)
        manifest = self.publisher.publish(bundle, files, keep_after=until, extras=extras)
        self.bytes[desk.screen_id] = sum(asset["bytes"] for asset in manifest["assets"].values())
        self.timings[desk.screen_id].append(time.monotonic() - self.started)

    def _report(self, desk: Desk) -> ScreenReport:
        keys = desk.picture_keys()
        failure = self.failed.get(desk.screen_id)
        timings = self.timings[desk.screen_id] or [0.0]
        return ScreenReport(
            screen=desk.screen_id,
            slices=desk.plan.slices,
            pages=len(desk.plan.pages),
            pictures=len(keys),
            rendered=len(desk.rendered & keys),
            reused=len(keys - desk.rendered),
            bytes=self.bytes.get(desk.screen_id, 0),
            first_day_seconds=timings[0],
            seconds=timings[-1],
            problems=(*desk.problems, *([f"given up: {failure}"] if failure else [])),
        )
