"""Attacks by name, from the wire to the glass: after each the store is what it was, and so is the picture.

How a single answer is refused, and with which words, is in test_player_sync.py and test_player_manifest.py.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import mmap
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from player.display.display_options import DisplayOptions
from player.display.glass import Glass
from tests.fixtures.bundle_server import BundleServer, endless, says, serve
from tests.fixtures.bundles import OTHER_KEY, evergreen, manifest, page, publish, write_manifest
from tests.fixtures.picture_bombs import BOMBS
from tests.fixtures.victim import SIZE, Victim, is_notice, is_page, victim
from tests.fixtures.xvfb import xvfb

pytestmark = pytest.mark.window
Attack = Callable[[BundleServer], None]
MANIFEST = "screens/library/manifest.json"
ROOM = 48 * 1024 * 1024  # bytes that a bomb may cost at its worst; each would take more


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(*SIZE) as name:
        yield name


@pytest.fixture(scope="module")
def glass(display: str) -> Iterator[Glass]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SDL_VIDEODRIVER", raising=False)
        patch.setenv("DISPLAY", display)
        glass = Glass(DisplayOptions(output="window"))
    yield glass
    glass.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 3, page("a"), page("b"), evergreen())
    with serve(tmp_path / "site") as server:
        yield server


@pytest.fixture
def player(server: BundleServer, tmp_path: Path, display: str, glass: Glass) -> Iterator[Victim]:
    with victim(server, tmp_path / "store", display, glass) as made:
        assert made.sync() == "taken"
        assert is_page(made.shows(), "a")
        yield made


def new_bundle(server: BundleServer, **more: Any) -> dict[str, Any]:
    return publish(server.folder, 4, page("c"), evergreen(), **more)


def asset_of(server: BundleServer, made: dict[str, Any], id: str) -> Path:
    [found] = [p["asset"] for p in made["pages"] if p["id"] == id]
    return next((server.folder / "assets").glob(f"{found}.*"))


# -- the attacks ------------------------------------------------------------------------------------------------------


def forged_manifest(server: BundleServer) -> None:
    write_manifest(server.folder, new_bundle(server), signature=OTHER_KEY.sign(b"something else").signature)


def changed_manifest(server: BundleServer) -> None:
    made = new_bundle(server)
    good = (server.folder / f"{MANIFEST}.sig").read_bytes()
    made["pages"][0]["until"] = "2099-01-01T00:00:00+01:00"
    write_manifest(server.folder, made, signature=good)


def replayed_manifest(server: BundleServer) -> None:
    publish(server.folder, 2, page("z"), evergreen())


def same_serial_again(server: BundleServer) -> None:
    publish(server.folder, 3, page("z"), evergreen())


def manifest_of_another_screen(server: BundleServer) -> None:
    made = publish(server.folder, 9, page("z"), evergreen(), screen="hall")
    write_manifest(server.folder, made, screen="library")


def key_changed(server: BundleServer) -> None:
    new_bundle(server, key=OTHER_KEY)


def endless_manifest(server: BundleServer) -> None:
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = endless


def endless_signature(server: BundleServer) -> None:
    new_bundle(server)
    (server.folder / MANIFEST).with_name("manifest.signed").unlink()  # as on a server before 0.6
    server.misbehave["manifest.json.sig"] = endless


def endless_picture(server: BundleServer) -> None:
    server.misbehave[asset_of(server, new_bundle(server), "c").name] = endless


def swapped_picture(server: BundleServer) -> None:
    made = publish(server.folder, 4, page("c"), page("d"), evergreen())
    c, d = asset_of(server, made, "c"), asset_of(server, made, "d")
    data = c.read_bytes()
    c.write_bytes(d.read_bytes())
    d.write_bytes(data)


def picture_of_the_same_size(server: BundleServer) -> None:
    file = asset_of(server, new_bundle(server), "c")
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def redirect_elsewhere(server: BundleServer) -> None:
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = says(
        302, b"", Location="http://203.0.113.7/manifest.json"
    )


def redirect_of_a_picture(server: BundleServer) -> None:
    file = asset_of(server, new_bundle(server), "c")
    server.misbehave[file.name] = says(302, b"", Location=f"http://203.0.113.7/{file.name}")


def redirect_to_a_file(server: BundleServer) -> None:
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = says(
        302, b"", Location="file:///etc/passwd"
    )


def compressed_body(server: BundleServer) -> None:
    new_bundle(server)
    packed = gzip.compress(bytes(64 * 1024 * 1024), 1)
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = says(200, packed, Content_Encoding="gzip")


def promises_more_than_it_sends(server: BundleServer) -> None:
    new_bundle(server)
    body = (server.folder / MANIFEST).read_bytes()
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = raw(body, str(len(body) + 1000))


def promises_less_than_it_sends(server: BundleServer) -> None:
    new_bundle(server)
    body = (server.folder / MANIFEST).read_bytes()
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = raw(body, str(len(body) - 100))


def says_no_number_of_bytes(server: BundleServer) -> None:
    new_bundle(server)
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = raw(b"x" * 100, "many")


def says_that_it_is_huge(server: BundleServer) -> None:
    new_bundle(server)
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = raw(b"x" * 100, str(2**62))


def some_web_page(server: BundleServer) -> None:
    server.misbehave[""] = says(
        200, b"<html>Velkommen til gjestenettet. Logg inn.</html>" * 20, Content_Type="text/html"
    )


def signed(data: bytes) -> Attack:
    """What is sent when the server's key is in wrong hands, or its renderer has gone mad."""
    return lambda server: write_manifest(server.folder, data, screen="library")


