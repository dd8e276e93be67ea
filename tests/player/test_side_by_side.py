"""Two real players side by side, started one after the other, with a store and a window each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.rotation_reference import turn_at
from tests.fixtures.side_by_side import apart, watch

pytestmark = pytest.mark.window
CLOSE = 0.25  # seconds: this machine may be busy; benchmarks/side_by_side.py holds an hour to 0.05


def test_they_change_pages_in_the_same_instant_without_a_word_to_each_other(tmp_path: Path) -> None:
    one, other = watch(tmp_path, 25.0)
    assert len(one) > 3
    found = apart(one, other)
    assert len(found) >= 2
    assert sorted(found)[len(found) // 2] < CLOSE, (one, other)


def test_a_player_shows_what_the_clock_says(tmp_path: Path) -> None:
    """Not only the same as its neighbour: what every other player that reads the format would show."""
    (changes,) = watch(tmp_path, 15.0, count=1)
    made = _manifest(tmp_path)
    for name, at in changes[1:]:
        assert turn_at(made, round((at + CLOSE) * 1000))[0] == name


def _manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "site" / "screens" / "library" / "manifest.json").read_bytes())
    return found
