"""State files are for their owner's eyes from the first byte; one that is deleted under a running server is noticed."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.storage.sqlite_file import SqliteFile


class Notes(SqliteFile):
    """A table of words."""

    schema = "CREATE TABLE IF NOT EXISTS notes (word TEXT NOT NULL)"

    def add(self, word: str) -> None:
        self._write("INSERT INTO notes VALUES (?)", (word,))

    def all(self) -> list[str]:
        return [word for (word,) in self._rows("SELECT word FROM notes ORDER BY rowid")]


@pytest.fixture(params=[0o022, 0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    opened = Notes(tmp_path / "notes.db")
    yield opened
    opened.close()


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}


def test_every_file_is_private_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db")
    notes.add("secret")
    assert modes(tmp_path) == dict.fromkeys(("notes.db", "notes.db-wal", "notes.db-shm"), "0o600")
    notes.close()


def test_no_moment_passes_in_which_others_could_open_it(umask: int, tmp_path: Path) -> None:
    """What SQLite itself creates is watched: each file is looked at in every step of the first transaction."""
    seen: set[str] = set()

    class Watched(Notes):
        def _open(self) -> sqlite3.Connection:
            connection = super()._open()
            connection.set_trace_callback(lambda statement: seen.update(modes(tmp_path).values()))
            return connection

    notes = Watched(tmp_path / "notes.db")
    notes.add("secret")
    notes.close()
    assert seen == {"0o600"}


def test_files_of_an_earlier_version_are_corrected(tmp_path: Path) -> None:
    before = Notes(tmp_path / "notes.db")
    before.add("kept")
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    (tmp_path / "notes.db.broken").write_bytes(b"a damaged one, kept by an earlier version")
    after = Notes(tmp_path / "notes.db")
    assert after.all() == ["kept"]
    assert set(modes(tmp_path).values()) == {"0o600"}
    before.close()
    after.close()


def test_a_damaged_file_is_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"this is no database, but holds a secret address " * 100)
    path.chmod(0o644)
    notes = Notes(path)
    assert set(modes(tmp_path).values()) == {"0o600"}
    assert notes.lost is not None
    assert "was damaged" in notes.lost
    notes.close()


def test_a_link_to_another_file_is_followed_as_before(tmp_path: Path) -> None:
    real = tmp_path / "disk"
    real.mkdir()
    (tmp_path / "notes.db").symlink_to(real / "notes.db")
    notes = Notes(tmp_path / "notes.db")
    notes.add("there")
    assert modes(real)["notes.db"] == "0o600"
    notes.close()


@pytest.mark.parametrize("whole", [True, False], ids=["with its log", "the file alone"])
def test_a_file_that_is_deleted_meanwhile_is_begun_again_and_reported(
    notes: Notes, tmp_path: Path, whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    notes.add("lost")
    assert notes.lost is None
    for file in tmp_path.glob("notes.db*" if whole else "notes.db"):
        file.unlink()
    with caplog.at_level(logging.WARNING):
        notes.add("new")
        assert notes.all() == ["new"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "notes.db was deleted" in caplog.text
    assert "Traceback" not in caplog.text
    assert notes.lost is not None
    assert "was deleted" in notes.lost
    kept = sqlite3.connect(tmp_path / "notes.db")  # on the disk, and not in a file that nobody can find
    assert kept.execute("SELECT word FROM notes").fetchall() == [("new",)]
    kept.close()


def test_a_file_that_is_replaced_meanwhile_is_the_one_in_use(notes: Notes, tmp_path: Path) -> None:
    notes.add("before")
    other = Notes(tmp_path / "restored.db")
    other.add("restored")
    other.close()
    (tmp_path / "restored.db").replace(tmp_path / "notes.db")
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"notes.db{suffix}").unlink(missing_ok=True)
    assert notes.all() == ["restored"]
    assert notes.lost is not None
    assert "was replaced" in notes.lost


def test_a_file_that_this_program_closes_and_opens_again_is_no_loss(notes: Notes) -> None:
    notes.add("one")
    notes.close()
    assert notes.all() == ["one"]
    assert notes.lost is None
