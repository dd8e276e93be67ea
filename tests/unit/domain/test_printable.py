"""Numbers in sentences."""

from __future__ import annotations

from signage.domain.printable import counted


def test_one_is_not_many() -> None:
    assert [counted(number, "screen") for number in (0, 1, 2)] == ["0 screens", "1 screen", "2 screens"]