def bomb(**keys: Any) -> Attack:
    """A good manifest with these keys changed, which its schema would not let through."""
    made, _ = manifest(4, page("c"), evergreen())
    return signed(json.dumps({**made, **keys}).encode())


def many_pages() -> Attack:
    made, _ = manifest(4, page("c"), evergreen())
    one = made["pages"][0]
    slim = {**one, "alt": "", "events": []}
    return bomb(pages=[*({**slim, "id": str(n)} for n in range(6000)), made["pages"][-1]])


def raw(body: bytes, length: str) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", length)
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)

    return answer


ATTACKS: dict[str, tuple[Attack, str]] = {
    "forged manifest": (forged_manifest, "forged"),
    "changed manifest": (changed_manifest, "forged"),
    "replayed manifest (rollback)": (replayed_manifest, "rolled-back"),
    "another manifest under the same serial": (same_serial_again, "rolled-back"),
    "manifest of another screen (mix)": (manifest_of_another_screen, "other-screen"),
    "key changed": (key_changed, "wrong-key"),
    "endless manifest": (endless_manifest, "too-large"),
    "endless signature": (endless_signature, "too-large"),
    "endless picture": (endless_picture, "too-large"),
    "pictures swapped": (swapped_picture, "asset|too-large"),
    "picture of the same size": (picture_of_the_same_size, "asset"),
    "redirect elsewhere": (redirect_elsewhere, "redirected"),
    "redirect of a picture": (redirect_of_a_picture, "redirected"),
    "redirect to a file": (redirect_to_a_file, "redirected"),
    "compressed body": (compressed_body, "unreachable|too-large"),
    "more bytes promised than sent": (promises_more_than_it_sends, "unreachable"),
    "fewer bytes promised than sent": (promises_less_than_it_sends, "forged"),
    "length that is no number": (says_no_number_of_bytes, "unreachable|forged"),
    "length beyond everything": (says_that_it_is_huge, "too-large"),
    "some web page": (some_web_page, "too-large|forged|truncated|wrong-key"),
    "manifest bomb: lists in lists": (signed(b"[" * 2_000_000), "not-json"),
    "manifest bomb: objects in objects": (signed(b'{"a":' * 600_000), "not-json"),
    "manifest bomb: a number of a million digits": (signed(b'{"format":' + b"9" * 1_000_000 + b"}"), "not-json"),
    "manifest bomb: a number beyond all": (bomb(width=1e300), "shape"),
    "manifest bomb: infinity": (signed(b'{"format": 1, "screen": "library", "serial": 1e999}'), "shape"),
    "manifest bomb: serial that leaves no room": (bomb(serial=2**63 + 1), "shape"),
    "manifest bomb: a year that does not exist": (bomb(horizon="99999-01-01T00:00:00+00:00"), "shape"),
    "manifest bomb: the end of time": (bomb(horizon="9999-12-31T23:59:59-23:00"), "shape"),
    "manifest bomb: thousands of pages": (many_pages(), "shape|too-large"),
    "manifest bomb: gigapixels": (bomb(width=9999, height=9999), "shape"),
    "manifest bomb: a name that leaves the folder": (
        bomb(assets={"../../../etc/cron.d/x": {"bytes": 1, "media_type": "image/webp"}}),
        "shape",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_after_the_attack_disk_and_glass_are_as_before_and_the_next_good_bundle_is_taken(
    name: str, player: Victim, server: BundleServer
) -> None:
    attack, expected = ATTACKS[name]
    before = player.on_disk()
    attack(server)
    with little_memory(name):
        for _ in range(2):
            assert player.sync() in expected.split("|")
    kept = {path: data for path, data in player.on_disk().items() if path in before}
    assert kept == before, "what was stored before was touched"
    assert not [path for path in player.on_disk() if path.endswith(".part")]
    assert is_page(player.shows(), "a")
    player.restart()
    assert is_page(player.shows(), "a")
    assert player.sync() in expected.split("|")
    assert is_page(player.shows(), "a")
    server.misbehave.clear()
    publish(server.folder, 5, page("e"), evergreen())
    assert player.sync() == "taken"
    assert is_page(player.shows(), "e")


@pytest.mark.parametrize("name", ["forged manifest", "manifest of another screen (mix)", "some web page"])
def test_on_first_contact_an_attack_leaves_the_waiting_page_and_nothing_on_the_disk(
    name: str, server: BundleServer, tmp_path: Path, display: str, glass: Glass
) -> None:
    attack, expected = ATTACKS[name]
    attack(server)
    with victim(server, tmp_path / "new", display, glass, key=None) as player:
        assert player.sync() in expected.split("|")
        assert is_notice(player.shows())
        assert set(player.on_disk()) == {"lock"}


def test_a_slow_body_is_cut_off(player: Victim, server: BundleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("player.net.http.BODY_SECONDS", 0.3)
    over = threading.Event()

    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not over.wait(0.05):
                handler.wfile.write(b" ")

    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = trickle
    before = player.on_disk()
    assert player.sync() in ("unreachable", "forged")
    over.set()
    assert player.on_disk() == before
    assert is_page(player.shows(), "a")


def test_a_server_that_takes_the_question_and_never_answers(
    player: Victim, server: BundleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.net.http.READ_SECONDS", 0.2)
    over = threading.Event()
    server.misbehave["manifest.signed"] = server.misbehave["manifest.json"] = lambda handler: over.wait(30) and None
    before = player.on_disk()
    assert player.sync() == "unreachable"
    over.set()
    assert player.on_disk() == before
    assert is_page(player.shows(), "a")


def test_an_old_answer_for_ever_ends_at_the_horizon(player: Victim, server: BundleServer) -> None:
    """Freezing: nobody can forge, but somebody in between keeps what is new from the screen."""
    names = ("manifest.signed", "manifest.json", "manifest.json.sig")
    old = {name: (server.folder / MANIFEST).with_name(name).read_bytes() for name in names}
    new_bundle(server)
    for name, body in old.items():
        server.misbehave[name] = says(200, body)
    assert player.sync() == "taken"
    assert is_page(player.shows(), "a")
    assert is_page(player.shows(later=timedelta(days=365)), "evergreen")


# -- pictures that are signed, and bombs all the same -----------------------------------------------------------------


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_bomb_costs_its_page_and_little_memory(name: str, player: Victim, server: BundleServer) -> None:
    bomb = BOMBS[name]()
    publish(server.folder, 4, page("bomb", picture=bomb), page("c"), evergreen())
    assert player.sync() == "taken"
    assert hashlib.sha256(bomb).hexdigest() in "".join(player.on_disk())
    with little_memory(name):
        shot = player.shows()
    drawn = name == "a right header and rows without end" or "unpacks without end" in name
    # a picture that is all right but for what nobody needs of it may be drawn: black, as its rows say
    assert is_page(shot, "c") or (drawn and shot.getbbox() is None)
    player.restart()
    assert is_page(player.shows(trusted=False), "evergreen")


@contextlib.contextmanager
def little_memory(name: str) -> Iterator[None]:
    """Fail when the process at its peak took more than ROOM on top of what it has now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    yield
    assert _peak() - before < ROOM, f"{name}: {(_peak() - before) >> 20} MB"


def _peak() -> int:
    """Bytes of the most memory that this process had since it was last reset."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def test_the_measure_of_memory_can_fail() -> None:
    with pytest.raises(AssertionError, match="MB"), little_memory("a bomb"):
        _touch(2 * ROOM)


def _touch(size: int) -> None:
    """Use fresh pages: what malloc gives may have been this process' before, and then nothing grows."""
    with mmap.mmap(-1, size) as memory:
        for start in range(0, size, mmap.PAGESIZE):
            memory[start] = 1
