"""Which plan a browser player has in force, and which one it keeps for a start without the server."""

from __future__ import annotations

import hashlib

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.fixtures import bundles
from tests.fixtures.browser_alerts import NEVER, held, of
from tests.fixtures.browser_player import Serving, until, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish

pytestmark = pytest.mark.browser

# The serial of the plan that is kept, in JavaScript.
KEPT_SERIAL = (
    "caches.open('signage-bundles-1').then((c) => c.match('/screens/library/manifest.json'))"
    ".then((r) => (r ? r.json() : { serial: 0 })).then((manifest) => manifest.serial)"
)


def asset(id: str) -> str:
    """The file of a page's picture."""
    return f"{hashlib.sha256(bundles.picture(id)).hexdigest()}.webp"


def send(serving: Serving, serial: int, id: str) -> None:
    """Publish a plan with this page, as a server does."""
    publish(serving.folder, serial, page(id, dwell_seconds=600), evergreen(), poll_seconds=NEVER)
    of(serving).published("library")


def test_a_plan_whose_picture_comes_after_a_newer_plan_is_not_put_in_force(
    context: BrowserContext, playing: Page, serving: Serving
) -> None:
    slow: list[Route] = []
    context.route(f"**/{asset('b')}", lambda route: slow.append(route))
    playing.evaluate(
        """() => {
            const body = document.body;
            window.serials = [body.dataset.serial];
            new MutationObserver(() => window.serials.push(body.dataset.serial))
                .observe(body, {attributeFilter: ['data-serial']});
            window.kept = [];
            const put = Cache.prototype.put;
            Cache.prototype.put = function (path, body) {
                return put.call(this, path, body).then(() => window.kept.push(path));
            };
        }"""
    )
    with playing.expect_request(f"**/{asset('b')}"):
        send(serving, 2, "b")
    held(serving)
    send(serving, 3, "c")
    wait_for(playing, "c")
    slow[0].continue_()
    until(playing, f"window.kept.includes('/assets/{asset('b')}')")
    held(serving)
    send(serving, 4, "d")
    wait_for(playing, "d")
    assert playing.evaluate("window.serials") == ["1", "3", "4"]


def test_a_plan_that_was_complete_only_at_a_later_poll_is_kept_too(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    until(view, f"{KEPT_SERIAL}.then((serial) => serial === 1)")
    failed: list[str] = []

    def fail(route: Route) -> None:
        failed.append(route.request.url)
        route.abort()

    context.route(f"**/{asset('closing')}", fail, times=1)
    publish(serving.folder, 2, page("b", dwell_seconds=600), evergreen("closing"), poll_seconds=1)
    until(view, f"caches.match('/assets/{asset('closing')}').then((r) => !!r)")
    until(view, f"{KEPT_SERIAL}.then((serial) => serial === 2)", 5)
    assert failed
