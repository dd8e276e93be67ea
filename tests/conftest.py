"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import signage.app  # noqa: F401 hands the page kinds and the source types to the configuration
from signage.storage.store import Store
from tests.fixtures.desk import Desk, serving
from tests.fixtures.site import Site, small_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A machine that is busy is no fault of the code: no property has a time limit. The rest is as hypothesis has it for CI.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that renders, with its own switches; unlike there, it may reach the servers that a test starts."""
    from playwright.sync_api import sync_playwright

    from signage.rendering.browser import arguments, find_browser

    switches = [switch for switch in arguments() if not switch.startswith("--host-resolver-rules")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=switches)
        yield browser
        browser.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The renderer's state, empty."""
    opened = Store(tmp_path / "var" / "state.sqlite")
    yield opened
    opened.close()


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
