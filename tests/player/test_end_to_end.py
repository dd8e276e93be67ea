"""The whole way, once: from a portal's JSON over HTTP to pixels in a browser and in the native player's window."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import sync_playwright

from signage.publishing import open_pages
from signage.rendering.browser import arguments, find_browser
from signage.web.server import WebServer
from tests.fixtures.player_process import player
from tests.fixtures.site import NOW, Site
from tests.fixtures.well import all_well
from tests.fixtures.xvfb import xvfb

pytestmark = [pytest.mark.browser, pytest.mark.window]
AT = "2026-11-23T12:00:00+01:00"
WIDTH, HEIGHT = 1280, 720
# The renderer's own browser resolves no host but is otherwise what a television has.
BROWSER = [switch for switch in arguments() if not switch.startswith("--host-resolver-rules")]
TOLERANCE = 2  # of 255: decoders round differently


def published(site: Site, page: dict[str, Any]) -> Image.Image:
    folder = site.folder / "var" / "published" / "assets"
    return Image.open(folder / f"{page['asset']}.webp").convert("RGB")


def assert_same(shown: Image.Image, page: dict[str, Any], expected: Image.Image) -> None:
    """Equal but for the clock's box, which must not be empty in what is shown."""
    clock = page["clock"]
    box = tuple(round(v) for v in (clock["x"], clock["y"], clock["x"] + clock["width"], clock["y"] + clock["height"]))
    assert ImageChops.difference(shown, expected).crop(box).getbbox(), "no clock was drawn"
    for image in (shown, expected):
        ImageDraw.Draw(image).rectangle((box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4), "black")
    assert max(ImageChops.difference(shown, expected).tobytes()) <= TOLERANCE


def test_both_players_show_the_picture_that_was_made_of_the_portals_event(site: Site, tmp_path: Path) -> None:
    site.build(playlist='{ show = "today", seconds = 60 }')
    (page,) = open_pages(site.manifest(), NOW)
    assert [event["title"] for event in page["events"]] == ["Kaffe", "Kino: Vaiana"]
    with WebServer(site.folder / "var" / "published", all_well, "127.0.0.1", 0) as server:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER)
            view = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
            view.goto(f"{server.address}/screen/bibliotek?at={AT[:-6]}")
            view.wait_for_selector(f'body[data-page="{page["id"]}"]', timeout=20_000)
            shown = Image.open(io.BytesIO(view.screenshot())).convert("RGB")
            browser.close()
        assert_same(shown, page, published(site, page))
        with xvfb(WIDTH, HEIGHT) as display:
            options = ("--server", server.address, "--screen", "bibliotek", "--store", tmp_path / "store")
            with player(display, *options, "--fullscreen", "--at", AT) as native:
                native.says(f"page {page['id']} is on the display")
                assert_same(native.glass(), page, published(site, page))
                assert native.end() == 0
