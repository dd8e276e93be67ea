"""Fixtures of the browser player's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.browser_player import SIZE, Serving
from tests.fixtures.well import all_well


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="nb-NO")
    yield context
    context.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path, Threaded(make_app(tmp_path, all_well)))
    serving.server.__enter__()
    yield serving
    serving.stop()
