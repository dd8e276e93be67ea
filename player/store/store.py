"""What the player keeps: pictures, the manifest in force, the pinned key, and when the clock was last known right.

    assets/<sha256>.<ext>    as in the bundle; final name only after hash, size and fsync
    <screen>.bundle          64 bytes of signature, then the manifest, packed: one file, so one rename activates both
    <screen>.last            the one before, for a card that damages that file
    <screen>.seen            which manifest was the newest; see player.store.newest_manifest
    <screen>.alerts, -copy   see player.store.alert_store
    signage.pub, .copy       the pinned public key, twice: see player.store.identity
    keys.json, .copy         the keys that followed the one that the player was given: player.store.trusted_keys
    clock.json               see player.clock.Anchor

A folder that can't be written, or is full, costs the memory of power-ups, not the picture: the player goes on from RAM.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from player.clock import Anchor
from player.store.disk import PART, Disk, StoreInUse, settle
from player.store.manifest import Asset, Manifest, ManifestRefused, verify_with
from player.store.newest_manifest import MAX_NOTE, NewestManifest, note, read_note
from player.store.packed_manifest import MAX_PACKED, pack, unpack
from player.store.pinned_key import PINNED, key_text, read_key
from player.store.trusted_keys import MAX_LINE, KeyLine, read, write
from player.store.write_budget import WriteBudget, urgent

__all__ = ["ROOM", "BundleStore", "StoreInUse", "check"]

KEY_LINE = ("keys.json", "keys.copy")
ALERT_KINDS = ("alerts", "alerts-copy")
ROOM = 8 * 1024 * 1024  # bytes of pictures kept in RAM when the folder can't be written: some 150 pages
ALERT_ROOM = 4 * 1024 * 1024  # bytes of pictures of alerts beside them
NOT_THE_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # it may be well, or isn't there


@dataclass(frozen=True, slots=True)
class _Unwritten:
    """A manifest in force that is not on the disk: `packed` as it will be, its key, and whether it hurries."""

    manifest: Manifest
    key: bytes
    packed: bytes
    urgent: bool


class BundleStore:
    """The folder of one player. Used by the sync thread, which writes, and by the main thread, which reads."""

    def __init__(self, folder: Path, screen: str | None, ticks: Callable[[], float] = time.monotonic) -> None:
        """Open the folder, or make it. Raises StoreInUse; a folder that can't be written only sets `problem`.

        `screen` is None before the player knows which one it is; then `turn_to` follows.
        """
        self.disk = Disk(folder)
        self.folder = folder
        self._assets = folder / "assets"
        self.screen = screen
        self.owner = ""  # the player's id, once it is paired: whose keys these are
        self._ticks = ticks
        self._write_budget = WriteBudget(ticks())
        self._memory: dict[str, bytes] = {}
        self._held: frozenset[str] = frozenset()  # names of what alerts need
        self._distrusted: set[str] = set()  # names that the disk keeps but can't give back
        self._crowded = False  # something had no place in memory since the folder last worked
        self._damaged: set[str] = set()  # names of files on the disk that are to be replaced
        self._guard = threading.Lock()
        self._pinned: bytes | None = None
        self._key_line: KeyLine | None = None
        self._stored: Manifest | None = None
        self._sound = False  # the bundle on the disk is whole, as far as we know
        self._unwritten: _Unwritten | None = None
        try:
            self._assets.mkdir(parents=True, exist_ok=True)
            for left in [*self._assets.glob(f"*{PART}"), *folder.glob(f"*{PART}")]:  # of a kill in the middle
                left.unlink()
        except OSError as error:
            self.disk.failed(error)

    def close(self) -> None:
        self.disk.close()

    @property
    def problem(self) -> str | None:
        """What is wrong with the folder, in a sentence."""
        return self.disk.problem

    @property
    def problem_kind(self) -> str | None:
        """One word for it, see player.store.disk; None while all is well."""
        return self.disk.kind if self.disk.problem is not None else None

    def turn_to(self, screen: str | None) -> None:
        """Be another screen's store from now on, or nobody's. What was kept of the old one goes."""
        if screen == self.screen:
            return
        self.screen = screen
        self._stored, self._unwritten, self._sound = None, None, False
        self._held = frozenset()
        self._sweep_others()
        if screen is None:
            self._pinned, self._key_line = None, KeyLine()
            self.disk.forget(*(self.folder / name for name in (*PINNED, *KEY_LINE)))
            self._throw_away(*self.have())

    # -- the key ------------------------------------------------------------------------------------------------

    def pinned(self) -> bytes | None:
        """The public key of the first bundle that this store saw; None before that, or when it can't be read."""
        if self._pinned is None:
            keys = (read_key(self.folder / name) for name in PINNED)
            self._pinned = next((key for key in keys if key is not None), None)
        return self._pinned

    def pin(self, key: bytes) -> None:
        if self.pinned() != key:
            self._pinned = key
            for name in PINNED:
                self.disk.keep(self.folder / name, key_text(key))

    def trusted(self, base: bytes) -> tuple[bytes, ...]:
        """The keys that a signature may be of; `base` is the one that the player was given, or pinned."""
        return self._line().trusted(base, self.owner)

    def known_keys(self, base: bytes) -> tuple[bytes, ...]:
        """All keys that were ever trusted here: for what was verified before, and written down."""
        return self._line().known(base, self.owner)

    def learn(self, base: bytes, key: bytes, announced: bytes | None) -> None:
        """A manifest was verified with `key`, and announces another one, or none."""
        before = self._line()
        line = before.verified(base, self.owner, key, announced)
        if line != before and (line.is_worth_keeping or before.is_worth_keeping):
            self._key_line = line
            for name in KEY_LINE:
                self.disk.keep(self.folder / name, write(line), mode=0o600)

    def _line(self) -> KeyLine:
        if self._key_line is None:
            lines = (read(self.disk.read(self.folder / name, MAX_LINE)) for name in KEY_LINE)
            self._key_line = next((line for line in lines if line is not None), KeyLine())
        return self._key_line

    # -- the manifest -------------------------------------------------------------------------------------------

    def load(self, key: bytes | None) -> Manifest | None:
        """The manifest that was written down, verified again with `key`; None when there is none.

        When it is damaged, the one before. Raises ManifestRefused when that is no better.
        """
        if key is None or self.screen is None:
            return None
        self._stored, self._sound, damage = None, False, None
        keys = self.known_keys(key)
        for kind in ("bundle", "last"):
            data = self.disk.read(self._file(kind), MAX_PACKED)
            if data is None:
                continue
            try:
                self._stored, _ = verify_with(*unpack(data), keys, self.screen)
            except ManifestRefused as refusal:
                damage = damage or refusal
            else:
                self._sound = damage is None and kind == "bundle"
                return self._stored
        if damage is not None:
            raise damage
        return None

    def newest(self, key: bytes | None) -> NewestManifest | None:
        """What was noted of the newest manifest; it may be newer than the one that was written down."""
        if key is None or self.screen is None:
            return None
        data = self.disk.read(self._file("seen"), MAX_NOTE)
        notes = (read_note(data, self.screen, known) for known in self.known_keys(key))
        return next((found for found in notes if found is not None), None)

    def activate(self, manifest: Manifest, data: bytes, signature: bytes, key: bytes, now: datetime) -> None:
        """Put a verified manifest in force. It is written down by one rename, when that is worth a write."""
        self._unwritten = _Unwritten(manifest, key, pack(data, signature), urgent(self._stored, manifest, now))
        self._write_down()

    def _write_down(self) -> None:
        """Write the manifest in force, or a note of it, as far as there is something to write and it is worth it."""
        late = self._unwritten
        if late is None:
            return
        ticks = self._ticks()
        if self._write_budget.worth_it(ticks, late.urgent) and not self._would_lose_pictures(late.manifest):
            with contextlib.suppress(OSError):
                settle(self._assets)  # the names of the pictures, before the manifest that needs them
            self._set_aside()
            if self.disk.keep(self._file("bundle"), late.packed):
                self._write_budget.wrote(ticks, len(late.packed))
                self._stored, self._unwritten, self._sound = late.manifest, None, True
                self._sweep_others()
                return
        if self.problem is None and self._write_budget.note_is_due(ticks):
            self.disk.keep(self._file("seen"), note(late.manifest, late.key))
            self._write_budget.noted(ticks)

    def _would_lose_pictures(self, new: Manifest) -> bool:
        """Does a full disk lack pictures of this manifest? They would be gone after a power cut, the old ones not.

        A disk with another fault may never take them: there the new manifest is worth more.
        """
        if self._stored is None or self.problem_kind not in (None, "full"):
            return False
        found = self._on_disk()
        return any(found.get(name) != new.assets[name].bytes for name in new.needed - self._distrusted)

    def _set_aside(self) -> None:
        """Keep the manifest that is replaced under a second name, for a card that damages the new one."""
        if not self._sound:
            return  # rather the sound one that was set aside before
        last = self._file("last")
        with contextlib.suppress(OSError):
            last.unlink(missing_ok=True)
            os.link(self._file("bundle"), last)

    def _file(self, kind: str) -> Path:
        return self.folder / f"{self.screen}.{kind}"

    def _sweep_others(self) -> None:
        for kind in ("bundle", "last", "seen", *ALERT_KINDS):
            self.disk.forget(*(file for file in self.folder.glob(f"*.{kind}") if file != self._file(kind)))

    # -- assets -------------------------------------------------------------------------------------------------

    def have(self) -> dict[str, int]:
        """File name -> size of every asset that is here, on disk or in RAM. Contents are checked when read."""
        found = self._on_disk()
        with self._guard:
            return {**found, **{name: len(data) for name, data in self._memory.items()}}

    def _on_disk(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with contextlib.suppress(OSError), os.scandir(self._assets) as entries:
            for entry in entries:
                if not entry.name.endswith(PART):
                    with contextlib.suppress(OSError):  # a bad inode, or removed this moment: it hides no other file
                        found[entry.name] = entry.stat().st_size
        for name in self._distrusted | self._damaged:
            found.pop(name, None)
        return found

    def has(self, asset: Asset) -> bool:
        """Whether an asset is here, on disk or in RAM, as far as its size says."""
        with self._guard:
            if asset.name in self._memory:
                return True
            if asset.name in self._distrusted or asset.name in self._damaged:
                return False
        with contextlib.suppress(OSError):
            return os.stat(self._asset(asset.name)).st_size == asset.bytes
        return False

    def put(self, asset: Asset, data: bytes) -> None:
        """Keep the bytes of an asset. Raises ManifestRefused when they don't match its name."""
        check(asset, data)
        if asset.name not in self._distrusted and self._keep(asset.name, data):
            return
        with self._guard:
            held = asset.name in self._held
            beside = sum(len(kept) for name, kept in self._memory.items() if (name in self._held) == held)
            if beside + len(data) <= (ALERT_ROOM if held else ROOM):
                self._memory[asset.name] = data
            else:
                self._crowded = True

    def read(self, asset: Asset) -> bytes | None:
        """The bytes of an asset, checked; None when it is missing. A damaged one is deleted, to be fetched again."""
        with self._guard:
            data = self._memory.get(asset.name)
        if data is None:
            try:
                with open(self._asset(asset.name), "rb") as file:
                    data = file.read(asset.bytes + 1)
            except OSError as error:
                if error.errno == errno.EIO:
                    self.disk.failed(error, reading=True)
                    self._distrusted.add(asset.name)
                elif error.errno not in NOT_THE_FILE:
                    self._damaged.add(asset.name)
                return None
        try:
            check(asset, data)
        except ManifestRefused:
            self._throw_away(asset.name)
            if os.path.lexists(self._asset(asset.name)):  # a card that is read-only now, say
                self._damaged.add(asset.name)
            return None
        return data

    def hold(self, names: Iterable[str]) -> None:
        """Keep these assets for alerts, whatever the manifest needs, until the next call."""
        with self._guard:
            self._held = frozenset(names)

    def delete(self, names: Sequence[str]) -> None:
        """Forget assets, apart from those of alerts, and of the manifest on the disk until another is written there."""
        needed = self._stored.assets if self._stored else {}
        with self._guard:
            names = [name for name in names if name not in self._held]
            for name in names:
                self._memory.pop(name, None)
        if self.room is None:  # a folder that can't take the new manifest must keep the pictures of its old one
            self.disk.forget(*(self._asset(name) for name in names if name not in needed))

    def _asset(self, name: str) -> str:
        return f"{self._assets}/{name}"

    def _keep(self, name: str, data: bytes) -> bool:
        if not self.disk.keep(self._asset(name), data, durable=False):
            return False
        self._damaged.discard(name)
        return True

    def _throw_away(self, *names: str) -> None:
        with self._guard:
            for name in names:
                self._memory.pop(name, None)
        self.disk.forget(*(self._asset(name) for name in names))

    # -- the clock ----------------------------------------------------------------------------------------------

    def anchor(self) -> Anchor | None:
        """When the clock was last known right, as it was written down."""
        return read_anchor(self.folder)

    def remember(self, anchor: Anchor) -> None:
        text = json.dumps({"boot_id": anchor.boot_id, "offset": round(anchor.offset, 3), "stamp": anchor.stamp})
        self.disk.keep(self.folder / "clock.json", text.encode() + b"\n")

    # -- disk ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int | None:
        """How many bytes of pictures there is place for in RAM; None: the folder takes them, no need to count."""
        return ROOM if self.disk.refuses or self._crowded else None

    def retry(self) -> None:
        """Write what waits for its time; see if the folder can be written again, and move there what was in RAM."""
        if self.problem is not None and not self._recovered():
            return
        self._write_down()

    def _recovered(self) -> bool:
        with contextlib.suppress(OSError):
            self._assets.mkdir(parents=True, exist_ok=True)
        needed: set[str] = set()
        if (manifest := self._unwritten.manifest if self._unwritten else self._stored) is not None:
            needed = {*manifest.assets, *(asset.name for asset in manifest.alert_assets)}
        with self._guard:
            self._distrusted &= needed | self._held
            kept = {name: data for name, data in self._memory.items() if name not in self._distrusted}
        for name, data in kept.items() or {"probe": b""}.items():
            if not self._keep(name, data):
                return False
            with self._guard:
                self._memory.pop(name, None)
        self.disk.forget(self._asset("probe"))
        self.disk.refuses = False
        if self._distrusted:
            self.disk.failed(OSError(errno.EIO, os.strerror(errno.EIO)), reading=True)
        else:
            self.disk.problem, self._crowded = None, False
        return True


def check(asset: Asset, data: bytes) -> None:
    """Raise ManifestRefused unless these are the bytes that the manifest means."""
    if len(data) != asset.bytes:
        raise ManifestRefused("asset", f"{asset.name} has {len(data)} bytes or more instead of {asset.bytes}")
    if hashlib.sha256(data).hexdigest() != asset.sha256:
        raise ManifestRefused("asset", f"{asset.name}: its content does not match its name")


def read_anchor(folder: Path) -> Anchor | None:
    """When the clock was last known right, as `BundleStore.remember` wrote it down."""
    try:
        raw = json.loads((folder / "clock.json").read_bytes())
        return Anchor(str(raw["boot_id"]), float(raw["offset"]), int(raw.get("stamp", 0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
