"""Files that are being copied, replaced or out of reach: no half of one is shown, and what was there stays."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.runtime.workers import WorkerPool
from tests.fixtures import hostile_files
from tests.fixtures.paths import ROOT
from tests.fixtures.wall import OSLO, Wall

DEMO = ROOT / "signage" / "demo" / "posters"


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(2) as pool:
        yield pool


@pytest.fixture
def wall(tmp_path: Path, workers: WorkerPool) -> Wall:
    return Wall(tmp_path, workers)


def test_a_file_that_is_still_being_copied_is_not_taken_half(wall: Wall) -> None:
    whole = (DEMO / "apen-kveld.pdf").read_bytes()
    for name, data in (
        ("halv.pdf", whole[: len(whole) // 2]),
        ("hale.pdf", hostile_files.pdf()[:-30]),
        ("halv.jpg", wall.picture("hel.jpg", (2000, 2000)).read_bytes()[:9000]),
        ("nuller.jpg", wall.picture("hel.jpg").read_bytes() + b"\0" * 5000),
    ):
        (wall.folder / name).write_bytes(data)
    found = wall.read()
    assert [file.name for file in found.posters[str(wall.folder)]] == ["hel.jpg"]
    assert [sentence.partition(": ")[0].rpartition("/")[2] for sentence in found.problems] == [
        "hale.pdf",
        "halv.jpg",
        "halv.pdf",
        "nuller.jpg",
    ]


@pytest.mark.parametrize("part", [0.3, 0.7, 0.99])
def test_a_document_for_the_web_that_is_cut_is_not_shown_as_a_white_page(wall: Wall, part: float) -> None:
    """Its first part names all pages and has an end mark of its own, so that readers can begin with it."""
    heads = {"uten lengde.pdf": b"%PDF-1.7\n", "med lengde.pdf": b"%PDF-1.7\n1 0 obj << /Linearized 1 /L 40000 >>\n"}
    for name, head in heads.items():
        first = head + hostile_files.pdf().removeprefix(b"%PDF-1.7\n")
        rest = b"6 0 obj << /Length 33 >> stream\n" + b"0 0 9 9 re f\n" * 2500
        whole = (first + rest).ljust(39_994) + b"%%EOF\n"
        (wall.folder / name).write_bytes(whole[: int(len(whole) * part)])
    found = wall.read()
    assert found.posters[str(wall.folder)] == ()
    assert all("Its end is missing" in sentence for sentence in found.problems)
    assert len(found.problems) == 2


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7 cut", hostile_files.pdf()[:-30]])
def test_while_a_picture_is_replaced_the_one_before_is_shown(wall: Wall, body: bytes) -> None:
    path = wall.picture("Basar.jpg")
    shown = wall.files()
    path.write_bytes(body)
    found = wall.read()
    assert [file.in_zone(OSLO) for file in found.posters[str(wall.folder)]] == shown
    assert found.problems[0].endswith("What was there before is shown.")
    assert (wall.shelf.pages.folder / f"{shown[0].pages[0].picture.sha256}.jpg").exists()
    path.unlink()
    assert wall.files() == []


def test_a_picture_that_was_replaced_by_a_broken_one_is_gone_after_a_minute(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wall.picture("Basar.jpg")
    assert len(wall.files()) == 1
    path.write_bytes(b"broken")
    later = time.time() + 61
    monkeypatch.setattr("signage.app.posters.time.time", lambda: later)
    assert wall.read().posters[str(wall.folder)] == ()


def test_a_share_that_does_not_answer_keeps_what_was_there(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    wall.picture("Basar.jpg")
    shown = wall.files()

    def stale(*_: object) -> int:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr("signage.app.poster_pages.os.open", stale)
    found = wall.read()
    assert len(found.posters[str(wall.folder)]) == len(shown)
    assert found.problems == (
        f"{wall.folder}/Basar.jpg: It can't be read: stale file handle. What was there before is shown.",
    )


def test_a_share_that_is_away_keeps_what_was_there(wall: Wall) -> None:
    wall.picture("Basar.jpg")
    shown = wall.files()
    wall.folder.rename(wall.site / "borte")
    found = wall.read()
    assert list(found.posters[str(wall.folder)]) == shown
    assert found.problems == (f"{wall.folder}: There is no such folder. Hint: make it, and put pictures in it.",)
    (wall.site / "borte").rename(wall.folder)
    assert wall.files() == shown
