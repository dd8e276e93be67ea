"""`signage key rotate`: the key is exchanged, every player follows, and none is left behind unasked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from player.net.http import Http
from player.net.pairing import read_assignment_with
from player.net.sync import Syncer
from player.store.manifest import ManifestRefused
from player.store.store import BundleStore
from signage.cli.main import main
from signage.errors import SignageError
from signage.fleet.key_takeover import KeyWatch
from signage.publishing import Publisher, SigningKeys
from signage.publishing.key_rotation import announce, announced, take_over
from signage.publishing.keys import KEY_FILE, NEXT_FILE
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import VALID
from tests.fixtures.desk import Desk, serving
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.player_parts import SettableClock
from tests.fixtures.site import HEAD, PLAYLIST
from tests.unit.publishing.test_publish import NOW
from tests.unit.publishing.test_publish import Desk as Pictures
from tests.unit.publishing.test_serials import killed_at

DAY = timedelta(days=1)


class Screen:
    """A player that trusts the first key that it sees, over real HTTP."""

    def __init__(self, server: BundleServer, folder: Path) -> None:
        self.store = BundleStore(folder, "bibliotek")
        self.http = Http(server.url)
        self.syncer = Syncer(self.http, self.store, "bibliotek", None, None, SettableClock(lambda: NOW))

    def keys(self) -> list[str]:
        return [key.hex() for key in self.syncer.keys]

    def close(self) -> None:
        self.http.close()
        self.store.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    made = Pictures(tmp_path)
    made.publish(made.page("a", 0, 2))
    return made


@pytest.fixture
def server(pictures: Pictures) -> Iterator[BundleServer]:
    with serve(pictures.out) as server:
        yield server


@pytest.fixture
def screen(server: BundleServer, tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(server, tmp_path / "store")
    screen.syncer.round()
    yield screen
    screen.close()


def publish(pictures: Pictures, title: str) -> None:
    """As the next refresh would, with the key that is in force then."""
    pictures.publisher = Publisher(pictures.out, SigningKeys.load_or_make(pictures.out.parent / "var"))
    pictures.publish(pictures.page(title, 0, 2))
    pictures.publisher.finish({"bibliotek": "Hemne bibliotek"}, NOW)


def test_a_player_follows_from_the_old_key_to_the_new_one(pictures: Pictures, screen: Screen, tmp_path: Path) -> None:
    var = tmp_path / "var"
    old = SigningKeys.load_or_make(var).public_hex
    new = announce(var, NOW).public_hex
    publish(pictures, "b")
    VALID.validate(json.loads((pictures.out / "screens/bibliotek/manifest.json").read_bytes()))
    screen.syncer.round()
    assert screen.keys() == [old, new]
    take_over(var)
    publish(pictures, "c")
    assert screen.syncer.round().version.serial > 0
    assert screen.keys() == [new]
    assert (pictures.out / "signage.pub").read_text().strip() == new
    assert announced(var) is None


def test_a_screen_that_could_not_be_built_since_is_signed_with_the_new_key_all_the_same(
    pictures: Pictures, tmp_path: Path
) -> None:
    folder = pictures.out / "screens/bibliotek"
    before = (folder / "manifest.json").read_bytes()
    announce(tmp_path / "var", NOW)
    keys = take_over(tmp_path / "var")
    Publisher(pictures.out, keys).finish({"bibliotek": "Hemne bibliotek"}, NOW)
    assert (folder / "manifest.json").read_bytes() == before
    VerifyKey(bytes.fromhex(keys.public_hex)).verify(before, (folder / "manifest.json.sig").read_bytes())


def test_the_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    announce(tmp_path, NOW)
    assert (tmp_path / NEXT_FILE).stat().st_mode & 0o777 == 0o600
    take_over(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / NEXT_FILE).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of others")
def test_what_root_makes_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    SigningKeys.load_or_make(folder)
    os.chown(folder, 65534, 65534)
    announce(folder, NOW)
    assert (folder / NEXT_FILE).stat().st_uid == 65534


def test_a_kill_at_any_file_operation_leaves_one_of_the_two_keys(tmp_path: Path) -> None:
    for number in range(40):
        folder = tmp_path / str(number)
        old = SigningKeys.load_or_make(folder).public_hex
        new = announce(folder, NOW).public_hex
        killed = killed_at(number, take_over, folder)
        keys = SigningKeys.load_or_make(folder)
        assert (keys.public_hex, keys.next_hex) in ((old, new), (new, ""))
        if keys.public_hex == new:
            assert announced(folder) is None
        if not killed:
            assert number > 3
            return
    raise AssertionError("it never came to its end")


def test_a_damaged_announcement_costs_the_announcement_and_is_reported(tmp_path: Path) -> None:
    before = SigningKeys.load_or_make(tmp_path)
    (tmp_path / NEXT_FILE).write_text("half a ke")
    assert SigningKeys.load_or_make(tmp_path) == before
    with pytest.raises(SignageError, match=r"Hint: remove the file"):
        announced(tmp_path)


def test_an_assignment_is_believed_by_either_key(tmp_path: Path) -> None:
    announce(tmp_path, NOW)
    old = SigningKeys.load_or_make(tmp_path)
    new = take_over(tmp_path)
    data = json.dumps({"format": 1, "player": "a" * 16, "serial": 2, "screen": "library"}).encode()
    keys = [bytes.fromhex(each.public_hex) for each in (old, new)]
    for signing in (old, new):
        assert read_assignment_with(keys, data, signing.sign(data), "a" * 16, 1).screen == "library"
    with pytest.raises(ManifestRefused):
        read_assignment_with(keys[1:], data, old.sign(data), "a" * 16, 1)


# -- who knows it, and when it takes over -----------------------------------------------------------------------------


class Office:
    """A server with paired players, whose daemon looks after the key."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.changes = 0
        desk.players.keys = SigningKeys.load_or_make(desk.var)
        self.watch = KeyWatch(desk.var, desk.players, self.change)

    def change(self) -> None:
        self.changes += 1

    @property
    def in_force(self) -> str:
        return self.desk.players.keys.public_hex

    def look(self) -> None:
        self.watch.look(self.desk.now)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with serving(tmp_path) as desk:
        yield Office(desk)


