"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import signage.app  # noqa: F401 hands the page kinds and the source types to the configuration
from tests.fixtures.desk import Desk, serving
from tests.fixtures.site import Site, small_site

# A machine that is busy is no fault of the code: no property has a time limit. The rest is as hypothesis has it for CI.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A small municipality of its own for the test."""
    with small_site(tmp_path) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A served site that players can be paired with."""
    with serving(tmp_path) as made:
        yield made
