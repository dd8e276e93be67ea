"""`signage backup` and `signage restore`: what is in it, what it refuses, and that serials never go back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app.config_files import named_files
from signage.app.server_lock import no_build, serving
from signage.backup.archive import Backup, pack, read_backup
from signage.backup.restore import InTheWay, restore
from signage.backup.save import BackupPlaces, collect_files
from signage.cli.main import main
from signage.config.load import load
from signage.errors import EXIT_PARTIAL, SignageError
from signage.fleet.admin_key import AdminKey
from signage.fleet.pairing_codes import token_digest
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.installation.program import command
from signage.publishing.key_rotation import announce
from signage.publishing.keys import SigningKeys
from signage.publishing.serials import SERIALS_FOLDER, SerialLedger
from tests.fixtures.backed_up import NOW, TOKEN, Server
from tests.fixtures.kill_points import killed_at
from tests.fixtures.paths import LAYOUTS


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "old").make()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Server:
    return Server(tmp_path / "new")


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_everything_that_cannot_be_recreated_comes_back_on_an_empty_machine(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    assert {name for name in backup.files if not name.startswith("layouts/")} == {
        "config/screens.toml",
        "config/logo.png",
        "config/sponsors/banken.png",
        "config/sheets/ark.csv",
        "var/signage.key",
        "var/admin.key",
        "var/players.db",
        "var/serials/bibliotek.json",
        "var/serials/_issued.json",
    }
    assert any(name.startswith("layouts/fjord/") for name in backup.files)
    restore(backup, elsewhere.places, NOW, overwrite=False)
    keys = [SigningKeys.load_or_make(each.places.var).public_hex for each in (server, elsewhere)]
    assert keys[0] == keys[1]
    admin = AdminKey(server.places.var).load_or_make()
    assert AdminKey(elsewhere.places.var).fits(admin)
    [player] = elsewhere.registry().players()
    assert (player.token_sha256, player.screen) == (token_digest(TOKEN), "bibliotek")
    assert load(elsewhere.places.config, LAYOUTS).sponsors[0].picture == str(elsewhere.folder / "sponsors/banken.png")
    assert (elsewhere.folder / "sheets/ark.csv").read_text() == "content of sheets/ark.csv"


def test_a_pending_key_is_in_it(server: Server) -> None:
    announce(server.places.var, NOW)
    assert "var/signage.next" in server.backup().files


def test_secrets_are_for_their_owner_alone_wherever_they_are(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    assert main(["backup", str(target), *server.arguments]) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert main(["restore", str(target), *elsewhere.arguments]) == 0
    for name in ("signage.key", "admin.key", "players.db"):
        assert (elsewhere.places.var / name).stat().st_mode & 0o777 == 0o600


def test_a_service_is_started_as_one_after_a_restore(
    server: Server,
    elsewhere: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`signage run` would serve another folder, with another key, as another user."""
    target, places = tmp_path / "backup.zip", elsewhere.places
    assert main(["backup", str(target), *server.arguments]) == 0
    assert main(["restore", str(target), *elsewhere.arguments]) == 0
    assert "Start it: signage run\n" in capsys.readouterr().err
    monkeypatch.setattr("signage.cli.restore.STATE_FOLDER", places.var)
    monkeypatch.setattr("signage.cli.restore.CONFIG_FILE", places.config)
    assert main(["restore", "--overwrite", str(target), *elsewhere.arguments]) == 0
    assert f"Start it: sudo {command()} service install --layouts {LAYOUTS}\n" in capsys.readouterr().err
    folders = ["--config", str(places.config), "--var", str(places.var)]
    assert main(["restore", "--overwrite", str(target), *folders]) == 0
    assert f"Start it: sudo {command()} service install\n" in capsys.readouterr().err


def test_the_same_state_gives_the_same_bytes(server: Server) -> None:
    first, second = (pack(collect_files(server.places).files, "screens.toml", "1", NOW, None) for _ in range(2))
    assert first == second


