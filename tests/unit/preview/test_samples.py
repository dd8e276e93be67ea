"""The sample's screen: every size that screens.toml takes can be previewed."""

from __future__ import annotations

import pytest

from signage.preview.samples import read_sample
from tests.fixtures.paths import LAYOUTS


@pytest.mark.parametrize("size", ["100x100", "100x9999", "9999x100", "9999x540", "7680x2160"])
def test_a_sample_may_have_any_size(size: str) -> None:
    assert read_sample(LAYOUTS / "fjord").config(size, "fjord", "nb").screens["s"].size == size
