"""Folders that can't be written, full disks, second players: the picture goes on."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.clock import Anchor
from player.net.http import Unreachable
from player.store.manifest import verify
from player.store.packed_manifest import unpack
from player.store.pinned_key import PINNED, parse_key
from player.store.store import ROOM, BundleStore, StoreInUse
from tests.fixtures.bundle_server import BundleServer, says, serve
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.player.net.test_sync import Rig

PUBLIC = KEY.verify_key.encode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 1, page("a"), page("b"), evergreen())
    with serve(tmp_path / "site") as server:
        yield server


@contextlib.contextmanager
def full_disk(room: int = 100) -> Iterator[None]:
    """No file may grow beyond so many bytes: every larger write fails as on a full disk, really, in the kernel."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def on_the_card(folder: Path) -> int:
    """The serial that a player would start with after a power cut; every picture of it is there, too."""
    manifest, signature = unpack((folder / "library.bundle").read_bytes())
    stored = verify(manifest, signature, PUBLIC, "library")
    for name, asset in stored.assets.items():
        assert (folder / "assets" / name).stat().st_size == asset.bytes
    return stored.version.serial


def test_a_folder_that_cant_be_made_is_said_and_everything_is_shown_from_memory(
    server: BundleServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    rig = Rig(server, tmp_path / "file" / "store")
    assert rig.store.problem is not None
    assert "can't be written" in rig.store.problem
    bundle = rig.syncer.round()
    assert all(rig.store.read(asset) for asset in bundle.assets.values())
    assert rig.store.pinned() == PUBLIC
    rig.close()


@pytest.mark.parametrize("name", PINNED)
def test_a_flipped_digit_of_the_pinned_key_costs_nothing(server: BundleServer, tmp_path: Path, name: str) -> None:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    rig.close()
    file = tmp_path / "store" / name
    digits = file.read_text()
    file.write_text(("1" if digits[0] == "0" else "0") + digits[1:])
    store = BundleStore(tmp_path / "store", "library")
    assert store.pinned() == PUBLIC
    assert store.load(store.pinned()) is not None
    store.close()


def test_a_key_as_players_before_wrote_it_is_read(server: BundleServer, tmp_path: Path) -> None:
    rig = Rig(server, tmp_path / "store")
    (tmp_path / "store" / "signage.pub").write_text(PUBLIC.hex() + "\n")
    assert rig.store.pinned() == PUBLIC
    rig.close()


def test_a_full_disk_costs_the_next_start_only(server: BundleServer, tmp_path: Path) -> None:
    with full_disk():
        rig = Rig(server, tmp_path / "store")
        bundle = rig.syncer.round()
    assert rig.store.problem is not None
    assert all(rig.store.read(asset) for asset in bundle.assets.values())
    assert not list((tmp_path / "store" / "assets").iterdir())
    rig.close()


def test_a_disk_that_fills_up_keeps_its_old_bundle_and_takes_the_new_one_when_there_is_room(
    server: BundleServer, tmp_path: Path
) -> None:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    publish(server.folder, 2, page("c"), evergreen())
    with full_disk():
        bundle = rig.syncer.round()
        assert bundle.version.serial == 2
        assert all(rig.store.read(asset) for asset in bundle.assets.values())
        assert rig.holds() == 1
    rig.syncer.round()
    assert rig.store.problem is None
    assert rig.holds() == 2
    assert {file.name for file in (rig.folder / "assets").iterdir()} == set(bundle.assets)
    rig.close()


def test_a_disk_with_room_for_the_manifest_alone_keeps_the_old_bundle_whole(
    server: BundleServer, tmp_path: Path
) -> None:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    big = os.urandom(100_000)
    publish(server.folder, 2, page("c", picture=big), evergreen())
    with full_disk(50_000):
        bundle = rig.syncer.round()
        assert rig.store.problem_kind == "full"
        assert rig.store.read(bundle.pages[0].picture) == big
        assert on_the_card(rig.folder) == 1
    rig.syncer.round()
    assert on_the_card(rig.folder) == 2
    rig.close()


def test_a_bundle_is_written_down_when_the_pictures_that_memory_had_no_room_for_have_come(
    server: BundleServer, tmp_path: Path
) -> None:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    big = [os.urandom(ROOM // 3) for _ in range(4)]
    made = publish(server.folder, 2, *(page(f"p{n}", picture=data) for n, data in enumerate(big)), evergreen())
    with full_disk(50_000):
        rig.syncer.round()
    [missing, *_] = [name for name in made["assets"] if f"{name}.webp" not in rig.store.have()]
    server.misbehave[f"{missing}.webp"] = says(503, b"")
    with pytest.raises(Unreachable):
        rig.syncer.round()
    assert rig.store.problem is None
    assert on_the_card(rig.folder) == 1, "nor before they are here"
    server.misbehave.clear()
    for _ in range(2):
        rig.syncer.round()
    assert on_the_card(rig.folder) == 2
    rig.close()


def test_memory_takes_no_more_than_its_share(server: BundleServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    big = [os.urandom(ROOM // 3) for _ in range(6)]
    pages = [page(f"p{n}", picture=b"RIFF" + data, dwell_seconds=3.0) for n, data in enumerate(big)]
    publish(server.folder, 3, *pages, evergreen())
    rig = Rig(server, tmp_path / "file" / "store")
    for _ in range(3):
        bundle = rig.syncer.round()
        assert sum(rig.store.have().values()) <= ROOM
    [last] = [p for p in bundle.pages if p.fallback]
    assert rig.store.read(last.picture) is not None
    rig.close()


def test_two_players_dont_share_a_folder(tmp_path: Path) -> None:
    first = BundleStore(tmp_path, "library")
    with pytest.raises(StoreInUse, match="another player"):
        BundleStore(tmp_path, "library")
    first.close()
    BundleStore(tmp_path, "library").close()


def test_half_downloads_of_a_kill_are_swept(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "x.webp.part").write_bytes(b"half")
    store = BundleStore(tmp_path, "library")
    assert store.have() == {}
    assert not list((tmp_path / "assets").iterdir())
    store.close()


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b'{"boot_id": 1}', b'{"offset": "x", "boot_id": "b"}', b"\xff"])
def test_a_rotten_clock_file_means_that_nothing_is_known(tmp_path: Path, rubbish: bytes) -> None:
    store = BundleStore(tmp_path, "library")
    (tmp_path / "clock.json").write_bytes(rubbish)
    assert store.anchor() is None
    store.remember(Anchor("boot", 12.5))
    assert store.anchor() == Anchor("boot", 12.5)
    store.close()


def test_a_key_is_64_hexadecimal_digits() -> None:
    assert parse_key(PUBLIC.hex() + "\n") == PUBLIC
    assert parse_key("<html>") is None
    assert parse_key("abcd") is None
