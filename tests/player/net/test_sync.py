"""Attacks and accidents on the way from the server to the store, by name. After each the old bundle is whole."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from player.net.http import Http, Unreachable
from player.net.sync import Activate, Delete, Fetch, Syncer, plan
from player.store.manifest import Asset, Manifest, ManifestRefused
from player.store.store import BundleStore
from tests.fixtures.bundle_server import BundleServer, cut_short, endless, says, serve
from tests.fixtures.bundles import CLOCK, KEY, OTHER_KEY, evergreen, manifest, page, picture, publish, write_manifest
from tests.fixtures.player_parts import SettableClock
from tests.player.test_rotation import read

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


class Rig:
    """A published bundle, a server for it, and a player's store without its window."""

    def __init__(self, server: BundleServer, folder: Path, key: bytes | None = None) -> None:
        self.site = server
        self.folder = folder
        self.http = Http(server.url)
        self.store = BundleStore(folder, "library")
        self.changes: list[str] = []
        self.clock = SettableClock(lambda: NOW)
        self.syncer = Syncer(
            self.http,
            self.store,
            "library",
            key,
            self.store.load(key or self.store.pinned()),
            self.clock,
            lambda: self.changes.append("changed"),
        )

    def close(self) -> None:
        self.http.close()
        self.store.close()

    def refused(self) -> str:
        with pytest.raises(ManifestRefused) as caught:
            self.syncer.round()
        return caught.value.kind

    def holds(self) -> int:
        """The serial that a player would start with now, every picture of it checked; 0: none."""
        stored = self.store.load(KEY.verify_key.encode())
        if stored is None:
            return 0
        assert all(self.store.read(asset) is not None for asset in stored.assets.values())
        return stored.version.serial


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    folder = tmp_path / "site"
    publish(folder, 1, page("a", clock=CLOCK), page("b"), evergreen())
    with serve(folder) as server:
        yield server


