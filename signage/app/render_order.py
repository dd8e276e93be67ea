"""In which order screens are rendered and published: what is due now first on all of them, and the horizon grows."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from signage.app.build_report import ScreenReport
from signage.app.fallback import only_fallback, plain_page
from signage.app.phases import DAY, PHASES, Phase
from signage.app.phone_pictures import PhonePictures
from signage.app.screen_build import ScreenBuild
from signage.app.shown_now import planned_now, published_now
from signage.app.unchanged_screens import PlannedScreen
from signage.config.legibility import required_px
from signage.config.models import Config
from signage.domain.model import Rendered
from signage.errors import NoBrowser, NotWritable, SignageError
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import HORIZON
from signage.publishing import Bundle, Publisher, data_age_label
from signage.publishing.bundle_format import Manifest
from signage.publishing.current_manifests import Version
from signage.publishing.phone_pages import PhonePicture
from signage.rendering.failed_pages import Outcome
from signage.rendering.layouts import Layout
from signage.rendering.page_faults import NotRendered
from signage.rendering.render_loop import FirstPages, Progress, RenderLoop
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import Failures, describe
from signage.wording.languages import load as load_words

log = logging.getLogger(__name__)

MOST_QUICK = 2000  # pages beyond the first day: half a gigabyte of large files, which players fetch as well
AGAIN_SECONDS = 180.0  # of one build for second attempts; what then remains is tried at the next refresh


def make_screen_build(
    config: Config, screen_id: str, layouts: Mapping[str, Layout], catalog: Catalog, now: datetime, end: datetime
) -> ScreenBuild:
    """The work on one screen from `now` to `end`, with as many rows on a page as its letters leave room for."""
    screen = config.screens[screen_id]
    if screen.layout not in layouts:
        raise SignageError(f'Its layout "{screen.layout}" can\'t be used.')
    smallest = max(screen.smallest_text, math.ceil(required_px(screen)))
    capacity = layouts[screen.layout].capacity(screen.width, screen.height, smallest)
    return ScreenBuild(config, screen_id, load_words, capacity, catalog, now, end)


class ScreenBuilder:
    """Builds all screens of a configuration. A screen that fails is given up alone, and keeps what it has."""

    def __init__(
        self,
        config: Config,
        layouts: Mapping[str, Layout],
        fonts: Mapping[str, tuple[str, int, Path]],
        catalog: Catalog,
        data_as_of: datetime | None,
        now: datetime,
        renderers: RendererPool,
        publisher: Publisher,
        progress: Progress,
        cancel: CancelToken | None = None,
        first_pages: FirstPages = lambda pages: None,
        phone_pictures: PhonePictures | None = None,
        unchanged: Mapping[str, PlannedScreen] | None = None,
    ) -> None:
        """`cancel`: when it is cancelled, `run` raises Cancelled within about a second. `unchanged`: screens that
        need no new plan, as an earlier build left them.
        """
        self.cancel = cancel or CancelToken()
        self.config = config
        self.layouts = layouts
        self.catalog = catalog
        self.now = now
        self.data_as_of = data_as_of
        self.phone_pictures = phone_pictures
        self.renderers = renderers
        self.publisher = publisher
        self.fonts = fonts  # by layout: sha256, size and file of the clock's typeface
        self.failed: dict[str, str] = {}
        self.timings: dict[str, list[float]] = {screen_id: [] for screen_id in config.screens}
        self.first_day: dict[str, float] = {}
        self.bytes: dict[str, int] = {}
        self.started = time.monotonic()
        self.screen_builds: list[ScreenBuild] = []
        self.unchanged = dict(unchanged or {})
        """Screens that are published as an earlier build has planned them."""
        self._failures = Failures()
        self._without_phone_pages: set[str] = set()
        self._plainly: set[str] = set()  # screens whose fallback page was drawn without a browser
        self._begins = False  # no screen shows anything yet: small files are made when all pages are published
        self._unwritable: NotWritable | None = None
        self._loop = RenderLoop(self.screen_builds, renderers, progress, self.cancel, self._unit, self.failed)
        self._loop.first_pages = first_pages

    def run(self) -> tuple[ScreenReport, ...]:
        """Publish; gives a report for each screen in the order of the configuration. Raises Cancelled, NoBrowser, and
        NotWritable when no screen at all could be written.
        """
        self._publish_unchanged()
        self._begins = not any(map(self._shows_pages, self.config.screens))
        for screen_id in self.config.screens:
            if screen_id not in self.unchanged:
                with self._unit(screen_id):
                    self.screen_builds.append(
                        make_screen_build(self.config, screen_id, self.layouts, self.catalog, self.now, self.now)
                    )
        for phase in PHASES:
            self._run_phase(phase)
        if self._try_again():
            self._publish_all(self.now + HORIZON)
        self._last_resort()
        if self._unwritable is not None and not any(self.timings.values()):
            raise self._unwritable
        by_id = {screen_build.screen_id: screen_build for screen_build in self.screen_builds}
        return tuple(self._report(screen_id, by_id.get(screen_id)) for screen_id in self.config.screens)

    def planned(self) -> dict[str, PlannedScreen]:
        """What this build leaves to the next one: its screens that another build would not show better."""
        left = dict(self.unchanged)
        for screen_build in self.screen_builds:
            screen_id = screen_build.screen_id
            keys = screen_build.page_keys()
            report, versions = self._report(screen_id, screen_build), self._versions(screen_id)
            passing = screen_build.passing_problems or any(isinstance(self.outcomes.get(k), NotRendered) for k in keys)
            if versions and not passing and screen_id not in self.failed and screen_id not in self._plainly:
                ends = [event.ends_at for event in screen_build.phone_events(self.now + HORIZON)]
                ends += screen_build.phone_edges()
                next_end = min((end for end in ends if end > self.now), default=None)
                reaches = screen_build.plan.reaches
                left[screen_id] = PlannedScreen(
                    versions, self.now, self.now, report, frozenset(keys), next_end, reaches
                )
        return left

    def _versions(self, screen_id: str) -> dict[str, Version]:
        """What is in force of a screen, under its id and its former ones; empty when any of it is not known."""
        names = [screen_id, *self.config.screens[screen_id].former_ids]
        found = {name: self.publisher.versions[name] for name in names if name in self.publisher.versions}
        return found if len(found) == len(names) else {}

    def _publish_unchanged(self) -> None:
        """Publish what an earlier build has planned; a screen for which that fails is planned."""
        for screen_id, screen in list(self.unchanged.items()):
            self.cancel.check()
            failures, renewed = Failures(), False
            with failures.unit(f"the screen {screen_id}, published as it was planned,"):
                renewed = all(
                    self.publisher.renew(name, version, self.now, self.data_as_of)
                    for name, version in screen.versions.items()
                )
            if not renewed:
                del self.unchanged[screen_id]
                continue
            self.unchanged[screen_id] = replace(screen, versions=self._versions(screen_id), published_at=self.now)
            self.timings[screen_id].append(time.monotonic() - self.started)

    def _run_phase(self, phase: Phase) -> None:
        until = self.now + phase.until
        screen_builds = self.screen_builds
        if phase.first_only:
            screen_builds = [each for each in screen_builds if not self._shows_pages(each.screen_id)]
        for screen_build in screen_builds:
            screen_build.plan_until(self.now + phase.planned)
        by_id = {each.screen_id: each for each in screen_builds}

        def ready(screen_id: str, fresh: bool) -> None:
            if fresh or phase.urgent or screen_id in self._without_phone_pages:
                listed = self.publisher.current.of(screen_id) is not None
                self._each([by_id[screen_id]], partial(self._publish, until=until, urgent=phase.urgent))
                if not listed:
                    self._list_screens()

        loop = replace(self._loop, screens=screen_builds, ready=ready)
        loop.run(until, first_only=phase.first_only, most_quick=self._most_quick(phase))
        if phase.until == HORIZON:
            loop.compress(until)
            self._publish_all(until)
        if phase.until == DAY:
            self.first_day = {screen_id: times[-1] for screen_id, times in self.timings.items() if times}

    def _most_quick(self, phase: Phase) -> float:
        """How many pictures of a phase may keep the browser's own files until the end of the build."""
        if phase.urgent or (self._begins and phase.until <= DAY):
            return math.inf
        return MOST_QUICK if self._begins else 0

    def _shows_pages(self, screen_id: str) -> bool:
        """Whether a bundle in force shows more than the fallback page now."""
        return bool(published_now(self.publisher.current.of(screen_id), self.now, self.now))

    @property
    def names(self) -> dict[str, str]:
        """What people call each screen, by its id."""
        places = self.config.places
        return {name: screen.name or places[screen.place].name for name, screen in self.config.screens.items()}

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """What is known of each page, by key."""
        return self._loop.outcomes

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

    def _each(self, screen_builds: Sequence[ScreenBuild], work: Callable[[ScreenBuild], None]) -> None:
        """Do something for some screens; one that fails is given up for this build."""
        for screen_build in screen_builds:
            self.cancel.check()
            if screen_build.screen_id not in self.failed:
                with self._unit(screen_build.screen_id):
                    work(screen_build)

    def _publish_all(self, until: datetime) -> None:
        self._each(self.screen_builds, partial(self._publish, until=until))
        self._list_screens()

    def _list_screens(self) -> None:
        with self._failures.unit("the list of the screens"):
            self.publisher.list_screens(self.names)

    def _try_again(self) -> bool:
        """One more attempt, and with more patience, at what could not be rendered: all else is published by now. Gives
        whether any of it came.
        """
        failed = {key for key, o in self.outcomes.items() if isinstance(o, NotRendered) and o.passing}
        pages = {key: spec for key, spec in self._loop.wanted(self.now + HORIZON).items() if key in failed}
        ends = time.monotonic() + AGAIN_SECONDS
        came = False
        for key, spec in pages.items():
            if time.monotonic() > ends:
                log.warning("%d pages are tried again at the next refresh", len(pages))
                break
            self._loop.render({key: spec}, last_try=True)
            came = came or isinstance(self.outcomes[key], Rendered)
        if pages:
            self._loop.learn()
        return came

    def _publish(self, screen_build: ScreenBuild, *, until: datetime, urgent: bool = False) -> None:
        """Publish a screen; when it is `urgent`, only if it shows other pages now than those in force. Pictures that
        were damaged or removed since they were looked up are made again first.
        """
        try:
            self._publish_as_is(screen_build, until, urgent=urgent)
        except SignageError:
            lost = {
                key: spec for key, spec in self._loop.wanted(until).items() if self._is_lost(self.outcomes.get(key))
            }
            if not lost:
                raise
            self._loop.render(lost)
            screen_build.rendered |= lost.keys()
            self._loop.learn()
            self._publish_as_is(screen_build, until, urgent=urgent)

    def _is_lost(self, outcome: Outcome | None) -> bool:
        return (
            isinstance(outcome, Rendered) and not outcome.report.overflow and not self.renderers.path(outcome).is_file()
        )

    def _bundle(self, screen_build: ScreenBuild, until: datetime) -> Bundle:
        sha256, size, _ = self.fonts[screen_build.screen.layout]
        fallback = screen_build.fallback(self.outcomes)
        if fallback is None:
            fallback = self._plain(screen_build.screen_id)
        else:
            self._plainly.discard(screen_build.screen_id)
        return screen_build.bundle(until, self.outcomes, self.data_as_of, (sha256, size), fallback)

    def _publish_as_is(self, screen_build: ScreenBuild, until: datetime, *, urgent: bool) -> None:
        until = screen_build.complete_until(until)
        bundle = self._bundle(screen_build, until)
        current = self.publisher.current.of(bundle.screen)
        if urgent and planned_now(bundle, self.now, until) == published_now(current, self.now, until):
            return
        sha256, _, path = self.fonts[screen_build.screen.layout]
        files = {page.rendered.sha256: self.renderers.path(page.rendered) for page in bundle.pages} | {sha256: path}
        files[data_age_label.font()[0]] = data_age_label.FONT
        pocket, pictures = self._pocket(screen_build, urgent=urgent, current=current)
        phone_assets = {each.sha256: each.asset() for each in pictures}
        if self.phone_pictures:
            files |= self.phone_pictures.files(pictures)
        rest = (files, bundle.horizon, pocket, phone_assets)
        screen_id = bundle.screen
        manifest = self.publisher.publish(bundle, *rest)
        for former in screen_build.screen.former_ids:  # players that know it by one of those follow so
            with screen_build.failures.unit(f'the bundle under its former name "{former}"'):
                self.publisher.publish(replace(bundle, screen=former), *rest)
        self.bytes[screen_id] = sum(asset["bytes"] for asset in manifest["assets"].values())
        self.timings[screen_id].append(time.monotonic() - self.started)

    def _pocket(
        self, screen_build: ScreenBuild, *, urgent: bool, current: Manifest | None
    ) -> tuple[Mapping[str, bytes], Sequence[PhonePicture]]:
        """The pages for telephones, and their pictures. When it is `urgent`, only the pictures that are made already,
        and no pages for a screen that has none yet: they take longer than its first picture.
        """
        if urgent and not (current and current.get("extras")):
            self._without_phone_pages.add(screen_build.screen_id)
            return {}, []
        self._without_phone_pages.discard(screen_build.screen_id)
        pictures: dict[str, PhonePicture] = {}
        if self.phone_pictures:
            with screen_build.failures.unit("the pictures for telephones"):
                pictures = self.phone_pictures.of(screen_build.pocket_pictures(self.now + HORIZON), make=not urgent)
        with screen_build.failures.unit("the pages for telephones"):
            return screen_build.pocket(self.now + HORIZON, pictures), list(pictures.values())
        return {}, []

    def _plain(self, screen_id: str) -> Rendered:
        """The fallback page drawn plainly, for when its layout or the browser can't make it."""
        self._plainly.add(screen_id)
        return self.renderers.draw(plain_page(self.config, screen_id, self.names[screen_id]))

    def _last_resort(self) -> None:
        """A screen that was given up and has nothing published shows at least the fallback page."""
        for screen_id in self.failed:
            if self.publisher.current.of(screen_id) is None:
                with self._failures.unit(f"the fallback page of the screen {screen_id}"):
                    rendered = self._plain(screen_id)
                    bundle = only_fallback(self.config, screen_id, self.names[screen_id], rendered, self.now)
                    files = {
                        rendered.sha256: self.renderers.path(rendered),
                        data_age_label.font()[0]: data_age_label.FONT,
                    }
                    self.publisher.publish(bundle, files)
                    self.publisher.list_screens(self.names)

    def _report(self, screen_id: str, screen_build: ScreenBuild | None) -> ScreenReport:
        if screen_id in self.unchanged:
            before = self.unchanged[screen_id].report
            return replace(before, rendered=0, reused=before.pictures, seconds=self.timings[screen_id][-1])
        keys = screen_build.picture_keys() if screen_build else set()
        failure = self.failed.get(screen_id)
        timings = self.timings[screen_id] or [0.0]
        problems = [*(screen_build.problems if screen_build else ())]
        if screen_id in self._plainly:
            problems.append("its fallback page is a plain one, because the layout's can't be rendered")
        if failure:
            problems.append(f"it could not be updated and keeps its content: {failure}")
        return ScreenReport(
            screen=screen_id,
            slices=screen_build.plan.slices if screen_build else 0,
            pages=len(screen_build.plan.pages) if screen_build else 0,
            pictures=len(keys),
            rendered=len(screen_build.rendered & keys) if screen_build else 0,
            reused=len(keys - screen_build.rendered) if screen_build else 0,
            bytes=self.bytes.get(screen_id, 0),
            first_day_seconds=self.first_day.get(screen_id, 0.0),
            seconds=timings[-1],
            problems=tuple(problems),
        )
