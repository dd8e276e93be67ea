"""Which keys are trusted: the one that was given, or the one that it announced as its successor. Pure.

A server that gets a new key announces it in manifests that are signed with the old one (`next_key`,
docs/bundle-format.md). From then on either is believed, and only the new one once a manifest came that is signed with
it. The settings on the card still name the first key then; so the whole line of keys is written down.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

MOST_KEYS = 16  # in a line; the first one, which settings may name, and the newest are kept
MAX_LINE = 4096  # bytes; sixteen keys have some 1,200


@dataclass(frozen=True, slots=True)
class KeyLine:
    """Keys that announced one another, 32 bytes each, the oldest first. `position`: of the one in force.

    `owner`: the player (16 digits, empty when it is not paired) that learnt this. A player that was given a new token
    was given its key with it: then the line means nothing any more.
    """

    keys: tuple[bytes, ...] = ()
    position: int = 0
    owner: str = ""

    def trusted(self, base: bytes, owner: str) -> tuple[bytes, ...]:
        """The keys that a signature may be of, the one in force first. `base`: the key that the player was given."""
        if not self._holds(base, owner):
            return (base,)
        return self.keys[self.position : self.position + 2]

    def known(self, base: bytes, owner: str) -> tuple[bytes, ...]:
        """All keys that were ever in force, and the announced one: for what the player has verified before."""
        return self.keys if self._holds(base, owner) else (base,)

    def verified(self, base: bytes, owner: str, key: bytes, announced: bytes | None) -> KeyLine:
        """The line after a manifest was verified with `key`, one of `trusted`; `announced` is its `next_key`.

        A key that is announced no more is forgotten; so is the old one when `key` is the announced one.
        """
        line = self if self._holds(base, owner) else KeyLine((base,), 0, owner)
        position = line.keys.index(key)
        keys = line.keys[: position + 1]
        if announced is not None and announced not in keys:
            keys = (*keys, announced)
        if len(keys) > MOST_KEYS:
            keys, position = (keys[0], *keys[2:]), position - 1
        return replace(line, keys=keys, position=position)

    @property
    def is_worth_keeping(self) -> bool:
        """Does it hold anything that the player was not given?"""
        return len(self.keys) > 1

    def _holds(self, base: bytes, owner: str) -> bool:
        return base in self.keys and owner == self.owner


def write(line: KeyLine) -> bytes:
    """As it is written down, with its own checksum."""
    fields = {"keys": [key.hex() for key in line.keys], "position": line.position, "owner": line.owner}
    return json.dumps({**fields, "sum": _sum(fields)}).encode() + b"\n"


def read(data: bytes | None) -> KeyLine | None:
    """What was written down; None when nothing was, or it is damaged."""
    try:
        fields = json.loads(data or b"")
        if fields.pop("sum") != _sum(fields):
            return None
        keys = tuple(bytes.fromhex(key) for key in fields["keys"])
        line = KeyLine(keys, fields["position"], fields["owner"])
        whole = all(len(key) == 32 for key in keys) and len(set(keys)) == len(keys) <= MOST_KEYS
        return line if whole and keys[line.position] and line.position >= 0 else None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _sum(fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
