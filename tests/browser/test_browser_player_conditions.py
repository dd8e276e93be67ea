"""The browser player where something is missing or wrong: storage, the path, a new browser, the server's clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, Page

from tests.fixtures.acorn import why_not_es2015
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.browser_player import Serving, glass, published, same, until, wait_for, watch
from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import CLOCK, evergreen, page, publish
from tests.fixtures.reverse_proxy import ReverseProxy, reverse_proxy

pytestmark = pytest.mark.browser

# What a browser does in the place of `caches`, in JavaScript.
FORBIDDEN = "throw new DOMException('forbidden', 'SecurityError')"
WITHOUT_STORAGE = {
    "missing": "delete window.caches; delete Window.prototype.caches;",
    "forbidden": f"Object.defineProperty(window, 'caches', {{get() {{ {FORBIDDEN}; }}}});"
    f"Object.defineProperty(window, 'localStorage', {{get() {{ {FORBIDDEN}; }}}});",
    "open fails": f"CacheStorage.prototype.open = async () => {{ {FORBIDDEN}; }};",
    "open never settles": "CacheStorage.prototype.open = () => new Promise(() => 0);",
    "match fails": f"Cache.prototype.match = async () => {{ {FORBIDDEN}; }};",
    "nothing fits": "Cache.prototype.put = async () => { throw new DOMException('full', 'QuotaExceededError'); };",
}
# Younger than Chromium 53.
YOUNGER = """
delete window.AbortController; delete window.ResizeObserver; delete window.IntersectionObserver;
delete window.queueMicrotask; delete window.requestIdleCallback; delete window.structuredClone;
delete HTMLImageElement.prototype.decode; delete Promise.prototype.finally; delete Promise.allSettled;
delete Object.values; delete Object.entries; delete Object.fromEntries; delete Object.getOwnPropertyDescriptors;
delete String.prototype.padStart; delete String.prototype.matchAll; delete String.prototype.replaceAll;
delete Array.prototype.flat; delete Array.prototype.flatMap; delete Array.prototype.at; delete Array.prototype.findLast;
delete Element.prototype.append; delete Element.prototype.prepend; delete Element.prototype.replaceWith;
delete Element.prototype.before; delete Element.prototype.after; delete Element.prototype.replaceChildren;
delete Blob.prototype.arrayBuffer; delete Blob.prototype.text; delete Navigator.prototype.wakeLock;
delete Intl.DateTimeFormat.prototype.formatToParts; delete Intl.RelativeTimeFormat;
"""


@pytest.fixture
def proxy(serving: Serving) -> Iterator[ReverseProxy]:
    with reverse_proxy(serving.url, "/info/screen/") as proxy:
        yield proxy


def around_now(hours: float) -> dict[str, Any]:
    """A plan that was made some hours ago, and ends two weeks later."""
    made = datetime.now(UTC) - timedelta(hours=hours)
    return {"generated": made.isoformat(), "horizon": (made + timedelta(days=14)).isoformat()}


@pytest.mark.parametrize("how", WITHOUT_STORAGE)
def test_without_storage_it_plays_from_memory(context: BrowserContext, serving: Serving, how: str) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=600), evergreen(), poll_seconds=1)
    context.add_init_script(WITHOUT_STORAGE[how])
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "b")
    assert same(glass(view), published("b"))
    publish(serving.folder, 2, page("c"), evergreen(), poll_seconds=1)
    wait_for(view, "c")
    serving.stop()
    wait_for(view, "c")


def test_a_service_worker_without_storage_lets_the_page_through(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1)
    script = WITHOUT_STORAGE["open never settles"].replace("CacheStorage", "self.CacheStorage")
    context.route(
        "**/sw.js", lambda route: route.fulfill(response=(got := route.fetch()), body=f"{script}\n{got.text()}")
    )
    context.add_init_script(WITHOUT_STORAGE["missing"])
    view = watch(context, f"{serving.url}/screen/library")
    until(view, "navigator.serviceWorker.getRegistration().then((r) => !!r && !!r.active)")
    view.reload()
    wait_for(view, "a")


def test_it_plays_in_the_frame_of_another_system(context: BrowserContext, serving: Serving, tmp_path: Path) -> None:
    publish(serving.folder, 1)
    host = tmp_path / "host"
    host.mkdir()
    frame = f'<iframe src="{serving.url}/screen/library" width="320" height="180"></iframe>'
    (host / "index.html").write_text(f"<!doctype html><title>Skilt</title>{frame}")
    context.add_init_script(f"if (window !== top) {{ {WITHOUT_STORAGE['forbidden']} }}")
    with serve(host) as other:
        view = watch(context, f"http://localhost:{urlsplit(other.url).port}/index.html")
        view.frame_locator("iframe").locator('body[data-page="a"]').wait_for(timeout=10_000)


def test_under_a_path_of_a_proxy_every_address_is_found(context: BrowserContext, proxy: ReverseProxy) -> None:
    """The path itself looks like that of a screen."""
    view = context.new_page()
    view.set_viewport_size({"width": 1280, "height": 800})
    lost: list[str] = []
    view.on("response", lambda answer: lost.append(answer.url) if answer.status >= 400 else None)
    view.goto(proxy.url)
    view.wait_for_selector('[data-screen="library"] [data-page="a"]', timeout=10_000)
    assert view.inner_text('[data-screen="library"] .type code') == f"{proxy.url}screen/library"
    view.click('[data-screen="library"] h2 a')
    wait_for(view, "a")
    assert view.url == f"{proxy.url}screen/library?rotate=0"
    assert (lost, proxy.outside) == ([], [])


@pytest.fixture(autouse=True)
def _published(request: pytest.FixtureRequest) -> None:
    """A bundle behind the proxy, for the tests that say nothing else about it."""
    if "proxy" in request.fixturenames:
        serving: Serving = request.getfixturevalue("serving")
        publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
        publish_alerts(serving.folder, 1)


def test_under_a_path_a_reload_works_without_the_server(
    context: BrowserContext, serving: Serving, proxy: ReverseProxy
) -> None:
    view = watch(context, f"{proxy.url}screen/library")
    wait_for(view, "a")
    until(
        view,
        "caches.open('signage-bundles-1').then((c) => c.match('/info/screen/screens/library/manifest.signed'))"
        ".then((r) => !!r)",
    )
    until(view, "caches.match('/info/screen/screen.js').then((r) => !!r && !!navigator.serviceWorker.controller)")
    keys = view.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('signage:'))")
    assert keys
    assert all(name.startswith("signage:/info/screen/:") for name in keys), "another system has keys of its own"
    serving.stop()
    view.reload()
    wait_for(view, "a")
    assert proxy.outside == []


def test_pictures_of_a_system_under_another_path_are_not_swept(
    context: BrowserContext, serving: Serving, proxy: ReverseProxy
) -> None:
    view = watch(context, f"{proxy.url}screen/library")
    view.evaluate(
        """(paths) => caches.open('signage-bundles-1')
            .then((cache) => Promise.all(paths.map((path) => cache.put(path, new Response('x')))))""",
        ["/assets/other.webp", "/info/screen/assets/old.webp"],
    )
    wait_for(view, "a")
    publish(serving.folder, 2, page("c"), evergreen(), poll_seconds=1)
    wait_for(view, "c")
    until(view, "caches.match('/info/screen/assets/old.webp').then((r) => !r)")
    assert view.evaluate("caches.match('/assets/other.webp').then((r) => !!r)")


@pytest.mark.parametrize("clock", [None, CLOCK])
def test_a_zone_that_the_browser_does_not_know_costs_the_clock_and_the_age_only(
    context: BrowserContext, serving: Serving, clock: dict[str, Any] | None
) -> None:
    """As Europe/Kyiv, in televisions whose zones are older than that name."""
    over = "2026-06-01T12:00:03+02:00"
    age = {"text": "Oppdatert %d.%m.", "after_seconds": 60, "color": "#0c1f2c", "ground": "#f6f1e7", "size": 26}
    pages = (page("a", clock=clock, until=over), page("b", from_=over), evergreen())
    publish(serving.folder, 1, *pages, zone="Europe/Atlantis", updated=age)
    view = watch(context, f"{serving.url}/screen/library?at=2026-06-01T12:00%2B02:00")
    wait_for(view, "a")
    wait_for(view, "b")
    assert same(glass(view), published("b"))


def test_the_start_page_plays_a_screen_in_a_zone_that_the_browser_does_not_know(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1, page("a", clock=CLOCK), evergreen(), zone="Europe/Atlantis")
    view = watch(context, f"{serving.url}/")
    view.set_viewport_size({"width": 1280, "height": 800})
    view.wait_for_selector('[data-screen="library"] [data-page="a"]', timeout=10_000)
    assert view.inner_text("[data-fresh]") == ""


@pytest.mark.parametrize("path", ["/screen.js", "/sw.js", "/phone.js"])
def test_an_es2015_parser_reads_what_televisions_get(serving: Serving, path: str) -> None:
    assert why_not_es2015(requests.get(serving.url + path, timeout=5).text) == ""


@pytest.mark.parametrize("newer", ["async function f() {}", "a = {...b}", "a = b?.c", "try {} catch {}", "a ** b"])
def test_the_parser_is_held_to_es2015(newer: str) -> None:
    assert why_not_es2015("const go = function* () { yield 1; };") == ""
    assert "Unexpected token" in why_not_es2015(newer)


def test_a_browser_of_2016_plays(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=600), evergreen())
    context.add_init_script(YOUNGER)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "b")
    assert same(glass(view), published("b"))


@pytest.mark.parametrize(
    ("ahead", "age"),
    [
        (timedelta(days=-400), 0),
        (timedelta(days=400), 0),
        (timedelta(days=15), 0),
        (timedelta(hours=-6), 0),
        (timedelta(hours=-6), 6 * 3600),  # a cache on the way: right, but for who ignores the age
    ],
)
def test_a_server_whose_date_is_wrong_does_not_mislead_a_right_clock(
    context: BrowserContext, serving: Serving, proxy: ReverseProxy, ahead: timedelta, age: int
) -> None:
    now = datetime.now(UTC)
    soon, past = (now + timedelta(hours=2)).isoformat(), (now - timedelta(minutes=30)).isoformat()
    pages = [page("over", until=past), page("on", from_=past, until=soon), page("later", from_=soon), evergreen()]
    publish(serving.folder, 2, *pages, poll_seconds=1, **around_now(hours=1))
    proxy.ahead, proxy.age = ahead, age
    view = watch(context, f"{proxy.url}screen/library")
    wait_for(view, "on")
    with view.expect_response("**/manifest.signed"):
        pass
    until(view, "document.querySelectorAll('.page').length === 1")
    assert view.get_attribute("body", "data-page") == "on"


def test_a_slow_clock_does_not_bring_back_a_plan_that_has_run_out(
    context: BrowserContext, serving: Serving, proxy: ReverseProxy
) -> None:
    """The television is two days behind, the server is right, and nothing new has been published."""
    made = datetime.now(UTC) - timedelta(days=14) + timedelta(seconds=4)
    plan = {"generated": made.isoformat(), "horizon": (made + timedelta(days=14)).isoformat(), "poll_seconds": 1}
    publish(serving.folder, 2, page("a", dwell_seconds=600), evergreen(), **plan)
    context.add_init_script(
        "const now = Date.now; Date.now = () => now() - 2 * 86400000;"  # the device's clock, as scripts see it
    )
    view = watch(context, f"{proxy.url}screen/library")
    wait_for(view, "a")
    wait_for(view, "evergreen")
    view.reload()
    wait_for(view, "evergreen")
    with view.expect_response("**/manifest.signed"):
        pass
    assert view.get_attribute("body", "data-page") == "evergreen"


def test_after_a_screen_was_renamed_its_old_address_shows_the_latest_bundle(
    context: BrowserContext, serving: Serving
) -> None:
    """The bundle is published under both ids; only the new one is listed (docs/bundle-format.md)."""
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    publish(serving.folder, 1, page("b"), evergreen(), poll_seconds=1, screen="bibliotek")
    publish(serving.folder, 2, page("b"), evergreen(), poll_seconds=1)
    index = serving.folder / "screens" / "index.json"
    listed = json.loads(index.read_bytes())["screens"]
    index.write_text(json.dumps({"screens": [entry for entry in listed if entry["id"] != "library"]}))
    wait_for(view, "b")
    publish(serving.folder, 3, page("c"), evergreen(), poll_seconds=1)
    view.reload()
    wait_for(view, "c")


def test_a_retired_screen_shows_its_last_page_whatever_the_clocks_say(
    context: BrowserContext, serving: Serving, proxy: ReverseProxy
) -> None:
    view = watch(context, f"{proxy.url}screen/library")
    wait_for(view, "a")
    now = datetime.now(UTC).isoformat()
    proxy.ahead = timedelta(days=400)
    publish(serving.folder, 2, evergreen("retired"), poll_seconds=1, generated=now, horizon=now)
    wait_for(view, "retired")


def test_without_a_wake_lock_a_film_behind_the_pages_keeps_the_set_awake(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1)
    context.add_init_script("delete Navigator.prototype.wakeLock;")
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    until(view, "document.querySelector('video').currentTime > 1")
    assert not view.evaluate("document.querySelector('video').paused")
    assert same(glass(view), published("a")), "nothing of it is seen"


def test_a_refused_wake_lock_is_replaced_by_the_film(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1)
    context.add_init_script("navigator.wakeLock.request = () => Promise.reject(new Error('refused'));")
    view: Page = watch(context, f"{serving.url}/screen/library")
    until(view, "document.querySelector('video') && document.querySelector('video').currentTime > 1")
