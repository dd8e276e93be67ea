"""Which of GStreamer's decoders is used: the best one, until it fails; then each in turn."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from player.films import DECODERS, FilmProblem, Films
from player.store.manifest import Asset, FilmArea
from player.store.store import BundleStore

SLOW = FilmProblem("GStreamer gives no pictures in time", "slow")


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Films:
    """On a box with every decoder."""
    for name in ("gst-launch-1.0", "gst-inspect-1.0"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    films = Films(BundleStore(tmp_path / "store", "library"))
    look(films)
    return films


def look(films: Films, *wanted: Asset) -> None:
    films.want(wanted)
    for thread in threading.enumerate():
        if thread.name == "films":
            thread.join(20)


def test_a_film_that_was_swept_is_not_played_before_it_is_here_again(films: Films, tmp_path: Path) -> None:
    data = b"film"
    film = Asset(hashlib.sha256(data).hexdigest(), len(data), "video/mp4")
    area = FilmArea(film, 1.0, 0, 0, 320, 180)
    file = tmp_path / "store" / "assets" / film.name
    file.write_bytes(data)
    look(films, film)
    assert films.path(area) == str(file)
    file.unlink()
    look(films)
    look(films, film)
    assert films.path(area) is None
    file.write_bytes(data)
    look(films, film)
    assert films.path(area) == str(file)


def test_a_decoder_that_failed_once_is_used_again_after_the_others(films: Films) -> None:
    """A Pi that was slow for a moment must not decode in software for weeks."""
    used = []
    for _ in range(4):
        used.append(films.decoder)
        films.played(None)
        films.played(SLOW)
    first, second, third = DECODERS.values()
    assert used == [first, second, third, first]


def test_a_decoder_that_plays_is_kept(films: Films) -> None:
    films.played(SLOW)
    films.played(None)
    films.played(None)
    assert films.decoder == DECODERS["openh264dec"]
    assert films.problem is None
