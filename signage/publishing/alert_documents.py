"""Write the alert documents of screens (docs/bundle-format.md, "Alerts"): signed, whole or not at all. I/O: disk.

The pictures first, synced, under their final names; then the documents of all screens at once, for a card needs as
long to sync one file as to sync many.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from signage.errors import SignageError
from signage.publishing.bundle_format import AlertDocument, AlertEntry, AssetEntry
from signage.publishing.disk import clear, link, read
from signage.publishing.keys import SigningKeys
from signage.publishing.manifest import FORMAT, asset_name
from signage.publishing.serials import SerialLedger
from signage.runtime.cancel import CancelToken
from signage.runtime.threads import work_on
from signage.storage.durable_file import sync, write_file

FOLDER = "alerts"
SUFFIX = ".signed"
TEXTS = ".json"
DOCUMENT = "alerts"
SIGNATURE_BYTES = 64
MAX_ALERTS = 20  # in one document
MAX_BYTES = 60_000  # of its alerts and assets; players take 64 KiB with all the rest
AT_ONCE = 16  # files that are synced
LEDGER = "_alerts"  # the serial of all documents, in the ledger; no screen's id begins with an underscore


class AlertContent(TypedDict):
    """What a document says, its serial and its time aside."""

    alerts: list[AlertEntry]
    assets: dict[str, AssetEntry]


class AlertDocuments:
    """Those in the folder `out`. One thread of one process at a time: `AlertLog.held`."""

    def __init__(self, out: Path, keys: SigningKeys, ledger: SerialLedger | None = None) -> None:
        """`ledger`: only who publishes needs it."""
        self._out = out
        self._keys = keys
        self._ledger = ledger
        self._folder = out / FOLDER

    def screens(self) -> list[str]:
        """Those that have a document."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"[!.]*{SUFFIX}"))

    def current(self, screen: str) -> AlertDocument | None:
        """What is published; None when nothing is, or it isn't signed with the key that is in force."""
        document = parse(read(self._folder / f"{screen}{SUFFIX}") or b"")
        return document if document is not None and document["site"] == self._keys.public_hex else None

    def has(self, assets: Mapping[str, AssetEntry]) -> bool:
        """Are all of these published?"""
        return all(self._has(self._target(sha256, about), about) for sha256, about in assets.items())

    def publish(
        self,
        wanted: Mapping[str, AlertContent],
        files: Mapping[str, Path],
        now: datetime,
        reported: Mapping[str, int] | None = None,
    ) -> dict[str, int]:
        """Publish the documents that say something else now; gives their serials, by screen.

        `files`: where each asset's bytes are, unless it is published already. `reported`: the highest serial that
        players of a screen have; a document below it is one from before a restore, and is published again. Raises
        NotWritable, SignageError.
        """
        known = reported or {}
        changed = {
            screen: said for screen, said in wanted.items() if not self._says(screen, said, known.get(screen, 0))
        }
        if not changed:
            return {}
        with clear(self._out):
            self._folder.mkdir(parents=True, exist_ok=True)
            for said in changed.values():
                self._place(all_assets(said["alerts"], said["assets"]), files)
            sync(self._out / "assets")
            published = [document["serial"] for screen in self.screens() if (document := self.current(screen))]
            assert self._ledger is not None
            serial = self._ledger.reserve(LEDGER, now, max([0, *known.values(), *published]))

            def write(screen: str) -> None:
                document: AlertDocument = {
                    "format": FORMAT,
                    "document": DOCUMENT,
                    "screen": screen,
                    "site": self._keys.public_hex,
                    "serial": serial,
                    "generated": now.isoformat(),
                    **changed[screen],
                }
                data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
                write_file(self._folder / f"{screen}{SUFFIX}", self._keys.sign(data) + data)

            for _ in work_on(list(changed), write, AT_ONCE, CancelToken(), "alert documents"):
                pass
            sync(self._folder)
        return dict.fromkeys(changed, serial)

    def remove(self, screen: str) -> None:
        """Take away the document of a screen that is published no more."""
        (self._folder / f"{screen}{SUFFIX}").unlink(missing_ok=True)

    def _says(self, screen: str, wanted: AlertContent, reported: int) -> bool:
        document = self.current(screen)
        if document is None or document["serial"] < reported:
            return False
        return document["alerts"] == wanted["alerts"] and document["assets"] == wanted["assets"]

    def _place(self, assets: Mapping[str, AssetEntry], files: Mapping[str, Path]) -> None:
        """Give assets their final names. Raises SignageError when one is damaged."""
        (self._out / "assets").mkdir(parents=True, exist_ok=True)
        for sha256, about in assets.items():
            target = self._target(sha256, about)
            if self._has(target, about):
                continue
            if sha256 not in files or hashlib.sha256(files[sha256].read_bytes()).hexdigest() != sha256:
                raise SignageError(f"The picture {target.name} of an alert is missing or damaged.")
            link(files[sha256], target)

    def _target(self, sha256: str, about: AssetEntry) -> Path:
        return self._out / "assets" / asset_name(sha256, about["media_type"])

    def _has(self, target: Path, about: AssetEntry) -> bool:
        return target.exists() and target.stat().st_size == about["bytes"]


def place_texts(out: Path, screen: str, data: bytes) -> None:
    """Publish an alert's words for telephones (`signage.publishing.alert_texts`). Raises NotWritable."""
    path = out / FOLDER / f"{screen}{TEXTS}"
    with contextlib.suppress(ValueError, TypeError):
        if {**json.loads(read(path) or b"{}"), "generated": ""} == {**json.loads(data), "generated": ""}:
            return
    with clear(out):
        write_file(path, data)


def remove_texts(out: Path, screen: str) -> None:
    """Take away the words of a screen that is published no more."""
    (out / FOLDER / f"{screen}{TEXTS}").unlink(missing_ok=True)


def parse(signed: bytes) -> AlertDocument | None:
    """What a document of ours says; its signature is not looked at. None for anything else."""
    try:
        document = json.loads(signed[SIGNATURE_BYTES:])
        if document["document"] == DOCUMENT and isinstance(document["serial"], int):
            found: AlertDocument = document
            return found
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return None


def named_by_alerts(out: Path) -> dict[str, AssetEntry]:
    """The assets that the published documents name. Who clears away `assets/` keeps them."""
    assets: dict[str, AssetEntry] = {}
    for path in (out / FOLDER).glob(f"[!.]*{SUFFIX}"):
        if document := parse(read(path) or b""):
            assets |= all_assets(document["alerts"], document["assets"])
    return assets


def all_assets(alerts: Sequence[AlertEntry], assets: Mapping[str, AssetEntry]) -> dict[str, AssetEntry]:
    """With those that only manifests show."""
    pages = [picture["page"] for alert in alerts for picture in alert["pages"] if "page" in picture]
    return {**assets, **{each["asset"]: {"bytes": each["bytes"], "media_type": each["media_type"]} for each in pages}}
