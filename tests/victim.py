"""A player to be attacked: its sync, its store and a real window, in this process."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageChops, ImageGrab

from player.glass.glass import Glass
from player.loop import Loop
from player.rotation import Moment
from player.sync.fetch import Http, Unreachable
from player.sync.manifest import Manifest, Refused
from player.sync.store import Store
from player.sync.syncer import Syncer
from tests.bundle_server import BundleServer
from tests.bundles import KEY, picture

SIZE = (320, 180)
NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
DEEP = (11, 36, 51)  # ground of the player's own pages


class Victim:
    """`key` is what the player was told; None: the first that it sees. Use `restart` for what a power cut leaves."""

    def __init__(self, site: BundleServer, folder: Path, display: str, glass: Glass, key: bytes | None = None) -> None:
        self.site = site
        self.folder = folder
        self._display = display
        self._glass = glass
        self._key = key
        self._http = Http(site.url)
        self._open()

    def _open(self) -> None:
        self.store = Store(self.folder, "library")
        known = self._key or self.store.pinned()
        stored = None
        with contextlib.suppress(Refused):
            stored = self.store.load(known)
        newest = self.store.newest(known)
        self._syncer = Syncer(self._http, self.store, "library", self._key, stored, lambda: NOW, newest=newest)

    def restart(self) -> None:
        """The power goes, and comes back."""
        self.store.close()
        self._open()

    def close(self) -> None:
        self._http.close()
        self.store.close()

    @property
    def manifest(self) -> Manifest | None:
        """What is in force."""
        return self._syncer.manifest

    def sync(self) -> str:
        """Ask the server once; gives "taken", "unreachable", or the kind of the refusal. Nothing else may be raised."""
        try:
            self._syncer.round()
        except Refused as refusal:
            return refusal.kind
        except Unreachable:
            return "unreachable"
        return "taken"

    def shows(self, trusted: bool = True, later: timedelta = timedelta()) -> Image.Image:
        """Start showing what is in force, `later` than now; gives what the display has then."""
        moment = Moment(NOW + later, 100.0, trusted)
        loop = Loop(self._glass, self.store, lambda: self.manifest, lambda: moment, lambda: None)
        for _ in range(20):
            if loop.step():
                break
        else:
            raise AssertionError("the loop never comes to rest")
        with contextlib.closing(ImageGrab.grab(xdisplay=self._display)) as shot:
            return shot.convert("RGB")

    def on_disk(self) -> dict[str, bytes]:
        """Every file that it keeps."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


def is_page(shot: Image.Image, label: str) -> bool:
    """Is the published picture of this page on the glass, in every pixel?"""
    meant = Image.open(io.BytesIO(picture(label, *SIZE))).convert("RGB")
    return shot.size == meant.size and ImageChops.difference(shot, meant).getbbox() is None


def is_notice(shot: Image.Image) -> bool:
    """Is one of the player's own pages on the glass?"""
    return shot.getpixel((2, 2)) == DEEP


@contextlib.contextmanager
def victim(
    site: BundleServer, folder: Path, display: str, glass: Glass, key: bytes | None = KEY.verify_key.encode()
) -> Iterator[Victim]:
    made = Victim(site, folder, display, glass, key)
    try:
        yield made
    finally:
        made.close()
