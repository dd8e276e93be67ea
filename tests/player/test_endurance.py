"""Memory stays flat and no file stays open, however long it runs. The long version: python -m benchmarks.endurance."""

from __future__ import annotations

import pytest

from benchmarks.endurance import FLAT, KEPT, rotate

ROTATIONS = 800

pytestmark = pytest.mark.window


def test_800_rotations_cost_no_memory_and_leave_no_file_open() -> None:
    figures = rotate(ROTATIONS)
    assert figures["growth_mb"] < FLAT, figures
    assert figures["files_left_open"] <= KEPT, figures
    assert figures["bundles"] > 5, "hardly any new bundle came; this test proves little"
    assert figures["frames_read_back"] > ROTATIONS / 10, "the glass was hardly read back; this test proves little"
