"""Live pages of one screen: planned, put into words, rendered and published, and nothing else of it or of others.

What they need apart from their data is as the last build had it (`signage.app.live_places`). Their pictures are in a
folder of their own, and go ten minutes after the last manifest that names them: there is a new one every minute.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from signage.app.folder_lock import FolderLock
from signage.app.folders import Folders
from signage.app.live_places import BuiltWith, LiveScreen, LiveScreens
from signage.app.screen_build import CLOCK_SKEW
from signage.config.rendering import Rendering
from signage.domain.live_data import WantedData
from signage.domain.live_place import LivePlace
from signage.domain.model import PageSpec, Rendered
from signage.domain.page_plan import PagePlan, Variant
from signage.fleet.registry import reported_serials
from signage.fleet.registry_file import REGISTRY_FILE
from signage.planning.catalog import Catalog
from signage.planning.kinds import kind_of, split_page
from signage.planning.page_contexts import PageContextBuilder
from signage.publishing import Bundle, BundlePage, Publisher, SigningKeys
from signage.publishing.current_manifests import CurrentManifests
from signage.publishing.manifest import asset_name
from signage.publishing.serials import SerialLedger, Serials
from signage.rendering.browsers import Browsers
from signage.rendering.choice import make_browsers
from signage.rendering.document import Typesetter
from signage.rendering.picture_files import PictureFiles
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import CancelToken
from signage.wording.languages import load as load_words

FOLDER = "live-pictures"  # in the folder of state
KEPT = timedelta(minutes=10)  # a picture that no manifest names: a player may be in the middle of a download
TRY_LARGER = timedelta(minutes=10)  # between two attempts at what did not fit, where less of it did


@dataclass(frozen=True, slots=True)
class Made:
    """What was made for a screen. `problems`: which pages are left out, and why."""

    pages: int
    published: bool
    problems: tuple[str, ...] = ()


class _Index:
    """What was rendered, in memory: nothing of it is of use after a restart."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def rendered_get(self, keys: object) -> dict[str, str]:
        return {key: self.rows[key] for key in list(keys) if key in self.rows}  # type: ignore[call-overload]

    def rendered_all(self) -> list[tuple[str, str]]:
        return list(self.rows.items())

    def rendered_put(self, key: str, outcome: str) -> None:
        self.rows[key] = outcome

    def rendered_sweep(self, keep: object) -> None:
        """`LivePages.sweep` does that."""


