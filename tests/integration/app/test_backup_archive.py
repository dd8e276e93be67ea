"""A backup is data like any other: one that somebody has made up, or that is damaged, is refused as a whole."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from signage.backup.archive import CONTENTS, ArchiveContent, BadBackup, is_safe, pack, read_backup
from signage.backup.restore import restore
from signage.backup.save import collect_files
from signage.fleet.registry_file import REGISTRY_FILE
from tests.integration.app.test_backup import NOW, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "old").make()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Server:
    return Server(tmp_path / "new")


SOUND = {"var/signage.key": ArchiveContent(b"00" * 32, 0o600), "config/screens.toml": ArchiveContent(b"", 0o644)}


def made_up(path: Path, change: Callable[[zipfile.ZipFile], Any] = lambda packed: None, **more: ArchiveContent) -> Path:
    path.write_bytes(pack({**SOUND, **more}, "screens.toml", "1", NOW, None))
    with zipfile.ZipFile(path, "a") as packed:
        change(packed)
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("../evil", "var/../evil", "/etc/passwd", "var//signage.key", "config/./x", "config/", "config", "", "x/y"),
        *("config/a\\..\\b", "config/a\0b", "config/a\nb", "var/state.sqlite", "var/published/x", "var/signage.pub"),
        *("var/serials/../x.json", "var/serials/UPPER.json", "var/serials/x.json/y", "var/_life.json", "C:/x"),
        *("var/serials/_life.json", "layouts/../x", "config/" + "a" * 300),
    ],
)
def test_names_that_lead_anywhere_else_are_refused(tmp_path: Path, name: str) -> None:
    assert not is_safe(name)
    with suppress(ValueError):
        path = made_up(tmp_path / "backup.zip", **{name: ArchiveContent(b"x", 0o600)})
        with pytest.raises(BadBackup):
            read_backup(path)


def test_a_file_that_the_list_does_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="doesn't match"):
        read_backup(made_up(tmp_path / "a.zip", lambda packed: packed.writestr("config/more", "x")))
    with pytest.raises(BadBackup, match="tampered with"):
        read_backup(made_up(tmp_path / "b.zip", lambda packed: packed.writestr("../evil", "x")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="twice"):
        read_backup(made_up(tmp_path / "backup.zip", lambda packed: packed.writestr("var/signage.key", "x")))


def test_a_link_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    data = bytearray(pack(SOUND, "screens.toml", "1", NOW, None))
    at = data.rfind(b"PK\x01\x02")  # the last entry of the list: its permissions stand 38 bytes in
    struct.pack_into("<I", data, at + 38, (stat.S_IFLNK | 0o777) << 16)
    path.write_bytes(data)
    with pytest.raises(BadBackup, match="has been changed"):
        read_backup(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """4 GB of nothing in a few megabytes, in a file whose listed size is small; and a list that is a bomb itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(CONTENTS, b" " * 64_000_000)
    path = tmp_path / "backup.zip"
    path.write_bytes(out.getvalue())
    with pytest.raises(BadBackup, match="too large"):
        read_backup(path)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number in range(20_000):
            packed.writestr(f"config/{number}", b"")
    path.write_bytes(out.getvalue())
    with pytest.raises(BadBackup, match="more files than"):
        read_backup(path)


def test_a_list_of_players_with_something_that_runs_by_itself_is_refused(elsewhere: Server, server: Server) -> None:
    path = server.places.var / REGISTRY_FILE
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TRIGGER evil AFTER UPDATE ON players BEGIN DELETE FROM players; END")
    with pytest.raises(BadBackup, match="list of players"):
        restore(server.backup(), elsewhere.places, NOW, overwrite=False)
    assert not (elsewhere.places.var / "signage.key").exists()


def test_any_flipped_byte_is_noticed_or_harmless(server: Server, tmp_path: Path) -> None:
    files = {n: c for n, c in collect_files(server.places).files.items() if not n.startswith("layouts/")}
    data = pack(files, "screens.toml", "1", NOW, None)
    chance, path = random.Random(12), tmp_path / "backup.zip"
    for _ in range(400):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        with suppress(BadBackup):
            found = read_backup(path)
            assert {n: c.data for n, c in found.files.items()} == {n: c.data for n, c in files.items()}
        path.write_bytes(data[: chance.randrange(len(data))])
        with pytest.raises(BadBackup):
            read_backup(path)


def test_a_backup_of_a_newer_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(CONTENTS, json.dumps({"format": 2, "files": {}}))
    with pytest.raises(BadBackup, match="update signage first"):
        read_backup(path)
