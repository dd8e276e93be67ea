"""Which screen a paired player is: a small signed file (docs/pairing.md). Bytes in, verdict out; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from player.store.manifest import MAX_SIGNATURE, SCREEN, ManifestRefused, is_format

MAX_ASSIGNMENT = 4096  # bytes; it has some 90


@dataclass(frozen=True, slots=True)
class Assignment:
    """`screen` is None when the player was revoked."""

    screen: str | None
    serial: int


def read_assignment_with(keys: Sequence[bytes], data: bytes, signature: bytes, player: str, known: int) -> Assignment:
    """As `read_assignment`, with the first of the trusted keys that fits. Raises Refused."""
    for key in keys[:-1]:
        try:
            return read_assignment(data, signature, key, player, known)
        except ManifestRefused as refusal:
            if refusal.kind != "forged":
                raise
    return read_assignment(data, signature, keys[-1], player, known)


def read_assignment(data: bytes, signature: bytes, key: bytes, player: str, known: int) -> Assignment:
    """Check an assignment in full. `player` is the 16 digits of this one, `known` the serial that it knows.

    Raises Refused: as if there were no answer.
    """
    try:
        if len(signature) != MAX_SIGNATURE:
            raise ValueError
        VerifyKey(key).verify(data, signature)
    except (CryptoError, ValueError):
        raise ManifestRefused("forged", "the assignment's signature does not fit") from None
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise ManifestRefused("not-json", "the assignment is signed but no JSON object")
    if not is_format(raw.get("format")):
        raise ManifestRefused("format", f"the assignment has format {raw.get('format')!r}, this player reads 1")
    if raw.get("player") != player:
        raise ManifestRefused("other-player", "the assignment is another player's")
    serial, screen = raw.get("serial"), raw.get("screen", "")
    if not isinstance(serial, int) or isinstance(serial, bool):
        raise ManifestRefused("shape", "the assignment has no serial")
    if screen is not None and (not isinstance(screen, str) or not SCREEN.fullmatch(screen)):
        raise ManifestRefused("shape", "the assignment names no screen")
    if serial < known:
        raise ManifestRefused(
            "rolled-back", f"the server offers assignment {serial} after {known}: it would go back in time"
        )
    return Assignment(screen, serial)
