"""From the alerts that hold to the documents of all screens: published at once, beside builds and without them.

For players that don't know documents, the same alerts are put into the manifests, a few seconds later: players that
know them are served first, for a manifest is a hundred times as large.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from signage.app.alert_choices import on_known_screens
from signage.app.alert_pictures import AlertPictures
from signage.app.folder_lock import FolderLock
from signage.app.folders import Folders
from signage.app.live_places import LiveScreens
from signage.config.models import Config
from signage.domain.alert_pictures import AlertPage, AlertPictureSet
from signage.domain.alerts import Alert, AlertLevel, by_importance
from signage.errors import NotWritable, SignageError
from signage.fleet.alert_desk import LONGEST_OF_FEEDS
from signage.fleet.registry import reported_alert_serials, reported_serials
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing import Publisher, SigningKeys
from signage.publishing.alert_documents import (
    MAX_ALERTS,
    MAX_BYTES,
    AlertContent,
    AlertDocuments,
    all_assets,
    place_texts,
    remove_texts,
)
from signage.publishing.alert_texts import alert_texts
from signage.publishing.bundle_format import AlertEntry, AlertPicture, AssetEntry
from signage.publishing.manifest import FONT_TYPE, text_box
from signage.publishing.serials import SerialLedger, Serials
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import describe
from signage.wording.alert_times import alert_lines
from signage.wording.languages import load as load_words

CLOCKS_APART = timedelta(minutes=10)  # by which a server's clock may be ahead of a player's

log = logging.getLogger(__name__)


class AlertPublisher:
    """Publishes into the folder of a server, or of a build. One thread at a time, while `AlertLog.held`."""

    def __init__(
        self, folders: Folders, pictures: AlertPictures, screens: LiveScreens, ledger: SerialLedger, lock: FolderLock
    ) -> None:
        self.on_published: Callable[[str], None] = lambda screen: None
        """Called with each screen that has another document, or another manifest."""
        self._folders = folders
        self._pictures = pictures
        self._screens = screens
        self._ledger = ledger
        self._lock = lock
        self._config: Config | None = None
        self._made: dict[str, AlertPictureSet] = {}  # by alert, with this configuration
        self._problems: dict[str, str] = {}  # by alert
        self._logged: set[str] = set()

    @property
    def problems(self) -> list[str]:
        """Why alerts aren't on all of their screens, in sentences."""
        return list(self._problems.values())

    @property
    def failed(self) -> set[str]:
        """The alerts whose pictures could not all be made, by id; those whose text doesn't fit are not among them."""
        return {alert for alert, made in self._made.items() if made.failed}

    def put(self, alert: str, made: AlertPictureSet, config: Config) -> None:
        """Have `publish` use these pictures of an alert, which were made with this configuration."""
        if alert in self._made and config is self._config:
            self._made[alert] = made

    def publish(self, alerts: Sequence[Alert], config: Config, now: datetime, cancel: CancelToken) -> list[str]:
        """Publish the documents in which these alerts are to stand, and give the screens that have another one now.

        Raises Cancelled, SignageError.
        """
        if config is not self._config:
            self._config, self._made = config, {}
        here = [each for alert in alerts if (each := on_known_screens(alert, config)).draft.screens]
        self._made = {alert.id: made for alert in here if (made := self._made.get(alert.id)) and _is_there(made)}
        self._problems = {}
        for alert in here:
            if alert.id not in self._made and alert.draft.level is not AlertLevel.TEST:
                self._make(alert, config, now, cancel)
        keys = SigningKeys.load_or_make(self._folders.var)
        documents = AlertDocuments(self._folders.published, keys, self._ledger)
        files = {sha256: path for made in self._made.values() for sha256, path in made.files.items()}
        wanted: dict[str, AlertContent] = {}
        for name, screen in config.screens.items():
            mine = by_importance(alert for alert in here if name in alert.draft.screens)
            for published_as in (name, *screen.former_ids):
                wanted[published_as] = self._content(mine, name, documents, published_as, config)
        others = self._elsewhere(documents, wanted, {alert.id for alert in alerts}, config)
        reported = reported_alert_serials(self._folders.state / REGISTRY_FILE)
        changed = list(documents.publish({**wanted, **others}, files, now, reported))
        for name in changed:
            self.on_published(name)
        self._publish_texts(here, config, wanted, now)
        for sentence in self._problems.values():
            if sentence not in self._logged:
                log.error("%s", sentence)
        self._logged = set(self._problems.values())
        return changed

    def _elsewhere(
        self, documents: AlertDocuments, wanted: Container[str], held: Container[str], config: Config
    ) -> dict[str, AlertContent]:
        """Documents of screens that screens.toml doesn't have, or not as it can be read now.

        Where the screen may still be in a file with a mistake, it keeps the alerts that hold. One that was taken out
        has none any more; once nothing is published of it, it has no document either.
        """
        found: dict[str, AlertContent] = {}
        for name in documents.screens():
            if name in wanted:
                continue
            document = documents.current(name)
            if document is not None and config.may_have(name):
                assets = document["assets"]
                there = [
                    entry for entry in document["alerts"] if documents.has(all_assets([entry], _of(entry, assets)))
                ]
                entries = [entry for entry in there if entry["id"] in held]
                assets = {s: a for entry in entries for s, a in _of(entry, assets).items()}
                found[name] = {"alerts": entries, "assets": assets}
            elif (self._folders.published / "screens" / name).is_symlink():
                found[name] = {"alerts": [], "assets": {}}
            else:
                documents.remove(name)
            if not config.may_have(name):
                remove_texts(self._folders.published, name)
        return found

    def put_into_manifests(self, screens: Iterable[str]) -> None:
        """For players that don't know alert documents. Raises SignageError."""
        with self._lock.held(), self._screens.publishing:
            keys = SigningKeys.load_or_make(self._folders.var)
            reported = reported_serials(self._folders.state / REGISTRY_FILE)
            publisher = Publisher(self._folders.published, keys, Serials(self._ledger, reported))
            for name in screens:
                before = publisher.current.version(name, keys.public_hex)
                if publisher.put_alerts(name):
                    self._screens.moved(name, before, publisher.versions[name])
                    self.on_published(name)

    def _make(self, alert: Alert, config: Config, now: datetime, cancel: CancelToken) -> None:
        """Make the pictures of an alert. A failure costs those that aren't published yet."""
        try:
            self._made[alert.id] = self._pictures.make(alert.draft, config, now, cancel)
        except (Cancelled, NotWritable):
            raise
        except Exception as error:  # the other alerts must go out
            self._problems[alert.id] = f'The alert "{alert.title}" has no pictures: {describe(error)}'
            if not isinstance(error, SignageError) and self._problems[alert.id] not in self._logged:
                log.exception("while making the pictures of the alert %s", alert.id)

    def _content(
        self, alerts: Sequence[Alert], screen: str, documents: AlertDocuments, published_as: str, config: Config
    ) -> AlertContent:
        """What the document of a screen says. An alert that has no pictures now keeps those that are published. One
        without any is left out, for players refuse a document with it; so are the least important of too many.
        """
        published = documents.current(published_as)
        content: AlertContent = {"alerts": [], "assets": {}}
        tests = [alert for alert in alerts if alert.draft.level is AlertLevel.TEST][:1]
        for alert in (*tests, *(alert for alert in alerts if alert not in tests)):
            made = self._made.get(alert.id)
            assets: dict[str, AssetEntry] = {}
            pages = self._pages(alert, screen, made, config, assets) if made else []
            entry: AlertEntry = {
                "id": alert.id,
                "level": alert.draft.level.value,
                "from": _shown_from(alert).isoformat(),
                "until": alert.until.isoformat(),
                "title": alert.title,
                "pages": pages,
            }
            if alert.draft.prepared:
                entry["prepared"] = alert.draft.prepared
            if not pages and published and alert not in tests:
                before = next((each for each in published["alerts"] if each["id"] == alert.id), entry)
                known = _of(before, published["assets"])
                if documents.has(all_assets([before], known)):
                    entry, assets = before, known
            if not entry["pages"] and alert not in tests:
                self._problems.setdefault(alert.id, f'The alert "{alert.title}" can\'t be shown on {published_as}.')
            elif len(content["alerts"]) >= MAX_ALERTS or _size(content, entry, assets) > MAX_BYTES:
                self._problems.setdefault(
                    alert.id, f'The alert "{alert.title}" is not on {published_as}, which has too many. Hint: end one.'
                )
            else:
                content["alerts"].append(entry)
                content["assets"] |= assets
        content["alerts"].sort(key=lambda each: each["level"] == AlertLevel.TEST.value)
        return content

    def _pages(
        self, alert: Alert, screen: str, made: AlertPictureSet, config: Config, assets: dict[str, AssetEntry]
    ) -> list[AlertPicture]:
        """The pages of an alert on a screen; what they name is added to `assets`."""
        pictures = made.screens.get(screen)
        pages: list[AlertPicture] = []
        for number, page in enumerate(pictures.pages if pictures else ()):
            assets[page.sha256] = {"bytes": page.bytes, "media_type": page.media_type}
            if page.lines:
                assets[made.font[0]] = {"bytes": made.font[1], "media_type": FONT_TYPE}
            picture = _picture(page, made.font[0], alert, config, screen)
            plain = pictures.plain[number] if pictures and number < len(pictures.plain) else page
            if plain.sha256 != page.sha256:
                picture["page"] = {"asset": plain.sha256, "bytes": plain.bytes, "media_type": plain.media_type}
            pages.append(picture)
        return pages

    def _publish_texts(self, alerts: Sequence[Alert], config: Config, published: Iterable[str], now: datetime) -> None:
        """What pages for telephones show. After the documents: displays come first."""
        important = by_importance(alerts)
        for name in published:
            screen = config.former_screens.get(name, name)
            languages = config.screens[screen].spoken or config.site.languages[:1]
            data = alert_texts(important, screen, languages, config.zone_of(screen), now)
            place_texts(self._folders.published, name, data)


