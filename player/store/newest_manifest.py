"""A note of the newest manifest that was verified, for when the manifest itself was not worth a write.

With it a player refuses after a power cut what is older than what it knew before, and doesn't believe a clock that is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from player.store.manifest import Manifest, Version

MAX_NOTE = 1000  # bytes; it has some 300


@dataclass(frozen=True, slots=True)
class NewestManifest:
    """`version` and `generated` of a verified manifest of `screen`, under the public key `key` (hexadecimal)."""

    screen: str
    key: str
    version: Version
    generated: datetime


def note(manifest: Manifest, key: bytes) -> bytes:
    """As it is written down. With its own checksum: a flipped bit in the serial must not refuse everything for ever."""
    fields = {
        "screen": manifest.screen,
        "key": key.hex(),
        "serial": manifest.version.serial,
        "digest": manifest.version.digest,
        "generated": manifest.generated.isoformat(),
    }
    return json.dumps({**fields, "sum": _sum(fields)}).encode() + b"\n"


def read_note(data: bytes | None, screen: str, key: bytes) -> NewestManifest | None:
    """What was noted of this screen under this key; None when nothing was, or it is damaged."""
    try:
        fields = json.loads(data or b"")
        if fields.pop("sum") != _sum(fields) or fields["screen"] != screen or fields["key"] != key.hex():
            return None
        version = Version(int(fields["serial"]), str(fields["digest"]))
        return NewestManifest(screen, key.hex(), version, datetime.fromisoformat(fields["generated"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def made_at(stored: Manifest | None, newest: NewestManifest | None) -> datetime | None:
    """When the newest manifest was made that is known; None when none is.

    The newest is the one with the highest serial. Another one may have been made later: by a server whose clock was
    ahead then, and was put right since.
    """
    if stored is None or (newest is not None and newest.version.serial > stored.version.serial):
        return newest.generated if newest is not None else None
    return stored.generated


def _sum(fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