def test_what_is_not_in_it_is_said(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tmp_path / "elsewhere.png"
    outside.write_text("a logo that lives elsewhere")
    text = server.places.config.read_text().replace('"logo.png"', f'"{outside}"')
    server.places.config.write_text(text)
    (server.folder / "sheets/ark.csv").unlink()
    assert main(["backup", str(tmp_path / "backup.zip"), *server.arguments]) == EXIT_PARTIAL
    said = capsys.readouterr().err
    assert f"Not saved: {outside}, which is outside" in said
    assert "ark.csv, which can't be read" in said


def test_a_configuration_that_cannot_be_used_is_saved_all_the_same(server: Server, tmp_path: Path) -> None:
    server.places.config.write_text("[site\n")
    assert main(["backup", str(tmp_path / "backup.zip"), *server.arguments]) == EXIT_PARTIAL
    assert read_backup(tmp_path / "backup.zip").files["config/screens.toml"].data == b"[site\n"


@pytest.mark.parametrize("text", ['[screens.hall]\nplace = "bibliotek"\nplaylist = [{ show = "week" }]\n', "nonsense"])
def test_files_in_screens_d_are_saved_also_with_mistakes(
    server: Server, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Also when the configuration is named as it is seen from its folder."""
    part = server.folder / "screens.d" / "hall.toml"
    part.parent.mkdir()
    part.write_text(text)
    monkeypatch.chdir(server.folder)
    for config in (server.places.config, Path("screens.toml")):
        collected = collect_files(BackupPlaces(config, LAYOUTS, server.places.var))
        assert collected.files["config/screens.d/hall.toml"].data == text.encode()
        assert collected.left_out == ()


def test_a_backup_is_never_written_over_another_one_unasked(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    target.write_text("the only backup there is")
    assert main(["backup", str(target), *server.arguments]) == 73
    assert target.read_text() == "the only backup there is"
    assert main(["backup", str(target), "--force", *server.arguments]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "old"]


def test_a_kill_while_it_is_written_leaves_the_old_backup(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    main(["backup", str(target), *server.arguments])
    number = 0
    while killed_at(number, main, ["backup", str(target), "--force", *server.arguments]):
        assert read_backup(target).contents.format == 1
        number += 7
    assert number > 20


def test_a_backup_taken_while_the_server_writes_is_consistent(server: Server) -> None:
    """Two tables that are always written together are never apart in it."""
    path = server.places.var / REGISTRY_FILE
    stop = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(path, timeout=10)
        connection.execute("CREATE TABLE IF NOT EXISTS one (n INTEGER)")
        connection.execute("CREATE TABLE IF NOT EXISTS two (n INTEGER)")
        number = 0
        while not stop.is_set():
            number += 1
            with connection:
                connection.execute("INSERT INTO one VALUES (?)", (number,))
                connection.execute("INSERT INTO two VALUES (?)", (number,))
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            with sqlite3.connect(":memory:") as copy:
                copy.deserialize(collect_files(server.places).files["var/players.db"].data)
                tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
                if {"one", "two"} <= tables:
                    assert (
                        copy.execute("SELECT max(n) FROM one").fetchone()
                        == copy.execute("SELECT max(n) FROM two").fetchone()
                    )
                assert "players" in tables
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("names", [("heim.toml", "screens.toml"), ("screens.toml", "heim.toml")])
def test_files_in_screens_d_are_read_also_when_the_configuration_gets_another_name(
    server: Server, elsewhere: Server, tmp_path: Path, names: tuple[str, str]
) -> None:
    """What else is in that folder stays where the configuration says that it is."""
    old, new = (each.folder / name for each, name in zip((server, elsewhere), names, strict=True))
    folder = old.with_suffix(".d")
    folder.mkdir()
    line = f'{{ show = "picture", file = "{folder.name}/hall.jpg", alt = "Hall" }}'
    (folder / "hall.toml").write_text(f'[screens.hall]\nplace = "bibliotek"\nplaylist = [{line}]\n')
    (folder / "hall.jpg").write_text("a picture")
    server.places.config.rename(old)
    target, options = tmp_path / "backup.zip", ["--layouts", str(LAYOUTS)]
    assert main(["backup", str(target), "--config", str(old), "--var", str(server.places.var), *options]) == 0
    assert main(["restore", str(target), "--config", str(new), "--var", str(elsewhere.places.var), *options]) == 0
    config = load(new, LAYOUTS)
    assert set(config.screens) == {"bibliotek", "hall"}
    assert all(path.is_file() for path in named_files(config))


# -- what it refuses --------------------------------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    Server(elsewhere.folder).make()
    before = elsewhere.tree()
    with pytest.raises(InTheWay, match="--overwrite"):
        restore(backup, elsewhere.places, NOW, overwrite=False)
    assert elsewhere.tree() == before


def test_what_is_overwritten_when_asked_for_is_kept(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    key = SigningKeys.load_or_make(Server(elsewhere.folder).make().places.var).public_hex
    done = restore(backup, elsewhere.places, NOW, overwrite=True)
    assert done.replaced is not None
    assert done.replaced.stat().st_mode & 0o777 == 0o700
    assert SigningKeys.load_or_make(done.replaced).public_hex == key
    assert SigningKeys.load_or_make(elsewhere.places.var).public_hex != key


def test_a_log_of_the_replaced_database_is_not_played_into_the_restored_one(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    elsewhere.places.var.mkdir(parents=True)
    other = Registry(elsewhere.places.var / REGISTRY_FILE)
    other.prepare(token_digest("ff" * 32), "radhuset", NOW)
    shutil.copytree(elsewhere.places.var, elsewhere.folder / "copy")  # with its log, as after a power cut
    other.close()
    shutil.rmtree(elsewhere.places.var)
    (elsewhere.folder / "copy").rename(elsewhere.places.var)
    restore(backup, elsewhere.places, NOW, overwrite=True)
    assert [player.screen for player in elsewhere.registry().players()] == ["bibliotek"]


def test_not_while_a_server_runs_there_or_somebody_builds(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    with serving(elsewhere.places.var), pytest.raises(SignageError, match="stop it first"):
        restore(backup, elsewhere.places, NOW, overwrite=True)
    with no_build(elsewhere.places.var, "", ""), pytest.raises(SignageError, match="is building in"):
        restore(backup, elsewhere.places, NOW, overwrite=True)
    assert not (elsewhere.places.var / "signage.key").exists()


def _restore(backup: Backup, places: BackupPlaces) -> None:
    restore(backup, places, NOW, overwrite=False)


def test_a_kill_at_any_file_operation_leaves_whole_files_and_the_same_command_goes_on(
    server: Server, tmp_path: Path
) -> None:
    backup = server.backup()
    layouts = {name: content for name, content in backup.files.items() if not name.startswith("layouts/")}
    backup = replace(backup, files=layouts)
    expected = {name: content.data for name, content in layouts.items()}
    killed, number = True, 0
    while killed:
        new = Server(tmp_path / f"new{number}")
        killed = killed_at(number, _restore, backup, new.places)
        for name, content in expected.items():
            path = new.folder / name.removeprefix("config/")
            assert not path.exists() or name == "var/players.db" or path.read_bytes() == content
        with suppress(InTheWay):  # all of it is in place: the list of players comes last
            restore(backup, new.places, NOW, overwrite=False)
        assert [player.screen for player in new.registry().players()] == ["bibliotek"]
        assert (new.places.var / "signage.key").read_bytes() == expected["var/signage.key"]
        assert not list(new.folder.rglob("*.restored"))
        number += 3
    assert number > 50


def test_a_disk_that_refuses_in_the_middle_leaves_everything_as_it_was(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    Server(elsewhere.folder).make()
    before = elsewhere.tree()
    blocked = elsewhere.folder / "sponsors"
    shutil.rmtree(blocked)
    blocked.write_text("a file where a folder should be")
    with pytest.raises(SignageError):
        restore(backup, elsewhere.places, NOW, overwrite=True)
    after = elsewhere.tree()
    assert {name: data for name, data in after.items() if "sponsors" not in name} == {
        name: data for name, data in before.items() if "sponsors" not in name
    }


def test_a_link_does_not_lead_a_file_out_of_its_folder(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    elsewhere.folder.mkdir()
    (tmp_path / "outside").mkdir()
    (elsewhere.folder / "sponsors").symlink_to(tmp_path / "outside")
    with pytest.raises(SignageError, match="A link leads out"):
        restore(server.backup(), elsewhere.places, NOW, overwrite=True)
    assert list((tmp_path / "outside").iterdir()) == []


# -- serials ----------------------------------------------------------------------------------------------------------


def test_serials_are_higher_than_what_was_published_since_by_a_clock_a_year_ahead(
    server: Server, elsewhere: Server
) -> None:
    backup = server.backup()
    ledger = SerialLedger(server.places.var / SERIALS_FOLDER)
    ahead = NOW + timedelta(days=365)
    before = [ledger.reserve("bibliotek", ahead), ledger.reserve("radhuset", ahead)]  # and a screen that is new since
    restore(backup, elsewhere.places, NOW, overwrite=False)
    restored = SerialLedger(elsewhere.places.var / SERIALS_FOLDER)
    assert restored.reserve("bibliotek", NOW) > before[0]
    assert restored.reserve("radhuset", NOW) > before[1]


def test_an_old_backup_restored_again_and_again_never_goes_back(server: Server, tmp_path: Path) -> None:
    backup, highest = server.backup(), 0
    for number in range(4):
        new = Server(tmp_path / f"new{number}")
        now = NOW + timedelta(days=30 * number)
        restore(backup, new.places, now, overwrite=False)
        for _ in range(3):
            serial = SerialLedger(new.places.var / SERIALS_FOLDER).reserve("bibliotek", now)
            assert serial > highest
            highest = serial


def test_a_player_that_was_moved_since_comes_back_to_what_the_list_says(server: Server, elsewhere: Server) -> None:
    backup = server.backup()
    registry = server.registry()
    [player] = registry.players()
    moved = registry.assign(player.id, "radhuset", int((NOW + timedelta(days=365)).timestamp()), NOW)
    restore(backup, elsewhere.places, NOW, overwrite=False)
    [again] = elsewhere.registry().players()
    assert again.screen == "bibliotek"
    assert again.serial > moved.serial


@pytest.fixture(autouse=True)
def _private_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)
