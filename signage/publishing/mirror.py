"""Bring an object store up to date with the published folder, so that a reader of it finds a whole bundle each time.

Alerts come first (`signage.publishing.mirror_alerts`). Then, for each screen: every asset, then pages for telephones,
then `manifest.signed`, on the condition that the one that was read is still there, and last the two files for players
before 0.6, the signature first. A kill anywhere between leaves the bundle of before, or the new one. Whatever is there
already is not written again, so what was interrupted goes on where it was. I/O: disk, and the store.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from signage.publishing.current_manifests import MANIFEST
from signage.publishing.keys import PUBLIC_FILE
from signage.publishing.manifest import asset_name, named_assets
from signage.publishing.mirror_alerts import AlertMirror
from signage.publishing.mirror_notes import MirrorNotes
from signage.publishing.object_store import CONNECTIONS, Condition, Conflict, ObjectStore, StoredObject, StoreTrouble
from signage.publishing.phone_folder import EXTRA
from signage.publishing.publish import GRACE, SIGNATURE, SIGNED
from signage.runtime.cancel import CancelToken
from signage.runtime.threads import work_on

UPLOADS_AT_ONCE = 64  # assets of one screen; then it is another screen's turn, which may need one only
TRIES = 3  # of a conditional write that another renderer got ahead of
SIGNATURE_BYTES = 64
NOT_IMPLEMENTED = (400, 405, 501)  # how stores answer that don't know a condition
ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".webp": "image/webp",
    ".png": "image/png",
    ".ttf": "font/ttf",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".pub": "text/plain; charset=utf-8",
}
OTHER_TYPE = "application/octet-stream"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """What a manifest.signed says: `digest` of the manifest's bytes, `assets`: file names. Serial 0: it is none."""

    serial: int = 0
    digest: str = ""
    assets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, signed: bytes) -> Version:
        data = signed[SIGNATURE_BYTES:]
        try:
            manifest = json.loads(data)
            assets = named_assets(manifest).items()
            names = frozenset(asset_name(sha256, about["media_type"]) for sha256, about in assets)
            return cls(int(manifest["serial"]), _hash(data), names)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls()


@dataclass(frozen=True, slots=True)
class _Local:
    """A screen as the folder has it: its manifest.signed, and pages for telephones by name."""

    signed: bytes
    version: Version
    extras: Mapping[str, bytes]


