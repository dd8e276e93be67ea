"""Answers from the disk under load: none is held in memory as a whole, and nothing else that is slow holds them up."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from signage.web import make_app, responses
from signage.web.loopback import Threaded
from signage.web.pools import Pools
from signage.web.responses import Files
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import Player
from tests.fixtures.raw_http import answer_of, connect, until
from tests.fixtures.well import all_well

NAME = "ab" * 32 + ".webp"
SIZE = 6 << 20
GET = f"GET /assets/{NAME} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def large(folder: Path, data: bytes) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / NAME).write_bytes(data)
    return folder


def test_a_large_file_comes_whole_and_so_does_what_is_asked_after_it(tmp_path: Path) -> None:
    data = os.urandom(SIZE + 1)
    with Threaded(make_app(large(tmp_path, data), all_well)) as server, requests.Session() as session:
        url = f"http://127.0.0.1:{server.port}/assets/{NAME}"
        for _ in range(3):
            assert session.get(url, timeout=20).content == data
        head = session.head(url, timeout=20)
        assert (head.headers["Content-Length"], head.content) == (str(len(data)), b"")
        assert session.get(url, headers={"If-None-Match": head.headers["ETag"]}, timeout=20).status_code == 304


@pytest.mark.parametrize("size", [0, 1, responses.PART - 1, responses.PART, responses.PART + 1, 2 * responses.PART])
def test_files_of_every_size_come_whole(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    with Threaded(make_app(large(tmp_path, data), all_well)) as server:
        assert requests.get(f"http://127.0.0.1:{server.port}/assets/{NAME}", timeout=20).content == data


@pytest.mark.parametrize("old", [False, True], ids=["written a moment ago", "written before"])
def test_a_thousand_clients_read_a_file_once(tmp_path: Path, old: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    data = os.urandom(300_000)
    file = large(tmp_path, data) / "assets" / NAME
    if old:
        os.utime(file, (1e9, 1e9))
    opened: list[Path] = []
    open_ = responses._open
    monkeypatch.setattr(responses, "_open", lambda path: (opened.append(path), open_(path))[1])
    with Threaded(make_app(tmp_path, all_well)) as server, contextlib.ExitStack() as clients:
        every = [clients.enter_context(connect(server.port, first=GET)) for _ in range(40)]
        assert all(answer_of(each).endswith(data) for each in every)
        assert len(opened) == 1
        file.unlink()
        with connect(server.port, first=GET) as late:
            assert b" 404 " in answer_of(late), "what is gone is not answered from memory"


def test_no_more_than_a_little_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_KEPT", 5000)
    files = Files(Pools().files)
    for number in range(20):
        file = tmp_path / str(number)
        file.write_bytes(bytes(1000))
        assert files._read(file, responses._identity(file.stat())) is not None
    assert [len(kept.body) for kept in files._kept.values()] == [1000] * 5
    assert files._read(file, (0, 0, 0, 0)) is None, "it is another file by now"


def test_fifty_clients_that_take_nothing_do_not_hold_fifty_answers(tmp_path: Path) -> None:
    with Threaded(make_app(large(tmp_path, bytes(SIZE)), all_well)) as server, contextlib.ExitStack() as open_:
        with connect(server.port, first=GET) as warm:
            answer_of(warm)
        before = psutil.Process().memory_info().rss
        for _ in range(50):
            open_.enter_context(connect(server.port, first=GET))
        stalled = psutil.Process()
        until(lambda: len([f for f in stalled.open_files() if f.path.endswith(NAME)]) == 50, "all have begun")
        with connect(server.port, first=GET) as another:
            answer_of(another)
        grown = psutil.Process().memory_info().rss - before
        assert grown < 50 * 600_000, f"{grown / 1e6:.0f} MB for 50 clients, whole answers are {50 * SIZE / 1e6:.0f} MB"
    assert not [file for file in psutil.Process().open_files() if file.path.endswith(NAME)]


def test_a_file_is_hashed_once_and_again_when_it_is_another(tmp_path: Path) -> None:
    bundles.publish(tmp_path, 1)
    file = (tmp_path / "screens" / "library" / "manifest.json").resolve()
    with Threaded(make_app(tmp_path, all_well)) as server:
        url = f"http://127.0.0.1:{server.port}/screens/library/manifest.json"

        def tag() -> str:
            return requests.get(url, timeout=20).headers["ETag"]

        first, about, data = tag(), file.stat(), file.read_bytes()
        file.write_bytes(bytes(len(data)))
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert tag() == first  # nothing says that it has changed, so it was not read for this
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
        assert tag() != first
        file.write_bytes(data)
        assert tag() == first
        bundles.publish(tmp_path, 2)
        assert tag() != first


def test_a_poll_that_finds_nothing_new_needs_no_thread(tmp_path: Path) -> None:
    """All that read files are held by a disk that does not answer: here by pipes that nobody writes to."""
    bundles.publish(tmp_path, 1)
    (tmp_path / "assets").mkdir(exist_ok=True)
    pipes = [tmp_path / "assets" / f"{i:064x}.webp" for i in range(8)]
    for pipe in pipes:
        os.mkfifo(pipe)
    with Threaded(make_app(tmp_path, all_well)) as server:
        url = f"http://127.0.0.1:{server.port}"
        manifest = f"{url}/screens/library/manifest.json"
        tag = requests.get(manifest, timeout=20).headers["ETag"]
        stuck = [threading.Thread(target=_get, args=(f"{url}/assets/{pipe.name}",)) for pipe in pipes]
        for each in stuck:
            each.start()
        until(lambda: server.connections >= 8, "all threads for files are stuck")
        try:
            same = requests.get(manifest, headers={"If-None-Match": tag}, timeout=10)
        finally:
            for pipe in pipes:
                with pipe.open("wb"):
                    pass
            for each in stuck:
                each.join()
        assert (same.status_code, same.headers["ETag"], same.headers["Cache-Control"]) == (304, tag, "no-cache")


def test_a_database_that_is_locked_keeps_no_player_from_its_manifest(desk: Desk) -> None:
    """Starlette's 40 threads would all wait for the database."""
    player = desk.paired()
    desk.publish(1, bundles.evergreen())
    manifest = f"{desk.url}/screens/library/manifest.json"
    with contextlib.closing(sqlite3.connect(desk.registry.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writers = [threading.Thread(target=_ask, args=(Player(desk.url, seed=f"player {i}"),)) for i in range(3)]
        paths = [f"/player/{player.id}/assignment.json", "/status.json", "/metrics", "/"] * 15
        readers = [threading.Thread(target=_get, args=(desk.url + path,)) for path in paths]
        for each in writers:
            each.start()
        until(lambda: len(psutil.Process().net_connections()) >= 7, "they have asked, and wait for the database")
        for each in readers:
            each.start()
        for _ in range(20):
            assert requests.get(manifest, timeout=3).status_code == 200
        assert sum(each.is_alive() for each in readers) > 40, "they were to be stuck meanwhile"
        other.execute("ROLLBACK")
        for each in writers + readers:
            each.join()


def _ask(player: Player) -> None:
    with contextlib.suppress(requests.RequestException):
        player.ask()


def _get(url: str) -> None:
    with contextlib.suppress(requests.RequestException):
        requests.get(url, timeout=60)


FILM = "cd" * 32 + ".mp4"


@pytest.fixture
def film(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    data = os.urandom(300_000)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / FILM).write_bytes(data)
    with Threaded(make_app(tmp_path, all_well)) as server:
        yield f"http://127.0.0.1:{server.port}/assets/{FILM}", data


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [
        ("bytes=0-", 0, 300_000),
        ("bytes=0-1", 0, 2),
        ("bytes=100-250000", 100, 250_001),
        ("bytes=299999-", 299_999, 300_000),
        ("bytes=5-999999999", 5, 300_000),
        ("bytes=-10", 299_990, 300_000),
    ],
)
def test_a_film_is_given_in_the_ranges_that_browsers_ask_for(
    film: tuple[str, bytes], wanted: str, first: int, end: int
) -> None:
    url, data = film
    answer = requests.get(url, headers={"Range": wanted}, timeout=20)
    assert (answer.status_code, answer.content) == (206, data[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/300000"
    assert answer.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=0-1,5-9", "bytes=a-b", "lines=1-2", "bytes=--1"])
def test_a_range_that_is_none_gets_the_whole_film(film: tuple[str, bytes], wanted: str) -> None:
    url, data = film
    answer = requests.get(url, headers={"Range": wanted}, timeout=20)
    assert (answer.status_code, answer.content, answer.headers["Accept-Ranges"]) == (200, data, "bytes")


def test_a_range_beyond_the_end_or_of_another_film_is_not_given(film: tuple[str, bytes]) -> None:
    url, data = film
    beyond = requests.get(url, headers={"Range": "bytes=300000-"}, timeout=20)
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */300000")
    other = requests.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}, timeout=20)
    assert (other.status_code, other.content) == (200, data)
