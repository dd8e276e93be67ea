"""A backup that is too large leaves out films and pictures first, and never takes the place of one that can be read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from signage.backup import archive, save
from signage.backup.archive import read_backup, write_backup
from signage.backup.save import collect_files
from signage.cli.main import main
from signage.errors import EXIT_CANTCREAT, EXIT_OK, EXIT_PARTIAL, NotWritable
from tests.fixtures.backed_up import Server

FILM = 200_000  # bytes
PICTURE = 100_000
FILMS = ("filmer/a.mp4", "filmer/b.mp4", "filmer/c.mp4")
PICTURES = ("plakater/x.jpg", "plakater/y.jpg", "plakater/z.jpg")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Its playlist has three films and a folder of three pictures."""
    server = Server(tmp_path / "server").make()
    lines = [f'{{ show = "video", file = "{name}", alt = "Film" }}' for name in FILMS]
    lines.append('{ show = "pictures", folder = "plakater" }')
    text = server.places.config.read_text()
    server.places.config.write_text(text.replace("playlist = [", f"playlist = [{', '.join(lines)}, "))
    chance = random.Random(5)
    for name, size in (*((name, FILM) for name in FILMS), *((name, PICTURE) for name in PICTURES)):
        path = server.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(chance.randbytes(size))
    return server


def saved(path: Path) -> set[str]:
    return {name.removeprefix("config/") for name in read_backup(path).files if name.endswith((".mp4", ".jpg"))}


def limit_bytes(server: Server, media: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for everything else, and for this many bytes of films and pictures."""
    found = collect_files(server.places).files
    others = sum(len(content.data) for name, content in found.items() if not name.endswith((".mp4", ".jpg")))
    monkeypatch.setattr(save, "MAX_SAVED", others + media)
    monkeypatch.setattr(archive, "MAX_TOTAL", others + media + 50_000)


def test_with_room_for_all_of_it_nothing_is_left_out(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    assert main(["backup", str(target), *server.arguments]) == EXIT_OK
    assert saved(target) == {*FILMS, *PICTURES}


def test_what_there_is_no_room_for_is_left_out_and_listed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limit_bytes(server, 3 * PICTURE + 2 * FILM, monkeypatch)
    target = tmp_path / "backup.zip"
    target.write_bytes(b"last week's")
    assert main(["backup", str(target), "--force", *server.arguments]) == EXIT_PARTIAL
    assert saved(target) == {*PICTURES, *FILMS[:2]}
    said = " ".join(capsys.readouterr().err.split())
    assert f"Not saved: {server.folder / FILMS[2]}, because a backup holds" in said
    new = Server(tmp_path / "new")
    main(["restore", str(target), *new.arguments])
    assert (new.folder / FILMS[0]).read_bytes() == (server.folder / FILMS[0]).read_bytes()


def test_pictures_are_left_out_after_the_films_and_everything_else_is_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = set(collect_files(server.places).files)
    limit_bytes(server, PICTURE, monkeypatch)
    gone = everything - set(collect_files(server.places).files)
    assert gone == {f"config/{name}" for name in (*FILMS, *PICTURES[1:])}


def test_more_files_than_a_backup_holds(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save, "MAX_FILES", len(collect_files(server.places).files) - 2)
    target = tmp_path / "backup.zip"
    assert main(["backup", str(target), *server.arguments]) == EXIT_PARTIAL
    assert saved(target) == {*PICTURES, FILMS[0]}


def test_a_backup_that_cannot_be_read_does_not_replace_the_old_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "backups" / "backup.zip"
    target.parent.mkdir()
    assert main(["backup", str(target), *server.arguments]) == EXIT_OK
    before = target.read_bytes()
    monkeypatch.setattr(archive, "MAX_TOTAL", FILM)
    assert main(["backup", str(target), "--force", *server.arguments]) == EXIT_CANTCREAT
    assert f"Nothing was written to {target}." in " ".join(capsys.readouterr().err.split())
    assert target.read_bytes() == before
    with pytest.raises(NotWritable, match="can't be read"):
        write_backup(target, before[:-100], overwrite=True)
    with pytest.raises(NotWritable, match="can't be read"):
        write_backup(target.with_name("first.zip"), before[:-100], overwrite=False)
    assert list(target.parent.iterdir()) == [target]
    assert target.read_bytes() == before
