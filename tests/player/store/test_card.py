"""A card that can't be written, can't be read, or has rotted: the picture goes on, and it is said once."""

from __future__ import annotations

import codecs
import contextlib
import logging
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.net.http import Http
from player.net.polling import Poller
from player.net.sync import Syncer
from player.store import identity
from player.store.identity import Identity, IdentityRecord
from player.store.manifest import Manifest, ManifestRefused
from player.store.store import ROOM, BundleStore
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.fixtures.player_parts import SettableClock
from tests.player.net.test_sync import NOW, Rig
from tests.player.store.test_store import full_disk

PUBLIC = KEY.verify_key.encode()
NOBODY = 65534


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 1, page("a"), page("b"), evergreen())
    with serve(tmp_path / "site") as server:
        yield server


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write there, in earnest: also not root, who is somebody else meanwhile."""
    everything = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in everything}
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in folder.parents:
        if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o005 != 0o005:
            modes[path] = path.stat().st_mode
            path.chmod(path.stat().st_mode | 0o055)
    root = os.geteuid() == 0
    for codec in ("ascii", "idna", "latin-1"):
        codecs.lookup(codec)  # read from a folder that is only root's, if this Python is
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)


class PolledRig:
    """A rig for `Poller`."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig

    @property
    def manifest(self) -> Manifest | None:
        return self.rig.syncer.manifest

    @property
    def storage_problem(self) -> str | None:
        return self.rig.store.problem

    def round(self) -> Manifest:
        return self.rig.syncer.round()


