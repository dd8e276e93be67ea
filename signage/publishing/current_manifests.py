"""What is published of each screen now, and how a publication is recognised again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from signage.publishing.bundle_format import Manifest
from signage.publishing.manifest import ManifestParts

MANIFEST = "manifest.json"


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
    parts of its manifest, which together are all of it.
    """

    folder: str
    head: bytes
    pages: bytes

    @classmethod
    def of(cls, folder: str, manifest: bytes) -> Version | None:
        """None for what isn't a manifest of ours."""
        parts = ManifestParts.of(manifest)
        return None if parts is None else cls(folder, digest_of(parts.head), digest_of(parts.pages))

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
