"""Write a screen's bundle so that a reader, or a kill at any instruction, finds the old one or the new one, whole.

The order: every asset and the pages for telephones, synced, under their final names; a new folder with manifest and
signature, synced; then the screen's symbolic link is replaced by one rename. Old folders and assets go last.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.errors import SignageError
from signage.publishing.alert_documents import AlertDocuments, named_by_alerts
from signage.publishing.alert_pages import content_of, with_alerts, with_prepared
from signage.publishing.bundle_format import AssetEntry, IndexEntry, Manifest, ManifestContent, ScreenIndex
from signage.publishing.current_manifests import (
    CLOCK_TOLERANCE,
    MANIFEST,
    CurrentManifests,
    Version,
    digest_of,
    digest_of_files,
    is_plausible,
    is_recent,
)
from signage.publishing.disk import clear, is_signed, link, read
from signage.publishing.keys import PUBLIC_FILE, SigningKeys
from signage.publishing.live_pages import apart, replaced, with_live
from signage.publishing.manifest import Bundle, ManifestParts, asset_name, encode_manifest, graft, named_assets
from signage.publishing.phone_folder import link_pages, phone_folder, place_pages
from signage.publishing.serials import Serials
from signage.publishing.videos import without_videos
from signage.storage.durable_file import sync, write_file

SIGNED = "manifest.signed"  # the signature and the manifest in one file: no reader gets one of them old and one new
SIGNATURE = "manifest.json.sig"
GRACE = timedelta(days=1)  # how long an asset that no manifest names stays, for players in the middle of a sync


class Publisher:
    """Publishes screens into the folder `out`, signed with `keys`. One at a time: the pipeline holds a lock."""

    def __init__(self, out: Path, keys: SigningKeys, serials: Serials | None = None) -> None:
        """`serials` remembers them when `out` is deleted; without it, they are only as safe as `out` is."""
        self.out = out
        self.keys = keys
        self._serials = serials
        self.assets = out / "assets"
        self.screens = out / "screens"
        self.versions: dict[str, Version] = {}
        """What this publisher has put in force, by screen."""
        self._heads: dict[str, Manifest] = {}  # the same without the pages
        self._whole: set[str] = set()
        self.current = CurrentManifests(out)
        self._alerts = AlertDocuments(out, keys)
        with clear(out):
            self.assets.mkdir(parents=True, exist_ok=True)
            self.screens.mkdir(parents=True, exist_ok=True)
            if read(out / PUBLIC_FILE) != (keys.public_hex + "\n").encode():
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
        self._heads.pop(bundle.screen, None)
        digest = digest_of_files(extras or {})
        sources = {**sources, **bundle.films()}
        manifest: ManifestContent = {**bundle.manifest(), "extras": digest}
        if phone_assets:
            manifest["phone_assets"] = dict(phone_assets)
        if self.keys.next_hex:
            manifest["next_key"] = self.keys.next_hex
        old = self.current.of(bundle.screen)
        if keep_after is not None and old is not None and is_plausible(old, bundle.generated):
            names = {place.name for place in bundle.places}
            rest, live = apart(self._whole_part(old, sources), names, bundle.generated)
            manifest = with_live(graft(manifest, rest, keep_after), live, old["assets"])
        manifest = with_alerts(manifest, self._alerts.current(bundle.screen))
        if old is not None:  # until `put_prepared`, which comes last in a build
            manifest = with_prepared(manifest, self._whole_assets(old.get("alert_assets", {})))
        if old is not None and content_of(old) == manifest and self._is_highest(bundle.screen, old["serial"]):
            return old
        return self._put(bundle.screen, bundle.generated, manifest, sources, extras or {})

    def put_live(self, bundle: Bundle, sources: Mapping[str, Path]) -> Manifest | None:
        """Publish a screen as it is published, but with the live pages of a bundle, which has no others.

        None, and nothing is done, when nothing is published of it, or what that needs isn't there.
        """
        old = self.current.of(bundle.screen)
        pages = None if old is None else phone_folder(self.screens, bundle.screen, old.get("extras", ""))
        if old is None or not (pages is None or pages.is_dir()):
            return None
        manifest = replaced(old, bundle)
        if not self._are_whole({s: a for s, a in named_assets(manifest).items() if s not in sources}):
            return None
        return self._put(bundle.screen, bundle.generated, manifest, sources, None)

    def put_alerts(self, screen: str) -> bool:
        """Publish a screen as it is published, with its alerts as they are now; gives whether that is another manifest.
        Nothing is done when nothing is published of it.
        """
        old = self.current.of(screen)
        if old is None:
            return False
        news = old.get("news", old["serial"])
        return self._put_again(old, with_alerts(content_of(old), self._alerts.current(screen)), {}, news)

    def put_prepared(self, screen: str, assets: Mapping[str, AssetEntry], sources: Mapping[str, Path]) -> bool:
        """The same with these pictures of prepared alerts."""
        old = self.current.of(screen)
        return old is not None and self._put_again(old, with_prepared(content_of(old), assets), sources)

    def _put_again(
        self, old: Manifest, manifest: ManifestContent, sources: Mapping[str, Path], news: int | None = None
    ) -> bool:
        if manifest == content_of(old):
            return False
        if news is not None:
            manifest["news"] = news
        self._put(old["screen"], datetime.fromisoformat(old["generated"]), manifest, sources, None)
        return True

    def _put(
        self,
        screen: str,
        generated: datetime,
        manifest: ManifestContent,
        sources: Mapping[str, Path],
        extras: Mapping[str, bytes] | None,
    ) -> Manifest:
        """Put a manifest in force under the next serial. `extras`: None when they are those that are published."""
        old = self.current.of(screen)
        with clear(self.out):
            serial = self._next_serial(screen, generated, old["serial"] if old else 0)
            for sha256, about in named_assets(manifest).items():
                self._place(sha256, about, sources)
            sync(self.assets)
            pages = phone_folder(self.screens, screen, manifest.get("extras", ""))
            if pages is not None and extras is not None:
                place_pages(pages, extras, before=self.screens / screen)
            data = encode_manifest(manifest, serial)
            folder = self._activate(screen, data, serial, pages)
        if version := Version.of(folder, data, self.keys.public_hex):
            self.versions[screen] = version
        published: Manifest = {**manifest, "serial": serial}
        self._heads[screen] = {**published, "pages": []}
        return published

    def renew(self, screen: str, left: Version, generated: datetime, data_as_of: datetime | None) -> bool:
        """Publish what is published of a screen once more, as made at another instant, and of data of another age,
        unless what is published is hardly older. Players then fetch nothing.

        False, and nothing is done, when it isn't what was `left`, when an asset or the pages for telephones are gone,
        or when another key is to be announced. It costs neither a plan nor memory: the pages are not even read.
        """
        data = read(self.screens / left.folder / MANIFEST)
        parts = ManifestParts.of(data or b"")
        if parts is None or self._linked(screen) != left.folder or not left.has(parts):
            return False
        head = parts.without_pages()
        pages = phone_folder(self.screens, screen, head.get("extras", ""))
        if (
            head.get("next_key", "") != self.keys.next_hex
            or not self._are_whole(named_assets(head))
            or not (pages is None or pages.is_dir())
        ):
            return False
        same_key = left.key == self.keys.public_hex
        if same_key and is_recent(head, generated, data_as_of) and self._is_highest(screen, head["serial"]):
            self.versions[screen] = left
            self._heads[screen] = head
            return True
        zone = ZoneInfo(head["zone"])
        with clear(self.out):
            serial = self._next_serial(screen, generated, head["serial"])
            parts = parts.renewed(serial, generated, data_as_of, zone)
            folder = self._activate(screen, parts.data, serial, pages)
        self.versions[screen] = Version(folder, digest_of(parts.head), left.pages, self.keys.public_hex)
        self._heads[screen] = {**head, "serial": serial}
        return True

    def _linked(self, screen: str) -> str | None:
        """The name of the folder that the screen's link leads to."""
        with contextlib.suppress(OSError):
            return (self.screens / screen).readlink().name
        return None

    def _whole_part(self, old: Manifest, sources: Mapping[str, Path]) -> Manifest:
        """The published manifest without the pages whose picture is gone or cut, and can't be put in place again."""
        lost = {
            sha256
            for sha256, about in {**old["assets"], **old.get("videos", {})}.items()
            if sha256 not in sources and not self._is_whole(asset_name(sha256, about["media_type"]), about)
        }
        if not lost:
            return old
        return {**old, "pages": without_videos((page for page in old["pages"] if page["asset"] not in lost), lost)}

    def _is_whole(self, name: str, about: AssetEntry) -> bool:
        with contextlib.suppress(OSError):
            return name in self._whole or (self.assets / name).stat().st_size == about["bytes"]
        return False

    def _whole_assets(self, assets: Mapping[str, AssetEntry]) -> dict[str, AssetEntry]:
        """Those of them that are there."""
        return {s: about for s, about in assets.items() if self._is_whole(asset_name(s, about["media_type"]), about)}

    def _are_whole(self, assets: Mapping[str, AssetEntry]) -> bool:
        """Whether all of these have their final name and size. A county has tens of thousands."""
        folder, known = f"{self.assets}/", self._whole
        try:
            for sha256, about in assets.items():
                name = asset_name(sha256, about["media_type"])
                if name not in known:
                    if os.stat(folder + name).st_size != about["bytes"]:  # noqa: PTH116 - twice as fast as a Path
                        return False
                    known.add(name)
        except OSError:
            return False
        return True

    def _is_highest(self, screen: str, serial: int) -> bool:
        return self._serials is None or self._serials.is_highest(screen, serial)

    def _next_serial(self, screen: str, generated: datetime, published: int) -> int:
        if self._serials is None:
            return max(int(generated.timestamp()), published + 1)
        return self._serials.next(screen, generated, published)

    def _place(self, sha256: str, about: AssetEntry, sources: Mapping[str, Path]) -> None:
        """Give an asset its final name, if it hasn't got it: a hard link where the disk allows one, else a copy."""
        name = asset_name(sha256, about["media_type"])
        target = self.assets / name
        if name in self._whole:
            return
        if not self._is_whole(name, about):
            with sources[sha256].open("rb") as file:  # a film isn't held in memory
                whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
            if not whole:
                sources[sha256].unlink(missing_ok=True)
                raise SignageError(
                    f"The picture {sources[sha256].name} was damaged on disk.", hint="it is rendered again next time."
                )
            link(sources[sha256], target)
        self._whole.add(name)

    def _activate(self, screen: str, manifest: bytes, serial: int, pages: Path | None) -> str:
        """Put a publication in force; gives the name of its folder."""
        folder = self.screens / f".{screen}.{serial}"
        link = self.screens / screen
        shutil.rmtree(folder, ignore_errors=True)  # left by a kill before its link was made
        try:
            folder.mkdir()
            if pages is not None:
                link_pages(folder, pages)
            signature = self.keys.sign(manifest)
            write_file(folder / MANIFEST, manifest)
            write_file(folder / SIGNATURE, signature)
            write_file(folder / SIGNED, signature + manifest)
            sync(folder)
            temporary = self.screens / f".{screen}.link"
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(folder.name)
            temporary.replace(link)
        except BaseException:
            if self._linked(screen) != folder.name:
                shutil.rmtree(folder, ignore_errors=True)  # each attempt would take more of a disk that is nearly full
            raise
        sync(self.screens)
        self._clear_away(screen, keep={folder.name, *([pages.name] if pages is not None else ())})
        return folder.name

    def _clear_away(self, screen: str, keep: Set[str] = frozenset()) -> None:
        """Remove the folders of a screen's earlier publications, except for these."""
        for old in self._folders.get(screen, set()) - keep:
            shutil.rmtree(self.screens / old, ignore_errors=True)
        self._folders[screen] = set(keep)

    @cached_property
    def _folders(self) -> dict[str, set[str]]:
        """The folders of publications that there are, by screen: the folder of all screens is read once."""
        found: dict[str, set[str]] = {}
        with os.scandir(self.screens) as entries:
            for entry in entries:
                if entry.name.startswith(".") and not entry.is_symlink():
                    found.setdefault(entry.name[1:].partition(".")[0], set()).add(entry.name)
        return found

    def asset_names(self, screens: Iterable[str]) -> set[str]:
        """The file names of all assets of these screens, which this publisher has put in force."""
        heads = [self._heads[screen] for screen in screens if screen in self._heads]
        return {asset_name(s, a["media_type"]) for head in heads for s, a in named_assets(head).items()}

    def published(self) -> list[str]:
        """The ids of all screens that have a bundle, whether they are configured or not."""
        return sorted(
            link.name for link in self.screens.iterdir() if not link.name.startswith(".") and link.is_symlink()
        )

    def place_player(self, player_files: Mapping[str, bytes]) -> None:
        """Write what browsers need to play the screens, by path below `out`, and delete the pages of other screens."""
        with clear(self.out):
            for name, content in player_files.items():
                path = self.out / name
                if read(path) != content:
                    path.parent.mkdir(exist_ok=True)
                    write_file(path, content)
            for page in (self.out / "screen").glob("*.html"):
                if f"screen/{page.name}" not in player_files:
                    page.unlink(missing_ok=True)

    def finish(
        self, names: Mapping[str, str], now: datetime, unlisted: Collection[str] = (), *, sweep: bool = True
    ) -> None:
        """Write the index, and take away the bundles of all other screens, and with `sweep` old assets.

        `names`: id -> name. `unlisted`: screens whose bundles stay, but that people are not offered.
        """
        with clear(self.out):
            for name in self.published():
                if name not in names and name not in unlisted:
                    (self.screens / name).unlink()
                    self._clear_away(name)
            self.list_screens(names)
            for name in (*names, *unlisted):
                self._sign_again(name)
            if sweep:
                self._sweep(now)

    def _sign_again(self, screen: str) -> None:
        """Sign the published manifest of a screen that could not be built since the key was changed, or was published
        by a version before 0.6, without `SIGNED`.

        The manifest stays the same to the byte, so who knows it knows this one; the signature alone is replaced.
        """
        folder = self.screens / screen
        data = None if screen in self._heads else read(folder / MANIFEST)
        if data is None:
            return
        signature = self.keys.sign(data)
        if read(folder / SIGNATURE) != signature:
            write_file(folder.resolve() / SIGNATURE, signature)
        if not is_signed(folder / SIGNED, signature, len(data)):
            write_file(folder.resolve() / SIGNED, signature + data)

    def list_screens(self, names: Mapping[str, str]) -> None:
        """Write the index of those screens (id -> name) that are published already."""
        index: list[IndexEntry] = []
        for screen, name in names.items():
            if (manifest := self._heads.get(screen) or self.current.of(screen)) is not None:
                width, height, rotate = manifest["width"], manifest["height"], manifest["rotate"]
                index.append({"id": screen, "name": name, "width": width, "height": height, "rotate": rotate})
        listed: ScreenIndex = {"screens": index}
        data = json.dumps(listed, ensure_ascii=False, indent=1).encode() + b"\n"
        if read(self.screens / "index.json") != data:
            with clear(self.out):
                write_file(self.screens / "index.json", data)
                sync(self.screens)

    def _sweep(self, now: datetime) -> None:
        named = {asset_name(sha256, about["media_type"]) for sha256, about in named_by_alerts(self.out).items()}
        for name in self.published():
            manifest = self._heads.get(name) or self.current.of(name)
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
