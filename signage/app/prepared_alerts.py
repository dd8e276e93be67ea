"""Prepared alerts, from screens.toml to every bundle: their pictures are made when a build has done all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from signage.app.alert_pictures import AlertPictures
from signage.config.models import Config
from signage.domain.alert_pictures import AlertPictureSet
from signage.domain.alerts import AlertDraft
from signage.fleet.alert_desk import tidy
from signage.publishing.bundle_format import AssetEntry
from signage.publishing.manifest import FONT_TYPE
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures


class PreparedPublisher(Protocol):
    """What is needed of a publisher."""

    def put_prepared(self, screen: str, assets: Mapping[str, AssetEntry], sources: Mapping[str, Path]) -> bool: ...


def prepared_draft(config: Config, prepared: str, screens: Sequence[str], until: datetime) -> AlertDraft:
    """A prepared message as it is sent to these screens: tidy, like everything that is sent, so that its pictures are
    the same. KeyError when there is none of this id.
    """
    message = config.prepared_alerts[prepared]
    draft = AlertDraft(
        texts=message.texts(config.site.languages),
        screens=tuple(screens),
        until=until,
        level=message.alert_level,
        sender=config.alerts.sender or config.site.name,
        prepared=prepared,
    )
    return tidy(draft)


def publish_prepared(
    config: Config,
    pictures: AlertPictures,
    publisher: PreparedPublisher,
    now: datetime,
    failures: Failures,
    cancel: CancelToken,
) -> None:
    """Have all prepared alerts in the bundles of their screens. One that fails costs only itself. Raises Cancelled."""
    assets: dict[str, dict[str, AssetEntry]] = {name: {} for name in config.screens}
    files: dict[str, Path] = {}
    for prepared in config.prepared_alerts:
        for screens in _by_size(config):
            cancel.check()
            with failures.unit(f'the prepared alert "{prepared}" on {", ".join(screens)}'):
                made = pictures.make(prepared_draft(config, prepared, screens, now), config, now, cancel)
                files |= made.files
                for name in screens:
                    assets[name] |= _assets(made, name)
    for name, wanted in assets.items():
        for each in (name, *config.screens[name].former_ids):
            with failures.unit(f"the prepared alerts of the screen {each}"):
                publisher.put_prepared(each, wanted, files)


def _by_size(config: Config) -> Iterator[list[str]]:
    """The screens, those of one size together: an alert that is sent meanwhile waits for no more than one size."""
    sizes: dict[str, list[str]] = {}
    for name, screen in config.screens.items():
        sizes.setdefault(screen.size, []).append(name)
    yield from sizes.values()


def _assets(made: AlertPictureSet, screen: str) -> dict[str, AssetEntry]:
    """What players that know alerts need of an alert on a screen."""
    assets: dict[str, AssetEntry] = {}
    font, size = made.font
    for page in made.screens[screen].pages:
        assets[page.sha256] = {"bytes": page.bytes, "media_type": page.media_type}
        assets[font] = {"bytes": size, "media_type": FONT_TYPE}
    return assets


def prepared_problems(
    config: Config, pictures: AlertPictures, now: datetime, cancel: CancelToken
) -> Iterator[tuple[str, AlertPictureSet]]:
    """Each prepared alert by its id, on all screens: its `problems` say where it doesn't fit. Raises as `make` does."""
    for prepared in config.prepared_alerts:
        yield prepared, pictures.make(prepared_draft(config, prepared, list(config.screens), now), config, now, cancel)
