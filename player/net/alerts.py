"""Fetches the alerts of the screen: the signed document, then its pictures. Nothing here waits for a bundle.

A thread of its own asks (player.net.held_request); the main thread reads which document is in force.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from player.clock import SyncClock
from player.net.http import Http, Unreachable
from player.store.alert_store import AlertStore
from player.store.alerts import MAX_DOCUMENT, AlertDocument, AlertsInForce, in_force, verify_alerts
from player.store.manifest import Asset, Manifest, ManifestRefused
from player.store.store import BundleStore

ANSWER_SECONDS = 10.0  # without a byte of an answer; pictures of alerts have some 25 kB
BODY_SECONDS = 15.0  # for the whole of an answer: while it comes, nothing else about alerts does
PICTURES_SECONDS = 10.0  # for all pictures of a document: no other is begun after that
PREPARED_SECONDS = 30.0  # in one round, for prepared pictures: no other is begun after that once one could not be had
ONE_PICTURE = ("missing", "answer", "asset", "too-large")  # kinds of errors that are not of the server or the network
WAIT_SECONDS = 2.0  # for which a document waits for its pictures; it never does when it ends something

log = logging.getLogger("player")


class AlertFetcher:
    """`alerts` is what is in force. `changed` is called when there is something new to show.

    `keys` gives the public keys that are trusted, none while they aren't known.
    """

    def __init__(
        self,
        http: Http,
        store: BundleStore,
        screen: str,
        keys: Callable[[], tuple[bytes, ...]],
        clock: SyncClock,
        alerts: AlertsInForce | None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.alerts = alerts
        self._http = http
        self._store = store
        self._kept = AlertStore(store)
        self._screen = screen
        self._keys = keys
        self._clock = clock
        self._changed = changed
        self._etag: str | None = None
        self._refusal = ""
        self._taking = threading.Lock()
        self.offered = True  # the server has such documents, as far as is known
        self.lacking = False  # a picture of the document in force could not be had

    @property
    def serial(self) -> int:
        """Of the document in force; 0 before the first."""
        return self.alerts.document.version.serial if self.alerts else 0

    @property
    def ready(self) -> bool:
        """Is a key known, to verify anything with?"""
        return bool(self._keys())

    def fetch(self) -> bool:
        """Ask once; gives whether another document is in force now. Raises Unreachable when nobody answers.

        What is refused is logged, once, and what was in force stays.
        """
        self._kept.retry()
        try:
            answer = self._http.get(
                f"alerts/{self._screen}.signed", MAX_DOCUMENT, self._etag, ANSWER_SECONDS, BODY_SECONDS
            )
        except Unreachable as error:
            if error.kind != "missing":
                raise
            self.offered, self._etag = False, None
            return False
        except ManifestRefused as refusal:
            self._refused(refusal)
            return False
        self.offered = True
        if answer.body is not None:
            return self.receive(answer.body, answer.server_time, answer.etag)
        if answer.server_time is not None:
            self._clock.note_server_time(answer.server_time, self._clock.since_boot())
        self._complete()
        return False

    def look_after(self) -> None:
        """What `fetch` does beside asking: write what is not on the disk yet, and fetch pictures that are gone."""
        self._kept.retry()
        self._complete()

    def _complete(self) -> None:
        if self.alerts is not None and self._fetch_pictures(self.alerts.document):
            self._changed()

    def receive(
        self,
        data: bytes,
        server_time: float | None,
        etag: str | None = None,
        enclosed: Mapping[str, bytes] = MappingProxyType({}),
    ) -> bool:
        """Put a document in force that has just come, if it is good; gives whether another one is in force now.

        `server_time`: by the server's clock, seconds since 1970. `etag`: of an answer that had nothing else.
        `enclosed`: assets that came with it, by sha256.
        """
        answered = self._clock.since_boot()
        last = self.alerts.document.version if self.alerts else None
        try:
            document = verify_alerts(data, self._keys(), self._screen, last)
        except ManifestRefused as refusal:
            self._refused(refusal)
            return False
        self._refusal = ""
        if server_time is not None:
            self._clock.note_server_time(server_time, answered)
        took = document.version != last
        if not took:
            self._complete()
        elif not self._take(document, data, enclosed):
            return False
        self._etag = etag
        return took

    def _take(self, document: AlertDocument, data: bytes, enclosed: Mapping[str, bytes]) -> bool:
        """Put a document in force with its pictures, or before they are here; False: it is another screen's by now."""
        before = self.alerts.document if self.alerts else None
        self._store.hold({**(before.assets if before else {}), **document.assets})
        missing = self._missing(document)
        came = [asset for asset in missing if _is_enclosed(self._store, asset, enclosed)]
        if len(came) == len(missing):
            self.lacking = False
            return self._put_in_force(document, data, new_pictures=bool(came))
        if before is not None and _ends_something(before, document):
            if not self._put_in_force(document, data, new_pictures=bool(came)):
                return False
            self._complete()
            return True
        late = threading.Timer(WAIT_SECONDS, self._put_in_force, (document, data))
        late.daemon = True
        late.start()
        self._fetch_pictures(document)
        late.cancel()
        return self._put_in_force(document, data)

    def _put_in_force(self, document: AlertDocument, data: bytes, *, new_pictures: bool = True) -> bool:
        """Once for each document, and again when pictures of it have come; False: it is another screen's by now."""
        with self._taking:
            if self._store.screen != self._screen:
                return False
            if self.serial < document.version.serial:
                self._kept.activate(document, data, new_pictures=new_pictures)
                self.alerts = in_force(document, self.alerts, time.monotonic())
                titles = ", ".join(f'"{alert.title}"' for alert in document.alerts) or "none"
                log.info("alerts in force (serial %d): %s", document.version.serial, titles)
        self._changed()
        return True

    def _missing(self, document: AlertDocument) -> list[Asset]:
        return [asset for asset in document.assets.values() if not self._store.has(asset)]

    def _fetch_pictures(self, document: AlertDocument) -> bool:
        """Fetch what is missing; gives whether something came. What can't be had costs only itself."""
        missing = self._missing(document)
        came = 0
        until = time.monotonic() + PICTURES_SECONDS
        for asset in missing:
            if time.monotonic() > until:
                break
            try:
                _fetch(self._http, self._store, asset, BODY_SECONDS)
            except (Unreachable, ManifestRefused) as error:
                log.warning("a picture of an alert could not be fetched: %s", error)
            else:
                came += 1
        self.lacking = came < len(missing)
        return came > 0

    def _refused(self, refusal: ManifestRefused) -> None:
        if str(refusal) != self._refusal:
            log.warning("refused the alerts that the server offers: %s; what was in force stays", refusal)
        self._refusal = str(refusal)


