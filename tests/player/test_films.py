"""Which of GStreamer's decoders is used: the best one, until it fails; then each in turn."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from player.films import DECODERS, FilmProblem, Films
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
    films.want(())
    for thread in threading.enumerate():
        if thread.name == "films":
            thread.join(20)
    return films


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
