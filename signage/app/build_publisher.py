"""The publisher of one build, which can be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path

from signage.app.live_places import BuiltWith, LiveScreens
from signage.publishing import Bundle, Publisher, SigningKeys
from signage.publishing.bundle_format import AssetEntry, Manifest
from signage.publishing.current_manifests import Version
from signage.publishing.serials import Serials
from signage.runtime.cancel import CancelToken


class BuildPublisher(Publisher):
    """Calls `published` with each screen that is published, or is so already; publishes none that was cancelled.

    A picture that no manifest names yet does no harm; a manifest is activated whole or not at all.
    """

    def __init__(
        self,
        out: Path,
        keys: SigningKeys,
        serials: Serials,
        cancel: CancelToken,
        published: Callable[[str], None],
        live: LiveScreens,
    ) -> None:
        super().__init__(out, keys, serials)
        self.built_with: BuiltWith | None = None
        """What the screens are built with, once that is known."""
        self._cancel = cancel
        self._published = published
        self._live = live

    def publish(
        self,
        bundle: Bundle,
        sources: Mapping[str, Path],
        keep_after: datetime | None = None,
        extras: Mapping[str, bytes] | None = None,
        phone_assets: Mapping[str, AssetEntry] | None = None,
    ) -> Manifest:
        self._cancel.check()
        with self._live.publishing:
            manifest = super().publish(bundle, sources, keep_after, extras, phone_assets)
            if self.built_with is not None:
                self._live.published(bundle, self.built_with)
            else:  # the notice of a screen that is no longer in screens.toml
                self._live.forget(bundle.screen)
        self._published(bundle.screen)
        return manifest

    def put_prepared(self, screen: str, assets: Mapping[str, AssetEntry], sources: Mapping[str, Path]) -> bool:
        self._cancel.check()
        with self._live.publishing:
            before = self.current.version(screen, self.keys.public_hex)
            put = super().put_prepared(screen, assets, sources)
            if put:
                self._live.moved(screen, before, self.versions[screen])
        if put:
            self._published(screen)
        return put

    def renew(self, screen: str, left: Version, generated: datetime, data_as_of: datetime | None) -> bool:
        self._cancel.check()
        with self._live.publishing:
            renewed = super().renew(screen, self._live.latest(screen, left), generated, data_as_of)
        if renewed:
            self._published(screen)
        return renewed

    def finish(
        self, names: Mapping[str, str], now: datetime, unlisted: Collection[str] = (), *, sweep: bool = True
    ) -> None:
        with self._live.publishing:
            super().finish(names, now, unlisted, sweep=sweep)
            self._live.keep_only(names)

    def _place(self, sha256: str, about: AssetEntry, sources: Mapping[str, Path]) -> None:
        self._cancel.check()  # a card takes a tenth of a second for each of hundreds of pictures
        super()._place(sha256, about, sources)
