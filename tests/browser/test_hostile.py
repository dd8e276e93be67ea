"""Hostile pages through the whole way, a few of many; `python -m benchmarks fit` runs thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.hostile import run

# One layout and size each, some forty to eighty pages; and those of ten thousand pages that once were at fault: a word
# of a town's name that took a strip's whole width, a week whose days could say no less.
SEEDS = (*range(24), 594, 962, 1506, 2126)


@pytest.mark.browser
def test_whatever_is_written_no_page_is_clipped_covered_or_too_small(tmp_path: Path) -> None:
    tally = run(SEEDS, tmp_path)
    assert tally.problems == []
    assert tally.published >= 40
    assert tally.smallest >= 0.98  # of the smallest letter that may be: half a pixel of rounding
