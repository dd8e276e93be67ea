"""Who this player is: what its file has, the administrator who paired it, or the server that moved it.

`identity.json` is written when it is paired or moved, whole or not at all, and twice: a box that nobody visits must not
show a code because one block of its card is bad.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace

from player.store.disk import Disk
from player.store.manifest import SCREEN, is_format

FILES = ("identity.json", "identity.copy")
MAX_BYTES = 4096
MOST_REVOKED = 8  # tokens that are remembered as worthless; a box that outlives more is set up again


@dataclass(frozen=True, slots=True)
class Grant:
    """What the administrator decided: `key` are the 32 bytes of the bundle's public key, `serial` of the assignment."""

    screen: str
    key: bytes
    serial: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """`screen` is None when the player was revoked."""

    screen: str | None
    serial: int


@dataclass(frozen=True, slots=True)
class Identity:
    """`key`: 32 bytes, None: the first that is seen. `token`: 32 bytes, None: not paired, so no heartbeat.

    `seed`: 32 bytes, the private key that heartbeats are signed with; None: they can't be. `known`: the server got the
    public key with the pairing, so the token is never sent.
    """

    screen: str
    key: bytes | None = field(default=None, repr=False)
    token: bytes | None = field(default=None, repr=False)
    serial: int = 0  # of the newest assignment
    seed: bytes | None = field(default=None, repr=False)
    known: bool = False

    @property
    def player(self) -> str | None:
        """The 16 digits by which the server calls it."""
        return player_id(self.token) if self.token is not None else None


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """What is written down: `server` where it was found by itself, `revoked` the players it is no longer.

    `made`: a player's id, and the seed that it made for itself because it was paired before 0.5.0. It is kept apart
    from `identity`, which a screen in the file may go before.
    """

    identity: Identity | None = None
    server: str | None = None
    revoked: tuple[str, ...] = ()
    made: tuple[str, bytes] | None = field(default=None, repr=False)


def player_id(token: bytes) -> str:
    """By which the player and the server call it."""
    return hashlib.sha256(token).hexdigest()[:16]


def who(configured: Identity | None, record: IdentityRecord) -> Identity | None:
    """Who the player is, by `configured` in its file or command line, and `record`, which it wrote down. None: no one.

    A screen in the file counts, whatever was paired. With a token that is the one on record, the server may have moved
    it since; a token that was revoked counts no longer.
    """
    me = _who(configured, record)
    if me is not None and me.seed is None and record.made is not None and record.made[0] == me.player:
        return replace(me, seed=record.made[1])
    return me


def _who(configured: Identity | None, record: IdentityRecord) -> Identity | None:
    known = record.identity
    if configured is None:
        return known
    if configured.token is None:
        return configured
    if configured.player in record.revoked:
        return known
    if known is not None and known.token == configured.token:
        key = configured.key or known.key
        return replace(known, key=key, seed=configured.seed or known.seed, known=configured.known or known.known)
    return configured


def made_key(record: IdentityRecord, identity: Identity, seed: bytes) -> tuple[IdentityRecord, Identity]:
    """A player that was paired without a signing key gets this one."""
    return replace(record, made=(identity.player or "", seed)), replace(identity, seed=seed)


def granted(
    record: IdentityRecord, grant: Grant, token: bytes, seed: bytes | None, server: str | None
) -> IdentityRecord:
    """Paired. `token` and `seed` are those of the request; `server` is written down when it was found by itself."""
    me = Identity(grant.screen, grant.key, token, grant.serial, seed, known=seed is not None)
    return replace(record, identity=me, server=server, made=None)


def assigned(record: IdentityRecord, identity: Identity, assignment: Assignment) -> IdentityRecord:
    """The server's assignment: the same screen, another one, or none any more."""
    if assignment.screen is None:
        gone = identity.player or ""
        return replace(record, identity=None, revoked=(*record.revoked, gone)[-MOST_REVOKED:])
    return replace(record, identity=replace(identity, screen=assignment.screen, serial=assignment.serial))


def write(record: IdentityRecord) -> bytes:
    """As it is written down, with its own checksum."""
    fields: dict[str, object] = {"format": 1, "server": record.server, "revoked": list(record.revoked)}
    if (known := record.identity) is not None:
        fields |= {
            "screen": known.screen,
            "key": known.key.hex() if known.key else None,
            "token": known.token.hex() if known.token else None,
            "serial": known.serial,
        }
        if known.seed is not None:
            fields |= {"seed": known.seed.hex(), "known": known.known}
    if record.made is not None:
        fields["made"] = [record.made[0], record.made[1].hex()]
    return json.dumps({**fields, "sum": _sum(fields)}, indent=1).encode() + b"\n"


def read(data: bytes | None) -> IdentityRecord | None:
    """What was written down; None when nothing was, or it is damaged."""
    try:
        fields = json.loads(data or b"")
        if fields.pop("sum") != _sum(fields) or not is_format(fields["format"]):
            return None
        identity = None
        if "screen" in fields:
            if not SCREEN.fullmatch(fields["screen"]):
                return None
            key, token = (bytes.fromhex(fields[name]) if fields[name] else None for name in ("key", "token"))
            seed = bytes.fromhex(fields["seed"]) if fields.get("seed") else None
            identity = Identity(fields["screen"], key, token, int(fields["serial"]), seed, fields.get("known") is True)
        made = (str(fields["made"][0]), bytes.fromhex(fields["made"][1])) if "made" in fields else None
        return IdentityRecord(identity, fields["server"], tuple(map(str, fields["revoked"])), made)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _sum(fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def load(disk: Disk) -> IdentityRecord:
    """The record of this folder; an empty one when there is none."""
    for name in FILES:
        found = read(disk.read(disk.folder / name, MAX_BYTES))
        if found is not None:
            return found
    return IdentityRecord()


def save(disk: Disk, record: IdentityRecord) -> bool:
    """Write the record down, for its owner's eyes only. False: it will be gone after a restart."""
    data = write(record)
    # each is whole or the old one; a kill between the two leaves the newer one first
    kept = [disk.keep(disk.folder / name, data, mode=0o600) for name in FILES]
    return all(kept)
