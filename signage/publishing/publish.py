"""Write a screen's bundle so that a reader, or a kill at any instruction, finds the old one or the new one, whole.

The order: every asset, synced, under its final name; a new folder with manifest and signature, synced; then the
screen's symbolic link is replaced by one rename. Old folders and assets go last.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from signage.errors import NotWritable, SignageError
from signage.publishing.bundle_format import AssetEntry, IndexEntry, Manifest, ManifestContent, ScreenIndex
from signage.publishing.keys import PUBLIC_FILE, SigningKeys
from signage.publishing.manifest import Bundle, asset_name, encode_manifest, graft, named_assets
from signage.publishing.serials import Serials
from signage.storage.durable_file import sync, write_file

MANIFEST = "manifest.json"
SIGNED = "manifest.signed"  # the signature and the manifest in one file: no reader gets one of them old and one new
EXTRA = re.compile(r"(e/)?[a-z0-9]{1,40}\.(html|ics|css)")  # what further files may be called
SIGNATURE = "manifest.json.sig"
GRACE = timedelta(days=1)  # how long an asset that no manifest names stays, for players in the middle of a sync
LONGEST_PLAN = timedelta(days=14)  # how far ahead a manifest is planned at most (docs/bundle-format.md)
CLOCK_TOLERANCE = timedelta(minutes=5)  # a clock that is put right by less than this has not been wrong


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


class Publisher:
    """Publishes screens into the folder `out`, signed with `keys`. One at a time: the pipeline holds a lock."""

    def __init__(
        self,
        out: Path,
        keys: SigningKeys,
        serials: Serials | None = None,
    ) -> None:
        """`serials` remembers them when `out` is deleted; without it, they are only as safe as `out` is."""
        self.out = out
        self.keys = keys
        self._serials = serials
        self.assets = out / "assets"
        self.screens = out / "screens"
        self._whole: set[str] = set()
        self.current = CurrentManifests(out)
        with _clear(out):
            self.assets.mkdir(parents=True, exist_ok=True)
            self.screens.mkdir(parents=True, exist_ok=True)
            if _read(out / PUBLIC_FILE) != (keys.public_hex + "\n").encode():
                write_file(out / PUBLIC_FILE, (keys.public_hex + "\n").encode())

    def publish(
        self,
        bundle: Bundle,
        sources: Mapping[str, Path],
        keep_after: datetime | None = None,
        extras: Mapping[str, bytes] | None = None,
        phone_assets: Mapping[str, AssetEntry] | None = None,
    ) -> Manifest:
        """Publish a screen; gives the manifest that is now in force.

        `sources` says where each asset's bytes are (sha256 -> file). With `keep_after`, what the published manifest
        had planned after that instant stays, unless a clock that was wrong has planned it. `extras` are further files
        of the screen's folder, by path; the manifest names their digest. `phone_assets` are the assets that those show.
        A manifest that says what the published one says is not published again.
        """
        manifest: ManifestContent = {**bundle.manifest(), "extras": _digest(extras or {})}
        if phone_assets:
            manifest["phone_assets"] = dict(phone_assets)
        if self.keys.next_hex:
            manifest["next_key"] = self.keys.next_hex
        old = self.current.of(bundle.screen)
        if keep_after is not None and old is not None and _plausible(old, bundle.generated):
            manifest = graft(manifest, self._whole_part(old, sources), keep_after)
        if (
            old is not None
            and old == {**manifest, "serial": old["serial"]}
            and (self._serials is None or self._serials.is_highest(bundle.screen, old["serial"]))
        ):
            return old
        with _clear(self.out):
            serial = self._next_serial(bundle, old["serial"] if old else 0)
            for sha256, about in named_assets(manifest).items():
                self._place(sha256, about, sources)
            sync(self.assets)
            self._activate(bundle.screen, encode_manifest(manifest, serial), serial, extras or {})
        return {**manifest, "serial": serial}

    def _whole_part(self, old: Manifest, sources: Mapping[str, Path]) -> Manifest:
        """The published manifest without the pages whose picture is gone or cut, and can't be put in place again."""
        lost = {
            sha256
            for sha256, about in old["assets"].items()
            if sha256 not in sources and not self._is_whole(asset_name(sha256, about["media_type"]), about)
        }
        return {**old, "pages": [page for page in old["pages"] if page["asset"] not in lost]} if lost else old

    def _is_whole(self, name: str, about: AssetEntry) -> bool:
        with contextlib.suppress(OSError):
            return name in self._whole or (self.assets / name).stat().st_size == about["bytes"]
        return False

    def _next_serial(self, bundle: Bundle, published: int) -> int:
        if self._serials is None:
            return max(int(bundle.generated.timestamp()), published + 1)
        return self._serials.next(bundle.screen, bundle.generated, published)

    def _place(self, sha256: str, about: AssetEntry, sources: Mapping[str, Path]) -> None:
        """Give an asset its final name, if it hasn't got it: a hard link where the disk allows one, else a copy."""
        name = asset_name(sha256, about["media_type"])
        target = self.assets / name
        if name in self._whole:
            return
        if not self._is_whole(name, about):
            data = sources[sha256].read_bytes()
            if hashlib.sha256(data).hexdigest() != sha256:
                sources[sha256].unlink(missing_ok=True)
                raise SignageError(
                    f"The picture {sources[sha256].name} was damaged on disk.", hint="it is rendered again next time."
                )
            _link(sources[sha256], target, data)
        self._whole.add(name)

    def _activate(self, screen: str, manifest: bytes, serial: int, extras: Mapping[str, bytes]) -> None:
        folder = self.screens / f".{screen}.{serial}"
        link = self.screens / screen
        shutil.rmtree(folder, ignore_errors=True)  # left by a kill before its link was made
        folder.mkdir()
        _write_extras(folder, extras, before=link)
        signature = self.keys.sign(manifest)
        write_file(folder / MANIFEST, manifest)
        write_file(folder / SIGNATURE, signature)
        write_file(folder / SIGNED, signature + manifest)
        sync(folder)
        temporary = self.screens / f".{screen}.link"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(folder.name)
        temporary.replace(link)
        sync(self.screens)
        for old in self.screens.glob(f".{screen}.*"):
            if old.name != folder.name and not old.is_symlink():
                shutil.rmtree(old, ignore_errors=True)

    def published(self) -> list[str]:
        """The ids of all screens that have a bundle, whether they are configured or not."""
        return sorted(
            link.name for link in self.screens.iterdir() if not link.name.startswith(".") and link.is_symlink()
        )

    def place_player(self, player_files: Mapping[str, bytes]) -> None:
        """Write what browsers need to play the screens, by path below `out`, and delete the pages of other screens."""
        with _clear(self.out):
            for name, content in player_files.items():
                path = self.out / name
                if _read(path) != content:
                    path.parent.mkdir(exist_ok=True)
                    write_file(path, content)
            for page in (self.out / "screen").glob("*.html"):
                if f"screen/{page.name}" not in player_files:
                    page.unlink(missing_ok=True)

    def finish(self, names: Mapping[str, str], now: datetime, unlisted: Collection[str] = ()) -> None:
        """Write the index, take away the bundles of all other screens, sweep old assets. `names`: id -> name.

        `unlisted`: screens whose bundles stay, but that people are not offered.
        """
        with _clear(self.out):
            for name in self.published():
                if name not in names and name not in unlisted:
                    folder = (self.screens / name).resolve()
                    (self.screens / name).unlink()
                    shutil.rmtree(folder, ignore_errors=True)
            self.list_screens(names)
            for name in (*names, *unlisted):
                self._sign_again(name)
            self._sweep(now)

    def _sign_again(self, screen: str) -> None:
        """Sign the published manifest of a screen that could not be built since the key was changed, or was published
        by a version before 0.6, without `SIGNED`.

        The manifest stays the same to the byte, so who knows it knows this one; the signature alone is replaced.
        """
        folder = self.screens / screen
        data = _read(folder / MANIFEST)
        if data is None:
            return
        signature = self.keys.sign(data)
        if _read(folder / SIGNATURE) != signature:
            write_file(folder.resolve() / SIGNATURE, signature)
        if not _is_signed(folder / SIGNED, signature, len(data)):
            write_file(folder.resolve() / SIGNED, signature + data)

    def list_screens(self, names: Mapping[str, str]) -> None:
        """Write the index of those screens (id -> name) that are published already."""
        index: list[IndexEntry] = []
        for screen, name in names.items():
            if (manifest := self.current.of(screen)) is not None:
                width, height, rotate = manifest["width"], manifest["height"], manifest["rotate"]
                index.append({"id": screen, "name": name, "width": width, "height": height, "rotate": rotate})
        listed: ScreenIndex = {"screens": index}
        data = json.dumps(listed, ensure_ascii=False, indent=1).encode() + b"\n"
        if _read(self.screens / "index.json") != data:
            with _clear(self.out):
                write_file(self.screens / "index.json", data)
                sync(self.screens)

    def _sweep(self, now: datetime) -> None:
        named: set[str] = set()
        for name in self.published():
            manifest = self.current.of(name)
            if manifest is None:
                return  # what a screen needs is not known: better keep everything
            named.update(asset_name(sha256, about["media_type"]) for sha256, about in named_assets(manifest).items())
        for file in self.assets.iterdir():
            # an asset's file time says when it was last seen in use, give or take half the grace
            age = timedelta(seconds=now.timestamp() - file.stat().st_mtime)
            if age < -CLOCK_TOLERANCE:  # written by a clock that was ahead: its day begins now
                os.utime(file, (now.timestamp(), now.timestamp()))
            elif file.name in named:
                if age > GRACE / 2:
                    os.utime(file, (now.timestamp(), now.timestamp()))
            elif age > GRACE:
                file.unlink(missing_ok=True)


