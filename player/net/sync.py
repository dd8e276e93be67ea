"""One poll of the server: plan what to do, then do it. The old bundle stays until the new one is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from player.clock import SyncClock
from player.net.alerts import PreparedAlertFetcher
from player.net.films import FilmFetcher
from player.net.http import Http, HttpAnswer, Unreachable
from player.store.films import UNFINISHED
from player.store.manifest import (
    MAX_MANIFEST,
    MAX_SIGNATURE,
    Asset,
    Manifest,
    ManifestRefused,
    NoPublicKey,
    Version,
    verify_with,
)
from player.store.newest_manifest import NewestManifest
from player.store.pinned_key import parse_key
from player.store.store import BundleStore

SIGNED, MANIFEST = "manifest.signed", "manifest.json"  # servers before 0.6 have the second only, with its signature


@dataclass(frozen=True, slots=True)
class Fetch:
    asset: Asset


@dataclass(frozen=True, slots=True)
class Activate:
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Delete:
    names: tuple[str, ...]


Action = Fetch | Activate | Delete


def plan(
    have: Mapping[str, int], want: Manifest, now: datetime, current: Version | None = None, room: int | None = None
) -> list[Action]:
    """What to do, in order, so that `want` is in force: fetch what is missing, activate, delete what it doesn't name.

    `have` maps names of whole assets to their sizes, `current` is the version in force. Fallback pages come first, then
    those that are shown soonest after `now`, last those that are over. With `room` (bytes) only as many as fit are
    wanted; the others are deleted, and that first.
    """
    due: dict[str, tuple[int, datetime]] = {}
    for page in want.pages:
        rank = 0 if page.fallback else 2 if page.until <= now else 1
        for asset in (page.picture, page.clock.font if page.clock else page.picture):
            due[asset.name] = min((rank, max(page.start, now)), due.get(asset.name, (3, now)))
    if want.updated is not None:
        due[want.updated.font.name] = min((0, now), due.get(want.updated.font.name, (3, now)))
    wanted = sorted((want.assets[name] for name in due), key=lambda asset: (due[asset.name], asset.name))
    if room is not None:
        fitting = []
        for asset in wanted:
            if asset.bytes <= room:
                fitting.append(asset)
                room -= asset.bytes
        wanted = fitting
    keep = {asset.name for asset in wanted}
    if room is None:
        keep |= {name for film in want.films for name in (film.name, film.name + UNFINISHED)}
        keep |= {asset.name for asset in want.alert_assets}
    actions: list[Action] = [Fetch(asset) for asset in wanted if have.get(asset.name) != asset.bytes]
    if current != want.version:
        actions.append(Activate(want))
    superfluous = tuple(sorted(name for name in have if name not in keep))
    if superfluous:
        actions.insert(len(actions) if room is None else 0, Delete(superfluous))
    return actions


class Syncer:
    """Knows the server, the screen and the store; keeps the bundle in force in `manifest`.

    `changed` is called when there is something new to show. `newest` is what was noted of a manifest that may be newer
    than `manifest`: nothing older is taken.
    """

    def __init__(
        self,
        http: Http,
        store: BundleStore,
        screen: str,
        key: bytes | None,
        manifest: Manifest | None,
        clock: SyncClock,
        changed: Callable[[], None] = lambda: None,
        newest: NewestManifest | None = None,
    ) -> None:
        self.manifest = manifest
        self._http = http
        self._store = store
        self._films = FilmFetcher(http, store)
        self._prepared_alerts = PreparedAlertFetcher(http, store)
        self._screen = screen
        self.key = key  # in force, when it is known
        self._given = key
        self._clock = clock
        self._changed = changed
        self._polled = SIGNED  # which of the two files the server is asked for
        self._etags: dict[str, str | None] = {}
        self._newest = manifest.version if manifest else None
        self.generated = manifest.generated if manifest else None  # of the newest that was verified, ever
        if newest is not None and (self._newest is None or newest.version.serial > self._newest.serial):
            self._newest, self.generated = newest.version, newest.generated

    def round(self) -> Manifest:
        """Poll once; gives the manifest in force. Raises Unreachable or ManifestRefused; then the old one stays."""
        self._store.retry()
        answer = self._fetch_manifest()
        answered = self._clock.since_boot()
        data = signature = b""
        want, etag = self.manifest, answer.etag
        if answer.body is not None or want is None:
            want, data, signature, etag = self._verified(answer)
            self._newest, self.generated = want.version, want.generated
        current = self.manifest.version if self.manifest else None
        actions = plan(self._store.have(), want, self._clock.wall(), current, self._store.room)
        for action in actions:
            self._apply(action, data, signature)
        self._etags[self._polled] = etag
        if current != want.version:
            self._polled = SIGNED  # with each publication, an old server may have been replaced by one that has it
        if answer.server_time is not None:
            self._clock.note_server_time(answer.server_time, answered)
        if any(isinstance(action, Fetch | Activate) for action in actions):
            self._changed()
        if want.alert_assets and self._store.room is None:
            self._prepared_alerts.fetch(want)
        if want.films and self._store.room is None and self._films.fetch(want):
            self._changed()
        return want

    def _fetch_manifest(self) -> HttpAnswer:
        """The signed manifest, or, where the server has none, the manifest alone."""
        if self._polled == SIGNED:
            try:
                return self._fetch_polled()
            except Unreachable as error:
                if error.kind != "missing":
                    raise
            self._polled = MANIFEST
        try:
            return self._fetch_polled()
        except Unreachable as error:
            if error.kind == "missing":
                self._polled = SIGNED  # next time: it may be there by then
            raise

    def _fetch_polled(self) -> HttpAnswer:
        limit = MAX_MANIFEST + (MAX_SIGNATURE if self._polled == SIGNED else 0)
        return self._http.get(f"screens/{self._screen}/{self._polled}", limit, self._etags.get(self._polled))

    def _verified(self, answer: HttpAnswer) -> tuple[Manifest, bytes, bytes, str | None]:
        """The manifest of this answer, its bytes, its signature and the answer's ETag.

        In two files it is tried twice: the server may have published between our two questions.
        """
        base = self._given or self._store.pinned() or self._offered_key()
        if self._polled == SIGNED:
            body = answer.body or b""
            try:
                return self._believed(base, body[MAX_SIGNATURE:], body[:MAX_SIGNATURE], answer.etag)
            except ManifestRefused as refusal:
                if refusal.kind not in ("forged", "truncated"):
                    raise
                # some servers answer with a page for what they don't have
                self._polled = MANIFEST
                self._etags.clear()
                try:
                    answer = self._fetch_polled()
                except Unreachable:
                    self._raise_if_the_key_changed(self._store.trusted(base))
                    raise refusal from None
        for attempt in (1, 2):
            signature = self._get(f"screens/{self._screen}/manifest.json.sig", MAX_SIGNATURE)
            try:
                return self._believed(base, answer.body or b"", signature, answer.etag)
            except ManifestRefused as refusal:
                if refusal.kind != "forged":
                    raise
                if attempt == 2:
                    self._raise_if_the_key_changed(self._store.trusted(base))
                    raise
                self._etags.clear()
                answer = self._fetch_polled()
        raise AssertionError("unreachable")

    def _believed(
        self, base: bytes, data: bytes, signature: bytes, etag: str | None
    ) -> tuple[Manifest, bytes, bytes, str | None]:
        """Verified with a key that is trusted, which is noted. Raises ManifestRefused."""
        trusted = self._store.trusted(base)
        manifest, key = verify_with(data, signature, trusted, self._screen, self._newest)
        self._store.learn(base, key, manifest.next_key)
        if self._given is None:
            self._store.pin(key)
        self.key = key
        return manifest, data, signature, etag

    def _offered_key(self) -> bytes:
        """Trust on first use: the key that the server offers, kept once a manifest fits it."""
        body = self._get("signage.pub", 200)
        key = parse_key(body.decode("ascii", "replace"))
        if key is None:
            raise NoPublicKey(f"{self._http.base}signage.pub")
        return key

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Those that are trusted, the one in force first; none before the first bundle, if none was given."""
        base = self._given or self._store.pinned()
        return self._store.trusted(base) if base is not None else ()

    def _raise_if_the_key_changed(self, trusted: tuple[bytes, ...]) -> None:
        offered, pinned = self._offered_key(), trusted[0]
        if offered not in trusted:
            raise ManifestRefused(
                "wrong-key",
                f"the server signs with a different key ({offered.hex()[:8]}...) than this screen trusts "
                f"({pinned.hex()[:8]}...); if that is meant to be, start the player with --key {offered.hex()}",
            )

    def _get(self, path: str, limit: int) -> bytes:
        """A file that goes with a manifest which is there. Raises Unreachable or ManifestRefused."""
        try:
            return self._http.get(path, limit).body or b""
        except Unreachable as error:
            if error.kind != "missing":
                raise
            raise Unreachable(str(error), "incomplete", file=path) from None

    def _apply(self, action: Action, data: bytes, signature: bytes) -> None:
        match action:
            case Fetch(asset):
                self._store.put(asset, self._get(f"assets/{asset.name}", asset.bytes))
            case Activate(manifest):
                assert self.key is not None
                self._store.activate(manifest, data, signature, self.key, self._clock.wall())
                self.manifest = manifest
            case Delete(names):
                self._store.delete(names)
