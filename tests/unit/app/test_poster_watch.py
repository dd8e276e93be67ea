"""Which files of a folder have come to rest since they were used."""

from __future__ import annotations

from pathlib import Path

from signage.app.poster_watch import Settling, states_of
from signage.domain.poster_file import WantedPosters

OLD, NEW, LARGER = (1, 10), (1, 20), (1, 30)


def test_nothing_has_changed() -> None:
    settling = Settling({"a": OLD})
    assert settling.look({"a": OLD}) == (False, False)


def test_a_new_a_changed_and_a_removed_file_are_each_taken_once_they_have_stayed_so() -> None:
    for before, after in (({}, {"a": NEW}), ({"a": OLD}, {"a": NEW}), ({"a": OLD}, {})):
        settling = Settling(before)
        assert settling.look(after) == (False, True)
        assert settling.look(after) == (True, False)
        assert settling.look(after) == (False, False)


def test_a_file_that_is_being_copied_waits_and_holds_no_other_up() -> None:
    settling = Settling({})
    assert settling.look({"growing": OLD, "whole": OLD}) == (False, True)
    assert settling.look({"growing": NEW, "whole": OLD}) == (True, True)
    assert settling.look({"growing": LARGER, "whole": OLD}) == (False, True)
    assert settling.look({"growing": LARGER, "whole": OLD}) == (True, False)


def test_a_file_that_is_replaced_is_not_taken_for_removed() -> None:
    settling = Settling({"a": OLD})
    assert settling.look({}) == (False, True)
    assert settling.look({"a": OLD}) == (False, False)


def test_what_copying_tools_leave_for_the_moment_is_not_looked_at(tmp_path: Path) -> None:
    for name in ("plakat.pdf", "plakat.toml", "stor.pdf.part", ".skjult.png", "~$plakat.pdf", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    found = states_of([WantedPosters(str(tmp_path), folder=True), WantedPosters(str(tmp_path / "none"), folder=True)])
    assert sorted(found) == [str(tmp_path / "plakat.pdf"), str(tmp_path / "plakat.toml")]