def _plausible(old: Manifest, now: datetime) -> bool:
    """Was the published manifest planned by a clock that was right? Not when it comes from the future."""
    try:
        made, horizon = (datetime.fromisoformat(old[key]) for key in ("generated", "horizon"))
        return made <= now + CLOCK_TOLERANCE and horizon <= now + LONGEST_PLAN + CLOCK_TOLERANCE
    except (KeyError, TypeError, ValueError):
        return False


def _digest(extras: Mapping[str, bytes]) -> str:
    """One sha256 (hex) over further files and their names; empty when there are none."""
    if not extras:
        return ""
    whole = hashlib.sha256()
    for name, content in sorted(extras.items()):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


def _write_extras(folder: Path, extras: Mapping[str, bytes], before: Path) -> None:
    """Write the further files of a screen, and have them and their folders on the disk, before anything points to them.

    There are hundreds, and few change: those that are in the folder `before`, too, get a second name, since what was
    published is on the disk already.
    """
    folders = {folder}
    for name, content in extras.items():
        assert EXTRA.fullmatch(name), name
        file = folder / name
        if file.parent not in folders:
            file.parent.mkdir()
            folders.add(file.parent)
        if _read(before / name) == content:
            with contextlib.suppress(OSError):
                file.hardlink_to(before / name)
                continue
        file.write_bytes(content)
        sync(file)
    for inner in folders - {folder}:
        sync(inner)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_signed(path: Path, signature: bytes, size: int) -> bool:
    """Whether a file begins with this signature, and has as many bytes after it."""
    try:
        with path.open("rb") as file:
            return file.read(len(signature)) == signature and path.stat().st_size == len(signature) + size
    except OSError:
        return False


def _link(source: Path, target: Path, data: bytes) -> None:
    """A second name for a file that never changes, synced before it counts; a copy where the disk has no hard links."""
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)
    try:
        temporary.hardlink_to(source)
    except OSError:
        write_file(target, data)
        return
    sync(temporary)
    temporary.replace(target)


@contextlib.contextmanager
def _clear(out: Path) -> Iterator[None]:
    """Say a disk's refusal in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotWritable(
                "The disk is full. The screens keep what was published before.",
                f"The folder is {out}.",
                "delete files that aren't needed.",
            ) from error
        where = error.filename or out
        raise NotWritable(
            f"Publishing failed: {error.strerror}. The screens keep what was published before.", f"The file is {where}."
        ) from error