def test_a_folder_that_became_read_only_still_shows_what_it_holds_and_goes_on_in_memory(
    server: BundleServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = Rig(server, tmp_path / "store")
    first.syncer.round()
    first.close()
    with read_only(tmp_path / "store"):
        rig = Rig(server, tmp_path / "store")
        assert rig.holds() == 1
        publish_as_root(server.folder)
        poller = Poller(PolledRig(rig), threading.Event())
        for _ in range(3):
            poller.round()
        assert rig.syncer.manifest is not None
        assert rig.syncer.manifest.version.serial == 2
        assert all(rig.store.read(asset) is not None for asset in rig.syncer.manifest.assets.values())
        assert rig.holds() == 1, "the old bundle is untouched, with every picture"
        said = [entry.message for entry in caplog.records if entry.levelno == logging.WARNING]
        assert len(said) == 1
        assert "can't be written" in said[0]
        rig.close()


def test_a_damaged_picture_on_a_card_that_is_read_only_is_fetched_into_memory(
    server: BundleServer, tmp_path: Path
) -> None:
    rig = Rig(server, tmp_path / "store")
    bundle = rig.syncer.round()
    damaged = bundle.pages[0].picture
    file = rig.folder / "assets" / damaged.name
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with read_only(rig.folder):
        assert rig.store.read(damaged) is None
        assert not rig.store.has(damaged)
        rig.syncer.round()
        assert rig.store.has(damaged)
        assert rig.store.read(damaged) == whole
        asked = len(rig.site.asked)
        rig.syncer.round()
        assert len(rig.site.asked) == asked + 1, "it is not fetched again and again"
    rig.syncer.round()
    assert rig.store.problem is None
    assert file.read_bytes() == whole, "and replaced once that is possible"
    assert rig.store.has(damaged)
    rig.close()


def test_a_name_that_can_not_be_opened_is_as_if_it_were_missing(server: BundleServer, tmp_path: Path) -> None:
    """A folder has its place, and its size."""
    (tmp_path / "folder").mkdir()
    same_size = os.urandom((tmp_path / "folder").stat().st_size)
    publish(server.folder, 2, page("a", picture=same_size), evergreen())
    rig = Rig(server, tmp_path / "store")
    broken = rig.syncer.round().pages[0].picture
    file = rig.folder / "assets" / broken.name
    file.unlink()
    file.mkdir()
    assert rig.store.read(broken) is None
    rig.syncer.round()
    assert rig.store.read(broken) == same_size, "from memory"
    file.rmdir()
    rig.syncer.round()
    assert rig.store.problem is None
    assert file.read_bytes() == same_size
    rig.close()


def publish_as_root(folder: Path) -> None:
    me = os.geteuid()
    if me == NOBODY:
        os.seteuid(0)
    try:
        publish(folder, 2, page("a"), page("c"), evergreen())
    finally:
        os.seteuid(me)


def unreadable(file: Path) -> None:
    """Reading the start of /proc/self/mem is an input/output error, as of a worn card."""
    file.unlink()
    file.symlink_to("/proc/self/mem")


def test_a_picture_that_the_card_can_not_give_back_is_kept_in_memory(server: BundleServer, tmp_path: Path) -> None:
    rig = Rig(server, tmp_path / "store")
    bundle = rig.syncer.round()
    broken = bundle.pages[0].picture
    unreadable(rig.folder / "assets" / broken.name)
    assert rig.store.read(broken) is None
    assert "the card is failing" in (rig.store.problem or "")
    rig.syncer.round()
    assert rig.store.read(broken) is not None
    asked = len(rig.site.asked)
    rig.syncer.round()
    assert len(rig.site.asked) == asked + 1, "it is not fetched again and again"
    assert all(rig.store.read(asset) is not None for asset in bundle.assets.values())
    rig.close()


def test_a_file_that_the_card_knows_nothing_of_hides_no_other_one(server: BundleServer, tmp_path: Path) -> None:
    """A link to itself has a name, but no size can be had, as of a damaged inode."""
    rig = Rig(server, tmp_path / "store")
    bundle = rig.syncer.round()
    (rig.folder / "assets" / "damaged.webp").symlink_to("damaged.webp")
    assert set(rig.store.have()) == set(bundle.assets)
    asked = len(rig.site.asked)
    rig.syncer.round()
    assert len(rig.site.asked) == asked + 1, "nothing is fetched again"
    rig.close()


def test_one_picture_that_the_card_can_not_give_back_is_the_only_one_in_memory(
    server: BundleServer, tmp_path: Path
) -> None:
    film = os.urandom(1000)
    publish(server.folder, 2, page("a"), page("b", film=film), evergreen())
    rig = Rig(server, tmp_path / "store")
    bundle = rig.syncer.round()
    broken, film_file = bundle.pages[2].picture, rig.folder / "assets" / bundle.films[0].name
    film_file.unlink()
    unreadable(rig.folder / "assets" / broken.name)
    assert rig.store.read(broken) is None
    rig.syncer.round()
    assert film_file.read_bytes() == film, "films are fetched"
    made = publish(server.folder, 3, page("c"), evergreen())
    for _ in range(2):
        rig.syncer.round()
    assert {file.name for file in (rig.folder / "assets").iterdir()} == {f"{name}.webp" for name in made["assets"]}
    assert rig.store.read(broken) is not None
    assert rig.store.problem_kind == "failing", "and the card is to be changed all the same"
    rig.close()


def test_a_picture_that_no_page_shows_any_more_leaves_no_problem_behind(server: BundleServer, tmp_path: Path) -> None:
    rig = Rig(server, tmp_path / "store")
    broken = rig.syncer.round().pages[0].picture
    unreadable(rig.folder / "assets" / broken.name)
    assert rig.store.read(broken) is None
    rig.syncer.round()
    made = publish(server.folder, 2, page("c"), evergreen())
    for _ in range(2):
        rig.syncer.round()
    assert rig.store.problem is None
    assert {file.name for file in (rig.folder / "assets").iterdir()} == {f"{name}.webp" for name in made["assets"]}
    rig.close()


def test_more_than_memory_takes_is_not_fetched_again_and_again(server: BundleServer, tmp_path: Path) -> None:
    big = [os.urandom(ROOM // 3) for _ in range(5)]
    publish(server.folder, 2, *(page(f"p{n}", picture=data) for n, data in enumerate(big)), evergreen())
    rig = Rig(server, tmp_path / "store")
    bundle = rig.syncer.round()
    for asset in bundle.assets.values():
        unreadable(rig.folder / "assets" / asset.name)
        assert rig.store.read(asset) is None
    for _ in range(2):
        rig.syncer.round()
    asked = len(rig.site.asked)
    rig.syncer.round()
    assert len(rig.site.asked) == asked + 1
    assert rig.store.read(next(each for each in bundle.pages if each.fallback).picture) is not None
    rig.close()


def test_a_manifest_that_the_card_can_not_give_back_is_as_if_there_were_none(
    server: BundleServer, tmp_path: Path
) -> None:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    rig.close()
    for name in ("library.bundle", "signage.pub", "signage.copy", "clock.json", *identity.FILES):
        (tmp_path / "store" / name).unlink(missing_ok=True)
        (tmp_path / "store" / name).symlink_to("/proc/self/mem")
    store = BundleStore(tmp_path / "store", "library")
    assert store.pinned() is None
    assert store.anchor() is None
    assert store.load(PUBLIC) is None
    assert identity.load(store.disk) == IdentityRecord()
    assert store.problem is not None
    store.close()


def test_a_full_card_takes_no_identity_but_the_old_one_stays(tmp_path: Path) -> None:
    store = BundleStore(tmp_path, None)
    old = IdentityRecord(Identity("library", PUBLIC, bytes(32), 1))
    assert identity.save(store.disk, old)
    with full_disk():
        assert not identity.save(store.disk, IdentityRecord(Identity("radhuset", PUBLIC, bytes(32), 2)))
    assert "full" in (store.problem or "")
    assert identity.load(store.disk) == old
    store.close()


def test_whatever_rots_in_the_folder_nothing_crashes_and_no_damaged_picture_is_shown(
    server: BundleServer, tmp_path: Path
) -> None:
    """Bits flipped and files cut short, everywhere; then one round with the server brings everything back."""
    chance = random.Random(11)
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    publish(server.folder, 2, page("a"), page("c"), evergreen())
    whole = rig.syncer.round()
    identity.save(rig.store.disk, IdentityRecord(Identity("library", PUBLIC, bytes(32), 1)))
    rig.close()
    kept = {file: file.read_bytes() for file in (tmp_path / "store").rglob("*") if file.is_file()}
    kept = {file: data for file, data in kept.items() if data}
    found = set()
    for _ in range(400):
        file = chance.choice(sorted(kept))
        data = bytearray(kept[file])
        if chance.random() < 0.5:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        else:
            del data[chance.randrange(len(data)) :]
        file.write_bytes(data)
        store = BundleStore(tmp_path / "store", "library")
        assert identity.load(store.disk).identity is not None, "one of the two files is whole"
        try:
            bundle = store.load(PUBLIC)
        except ManifestRefused:
            bundle = None
        assert bundle is not None, "this one, or the one before"
        found.add(bundle.version.serial)
        for asset in bundle.assets.values():
            data_read = store.read(asset)
            assert data_read is None or len(data_read) == asset.bytes
        store.newest(PUBLIC)
        store.close()
        for name, content in kept.items():
            name.write_bytes(content)
    assert found == {1, 2}
    for file, content in kept.items():
        file.write_bytes(content[: len(content) // 2])
    # of everything only halves are left, of the key too: as on its first day
    store = BundleStore(tmp_path / "store", "library")
    assert store.pinned() is None
    with pytest.raises(ManifestRefused):
        store.load(PUBLIC)
    http = Http(server.url)
    syncer = Syncer(http, store, "library", None, None, SettableClock(lambda: NOW))
    assert syncer.round().version == whole.version
    found_again = store.load(PUBLIC)
    assert found_again is not None
    assert all(store.read(asset) is not None for asset in found_again.assets.values())
    http.close()
    store.close()