def _ends_something(before: AlertDocument, document: AlertDocument) -> bool:
    """Is an alert gone, or over sooner?"""
    until = {alert.id: alert.until for alert in document.alerts}
    return any(alert.id not in until or until[alert.id] < alert.until for alert in before.alerts)


def _is_enclosed(store: BundleStore, asset: Asset, enclosed: Mapping[str, bytes]) -> bool:
    data = enclosed.get(asset.sha256)
    if data is None:
        return False
    try:
        store.put(asset, data)
    except ManifestRefused as refusal:
        log.warning("a picture that came with an alert is refused, and fetched: %s", refusal)
        return False
    return True


class PreparedAlertFetcher:
    """Fetches the pictures of alerts that are prepared but not sent. Remembers, until it ends, which can't be had."""

    def __init__(self, http: Http, store: BundleStore) -> None:
        self._http, self._store = http, store
        self._warned: set[str] = set()

    def fetch(self, manifest: Manifest) -> None:
        """Fetch what is missing, as far as it can be had. What is wrong with one picture costs only that."""
        have = self._store.have()
        missing = [asset for asset in manifest.alert_assets if have.get(asset.name) != asset.bytes]
        self._warned &= {asset.name for asset in missing}
        until, failed = time.monotonic() + PREPARED_SECONDS, False
        for asset in missing:
            if failed and time.monotonic() > until:
                return
            try:
                _fetch(self._http, self._store, asset)
            except (Unreachable, ManifestRefused) as error:
                if asset.name not in self._warned:
                    self._warned.add(asset.name)
                    log.warning("a picture of an alert that is prepared could not be fetched: %s", error)
                if error.kind not in ONE_PICTURE:
                    return
                failed = True


def _fetch(http: Http, store: BundleStore, asset: Asset, body_seconds: float | None = None) -> None:
    """Raises Unreachable or ManifestRefused."""
    answer = http.get(f"assets/{asset.name}", asset.bytes, seconds=ANSWER_SECONDS, body_seconds=body_seconds)
    store.put(asset, answer.body or b"")
