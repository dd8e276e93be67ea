"""From a configuration and an instant to published screens."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from signage.app import salvage
from signage.app.alert_pictures import AlertPictures
from signage.app.build_publisher import BuildPublisher
from signage.app.build_report import BuildReport, SourceReport
from signage.app.drawings import Drawings
from signage.app.emoji import missing_emoji
from signage.app.folder_lock import FolderLock
from signage.app.folders import STATE_FILE, Folders
from signage.app.gathered import Gathered
from signage.app.live_data import LiveShelf
from signage.app.live_places import BuiltWith, LiveScreens
from signage.app.mirroring import Mirroring
from signage.app.phone_pictures import FOLDER as PHONE_PICTURES
from signage.app.phone_pictures import PhonePictures
from signage.app.posters import FOLDER as POSTERS
from signage.app.posters import PosterShelf
from signage.app.prepared_alerts import publish_prepared
from signage.app.render_order import ScreenBuilder, make_screen_build
from signage.app.retirement import retire
from signage.app.screen_build import ScreenBuild
from signage.app.tables import TableShelf
from signage.app.unchanged_events import EventWork
from signage.app.unchanged_screens import PlanInputs, UnchangedScreens
from signage.config.models import Config
from signage.config.rendering import Rendering
from signage.demo.motifs import POSTERS as DEMO_POSTERS
from signage.domain.live_data import WantedData
from signage.domain.model import News, PageSpec, Rendered
from signage.errors import NotWritable, SignageError
from signage.events import Merged
from signage.fleet.registry import reported_serials
from signage.fleet.registry_file import REGISTRY_FILE
from signage.planning.kinds.table import TYPE as TABLE
from signage.planning.poster_advice import advice
from signage.planning.table_advice import table_advice
from signage.publishing import SigningKeys
from signage.publishing.serials import SERIALS_FOLDER, SerialLedger, Serials
from signage.rendering.browsers import Browsers
from signage.rendering.choice import make_browsers
from signage.rendering.document import Typesetter
from signage.rendering.encode import keep
from signage.rendering.layouts import Layout
from signage.rendering.picture_files import PictureFiles
from signage.rendering.render_loop import Progress, RenderLoop
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.activity import Activity
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures
from signage.runtime.memory import return_large_blocks
from signage.sources.collect import Refresh, collect
from signage.sources.memory import Memory
from signage.storage.store import Store
from signage.web.browser_player import player_files

SWEEP_AGAIN = timedelta(hours=1)  # what is no longer shown is cleared away at most this much later


class BuildProgress(Protocol):
    """What is called while a build runs, from any thread."""

    def fetching(self, source: str, done: int, total: int) -> None:
        """`done` of `total` sources have answered; `source` is the last one."""

    def rendering(self, done: int, total: int) -> None:
        """`done` of `total` pictures are made."""

    def first_pages(self, pages: Mapping[str, tuple[int, int]]) -> None:
        """Of what each screen shows first, how many pages are made, and how many there are, by its id; only of screens
        that show nothing yet.
        """

    def published(self, screen: str) -> None:
        """The pages of this screen were published, or were published already."""


class _NoProgress:
    def fetching(self, source: str, done: int, total: int) -> None: ...
    def rendering(self, done: int, total: int) -> None: ...
    def first_pages(self, pages: Mapping[str, tuple[int, int]]) -> None: ...
    def published(self, screen: str) -> None: ...


NO_PROGRESS: BuildProgress = _NoProgress()


class Pipeline:
    """Runs builds over one set of folders. Opens the store once; a lock keeps a second process out."""

    def __init__(self, folders: Folders, layouts_folder: Path) -> None:
        return_large_blocks()
        self.folders = folders
        self.layouts_folder = layouts_folder
        self.store = Store(folders.state / STATE_FILE)
        self.activity = Activity()
        self.mirroring = Mirroring(folders)
        self.lock = FolderLock(folders.state)
        self.ledger = SerialLedger(folders.state / SERIALS_FOLDER, new_if_missing=folders.demo)
        self.sources: tuple[SourceReport, ...] = ()
        """How each source was when it was last read; known long before the pictures of a build are made."""
        self.keeps_browsers = False
        """Whether the browsers of a build are kept for the next one, until `close_browsers`."""
        self._rendering = Rendering()
        self._browsers = Browsers()
        self._unchanged = UnchangedScreens()
        self.posters = PosterShelf(folders.state / POSTERS, stand_in=DEMO_POSTERS if folders.demo else None)
        self.live = LiveShelf(self.store, self.activity)
        self.live_screens = LiveScreens()
        self.alert_pictures = AlertPictures(folders)
        """For alerts that are sent, too: browsers and pictures are the same."""
        self._memory = Memory()
        self._tables = TableShelf()
        self._drawings = Drawings()
        self._events = EventWork()
        self._image_folders = (folders.state / "images", folders.state / POSTERS)
        self._swept_at: datetime | None = None

    def close_browsers(self) -> None:
        """End the browsers that were kept; the next build that needs some starts others."""
        self._browsers.close()

    def _use(self, rendering: Rendering) -> None:
        """Have the browsers that screens.toml says."""
        if rendering != self._rendering:
            self._browsers.close()
            self._rendering, self._browsers = rendering, make_browsers(rendering)

    def gather(
        self,
        config: Config,
        now: datetime,
        progress: BuildProgress = NO_PROGRESS,
        offline: bool = False,
        patient: bool = False,
        cancel: CancelToken | None = None,
    ) -> Gathered:
        """Read every source, and merge their events. A source that fails is reported and keeps its last events.

        With `offline` none is fetched, with `patient` only those that are due. Raises Cancelled when `cancel` is.
        """
        cancel = cancel or CancelToken()
        cancel.check()
        images = self.folders.state / "images"
        refresh = Refresh(
            store=self.store,
            images=images,
            now=now,
            progress=progress.fetching,
            offline=offline,
            patient=patient,
            cancel=cancel,
            activity=self.activity,
            memory=self._memory,
        )
        live = self.live.begin(config, now, offline=offline, patient=patient, cancel=cancel)
        collected = collect(config, refresh)
        answers = live.finish()
        failures = Failures()
        listed, warnings = self._events.organisations(config, failures, cancel)
        salvaged = self._events.merge(collected.records, config, listed, failures)
        merged = salvaged.merged
        statuses = ((each, each.id in collected.tables) for each in collected.statuses)
        sources = (*(SourceReport.of(each, now, live=table) for each, table in statuses), *answers.reports)
        self.sources = sources
        news = self._events.news(collected.news, failures)
        with failures.unit("the check of what screens.toml names"):
            warnings += self._doubts(
                config, merged, news, whole=all(status.last_good_at for status in collected.statuses)
            )
        cancel.check()
        pictures, problems = self._events.pictures(config, merged, images, failures, cancel)
        warnings += problems
        posters = self.posters.read(config, now, cancel)
        tables = self._tables.all(config, collected.tables, now)
        with failures.unit("the check of tables"):
            warnings += [*tables.warnings, *table_advice(config, tables.data, now)]
        with failures.unit("the check of small print"):
            warnings += [*posters.hints, *advice(config, posters.posters)]
        return Gathered(
            salvaged.records,
            merged,
            news,
            sources,
            collected.data_as_of,
            tuple(warnings),
            pictures,
            (*failures.sentences, *posters.problems),
            posters.posters,
            {**answers.data, **tables.data},
        )

    def doubts(self, config: Config, now: datetime) -> list[str]:
        """What of screens.toml shows nothing, or shows empty boxes, by the events that were read last. Fetches none."""
        failures = Failures()
        images = self.folders.state / "images"
        collected = collect(config, Refresh(store=self.store, images=images, now=now, offline=True))
        listed, _ = self._events.organisations(config, failures, CancelToken())
        merged = self._events.merge(collected.records, config, listed, failures).merged
        whole = all(status.last_good_at for status in collected.statuses)
        tables = {WantedData(TABLE, name): table for name, table in collected.tables.items()}
        about_tables = table_advice(config, tables, now)
        return [*self._doubts(config, merged, self._events.news(collected.news, failures), whole=whole), *about_tables]

    def _doubts(self, config: Config, merged: Merged, news: Sequence[News], *, whole: bool) -> list[str]:
        """`whole`: every source has answered once, so that a word that no event has is not one that is yet to come."""
        layouts = lambda: salvage.layouts(self.layouts_folder, config, Failures()).values()  # noqa: E731
        found, emoji = self._events.doubts(config, merged, news, whole)
        return [*found, *missing_emoji(emoji, layouts)]

    def build(
        self,
        config: Config,
        now: datetime,
        progress: BuildProgress = NO_PROGRESS,
        patient: bool = False,
        pretended: bool = False,
        offline: bool = False,
        cancel: CancelToken | None = None,
    ) -> BuildReport:
        """Fetch, render and publish everything for the instant `now`. `patient`: fetch only the sources that are due;
        `offline`: fetch none. Raises Cancelled when `cancel` is: what was published until then stays, and what was
        fetched and rendered is used by the next build.

        `pretended`: `now` is not the clock's time, so nothing about the clock is learnt from it.
        """
        cancel = cancel or CancelToken()
        started = time.monotonic()
        now = now.replace(microsecond=0)
        failures = Failures()
        with self.lock.held():
            self._use(config.render)
            layouts = salvage.layouts(self.layouts_folder, config, failures)
            keys = SigningKeys.load_or_make(self.folders.var)
            self.store.forget_earlier_versions()
            self.store.clock_was_put_right(now)
            reported = reported_serials(self.folders.state / REGISTRY_FILE)
            serials = Serials(self.ledger, reported, pretended)
            trial = self.folders.demo or (pretended and self.folders.out is not None)
            self.mirroring.follow(config.publish, trial=trial)

            def published(screen: str) -> None:
                self.mirroring.changed(screen, now)
                progress.published(screen)

            publisher = BuildPublisher(self.folders.published, keys, serials, cancel, published, self.live_screens)
            pictures = self.folders.state / "pictures"
            retired: list[str] = []
            with failures.unit("the screens that are no longer in screens.toml"):
                retired = retire(
                    config, publisher, pictures, now, failures
                )  # first: a notice on one of them goes at once
            with failures.unit("the browser player's files"):
                language = config.site.languages[0]
                players = player_files(dict.fromkeys([*config.screens, *config.former_screens, *retired], language))
                publisher.place_player(players)
            with self._renderer_pool(layouts, now) as renderers:
                if not publisher.published():  # much is to be rendered: the browsers start while the sources answer
                    screens = config.screens.values()
                    renderers.warm_up((s.layout, s.width, s.height) for s in screens if s.layout in layouts)
                gathered = self.gather(config, now, progress, offline=offline, patient=patient, cancel=cancel)
                fonts = {name: self._font(pictures, layout) for name, layout in layouts.items()}
                catalog = gathered.catalog
                phone_pictures = PhonePictures(self._image_folders, self.folders.state / PHONE_PICTURES, self._drawings)
                tools = {name: f"{layout.fingerprint} {renderers.tools}" for name, layout in layouts.items()}
                inputs = PlanInputs(config, catalog, tools)
                publisher.built_with = BuiltWith(config, layouts, fonts, catalog.pictures)
                builder = ScreenBuilder(
                    config,
                    layouts,
                    fonts,
                    catalog,
                    gathered.data_as_of,
                    now,
                    renderers,
                    publisher,
                    progress.rendering,
                    cancel,
                    progress.first_pages,
                    phone_pictures,
                    self._unchanged.find(inputs, now),
                )
                try:
                    reports = builder.run()
                finally:
                    self._unchanged.renewed(builder.unchanged)
                self._publish_prepared(config, publisher, now, failures, cancel)
                self._unchanged.remember(inputs, builder.planned())
            cancel.check()
            with failures.unit("clearing away what is no longer shown"):
                sweep = self._sweeping_is_due(builder, now)
                publisher.finish(builder.names, now, [*retired, *config.former_screens], sweep=sweep)
                self.mirroring.finished(now, pretended=pretended)
                if sweep:
                    self.alert_pictures.sweep(now)
                    self._swept_at = now
                    unchanged = builder.unchanged
                    of_others = {key for screen in unchanged.values() for key in screen.keys}
                    if builder.whole:
                        renderers.sweep(builder.outcomes, of_others, publisher.asset_names(unchanged))
                        phone_pictures.sweep(catalog.picture_hashes())
                    else:  # it isn't known what the others need
                        renderers.sweep_old(builder.outcomes, publisher.asset_names(unchanged))
        problems = (*gathered.problems, *failures.sentences)
        return BuildReport(now, time.monotonic() - started, reports, gathered.sources, gathered.warnings, problems)

    def _publish_prepared(
        self, config: Config, publisher: BuildPublisher, now: datetime, failures: Failures, cancel: CancelToken
    ) -> None:
        """The pictures of prepared alerts, when all that is due is published. Raises Cancelled."""
        try:
            publish_prepared(config, self.alert_pictures, publisher, now, failures, cancel)
        finally:
            if not self.keeps_browsers:
                self.alert_pictures.close()

    def _sweeping_is_due(self, builder: ScreenBuilder, now: datetime) -> bool:
        """Looking through all files costs most where nothing else has changed, and there it finds nothing."""
        swept = self._swept_at
        return not builder.unchanged or swept is None or not swept <= now < swept + SWEEP_AGAIN

    def measure(
        self,
        config: Config,
        now: datetime,
        until: datetime,
        screens: Sequence[str],
        progress: BuildProgress = NO_PROGRESS,
        cancel: CancelToken | None = None,
    ) -> list[tuple[str, PageSpec, Rendered]]:
        """The distinct pages that these screens show until an instant, measured: screen, data and report. Publishes
        nothing. Raises Cancelled when `cancel` is.
        """
        cancel = cancel or CancelToken()
        now = now.replace(microsecond=0)
        with self.lock.held():
            self._use(config.render)
            layouts = self.layouts(config)
            gathered = self.gather(config, now, progress, cancel=cancel)
            with self._renderer_pool(layouts) as renderers:
                found = []
                for name in screens:
                    cancel.check()
                    catalog = gathered.catalog
                    screen_build = make_screen_build(config, name, layouts, catalog, now, until)
                    found += [
                        (name, spec, one)
                        for spec, one in _measured(screen_build, renderers, until, progress.rendering, cancel)
                    ]
        return found

    def _renderer_pool(self, layouts: Mapping[str, Layout], now: datetime | None = None) -> RendererPool:
        """With the instant `now`, pages that could not be rendered are remembered from build to build."""
        typesetter = Typesetter(layouts, PictureFiles(*self._image_folders).address)
        pictures = self.folders.state / "pictures"
        browsers, keep = self._browsers, self.keeps_browsers
        return RendererPool(
            pictures, self.store, typesetter, now=now, activity=self.activity, browsers=browsers, keep_browsers=keep
        )

    def layouts(self, config: Config) -> dict[str, Layout]:
        """The layouts that the screens name, loaded. Raises SignageError for one that can't be."""
        failures = Failures()
        found = salvage.layouts(self.layouts_folder, config, failures)
        if failures.all:
            raise SignageError(failures.all[0].reason)
        return found

    def _font(self, folder: Path, layout: Layout) -> tuple[str, int, Path]:
        try:
            sha256 = keep(folder, layout.clock_font, ".ttf")
        except OSError as error:
            raise NotWritable.from_os_error("A font", folder, error) from error
        return sha256, len(layout.clock_font), folder / f"{sha256}.ttf"


def _measured(
    screen_build: ScreenBuild, renderers: RendererPool, until: datetime, rendering: Progress, cancel: CancelToken
) -> list[tuple[PageSpec, Rendered]]:
    """The distinct pages of one screen; those that overflow are split as for a publication."""
    loop = RenderLoop([screen_build], renderers, rendering, cancel)
    loop.run(until)
    outcomes = [(spec, loop.outcomes[key]) for key, spec in {k: s for _, k, s in screen_build.wanted(until)}.items()]
    return [(spec, outcome) for spec, outcome in outcomes if isinstance(outcome, Rendered)]
