"""The browser player tells the age of the data as the native one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.paths import FIXTURES
from tests.fixtures.well import all_well

pytestmark = pytest.mark.browser

VECTORS = json.loads((FIXTURES / "vectors" / "updated.json").read_bytes())
STYLE = {"color": "#0c1f2c", "ground": "#f6f1e7", "size": 26, **VECTORS["updated"]}


def test_the_age_is_told_in_the_same_words_and_place(tmp_path: Path, chromium: Browser) -> None:
    size: dict[str, Any] = {"width": 960, "height": 540}
    publish(tmp_path, 1, page("a", dwell_seconds=600), evergreen(), updated=STYLE, **size)  # data of 1 January
    with Threaded(make_app(tmp_path, all_well)) as server:
        view = chromium.new_page(viewport={"width": 960, "height": 540})
        view.goto(f"http://127.0.0.1:{server.port}/screen/library?at=2026-06-01T12:00")
        line = view.get_by_text("Oppdatert 1.1. kl. 00.00")
        line.wait_for()
        box = line.bounding_box()
        assert box is not None
        assert abs(box["x"] + box["width"] - (960 - 1.4 * 26)) < 1
        assert abs(box["y"] + box["height"] - (540 - 0.15 * 26)) < 1
        view.goto(f"http://127.0.0.1:{server.port}/screen/library?at=2026-01-01T05:00")
        view.locator(".page.on").wait_for()
        assert view.get_by_text("Oppdatert").count() == 0 or not view.get_by_text("Oppdatert").is_visible()
        said = view.evaluate(
            """async ({zone, updated, cases}) => {
                const {updatedText} = await import('/rotation.js');
                return cases.map((c) => updatedText({updated, zone, data_as_of: c.data_as_of}, Date.parse(c.now)));
            }""",
            VECTORS,
        )
        assert said == [case["text"] for case in VECTORS["cases"]]
        view.close()