def test_it_takes_over_by_itself_when_every_player_knows_it_and_a_day_has_passed(office: Office) -> None:
    one, two = office.desk.paired(), office.desk.paired(seed="two", code="AAAA2222")
    old = office.in_force
    new = announce(office.desk.var, office.desk.now).public_hex
    office.look()
    assert office.changes == 1  # so that it is announced at once, and not at the next refresh
    office.desk.wait(60)
    assert one.beat(keys=[old, new]) == 204
    assert two.beat(keys=[old]) == 204
    office.desk.wait(86_400)
    office.look()
    assert office.in_force == old
    assert two.beat(keys=[old, new]) == 204
    office.look()
    assert office.in_force == new
    assert office.changes == 2


def test_not_before_a_day_has_passed_for_nobody_hears_of_a_browser(office: Office) -> None:
    old = office.in_force
    announce(office.desk.var, office.desk.now)
    office.desk.wait(86_000)
    office.look()
    assert office.in_force == old
    office.desk.wait(500)
    office.look()
    assert office.in_force != old


def test_a_player_that_is_too_old_to_learn_it_is_not_left_behind(office: Office) -> None:
    player = office.desk.paired()
    old = office.in_force
    announce(office.desk.var, office.desk.now)
    for _ in range(20):
        office.desk.wait(86_400)
        assert player.beat(serial=5) == 204  # as version 0.4.0 reports, without `keys`
        office.look()
    assert office.in_force == old


def test_a_player_that_is_gone_for_two_weeks_holds_nobody_up(office: Office) -> None:
    player = office.desk.paired()
    assert player.beat() == 204
    old = office.in_force
    announce(office.desk.var, office.desk.now)
    office.desk.wait(13 * 86_400)
    office.look()
    assert office.in_force == old
    office.desk.wait(2 * 86_400)
    office.look()
    assert office.in_force != old


def test_a_demo_does_not_decide_for_the_real_players(office: Office) -> None:
    old = office.in_force
    announce(office.desk.var, office.desk.now)
    demo = KeyWatch(office.desk.var, office.desk.players, office.change, decides=False)
    office.desk.wait(20 * 86_400)
    demo.look(office.desk.now)
    assert office.in_force == old


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    config = tmp_path / "screens.toml"
    config.write_text(HEAD.format(url="https://iheim.example.org", playlist=PLAYLIST, more=""))
    return ["--config", str(config), "--layouts", str(LAYOUTS), "--var", str(tmp_path / "var")]


def test_rotate_announces_and_cancel_takes_it_back(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["key", "rotate", *arguments]) == 2
    assert "There is no signing key." in capsys.readouterr().err
    assert list((tmp_path / "var").glob("*")) == []
    SigningKeys.load_or_make(tmp_path / "var")
    assert main(["key", "rotate", *arguments]) == 0
    pending = announced(tmp_path / "var")
    assert pending is not None
    assert "after 24 hours at the earliest" in capsys.readouterr().err
    assert main(["key", "rotate", *arguments]) == 2  # once is enough
    assert "A new key has been announced" in capsys.readouterr().err
    assert main(["key", "status", "--json", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["announced"] == pending.public_hex
    assert main(["key", "rotate", "--cancel", *arguments]) == 0
    assert announced(tmp_path / "var") is None


def test_now_says_who_is_left_behind_and_lets_the_announced_key_take_over(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path / "var") as desk:
        desk.players.keys = SigningKeys.load_or_make(desk.var)
        player = desk.paired(screen="library")
        main(["key", "rotate", *arguments])
        pending = announced(desk.var)
        assert pending is not None
        desk.now = pending.since + DAY
        assert player.beat(serial=5) == 204
        capsys.readouterr()
        assert main(["key", "status", *arguments]) == 3
        assert f"player {player.id} (0.4.0) on library" in (said := capsys.readouterr().out)
        assert "can't learn it: update its player first" in said
        assert main(["key", "rotate", "--now", *arguments]) == 0
        told = capsys.readouterr()
        assert player.id in told.out
        assert "Make a new backup now" in told.err
        assert SigningKeys.load_or_make(desk.var).public_hex == pending.public_hex


def test_now_without_an_announcement_says_what_that_means(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = SigningKeys.load_or_make(tmp_path / "var").public_hex
    assert main(["key", "rotate", "--now", *arguments]) == 0
    assert "until it is paired again" in capsys.readouterr().err
    assert SigningKeys.load_or_make(tmp_path / "var").public_hex != before
