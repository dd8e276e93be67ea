"""The alert document that a player keeps, twice, and its pictures: what it shows after a power cut. I/O: disk.

    <screen>.alerts, .alerts-copy    the newest one that was verified, as it came

It is small and seldom another one, so each is written down before it is shown. What a card damages in one file is in
the other, which is written after the next answer: a thousand players that share a machine have an alert sooner that
way. Where nothing can be written, the document is kept in memory only.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from player.store.alerts import MAX_DOCUMENT, AlertDocument, verify_alerts
from player.store.disk import settle
from player.store.manifest import ManifestRefused
from player.store.store import ALERT_KINDS, BundleStore

log = logging.getLogger("player")


class AlertStore:
    """The alerts of the store's screen. Used by one thread at a time."""

    def __init__(self, store: BundleStore) -> None:
        self._store = store
        self._unwritten: bytes | None = None
        self._uncopied: bytes | None = None

    def load(self, key: bytes | None) -> AlertDocument | None:
        """The document that was written down, verified again; None when there is none that can be believed.

        `key`: the one that the player was given, or pinned.
        """
        if key is None or self._store.screen is None:
            return None
        found: list[AlertDocument] = []
        for file in self._files():
            data = self._store.disk.read(file, MAX_DOCUMENT + 1)
            if data is None:
                continue
            try:
                found.append(verify_alerts(data, self._store.known_keys(key), self._store.screen))
            except ManifestRefused as refusal:
                log.warning("the stored alerts can't be used: %s", refusal)
        newest = max(found, key=lambda document: document.version.serial, default=None)
        if newest is not None:
            self._store.hold(newest.assets)
        return newest

    def activate(self, document: AlertDocument, data: bytes, *, new_pictures: bool = True) -> None:
        """Write a verified document down, whose pictures are here, as far as they could be had.

        `new_pictures`: some of them have just been put into the store.
        """
        if new_pictures:
            with contextlib.suppress(OSError):
                settle(self._store.folder / "assets")  # the names of the pictures, before the document that needs them
        self._unwritten = self._uncopied = data
        self._write()
        self._store.hold(document.assets)

    def retry(self) -> None:
        """Write what could not be written before, and the copy of what was."""
        self._write()
        copy = self._uncopied
        if self._unwritten is None and copy is not None and self._store.disk.keep(self._files()[1], copy):
            self._uncopied = None

    def _write(self) -> None:
        data = self._unwritten
        if data is None:
            return
        disk, (file, copy) = self._store.disk, self._files()
        if not disk.keep(file, data):
            # What was ended must not come back after a power cut. And on a full disk this makes room.
            disk.forget(file, copy)
            if not disk.keep(file, data):
                return
        self._unwritten = None

    def _files(self) -> tuple[Path, Path]:
        first, second = (self._store.folder / f"{self._store.screen}.{kind}" for kind in ALERT_KINDS)
        return first, second
