"""What the player keeps: pictures, the manifest in force, the pinned key, and when the clock was last known right.

    assets/<sha256>.<ext>    as in the bundle; final name only after hash, size and fsync
    <screen>.bundle          64 bytes of signature, then the manifest: one file, so that one rename activates both
    signage.pub              the pinned public key
    clock.json               see player.clock.Anchor

A folder that can't be written, or is full, costs the memory of power-ups, not the picture: the player goes on from RAM.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from player.clock import Anchor
from player.sync.manifest import MAX_MANIFEST, MAX_SIGNATURE, Asset, Manifest, Refused, verify

ROOM = 8 * 1024 * 1024  # bytes of pictures kept in RAM when the folder can't be written: some 150 pages
PART = ".part"


class StoreInUse(Exception):
    """Another player has this folder."""


class Store:
    """The folder of one player. Used by the sync thread, which writes, and by the main thread, which reads."""

    def __init__(self, folder: Path, screen: str) -> None:
        """Open the folder, or make it. Raises StoreInUse; a folder that can't be written only sets `problem`."""
        self.folder = folder
        self.problem: str | None = None
        self._assets = folder / "assets"
        self._bundle = folder / f"{screen}.bundle"
        self._screen = screen
        self._memory: dict[str, bytes] = {}
        self._guard = threading.Lock()
        self._pinned: bytes | None = None
        self._lock: int | None = None
        try:
            self._assets.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in self._assets.glob(f"*{PART}"):  # of a kill in the middle of a download
                left.unlink()
        except BlockingIOError:
            self.close()
            raise StoreInUse(f"{folder}: another player uses this store; give this one a folder of its own") from None
        except OSError as error:
            self._failed(error)

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # -- the key ------------------------------------------------------------------------------------------------

    def pinned(self) -> bytes | None:
        """The public key of the first bundle that this store saw; None before that, or when it can't be read."""
        if self._pinned is None:
            self._pinned = read_key(self.folder / "signage.pub")
        return self._pinned

    def pin(self, key: bytes) -> None:
        if self.pinned() != key:
            self._pinned = key
            self._keep(self.folder / "signage.pub", key.hex().encode() + b"\n")

    # -- the manifest -------------------------------------------------------------------------------------------

    def load(self, key: bytes | None) -> Manifest | None:
        """The manifest in force, verified again with `key`; None when there is none yet. Raises Refused: damaged."""
        if key is None:
            return None
        try:
            with self._bundle.open("rb") as file:
                data = file.read(MAX_SIGNATURE + MAX_MANIFEST + 1)
        except OSError:
            return None
        return verify(data[MAX_SIGNATURE:], data[:MAX_SIGNATURE], key, self._screen)

    def activate(self, data: bytes, signature: bytes) -> bool:
        """Put a verified manifest in force: one rename. False: it could not be written down."""
        with contextlib.suppress(OSError):
            _sync(self._assets)  # the names of the pictures, before the manifest that needs them
        return self._keep(self._bundle, signature + data)

    # -- assets -------------------------------------------------------------------------------------------------

    def have(self) -> dict[str, int]:
        """File name -> size of every asset that is here, on disk or in RAM. Contents are checked when read."""
        found: dict[str, int] = {}
        with contextlib.suppress(OSError), os.scandir(self._assets) as entries:
            found = {entry.name: entry.stat().st_size for entry in entries if not entry.name.endswith(PART)}
        with self._guard:
            return {**found, **{name: len(data) for name, data in self._memory.items()}}

    def put(self, asset: Asset, data: bytes) -> None:
        """Keep the bytes of an asset. Raises Refused when they are not what its name says."""
        check(asset, data)
        if self._keep(self._assets / asset.name, data):
            return
        with self._guard:
            if sum(map(len, self._memory.values())) + len(data) <= ROOM:
                self._memory[asset.name] = data

    def read(self, asset: Asset) -> bytes | None:
        """The bytes of an asset, checked; None when it is missing. A damaged one is thrown away, to be fetched anew."""
        with self._guard:
            data = self._memory.get(asset.name)
        if data is None:
            try:
                with (self._assets / asset.name).open("rb") as file:
                    data = file.read(asset.bytes + 1)
            except OSError:
                return None
        try:
            check(asset, data)
        except Refused:
            self.delete([asset.name])
            return None
        return data

    def delete(self, names: Sequence[str], memory_only: bool = False) -> None:
        """Forget assets. One that can't be removed stays; it does no harm."""
        with self._guard:
            for name in names:
                self._memory.pop(name, None)
        for name in () if memory_only else names:
            with contextlib.suppress(OSError):
                (self._assets / name).unlink(missing_ok=True)

    # -- the clock ----------------------------------------------------------------------------------------------

    def anchor(self) -> Anchor | None:
        """When the clock was last known right, as it was written down."""
        try:
            raw = json.loads((self.folder / "clock.json").read_bytes())
            return Anchor(str(raw["boot_id"]), float(raw["offset"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, anchor: Anchor) -> None:
        text = json.dumps({"boot_id": anchor.boot_id, "offset": round(anchor.offset, 3)})
        self._keep(self.folder / "clock.json", text.encode() + b"\n")

    # -- disk ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int | None:
        """How many bytes of pictures there is place for in RAM; None: the folder works, no need to count."""
        return None if self.problem is None else ROOM

    def retry(self) -> None:
        """See if the folder can be written again, and move there what was kept in RAM."""
        if self.problem is None:
            return
        with contextlib.suppress(OSError):
            self._assets.mkdir(parents=True, exist_ok=True)
        with self._guard:
            kept = dict(self._memory)
        for name, data in kept.items() or {"probe": b""}.items():
            if not self._keep(self._assets / name, data):
                return
            with self._guard:
                self._memory.pop(name, None)
        self.problem = None

    def _keep(self, path: Path, data: bytes) -> bool:
        """Write under a temporary name, sync, rename. False, and `problem` says why, when the disk refuses."""
        temporary = path.with_name(path.name + PART)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            if path.parent != self._assets:
                _sync(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            self._failed(error)
            return False
        return True

    def _failed(self, error: OSError) -> None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"can't be written ({error.strerror})"
        self.problem = f"{self.folder}: {what}; pictures are kept in memory only, and are gone after a restart"


def check(asset: Asset, data: bytes) -> None:
    """Raise Refused unless these are the bytes that the manifest means."""
    if len(data) != asset.bytes:
        raise Refused("asset", f"{asset.name} has {len(data)} bytes or more instead of {asset.bytes}")
    if hashlib.sha256(data).hexdigest() != asset.sha256:
        raise Refused("asset", f"{asset.name}: the content does not fit the name")


def parse_key(text: str) -> bytes | None:
    """A public key written as 64 hexadecimal digits; None when it is not."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        return None
    return key if len(key) == 32 else None


def read_key(path: Path) -> bytes | None:
    """The public key in a file like signage.pub; None when there is none."""
    try:
        with path.open(encoding="ascii") as file:
            return parse_key(file.read(200))
    except (OSError, ValueError):
        return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