def _is_there(made: AlertPictureSet) -> bool:
    return all(path.exists() for path in made.files.values())


def _shown_from(alert: Alert) -> datetime:
    """When an alert begins for players. One that is to begin at once has begun before it was sent: a player whose clock
    is right would else wait for a server's that is ahead.
    """
    if alert.draft.begin is not None or alert.draft.level is AlertLevel.TEST:
        return alert.begin
    return max(alert.sent - CLOCKS_APART, alert.until - LONGEST_OF_FEEDS)


def _picture(page: AlertPage, font: str, alert: Alert, config: Config, screen: str) -> AlertPicture:
    words = load_words(page.language)
    texts = alert_lines(words, config.zone_of(screen), alert.issued, alert.until)
    return {
        "asset": page.sha256,
        "x": page.x,
        "y": page.y,
        "width": page.width,
        "height": page.height,
        "seconds": page.seconds,
        "language": page.language,
        "alt": " ".join([page.alt, *(texts[name] for name in page.lines)]),
        "lines": [{"text": texts[name], **text_box(box, font)} for name, box in page.lines.items()],
    }


def _size(content: AlertContent, entry: AlertEntry, assets: Mapping[str, AssetEntry]) -> int:
    """Bytes of a document with one alert more, as JSON."""
    said = {"alerts": [*content["alerts"], entry], "assets": {**content["assets"], **assets}}
    return len(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def _of(entry: AlertEntry, assets: Mapping[str, AssetEntry]) -> dict[str, AssetEntry]:
    """Those of the assets that an alert names."""
    fonts = {line["font"] for page in entry["pages"] for line in page["lines"]}
    named = {page["asset"] for page in entry["pages"]} | fonts
    return {sha256: about for sha256, about in assets.items() if sha256 in named}
