"""Bring the alert documents of an object store up to date: before bundles, and between two of them.

The pictures first, then the document, on the condition that the one that was read is still there. A document with a
higher serial than ours is another renderer's, and stays. I/O: disk, and the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from signage.publishing.alert_documents import FOLDER, SUFFIX, TEXTS, all_assets, parse
from signage.publishing.bundle_format import AlertDocument
from signage.publishing.disk import read
from signage.publishing.manifest import asset_name
from signage.publishing.object_store import Condition, Conflict, ObjectStore, StoredObject, StoreTrouble

TRIES = 3  # of documents that another program got ahead of

Put = Callable[[str, bytes, Condition | None], str]


class AlertMirror:
    """Mirrors `alerts/` of the folder `out` in `store`. `put` writes an object, and gives its ETag."""

    def __init__(self, out: Path, store: ObjectStore, put: Put) -> None:
        self.ahead: dict[str, str] = {}
        """Screens whose document in the store is newer than ours, each with a sentence."""
        self._out = out
        self._store = store
        self._put = put
        self.forget()

    def forget(self) -> None:
        """What is known of the store may not be true any more."""
        self._done: dict[str, tuple[int, ...]] = {}  # file name -> which version of it is there
        self._assets: set[str] = set()  # file names that are there
        self._read: dict[str, AlertDocument | None] = {}  # by the ETag of an object

    def bring(self) -> None:
        """Bring all documents up to date; looks up one file each when nothing has changed. Raises StoreTrouble."""
        for _ in range(TRIES):
            try:
                self._bring()
            except Conflict:  # `signage alert` beside `signage build`
                self.forget()
            else:
                return
        raise StoreTrouble("Another program goes on changing the alerts in the object store; they are tried again.")

    def _bring(self) -> None:
        folder = self._out / FOLDER
        local = {path.name: path for path in folder.glob("[!.]*") if path.suffix in (SUFFIX, TEXTS)}
        changed = [name for name, path in local.items() if self._done.get(name) != _identity(path)]
        gone = [name for name in self._done if name not in local]
        if not changed and not gone:
            return
        there = self._store.list(f"{FOLDER}/")
        for name in sorted(changed, key=lambda name: not name.endswith(SUFFIX)):  # displays come first
            identity, data = _identity(local[name]), read(local[name])
            if data is None or identity is None:
                continue  # it was replaced just now: the next look finds it
            if name.endswith(SUFFIX):
                self._bring_document(name, data, there)
            elif _differs(there.get(f"{FOLDER}/{name}"), data):
                self._put(f"{FOLDER}/{name}", data, None)
            self._done[name] = identity
        self._store.delete(f"{FOLDER}/{name}" for name in gone if f"{FOLDER}/{name}" in there)
        for name in gone:
            del self._done[name]

    def named(self, there: dict[str, StoredObject]) -> set[str] | None:
        """The file names of the assets that the documents in the store name; `there`: what it has under `alerts/`.
        None when one can't be read: better keep everything.
        """
        names: set[str] = set()
        for key, each in there.items():
            if key.endswith(SUFFIX):
                document = self._document(key, each)
                if document is None:
                    return None
                names |= _named(document)
        return names

    def _bring_document(self, name: str, data: bytes, there: dict[str, StoredObject]) -> None:
        key, screen = f"{FOLDER}/{name}", name.removesuffix(SUFFIX)
        ours, found = parse(data), there.get(key)
        if ours is None or not _differs(found, data):
            return
        theirs = self._document(key, found) if found is not None else None
        if theirs is not None and theirs["serial"] > ours["serial"]:
            self.ahead[screen] = (
                f"The object store has newer alerts of {screen} (serial {theirs['serial']}; here it is "
                f"{ours['serial']}), so they are left as they are. Hint: another renderer publishes there. Stop one of "
                "them, or give each a prefix of its own (docs/object-store.md)."
            )
            return
        self.ahead.pop(screen, None)
        for asset in sorted(_named(ours) - self._assets):
            self._put(f"assets/{asset}", (self._out / "assets" / asset).read_bytes(), None)
            self._assets.add(asset)
        self._put(key, data, Condition(found.etag if found else None))

    def _document(self, key: str, found: StoredObject) -> AlertDocument | None:
        if found.etag not in self._read:
            got = self._store.get(key)
            if got is None or got[1] != found.etag:
                raise Conflict(key)
            self._read[found.etag] = parse(got[0])
        return self._read[found.etag]


def _named(document: AlertDocument) -> set[str]:
    assets = all_assets(document["alerts"], document["assets"])
    return {asset_name(sha256, about["media_type"]) for sha256, about in assets.items()}


def _differs(found: StoredObject | None, data: bytes) -> bool:
    """Is this not what the store has, as far as its list says?"""
    return found is None or found.etag != f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return (about.st_ino, about.st_size, about.st_mtime_ns)
