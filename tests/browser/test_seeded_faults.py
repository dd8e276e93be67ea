"""The checker catches every fault that is put into good pages on purpose, and finds none in the pages as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.seeded_faults import run, tell

LEAST = 200  # faults that the issue asks for; there are many more


@pytest.mark.browser
def test_every_seeded_fault_is_found_and_no_other(tmp_path: Path) -> None:
    faulty, missed, mistaken = tell(run(tmp_path))
    assert len(faulty) >= LEAST
    assert missed == []
    assert mistaken == []