class LivePages:
    """Makes the live pages of screens. One thread at a time; a build may be going on in another one."""

    def __init__(self, folders: Folders, screens: LiveScreens, ledger: SerialLedger, lock: FolderLock) -> None:
        self._folders = folders
        self._screens = screens
        self._ledger = ledger
        self._lock = lock
        self.renderings = 0
        """How many pictures were made."""
        self._folder = folders.state / FOLDER
        self._index = _Index()
        self._rendering = Rendering()
        self._browsers = Browsers()
        self._built_with: BuiltWith | None = None
        self._pool: RendererPool | None = None
        self._words: dict[tuple[str, str], PageContextBuilder] = {}  # by screen and language
        self._too_large: dict[tuple[str, str, Variant], tuple[int, datetime]] = {}  # splits that it took, and when
        self._current = CurrentManifests(folders.published)
        self._used: dict[str, tuple[datetime, str, str]] = {}  # pictures: when each was last shown, its type, and where
        shutil.rmtree(self._folder, ignore_errors=True)

    def close_browsers(self) -> None:
        """End the browser; the next page that needs one starts another."""
        self._browsers.close()

    def make(self, screen: LiveScreen, data: Mapping[WantedData, object], now: datetime, cancel: CancelToken) -> Made:
        """Publish what a screen shows from `now` on in its places for live pages. Raises Cancelled, SignageError."""
        pool = self._renderers(screen.built_with)
        pages: list[BundlePage] = []
        problems: dict[str, None] = {}
        for place in screen.open_at(now):
            kind, entry = kind_of(place.plan), screen.built_with.config.screens[screen.screen_id].entries[place.entry]
            for plan, begin, end in kind.current(place.plan, entry, data, now, place.until):
                key, rendered = self._rendered(screen, place, plan, now, pool, cancel)
                if isinstance(rendered, str):
                    problems[f"a page of kind {kind.name} is left out: {rendered}"] = None
                else:
                    start = begin - CLOCK_SKEW if begin == now else begin
                    name = place.name + key[:12]
                    about = {"dwell_seconds": place.seconds, "dated": True, "live": True}
                    pages.append(BundlePage(name, kind.name, rendered, start, end, **about))  # type: ignore[arg-type]
        files = {page.rendered.sha256: pool.path(page.rendered) for page in pages}
        bundle = replace(screen.bundle, generated=now, pages=tuple(pages))
        published = self._publish(screen, bundle, files, now)
        self.sweep(now)
        return Made(len(pages), published, tuple(problems))

    def _rendered(
        self,
        screen: LiveScreen,
        place: LivePlace,
        plan: PagePlan,
        now: datetime,
        pool: RendererPool,
        cancel: CancelToken,
    ) -> tuple[str, Rendered | str]:
        """The key and the picture of a page, with less on it where all does not fit; why there is none."""
        where = (screen.screen_id, place.name, plan.variant)
        splits, since = self._too_large.get(where, (0, now))
        if not since <= now < since + TRY_LARGER:
            splits, since = 0, now
        for _ in range(splits):
            plan = split_page(plan)[0]
        while True:
            spec = self._spec(screen, plan)
            key = pool.key(spec)
            outcome = pool.look_up({key: spec}).get(key)
            if outcome is None:
                self.renderings += 1
                outcome = pool.render({key: spec}, cancel=cancel)[key]
            if not isinstance(outcome, Rendered):
                return key, outcome.reason
            if not outcome.report.overflow:
                self._too_large[where] = splits, since
                return key, outcome
            less = split_page(plan, outcome.report.excess)[0]
            if less == plan:
                return key, f"it does not fit ({', '.join(outcome.report.problems[:2])})"
            plan, splits = less, splits + 1

    def _spec(self, screen: LiveScreen, plan: PagePlan) -> PageSpec:
        config, language = screen.built_with.config, plan.variant.language or screen.bundle.language
        known = (screen.screen_id, language)
        if known not in self._words:
            source_hyphenation = load_words(config.site.languages[0]).hyphens
            catalog = Catalog(pictures=screen.built_with.pictures)
            self._words[known] = PageContextBuilder(
                config, screen.screen_id, load_words(language), catalog, source_hyphenation=source_hyphenation
            )
        return self._words[known].spec(plan)

    def _renderers(self, built_with: BuiltWith) -> RendererPool:
        """One browser with these layouts, kept from minute to minute."""
        full = self._pool is not None and self._pool.unwritable is not None  # there may be room again
        if self._pool is None or full or built_with is not self._built_with:
            if built_with.config.render != self._rendering:
                self._browsers.close()
                self._rendering, self._browsers = built_with.config.render, make_browsers(built_with.config.render)
            images = PictureFiles(self._folders.state / "images", self._folders.state / "posters")
            typesetter = Typesetter(built_with.layouts, images.address)
            self._pool = self._new_pool(typesetter)
            self._built_with = built_with
            self._words.clear()
        return self._pool

    def _new_pool(self, typesetter: Typesetter) -> RendererPool:
        return RendererPool(
            self._folder, self._index, typesetter, workers=1, browsers=self._browsers, keep_browsers=True
        )

    def _publish(self, screen: LiveScreen, bundle: Bundle, files: Mapping[str, Path], now: datetime) -> bool:
        """Gives whether anything was published. What has no live pages and had none is as it should be."""
        with self._lock.held(), self._screens.publishing:
            keys = SigningKeys.load_or_make(self._folders.var)
            reported = reported_serials(self._folders.state / REGISTRY_FILE)
            publisher = Publisher(self._folders.published, keys, Serials(self._ledger, reported))
            sha256, _, path = screen.built_with.fonts[bundle_layout(screen)]
            sources = {**files, sha256: path}
            published = False
            for name in (screen.screen_id, *screen.built_with.config.screens[screen.screen_id].former_ids):
                current = publisher.current.of(name)
                if current is None or not (bundle.pages or any(page.get("live") for page in current["pages"])):
                    continue
                before = publisher.current.version(name, keys.public_hex)
                if publisher.put_live(replace(bundle, screen=name), sources) is not None:
                    published = True
                    self._screens.moved(name, before, publisher.versions[name])
        for page in bundle.pages:
            self._used[page.rendered.sha256] = (now, page.rendered.media_type, screen.screen_id)
        return published

    def sweep(self, now: datetime) -> None:
        """Delete the pictures that no manifest has named for a while."""
        old = {sha256: each for sha256, each in self._used.items() if not each[0] <= now < each[0] + KEPT}
        with self._screens.publishing:
            for sha256, (_, media_type, screen_id) in old.items():
                current = self._current.of(screen_id)
                if current is not None and sha256 in current["assets"]:
                    continue
                del self._used[sha256]
                name = asset_name(sha256, media_type)
                for file in (self._folders.published / "assets" / name, self._folder / name):
                    with suppress(OSError):
                        file.unlink()
        if len(self._index.rows) > 10 * len(self._used) + 100:
            self._index.rows.clear()


def bundle_layout(screen: LiveScreen) -> str:
    """The layout whose typeface the screen's clocks have."""
    return screen.built_with.config.screens[screen.screen_id].layout