@pytest.fixture
def rig(server: BundleServer, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    assert rig.holds() == 1
    yield rig
    rig.close()


def names(of: Manifest | dict[str, Any], *ids: str) -> list[str]:
    bundle = of if isinstance(of, Manifest) else read(of)
    return [p.picture.name for i in ids for p in bundle.pages if p.id == i]


# -- the plan ---------------------------------------------------------------------------------------------------------


def test_the_plan_fetches_soonest_first_activates_and_then_deletes() -> None:
    june = {"from_": "2026-06-01T14:00:00+02:00", "until": "2026-06-01T16:00:00+02:00"}
    past = {"from_": "2026-05-01T00:00:00+02:00", "until": "2026-05-02T00:00:00+02:00"}
    want = read(manifest(2, page("past", **past), page("later", **june), page("now"), evergreen())[0])
    actions = plan({"old.webp": 5}, want, NOW)
    fetched = [action.asset.name for action in actions if isinstance(action, Fetch)]
    assert fetched == names(want, "evergreen", "now", "later", "past")
    assert actions[4:] == [Activate(want), Delete(("old.webp",))]


def test_a_plan_for_what_is_there_already_is_empty() -> None:
    want = read(manifest(2, page("a", clock=CLOCK), evergreen())[0])
    have = {name: asset.bytes for name, asset in want.assets.items()}
    assert plan(have, want, NOW, want.version) == []
    assert plan(have, want, NOW) == [Activate(want)]


def test_half_a_picture_is_fetched_again() -> None:
    want = read(manifest(2, page("a"), evergreen())[0])
    have = {name: asset.bytes for name, asset in want.assets.items()}
    [half] = names(want, "a")
    assert plan({**have, half: 10}, want, NOW, want.version) == [Fetch(want.assets[half])]


def test_with_little_room_the_evergreen_page_and_the_soonest_are_kept() -> None:
    june = {"from_": "2026-06-01T14:00:00+02:00", "until": "2026-06-01T16:00:00+02:00"}
    want = read(manifest(2, page("later", **june), page("now"), evergreen())[0])
    room = sum(want.assets[name].bytes for name in names(want, "now", "evergreen"))
    [later] = names(want, "later")
    have = {later: want.assets[later].bytes}
    actions = plan(have, want, NOW, want.version, room)
    assert actions[0] == Delete((later,))
    assert [a.asset.name for a in actions[1:] if isinstance(a, Fetch)] == names(want, "evergreen", "now")


# -- a good server ----------------------------------------------------------------------------------------------------


def test_nothing_new_costs_one_question_and_no_change(rig: Rig) -> None:
    rig.site.answered.clear()
    rig.changes.clear()
    rig.syncer.round()
    assert rig.site.answered == [("/screens/library/manifest.signed", 304)]
    assert rig.changes == []


def test_a_new_publication_fetches_only_what_is_new_and_sweeps_what_is_old(rig: Rig) -> None:
    rig.site.asked.clear()
    made = publish(rig.site.folder, 2, page("a", clock=CLOCK), page("c"), evergreen())
    rig.syncer.round()
    assert rig.holds() == 2
    assert [path for path in rig.site.asked if "assets" in path] == [f"/assets/{names(made, 'c')[0]}"]
    assert set(rig.store.have()) == set(read(made).assets)
    assert {file.name for file in rig.folder.iterdir()} == {
        "assets",
        "library.bundle",
        "library.last",
        "lock",
        "signage.copy",
        "signage.pub",
    }


def test_a_picture_that_rots_on_the_card_is_noticed_and_fetched_again(rig: Rig) -> None:
    assert rig.syncer.manifest is not None
    [name] = names(rig.syncer.manifest, "b")
    file = rig.folder / "assets" / name
    rotten = bytearray(file.read_bytes())
    rotten[-1] ^= 1
    file.write_bytes(rotten)
    assert rig.store.read(rig.syncer.manifest.assets[name]) is None
    rig.changes.clear()
    rig.syncer.round()
    assert rig.store.read(rig.syncer.manifest.assets[name]) is not None
    assert rig.changes == ["changed"]


def test_the_servers_time_is_passed_on(rig: Rig) -> None:
    assert abs(rig.clock.server_times[-1] - datetime.now(UTC).timestamp()) < 30


def test_a_redirect_on_the_same_host_is_followed(rig: Rig) -> None:
    publish(rig.site.folder, 2, page("c"), evergreen())
    body = (rig.site.folder / "screens/library/manifest.signed").read_bytes()
    rig.site.misbehave["library/manifest.signed"] = says(302, b"", Location="/screens/library/./manifest.signed?x")
    rig.site.misbehave["manifest.signed?x"] = says(200, body)
    assert rig.syncer.round().version.serial == 2


def test_a_signature_with_the_next_key_alone_is_noticed(rig: Rig, server: BundleServer) -> None:
    """A screen that can't be built any more is signed again with the new key: the manifest stays the same."""
    made = publish(server.folder, 2, page("c"), evergreen(), next_key=OTHER_KEY.verify_key.encode().hex())
    rig.syncer.round()
    assert rig.syncer.keys == (KEY.verify_key.encode(), OTHER_KEY.verify_key.encode())
    write_manifest(server.folder, made, key=OTHER_KEY)
    rig.syncer.round()
    assert rig.syncer.keys[0] == OTHER_KEY.verify_key.encode()


# -- attacks ----------------------------------------------------------------------------------------------------------


def test_a_tampered_manifest_keeps_the_old_bundle(rig: Rig) -> None:
    made = publish(rig.site.folder, 2, page("c"), evergreen())
    good = (rig.site.folder / "screens/library/manifest.json.sig").read_bytes()
    made["pages"][0]["until"] = "2099-01-01T00:00:00+01:00"
    write_manifest(rig.site.folder, made, signature=good)
    assert rig.refused() == "forged"
    assert rig.holds() == 1


def test_a_truncated_manifest_keeps_the_old_bundle(rig: Rig) -> None:
    publish(rig.site.folder, 2, page("c"), evergreen())
    whole = (rig.site.folder / "screens/library/manifest.json").read_bytes()
    signature = (rig.site.folder / "screens/library/manifest.json.sig").read_bytes()
    write_manifest(rig.site.folder, whole[:-20], signature=signature)
    assert rig.refused() == "forged"
    assert rig.holds() == 1


def test_half_a_signature_keeps_the_old_bundle(rig: Rig) -> None:
    made = publish(rig.site.folder, 2, page("c"), evergreen())
    write_manifest(rig.site.folder, made, signature=bytes(10))
    assert rig.refused() == "truncated"
    assert rig.holds() == 1


def test_a_rolled_back_manifest_is_refused_also_after_a_restart(rig: Rig, server: BundleServer) -> None:
    publish(server.folder, 5, page("c"), evergreen())
    rig.syncer.round()
    publish(server.folder, 4, page("d"), evergreen())
    assert rig.refused() == "rolled-back"
    rig.close()
    again = Rig(server, rig.folder)
    assert again.refused() == "rolled-back"
    assert again.holds() == 5
    again.close()


def test_another_screens_bundle_is_refused(rig: Rig) -> None:
    made = publish(rig.site.folder, 9, page("c"), evergreen(), screen="hall")
    write_manifest(rig.site.folder, made, screen="library")
    assert rig.refused() == "other-screen"
    assert rig.holds() == 1


def test_a_swapped_picture_keeps_the_old_bundle(rig: Rig) -> None:
    made = publish(rig.site.folder, 2, page("c"), page("d"), evergreen())
    c, d = (rig.site.folder / "assets" / name for name in names(made, "c", "d"))
    same_size = c.read_bytes()[:-1] + b"x"
    c.write_bytes(same_size)
    assert rig.refused() == "asset"
    c.write_bytes(d.read_bytes() + d.read_bytes())
    assert rig.refused() == "too-large"
    assert rig.holds() == 1
    assert names(made, "c")[0] not in rig.store.have()


@pytest.mark.parametrize("end", ["manifest.signed", ".webp"])
def test_an_endless_body_is_cut_off_and_keeps_the_old_bundle(rig: Rig, end: str) -> None:
    publish(rig.site.folder, 2, page("c"), evergreen())
    rig.site.misbehave[end] = endless
    assert rig.refused() == "too-large"
    assert rig.holds() == 1


def test_a_body_that_says_it_is_huge_is_not_read(rig: Rig) -> None:
    def huge(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**40))
        handler.end_headers()

    rig.site.misbehave["manifest.signed"] = huge
    assert rig.refused() == "too-large"


