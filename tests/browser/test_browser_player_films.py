"""Films in the browser player: over their frame, once in each turn, and the frame where they can't be played."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from tests.fixtures.browser_player import Serving, glass, published, same, until, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.films import converted

pytestmark = pytest.mark.browser

AT = "at=2026-06-01T12:00"
BOX = (80, 45, 160, 90)
PLAYING = "document.querySelector('.page video.on') && document.querySelector('.page video.on').currentTime > 0.05"
COUNTED = """
    window.alive = 0; window.plays = 0; window.ends = 0;
    const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
    URL.createObjectURL = (b) => { window.alive++; return make.call(URL, b); };
    URL.revokeObjectURL = (u) => { window.alive--; return revoke.call(URL, u); };
    addEventListener('playing', (e) => window.plays += e.target.parentNode.className !== 'playing', true);
    addEventListener('ended', () => window.ends++, true);
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return converted(tmp_path_factory.mktemp("film"), seconds=0.6)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return converted(tmp_path_factory.mktemp("film"), seconds=60, rate=1)


def counted(context: BrowserContext, url: str) -> Page:
    view = context.new_page()
    view.on("pageerror", lambda error: pytest.fail(f"uncaught in the player: {error}"))
    view.add_init_script(COUNTED)
    view.goto(url)
    return view


def shot(view: Page) -> Image.Image:
    return Image.open(io.BytesIO(view.screenshot())).convert("RGB")


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def test_the_film_is_in_its_box_over_the_frame(context: BrowserContext, serving: Serving, long: bytes) -> None:
    publish(serving.folder, 1, page("a", film=long, film_box=BOX, dwell_seconds=600), evergreen())
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    until(view, PLAYING)
    for faded in (".page", ".page video"):
        until(view, f"getComputedStyle(document.querySelector('{faded}')).opacity === '1'")
    seen, frame = shot(view), published("a")
    assert near(seen.getpixel((220, 120)), (192, 48, 48)), "the film's own colour"
    assert near(seen.getpixel((84, 49)), (255, 255, 255)), "its upper left corner"
    for outside in ((70, 100), (250, 100), (160, 40), (160, 140)):
        assert seen.getpixel(outside) == frame.getpixel(outside)
    assert view.evaluate("document.querySelector('.page video').muted")


def test_it_is_played_once_and_leaves_its_frame(context: BrowserContext, serving: Serving, short: bytes) -> None:
    publish(serving.folder, 1, page("a", film=short, dwell_seconds=600), evergreen())
    view = counted(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    until(view, "window.ends === 1")
    until(view, "!document.querySelector('.page video')")
    assert same(glass(view), published("a"))
    assert view.evaluate("[window.plays, window.alive]") == [1, 1], "the frame's address is all that is left"


def test_the_only_page_plays_its_film_in_each_turn(context: BrowserContext, serving: Serving, short: bytes) -> None:
    publish(serving.folder, 1, page("a", film=short, dwell_seconds=2), evergreen())
    view = counted(context, f"{serving.url}/screen/library?{AT}")
    until(view, "window.ends >= 2", 20)
    assert view.evaluate("document.querySelectorAll('.page').length") == 1


@pytest.mark.parametrize("fault", ["no film", "cut short", "not there"])
def test_what_cannot_be_played_leaves_the_frame(
    context: BrowserContext, serving: Serving, short: bytes, fault: str
) -> None:
    film = {"no film": b"no film", "cut short": short[: len(short) // 3], "not there": short}[fault]
    publish(serving.folder, 1, page("a", film=film, dwell_seconds=600), evergreen())
    if fault == "not there":
        (serving.folder / "assets" / f"{hashlib.sha256(film).hexdigest()}.mp4").unlink()
    view = counted(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    until(view, "!document.querySelector('.page video') && window.alive === 1")
    assert same(glass(view), published("a"))


def test_a_film_is_never_under_the_next_page_nor_left_behind(
    context: BrowserContext, serving: Serving, long: bytes
) -> None:
    """Long films on short pages: each is ended with its page."""
    publish(serving.folder, 1, *(page(name, film=long, dwell_seconds=0.3) for name in "abcd"), evergreen())
    view = counted(context, f"{serving.url}/screen/library?{AT}")
    until(view, "window.plays > 25", 40)
    assert view.evaluate("document.querySelectorAll('.page video').length") < 12
    assert view.evaluate("window.alive") < 26


def test_films_are_kept_for_when_the_server_is_away(context: BrowserContext, serving: Serving, short: bytes) -> None:
    publish(serving.folder, 1, page("a", film=short, dwell_seconds=3), evergreen())
    name = hashlib.sha256(short).hexdigest()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    view = counted(context, f"{serving.url}/screen/library")
    until(view, f"caches.open('signage-bundles-1').then((c) => c.match('/assets/{name}.mp4')).then((r) => !!r)", 20)
    until(view, "caches.open('signage-bundles-1').then((c) => c.match('/screens/library/manifest.signed'))", 20)
    until(view, "caches.open('signage-shell-1').then((c) => c.match('/screen.js'))", 20)
    assert len([url for url in asked if url.endswith(".mp4")]) == 1
    serving.stop()
    view.reload()
    until(view, "window.ends >= 1", 20)
    serving.start_again()


def test_a_preview_shows_the_frame_only(context: BrowserContext, serving: Serving) -> None:
    film = b"never asked for"
    publish(serving.folder, 1, page("a", film=film, dwell_seconds=600), evergreen())
    asked: list[str] = []
    view = context.new_page()
    view.on("request", lambda request: asked.append(request.url))
    view.set_viewport_size({"width": 1280, "height": 1600})
    view.goto(f"{serving.url}/")
    view.wait_for_selector('[data-screen="library"] [data-page="a"]', timeout=20_000)
    assert not [url for url in asked if url.endswith(".mp4")]
