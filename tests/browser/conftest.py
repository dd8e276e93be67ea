"""Fixtures of the browser player's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.browser_alerts import NEVER, held
from tests.fixtures.browser_player import SIZE, Serving, glass, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish
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


@pytest.fixture
def playing(context: BrowserContext, serving: Serving) -> Page:
    """A player that shows the page "a" and has a request held."""
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=NEVER)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    glass(view)
    held(serving)
    return view
