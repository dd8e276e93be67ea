"""Render and publish every screen for one instant: soonest first, and the horizon grows."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from signage.bundle import Publisher, updated
from signage.cancel import Cancelled, CancelToken
from signage.config.models import Config
from signage.containment import Failures, describe
from signage.errors import NoBrowser, NotWritable, SignageError
from signage.languages import load as load_words
from signage.layouts import Layout
from signage.legibility import required_px
from signage.model import PageSpec, Rendered
from signage.pages.material import Material
from signage.pictures import NotRendered, Outcome, Studio
from signage.pipeline.desk import Desk
from signage.pipeline.fallback import only_fallback, plain_page
from signage.pipeline.report import ScreenReport

log = logging.getLogger(__name__)

HORIZON = timedelta(days=14)
AGAIN_SECONDS = 180.0  # of one build for second attempts; what then remains is tried at the next refresh
PHASES = (timedelta(hours=24), timedelta(days=4), HORIZON)  # published one after the other


class Progress(Protocol):
    """Told how the rendering goes: pictures done, and pictures needed in all as far as is known."""

    def __call__(self, done: int, total: int) -> None: ...


def make_desk(
    config: Config, screen_id: str, layouts: Mapping[str, Layout], material: Material, now: datetime, end: datetime
) -> Desk:
    """The work on one screen from `now` to `end`, with as many rows on a page as its letters leave room for."""
    screen = config.screens[screen_id]
    if screen.layout not in layouts:
        raise SignageError(f'its layout "{screen.layout}" can\'t be used')
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
        self.config = config
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
        self._failures = Failures()
        self._plainly: set[str] = set()  # screens whose fallback page was drawn without a browser
        self._unwritable: NotWritable | None = None
        for screen_id in config.screens:
            with self._unit(screen_id):
                self.desks.append(make_desk(config, screen_id, layouts, material, now, now + HORIZON))

    def run(self) -> tuple[ScreenReport, ...]:
        """Publish; gives a report for each screen in the order of the configuration. Raises Cancelled, NoBrowser, and
        NotWritable when no screen at all could be written.
        """
        for phase in PHASES:
            fresh = self._render(self.now + phase)
            if fresh or phase is PHASES[-1]:
                self._publish_all(self.now + phase)
        if self._try_again():
            self._publish_all(self.now + HORIZON)
        self._last_resort()
        if self._unwritable is not None and not any(self.timings.values()):
            raise self._unwritable
        by_id = {desk.screen_id: desk for desk in self.desks}
        return tuple(self._report(screen_id, by_id.get(screen_id)) for screen_id in self.config.screens)

    @property
    def names(self) -> dict[str, str]:
        """What people call each screen, by its id."""
        places = self.config.places
        return {name: screen.name or places[screen.place].name for name, screen in self.config.screens.items()}

    @property
    def whole(self) -> bool:
        """Whether every screen was built, so that `outcomes` has all that any of them shows."""
        return not self.failed

    @contextmanager
    def _unit(self, screen_id: str) -> Iterator[None]:
        """What fails in the block costs this screen, for this build."""
        try:
            yield
        except (NoBrowser, Cancelled):
            raise  # no screen could go on
        except Exception as error:
            if isinstance(error, NotWritable):
                self._unwritable = error
            self._failures.add(f"the screen {screen_id}", error)
            self.failed[screen_id] = describe(error)

    def _each(self, work: Callable[[Desk], None]) -> None:
        """Do something for every screen; one that fails is given up for this build."""
        for desk in self.desks:
            self.cancel.check()
            if desk.screen_id not in self.failed:
                with self._unit(desk.screen_id):
                    work(desk)

    def _publish_all(self, until: datetime) -> None:
        self._each(partial(self._publish, until=until))
        with self._failures.unit("the list of the screens"):
            self.publisher.list_screens(self.names)

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

    def _try_again(self) -> bool:
        """One more attempt, and with more patience, at what could not be rendered: all else is published by now. Gives
        whether any of it came.
        """
        failed = {key for key, o in self.outcomes.items() if isinstance(o, NotRendered) and o.passing}
        pages = {key: spec for key, spec in self._wanted(self.now + HORIZON).items() if key in failed}
        ends = time.monotonic() + AGAIN_SECONDS
        came = False
        for key, spec in pages.items():
            if time.monotonic() > ends:
                log.warning("%d pages are tried again at the next refresh", len(pages))
                break
            self.outcomes |= self.studio.render({key: spec}, cancel=self.cancel, last_try=True)
            came = came or isinstance(self.outcomes[key], Rendered)
        if pages:
            self._each(lambda desk: desk.absorb(self.outcomes))
        return came

    def _tell(self, before: int, total: int, done: int) -> None:
        self.progress(before + done, total)

    def _plan(self, desk: Desk) -> None:
        if desk.stale:
            desk.make_plan(self.studio, self.cancel)

    def _wanted(self, until: datetime) -> dict[str, PageSpec]:
        """Every page that is shown before `until`, by key, soonest first over all screens."""
        wanted: dict[str, tuple[datetime, PageSpec]] = {}
        for desk in self.desks:
            if desk.screen_id not in self.failed:
                for start, key, spec in desk.wanted(until):
                    if key not in wanted or start < wanted[key][0]:
                        wanted[key] = (start, spec)
        return {key: spec for key, (_, spec) in sorted(wanted.items(), key=lambda item: item[1][0])}

    def _missing(self, until: datetime) -> dict[str, PageSpec]:
        """Pages without a picture, soonest first over all screens."""
        unknown = {key: spec for key, spec in self._wanted(until).items() if key not in self.outcomes}
        self.outcomes |= self.studio.look_up(unknown)
        missing = {key: spec for key, spec in unknown.items() if key not in self.outcomes}
        for desk in self.desks:
            if desk.screen_id not in self.failed:
                desk.rendered |= {key for _, key, _ in desk.wanted(until)} & missing.keys()
        return missing

    def _later(self, until: datetime) -> int:
        """How many pictures the phases after this one may need, for the progress bar."""
        later = {key for desk in self.desks if desk.screen_id not in self.failed for key in desk.picture_keys()}
        return len(later - self.outcomes.keys() - {key for d in self.desks for _, key, _ in d.wanted(until)})

    def _publish(self, desk: Desk, *, until: datetime) -> None:
        """Publish a screen. Pictures that were damaged or removed since they were looked up are made again first."""
        try:
            self._publish_as_is(desk, until)
        except SignageError:
            lost = {key: spec for key, spec in self._wanted(until).items() if self._is_lost(self.outcomes.get(key))}
            if not lost:
                raise
            self.outcomes |= self.studio.render(lost, cancel=self.cancel)
            self._each(lambda each: each.absorb(self.outcomes))
            self._publish_as_is(desk, until)

    def _is_lost(self, outcome: Outcome | None) -> bool:
        return isinstance(outcome, Rendered) and not outcome.report.overflow and not self.studio.path(outcome).is_file()

    def _publish_as_is(self, desk: Desk, until: datetime) -> None:
        sha256, size, path = self.fonts[desk.screen.layout]
        fallback = desk.fallback(self.outcomes)
        if fallback is None:
            fallback = self._plain(desk.screen_id)
        else:
            self._plainly.discard(desk.screen_id)
        bundle = desk.bundle(until, self.outcomes, self.data_as_of, (sha256, size), fallback)
        files = {page.rendered.sha256: self.studio.path(page.rendered) for page in bundle.pages} | {sha256: path}
        files[updated.font()[0]] = updated.FONT
        extras: Mapping[str, bytes] = {}
        with desk.failures.unit("the pages for telephones"):
            extras = desk.pocket(self.now + HORIZON)
        manifest = self.publisher.publish(bundle, files, keep_after=until, extras=extras)
        self.bytes[desk.screen_id] = sum(asset["bytes"] for asset in manifest["assets"].values())
        self.timings[desk.screen_id].append(time.monotonic() - self.started)

    def _plain(self, screen_id: str) -> Rendered:
        """The fallback page drawn plainly, for when its layout or the browser can't make it."""
        self._plainly.add(screen_id)
        return self.studio.draw(plain_page(self.config, screen_id, self.names[screen_id]))

    def _last_resort(self) -> None:
        """A screen that was given up and has nothing published shows at least the fallback page."""
        for screen_id in self.failed:
            if self.publisher.current(screen_id) is None:
                with self._failures.unit(f"the fallback page of the screen {screen_id}"):
                    rendered = self._plain(screen_id)
                    bundle = only_fallback(self.config, screen_id, self.names[screen_id], rendered, self.now)
                    files = {rendered.sha256: self.studio.path(rendered), updated.font()[0]: updated.FONT}
                    self.publisher.publish(bundle, files)
                    self.publisher.list_screens(self.names)

    def _report(self, screen_id: str, desk: Desk | None) -> ScreenReport:
        keys = desk.picture_keys() if desk else set()
        failure = self.failed.get(screen_id)
        timings = self.timings[screen_id] or [0.0]
        problems = [*(desk.problems if desk else ())]
        if screen_id in self._plainly:
            problems.append("its fallback page is drawn plainly, because it can't be made as the layout has it")
        if failure:
            problems.append(f"given up for now, it keeps what it has: {failure}")
        return ScreenReport(
            screen=screen_id,
            slices=desk.plan.slices if desk else 0,
            pages=len(desk.plan.pages) if desk else 0,
            pictures=len(keys),
            rendered=len(desk.rendered & keys) if desk else 0,
            reused=len(keys - desk.rendered) if desk else 0,
            bytes=self.bytes.get(screen_id, 0),
            first_day_seconds=timings[0],
            seconds=timings[-1],
            problems=tuple(problems),
        )