class Mirror:
    """Mirrors the folder `out` in `store`. To be used in one thread. Every method may raise StoreTrouble."""

    def __init__(self, out: Path, store: ObjectStore, notes: MirrorNotes, cancel: CancelToken) -> None:
        """`cancel`: once it is cancelled, no further request is made."""
        self.store = store
        self.ahead: dict[str, str] = {}
        """Screens whose bundle in the store is newer than ours, each with a sentence."""
        self.warning: str | None = None
        """What the store can't do, in a sentence."""
        self.alerts = AlertMirror(out, store, self._put_conditionally)
        self._out = out
        self._notes = notes
        self._cancel = cancel
        # what is only believed as long as the store lists the same ETag
        self._sent: dict[str, tuple[str, str]] = {}  # key -> ETag and hash of what we have written
        self._in_store: dict[str, Version] = {}  # by the ETag of a manifest.signed
        self.forget()

    def forget(self) -> None:
        """What is known of the store may not be true any more: look again."""
        self._assets: dict[str, datetime] | None = None  # name -> when it was written to the store
        self._common: dict[str, str] = {}  # key -> hash
        self._done: dict[str, tuple[object, ...]] = {}  # screen -> which publication is there
        self.alerts.forget()
        self._probed = False
        self._conditions = True  # the store takes them, and perhaps ignores them

    def screens(self) -> list[str]:
        """The screens that are published in the folder."""
        return sorted(each.name for each in (self._out / "screens").glob("[!.]*") if each.is_symlink())

    # -- files that all screens have in common

    def bring_common(self) -> None:
        """The public key, the browser player, and the list of the screens."""
        pages = sorted((self._out / "screen").glob("*.html"))
        names = [
            PUBLIC_FILE,
            "screen.js",
            "sw.js",
            "phone.js",
            *(f"screen/{page.name}" for page in pages),
            "screens/index.json",
        ]
        there = {} if self._common else self.store.list("screen/")
        for name in names:
            data = _bytes(self._out / name)
            if data is not None and self._common.get(name) != _hash(data):
                if self._differs(name, data, there):
                    self._put(name, data)
                self._common[name] = _hash(data)
        if not self._probed:
            self._probe()

    def _probe(self) -> None:
        """Does the store refuse a write whose condition fails? What is written is what is there already."""
        data = _bytes(self._out / PUBLIC_FILE)
        if data is None:
            return
        before, self.warning = self.warning, None
        self._conditions = True
        for condition in (Condition(None), Condition('"0123456789abcdef0123456789abcdef"')):
            try:
                self.store.put(PUBLIC_FILE, data, _headers(PUBLIC_FILE), condition)
            except Conflict:
                continue
            except StoreTrouble as trouble:
                if trouble.status not in NOT_IMPLEMENTED:
                    raise
                self._conditions = False
            self.warning = (
                f"The object store at {self.store.address} ignores conditions of a write, so it can't keep a second "
                "renderer from replacing a newer bundle. Hint: let only one renderer publish there."
            )
        if self.warning not in (None, before):
            log.warning("%s", self.warning)
        self._probed = True

    # -- one screen

    def bring(self, screen: str, now: datetime) -> bool:
        """Bring a screen up to date, or a part of the way; gives whether it is."""
        identity = self._identity(screen)
        if identity is None or self._done.get(screen) == identity:
            return True
        try:
            local = self._read(screen)
            return self._bring(screen, local, now, identity)
        except OSError as error:
            if self._cancel.cancelled or self._identity(screen) != identity:
                return False  # it was published again meanwhile
            raise StoreTrouble(f"{error.filename} can't be read: {error.strerror}.") from error

    def _bring(self, screen: str, local: _Local, now: datetime, identity: tuple[object, ...]) -> bool:
        for _ in range(TRIES):
            try:
                there = self.store.list(f"screens/{screen}/")
                newest = self._newest(screen, there)
                if self._is_ahead(screen, newest, local.version):
                    return True
                if not self._bring_assets(local.version, newest, now):
                    return False
                for name, data in local.extras.items():
                    if self._differs(f"screens/{screen}/{name}", data, there):
                        self._put(f"screens/{screen}/{name}", data)
                self._write(f"screens/{screen}/{SIGNED}", local.signed, there)
                self._in_store[self._sent[f"screens/{screen}/{SIGNED}"][0]] = local.version
                # for players before 0.6; the signature first, for who has the old manifest never asks for it
                self._write(f"screens/{screen}/{SIGNATURE}", local.signed[:SIGNATURE_BYTES], there)
                self._write(f"screens/{screen}/{MANIFEST}", local.signed[SIGNATURE_BYTES:], there)
                self._delete_extras(screen, local.extras, there)
            except Conflict:
                continue
            self._done[screen] = identity
            self._notes.add(screen)
            return True
        log.info("another renderer publishes %s to the object store at the same time; looking again later", screen)
        return True

    def _identity(self, screen: str) -> tuple[object, ...] | None:
        """Changes with everything that is published of the screen; None: it isn't published."""
        link = self._out / "screens" / screen
        try:
            about = (link / SIGNED).stat()
            return (link.readlink().name, about.st_ino, about.st_size, about.st_mtime_ns)
        except OSError:
            return None

    def _read(self, screen: str) -> _Local:
        """Raises OSError, also when it is replaced meanwhile."""
        folder = (self._out / "screens" / screen).resolve(strict=True)
        signed = (folder / SIGNED).read_bytes()
        files = {path.relative_to(folder).as_posix(): path for path in (*folder.glob("*"), *(folder / "e").glob("*"))}
        extras = {name: path.read_bytes() for name, path in files.items() if EXTRA.fullmatch(name)}
        return _Local(signed, Version.of(signed), extras)

    def _newest(self, screen: str, there: Mapping[str, StoredObject]) -> Version:
        """What the store has of the screen."""
        key = f"screens/{screen}/{SIGNED}"
        return self._manifest(key, there[key].etag) if key in there else Version()

    def _manifest(self, key: str, etag: str) -> Version:
        """What was listed under this ETag. Raises Conflict when it is another one by now."""
        known = self._in_store.get(etag)
        if known is None:
            found = self.store.get(key)
            if found is None or found[1] != etag:
                raise Conflict(key)
            known = self._in_store[etag] = Version.of(found[0])
        return known

    def _is_ahead(self, screen: str, newest: Version, ours: Version) -> bool:
        """Has the store a higher serial, or another manifest under the same one? It is reported once."""
        if newest.serial < ours.serial or (newest.serial, newest.digest) == (ours.serial, ours.digest):
            if self.ahead.pop(screen, None):
                log.info("the object store's bundle of %s is ours again", screen)
            return False
        sentence = (
            f"The object store has a newer bundle of {screen} (serial {newest.serial}; here it is {ours.serial}), "
            "so it is left as it is. Hint: another renderer publishes there. Stop one of them, or give each a prefix "
            "of its own (docs/object-store.md)."
        )
        if screen not in self.ahead:
            log.warning("%s", sentence)
        self.ahead[screen] = sentence
        return True

    def _bring_assets(self, ours: Version, newest: Version, now: datetime) -> bool:
        """Write assets that are missing, as many as it is one screen's turn; gives whether none is missing now."""
        if self._assets is None:
            self._assets = self._list_assets()
        young = now - GRACE / 2
        # one that no manifest in force names may be deleted by another renderer: written again, it is young
        there = {name for name, at in self._assets.items() if name in newest.assets or at > young}
        missing = sorted(ours.assets - there)
        for name, _ in work_on(missing[:UPLOADS_AT_ONCE], self._put_asset, CONNECTIONS, self._cancel, "upload"):
            self._assets[name] = now
            missing.remove(name)
        return not missing

    def _list_assets(self) -> dict[str, datetime]:
        return {key.removeprefix("assets/"): each.modified for key, each in self.store.list("assets/").items()}

    def _put_asset(self, name: str) -> str:
        data = (self._out / "assets" / name).read_bytes()
        return self.store.put(f"assets/{name}", data, _headers(f"assets/{name}"))

    def _delete_extras(self, screen: str, extras: Mapping[str, bytes], there: Mapping[str, StoredObject]) -> None:
        folder = f"screens/{screen}/"
        names = {key: key.removeprefix(folder) for key in there}
        gone = [key for key, name in names.items() if EXTRA.fullmatch(name) and name not in extras]
        if gone:
            self.store.delete(gone)

    # -- one object

    def _write(self, key: str, data: bytes, there: Mapping[str, StoredObject]) -> None:
        """Replace an object, if it isn't this already, and if it still is what was listed. Raises Conflict."""
        if not self._differs(key, data, there):
            self._sent[key] = (there[key].etag, _hash(data))
            return
        condition = Condition(there[key].etag if key in there else None)
        self._put(key, data, condition if self._conditions else None)

    def _differs(self, key: str, data: bytes, there: Mapping[str, StoredObject]) -> bool:
        """Is this not what the store has, as far as its list says?"""
        found = there.get(key)
        if found is None:
            return True
        if self._sent.get(key) == (found.etag, _hash(data)):
            return False
        return found.etag != f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'  # of most stores

    def _put(self, key: str, data: bytes, condition: Condition | None = None) -> None:
        self._sent[key] = (self.store.put(key, data, _headers(key), condition), _hash(data))

    def _put_conditionally(self, key: str, data: bytes, condition: Condition | None) -> str:
        return self.store.put(key, data, _headers(key), condition if self._conditions else None)

    # -- clearing away

    def sweep(self, now: datetime) -> None:
        """Delete assets that no manifest in the store has named for a day, and screens that are published no more."""
        there = self.store.list("screens/")
        ours = set(self.screens())
        for screen in sorted(self._notes.screens - ours):
            keys = [key for key in there if key.startswith(f"screens/{screen}/")]
            self.store.delete([*keys, f"screen/{screen}.html"])
            self._notes.remove(screen)
            there = {key: each for key, each in there.items() if key not in keys}
        named = self.alerts.named(self.store.list("alerts/"))
        if named is None:
            return
        for key, each in there.items():
            if key.endswith(f"/{SIGNED}"):
                manifest = self._manifest(key, each.etag)
                if not manifest.serial:
                    return  # what a screen needs is not known: better keep everything
                named.update(manifest.assets)
        self._in_store = {
            each.etag: self._in_store[each.etag] for each in there.values() if each.etag in self._in_store
        }
        self._assets = self._list_assets()
        unused = {name for name in self._assets if name not in named}
        old = self._notes.unused_for(unused, GRACE, now)
        gone = [name for name in old if now - self._assets[name] > GRACE]
        self.store.delete(f"assets/{name}" for name in gone)
        for name in gone:
            del self._assets[name]
        self._notes.write()


def _headers(key: str) -> dict[str, str]:
    """The type and the cache rule, in boto3's words."""
    media_type = TYPES.get(Path(key).suffix, OTHER_TYPE)
    return {"ContentType": media_type, "CacheControl": FOR_EVER if key.startswith("assets/") else ASK_AGAIN}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
