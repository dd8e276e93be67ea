"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import Site, small_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A small municipality of its own for the test."""
    with small_site(tmp_path) as made:
        yield made