def test_a_body_that_trickles_is_cut_off(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(600):  # a byte each tenth of a second never runs into a read's own time limit
            try:
                handler.wfile.write(b" ")
            except OSError:
                break
            if over.wait(0.1):
                break

    monkeypatch.setattr("player.net.http.BODY_SECONDS", 0.5)
    rig.site.misbehave["manifest.signed"] = rig.site.misbehave["manifest.json"] = trickle
    with pytest.raises((Unreachable, ManifestRefused)):
        rig.syncer.round()
    over.set()
    assert rig.holds() == 1


def test_half_a_picture_keeps_the_old_bundle(rig: Rig) -> None:
    made = publish(rig.site.folder, 2, page("c"), evergreen())
    [name] = names(made, "c")
    rig.site.misbehave[name] = cut_short((rig.site.folder / "assets" / name).read_bytes())
    with pytest.raises(Unreachable, match="broke off"):
        rig.syncer.round()
    assert rig.holds() == 1
    rig.site.misbehave.clear()
    rig.syncer.round()
    assert rig.holds() == 2


def test_another_key_is_refused_with_a_sentence_that_says_what_to_do(rig: Rig, server: BundleServer) -> None:
    publish(server.folder, 2, page("c"), evergreen(), key=OTHER_KEY)
    with pytest.raises(ManifestRefused, match=r"signs with a different key .* --key [0-9a-f]{64}") as caught:
        rig.syncer.round()
    assert caught.value.kind == "wrong-key"
    assert rig.holds() == 1
    rig.close()
    told = Rig(server, rig.folder.parent / "other store", OTHER_KEY.verify_key.encode())
    assert told.syncer.round().version.serial == 2
    told.close()


def test_a_forged_bundle_on_first_contact_pins_nothing(server: BundleServer, tmp_path: Path) -> None:
    made = publish(server.folder, 2, page("c"), evergreen())
    write_manifest(server.folder, made, key=OTHER_KEY)
    rig = Rig(server, tmp_path / "new store")
    assert rig.refused() == "forged"
    assert rig.store.pinned() is None
    assert rig.holds() == 0
    rig.close()


def test_a_redirect_elsewhere_is_refused(rig: Rig) -> None:
    rig.site.misbehave["manifest.signed"] = says(302, b"", Location="http://login.example/?next")
    with pytest.raises(ManifestRefused, match=r"redirects to login\.example\. Check whether") as caught:
        rig.syncer.round()
    assert caught.value.kind == "redirected"


def test_a_redirect_to_another_port_or_to_no_address_is_refused(rig: Rig) -> None:
    for there in ("http://127.0.0.1:1", rig.site.url.replace("//", "//127.0.0.1:1\\@"), "http://a:99999", "http://[a"):
        rig.site.misbehave["manifest.signed"] = says(301, b"", Location=f"{there}/manifest.signed")
        assert rig.refused() == "redirected"


def test_redirects_in_circles_end(rig: Rig) -> None:
    rig.site.misbehave["manifest.signed"] = says(302, b"", Location="/screens/library/manifest.signed")
    with pytest.raises(Unreachable, match="in a circle"):
        rig.syncer.round()


# -- accidents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_server_that_fails_keeps_the_old_bundle(rig: Rig, status: int) -> None:
    rig.site.misbehave["manifest.signed"] = rig.site.misbehave["manifest.json"] = says(status, b"<h1>Oops</h1>")
    with pytest.raises(Unreachable, match=str(status)):
        rig.syncer.round()
    assert rig.holds() == 1


def test_a_server_that_is_some_web_page(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with serve(tmp_path / "site") as server:
        server.misbehave[""] = says(200, b"<html>Welcome to the hotel's guest network, please log in</html>" * 9)
        rig = Rig(server, tmp_path / "store")
        with pytest.raises(ManifestRefused):
            rig.syncer.round()
        assert rig.holds() == 0
        rig.close()


def test_a_server_that_is_gone(rig: Rig) -> None:
    rig.http.base = "http://127.0.0.1:1/"
    with pytest.raises(Unreachable, match="no connection"):
        rig.syncer.round()
    assert rig.holds() == 1


def test_a_compressed_answer_is_not_unpacked(rig: Rig) -> None:
    rig.site.misbehave["manifest.signed"] = says(200, b"\x1f\x8b", Content_Encoding="gzip")
    with pytest.raises(Unreachable, match="compressed"):
        rig.syncer.round()


def test_a_stored_bundle_that_rotted_is_refused_at_start_and_fetched_anew(rig: Rig, server: BundleServer) -> None:
    file = rig.folder / "library.bundle"
    data = bytearray(file.read_bytes())
    data[200] ^= 4
    file.write_bytes(data)
    with pytest.raises(ManifestRefused):
        rig.store.load(KEY.verify_key.encode())
    rig.syncer.manifest = None
    rig.syncer.round()
    assert rig.holds() == 1


def test_pictures_are_stored_under_their_names_only_when_whole(rig: Rig) -> None:
    data = picture("z")
    with pytest.raises(ManifestRefused):
        rig.store.put(Asset("0" * 64, len(data), "image/webp"), data)
    assert "0" * 64 + ".webp" not in rig.store.have()


def test_what_is_kept_is_exactly_what_was_published(rig: Rig) -> None:
    stored = (rig.folder / "library.bundle").read_bytes()
    published = rig.site.folder / "screens/library"
    assert stored[:64] == (published / "manifest.json.sig").read_bytes()
    assert zlib.decompress(stored[64:]) == (published / "manifest.json").read_bytes()
