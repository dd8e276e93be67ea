"""A server gets a new key, and its players follow: by what the old key signed, and by nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from player.net.http import Http
from player.net.sync import Syncer
from player.store.manifest import ManifestRefused
from player.store.store import KEY_LINE, BundleStore
from player.store.trusted_keys import MOST_KEYS, KeyLine, read, write
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.player_parts import SettableClock
from tests.player.net.test_sync import NOW
from tests.unit.publishing.test_serials import killed_at

OLD, NEW, THIRD, EVIL = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3, 4))


def public(key: SigningKey) -> bytes:
    return bytes(key.verify_key.encode())


class Box:
    """A player without a window. `given`: the key of its settings, None: the first that it sees."""

    def __init__(self, server: BundleServer, folder: Path, given: bytes | None = None, owner: str = "") -> None:
        self.site = server
        self.folder = folder
        self.given = given
        self.owner = owner
        self.serial = 0
        self.open()

    def open(self) -> None:
        self.store = BundleStore(self.folder, "library")
        self.store.owner = self.owner
        self.http = Http(self.site.url)
        base = self.given or self.store.pinned()
        self.stored = None
        with contextlib.suppress(ManifestRefused):
            self.stored = self.store.load(base)
        newest = self.store.newest(base)
        clock = SettableClock(lambda: NOW)
        self.syncer = Syncer(self.http, self.store, "library", self.given, self.stored, clock, newest=newest)

    def close(self) -> None:
        self.http.close()
        self.store.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def publish(self, key: SigningKey, announced: SigningKey | None = None, serial: int = 0) -> None:
        self.serial += 1
        more: dict[str, Any] = {"next_key": public(announced).hex()} if announced else {}
        pages = (page(f"p{self.serial}"), evergreen())
        publish(self.site.folder, serial or self.serial, *pages, key=key, **more)

    def follow(self, key: SigningKey, announced: SigningKey | None = None) -> str:
        """What comes of a publication: "taken", or the kind of the refusal."""
        self.publish(key, announced)
        try:
            self.syncer.round()
        except ManifestRefused as refusal:
            return refusal.kind
        return "taken"

    def trusts(self) -> tuple[bytes, ...]:
        return self.syncer.keys


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 1, key=OLD)
    with serve(tmp_path / "site") as server:
        yield server


@pytest.fixture(params=["pinned", "given"])
def box(server: BundleServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Box]:
    box = Box(server, tmp_path / "store", public(OLD) if request.param == "given" else None)
    assert box.follow(OLD) == "taken"
    yield box
    box.close()


def test_a_key_that_the_old_one_announces_is_followed_and_then_the_old_one_is_forgotten(box: Box) -> None:
    assert box.follow(OLD, NEW) == "taken"
    assert box.trusts() == (public(OLD), public(NEW))
    assert box.follow(OLD, NEW) == "taken"
    assert box.follow(NEW) == "taken"
    assert box.trusts() == (public(NEW),)
    assert box.follow(OLD) in ("forged", "wrong-key")
    box.restart()
    assert box.trusts() == (public(NEW),)
    assert box.stored is not None
    assert box.follow(OLD) in ("forged", "wrong-key")
    assert box.follow(NEW) == "taken"


def test_a_key_that_nobody_announced_is_refused(box: Box) -> None:
    assert box.follow(NEW) in ("forged", "wrong-key")
    assert box.follow(EVIL, NEW) in ("forged", "wrong-key")
    assert box.trusts() == (public(OLD),)


def test_a_box_that_was_off_during_the_switch_follows_when_it_comes_back(box: Box) -> None:
    box.follow(OLD, NEW)
    box.restart()
    assert box.trusts() == (public(OLD), public(NEW))
    assert box.follow(NEW) == "taken"


def test_what_is_on_the_card_is_shown_after_a_restart_whoever_signed_it(box: Box) -> None:
    """Power goes after the new key was written down, and before the bundle that it signed."""
    box.follow(OLD, NEW)
    box.store.learn(box.given or public(OLD), public(NEW), None)
    box.restart()
    assert box.stored is not None
    assert box.stored.version.serial == box.serial


def test_an_announcement_that_is_taken_back_is_forgotten(box: Box) -> None:
    box.follow(OLD, NEW)
    box.follow(OLD)
    box.restart()
    assert box.trusts() == (public(OLD),)
    assert box.follow(NEW) in ("forged", "wrong-key")


def test_an_old_announcement_that_is_played_again_changes_nothing(box: Box) -> None:
    box.follow(OLD, EVIL)
    replayed = box.serial
    box.follow(OLD, NEW)
    box.publish(OLD, EVIL, serial=replayed)
    with pytest.raises(ManifestRefused):
        box.syncer.round()
    assert box.trusts() == (public(OLD), public(NEW))


def test_a_thief_of_the_old_key_gets_nowhere_after_the_switch(box: Box) -> None:
    box.follow(OLD, NEW)
    box.follow(NEW)
    assert box.follow(OLD, EVIL) in ("forged", "wrong-key")
    assert box.follow(NEW, OLD) == "taken"  # nor does a server by mistake: the line never goes back
    assert box.trusts() == (public(NEW),)


def test_the_key_can_be_changed_again_and_again_while_the_card_names_the_first(box: Box) -> None:
    keys = [SigningKey(bytes([100 + number]) * 32) for number in range(MOST_KEYS + 5)]
    before = OLD
    for key in keys:
        assert box.follow(before, key) == "taken"
        box.restart()
        assert box.follow(key) == "taken"
        before = key
    box.restart()
    assert box.trusts() == (public(before),)


def test_a_damaged_file_gives_way_to_its_copy(box: Box) -> None:
    box.follow(OLD, NEW)
    box.follow(NEW)
    (box.folder / KEY_LINE[0]).write_bytes(b"\0" * 300)
    box.restart()
    assert box.trusts() == (public(NEW),)


def test_who_holds_the_card_decides(server: BundleServer, tmp_path: Path) -> None:
    """A new token in the settings comes with a key: what was learnt before means nothing any more."""
    box = Box(server, tmp_path / "store", public(OLD), owner="a" * 16)
    box.follow(OLD, NEW)
    box.follow(NEW)
    box.owner = "b" * 16
    box.restart()
    assert box.trusts() == (public(OLD),)
    box.given, box.owner = public(THIRD), "a" * 16
    box.restart()
    assert box.trusts() == (public(THIRD),)
    box.close()


def test_following_costs_a_few_small_writes(box: Box) -> None:
    before = box.store.disk.written
    box.store.learn(public(OLD), public(OLD), public(NEW))
    box.store.learn(public(OLD), public(OLD), public(NEW))
    once = box.store.disk.written - before
    assert 0 < once < 100_000
    box.store.learn(public(OLD), public(OLD), public(NEW))
    assert box.store.disk.written - before == once  # nothing while nothing changes


def test_a_revoked_player_forgets_what_it_learnt(box: Box) -> None:
    box.follow(OLD, NEW)
    box.store.turn_to(None)
    assert not any((box.folder / name).exists() for name in KEY_LINE)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"keys": ["00"], "sum": "x"}', b"\xff"])
def test_a_damaged_line_is_no_line(damage: bytes) -> None:
    assert read(damage) is None


def test_a_flipped_bit_in_a_line_is_noticed() -> None:
    line = KeyLine((public(OLD), public(NEW)), 1, "a" * 16)
    data = write(line)
    assert read(data) == line
    for index in range(len(data) - 1):
        flipped = bytearray(data)
        flipped[index] ^= 1
        assert read(bytes(flipped)) in (None, line)  # the same, where a blank between words was hit
    assert read(write(replace(line, position=2))) is None
    assert read(write(replace(line, position=-1))) is None


def _round(url: str, folder: Path) -> None:
    """In a child: a player is started from its store, and polls once."""
    store = BundleStore(folder, "library")
    base = store.pinned()
    newest = store.newest(base)
    Syncer(Http(url), store, "library", None, store.load(base), SettableClock(lambda: NOW), newest=newest).round()


def test_a_kill_at_any_file_operation_leaves_a_player_that_follows(server: BundleServer, tmp_path: Path) -> None:
    number, killed = 0, True
    while killed:
        box = Box(server, tmp_path / f"store{number}")
        server.folder = tmp_path / f"site{number}"
        box.follow(OLD)
        box.follow(OLD, NEW)
        box.publish(NEW)
        box.close()
        killed = killed_at(number, _round, server.url, box.folder)
        box.open()
        assert box.stored is not None  # never blank, also without the server
        assert box.stored.version.serial >= 2
        assert box.follow(NEW) == "taken"
        assert box.trusts() == (public(NEW),)
        box.close()
        number += 2
    assert number > 20, "hardly a kill fell into the poll; this test proves little"


MOVES = st.lists(st.sampled_from(["announce", "withdraw", "switch", "restart", "thief", "stranger"]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_only_what_a_trusted_key_announced_is_ever_trusted(
    tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    publish(folder / "site", 1, key=OLD)
    fresh = (SigningKey(bytes([50 + number]) * 32) for number in range(50))
    with serve(folder / "site") as server:
        box = Box(server, folder / "store")
        current, announced, past = OLD, None, []
        assert box.follow(current) == "taken"
        for move in moves:
            if move == "announce":
                announced = next(fresh)
                assert box.follow(current, announced) == "taken"
            elif move == "withdraw":
                announced = None
                assert box.follow(current) == "taken"
            elif move == "switch" and announced is not None:
                past.append(current)
                current, announced = announced, None
                assert box.follow(current) == "taken"
            elif move == "restart":
                box.restart()
                assert box.stored is not None
            elif move == "thief" and past:
                assert box.follow(past[-1], EVIL) in ("forged", "wrong-key")
            elif move == "stranger":
                assert box.follow(EVIL, EVIL) in ("forged", "wrong-key")
            assert box.trusts() == tuple(public(key) for key in (current, announced) if key)
        assert box.follow(current, announced) == "taken"
        box.close()
