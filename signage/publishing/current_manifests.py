"""What is published of each screen now, and how a publication is recognised again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from signage.publishing.bundle_format import Manifest
from signage.publishing.manifest import ManifestParts

MANIFEST = "manifest.json"
LONGEST_PLAN = timedelta(days=14)  # how far ahead a manifest is planned at most (docs/bundle-format.md)
CLOCK_TOLERANCE = timedelta(minutes=5)  # a clock that is put right by less than this has not been wrong
RENEW_AFTER = timedelta(minutes=30)  # players show how old the data is after hours, so minutes are not news to them


def digest_of(data: bytes) -> bytes:
    """What a part of a manifest is recognised by; no proof against forgers, who lack the key anyway."""
    return hashlib.blake2b(data, digest_size=16).digest()


def digest_of_files(extras: Mapping[str, bytes]) -> str:
    """One sha256 (hex) over further files and their names; empty when there are none."""
    if not extras:
        return ""
    whole = hashlib.sha256()
    for name, content in sorted(extras.items()):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """A publication of a screen, to be recognised later on. `folder`: its name; `head` and `pages`: digests of these
    parts of its manifest, which together are all of it; `key`: the public one that it is signed with, in hex.
    """

    folder: str
    head: bytes
    pages: bytes
    key: str

    @classmethod
    def of(cls, folder: str, manifest: bytes, key: str) -> Version | None:
        """None for what isn't a manifest of ours."""
        parts = ManifestParts.of(manifest)
        return None if parts is None else cls(folder, digest_of(parts.head), digest_of(parts.pages), key)

    def has(self, parts: ManifestParts) -> bool:
        """Whether these are its parts."""
        return (self.head, self.pages) == (digest_of(parts.head), digest_of(parts.pages))


class CurrentManifests:
    """The manifests that are published in the folder `out`, each read again when its screen's link moves."""

    def __init__(self, out: Path) -> None:
        self._screens = out / "screens"
        self._read: dict[str, tuple[str, Manifest]] = {}  # screen -> the folder that its link named, and its manifest

    def of(self, screen: str) -> Manifest | None:
        """The manifest of a screen that is published now; None when there is none that can be read."""
        try:
            folder = (self._screens / screen).readlink().name
            known = self._read.get(screen)
            if known is None or known[0] != folder:
                known = (folder, json.loads((self._screens / folder / MANIFEST).read_bytes()))
        except (OSError, ValueError):
            return None
        self._read[screen] = known
        manifest = known[1]
        return manifest if isinstance(manifest, dict) and isinstance(manifest.get("serial"), int) else None

    def version(self, screen: str, key: str) -> Version | None:
        """By what a publication signed with this key is recognised; None when there is none that can be read."""
        try:
            folder = (self._screens / screen).readlink().name
            return Version.of(folder, (self._screens / folder / MANIFEST).read_bytes(), key)
        except OSError:
            return None


def is_recent(manifest: Manifest, generated: datetime, data_as_of: datetime | None) -> bool:
    """Whether a manifest, and its data, are less than `RENEW_AFTER` older than these."""
    made, as_of = datetime.fromisoformat(manifest["generated"]), manifest["data_as_of"]
    if as_of is None or data_as_of is None:
        return made == generated and not as_of and not data_as_of
    aged = (generated - made, data_as_of - datetime.fromisoformat(as_of))
    return all(timedelta() <= each < RENEW_AFTER for each in aged)


def is_plausible(manifest: Manifest, now: datetime) -> bool:
    """Was the published manifest planned by a clock that was right? Not when it comes from the future."""
    try:
        made = datetime.fromisoformat(
            manifest.get("planned", manifest["generated"])
        )  # live pages come while a build goes on
        horizon = datetime.fromisoformat(manifest["horizon"])
        return made <= now + CLOCK_TOLERANCE and horizon <= now + LONGEST_PLAN + CLOCK_TOLERANCE
    except (KeyError, TypeError, ValueError):
        return False
