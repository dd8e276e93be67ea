"""Which plan a browser player has in force, and which one it keeps for a start without the server."""

from __future__ import annotations

import hashlib
import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.fixtures import bundles
from tests.fixtures.browser_alerts import NEVER, SHELL_KEPT, held, of
from tests.fixtures.browser_player import Serving, until, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish

pytestmark = pytest.mark.browser

# The serial of the plan that is kept, in JavaScript.
KEPT_SERIAL = (
    "caches.open('signage-bundles-1').then((c) => c.match('/screens/library/manifest.signed'))"
    ".then((r) => (r ? r.arrayBuffer() : null))"
    ".then((file) => (file ? JSON.parse(new TextDecoder().decode(file.slice(64))).serial : 0))"
)
# Storage that has room for `window.room` more files of plans, and counts in `window.tried` what was put into it.
SCARCE = """
window.room = Infinity;
window.tried = 0;
const put = Cache.prototype.put;
Cache.prototype.put = function (path, body) {
    if (!String(path).startsWith('/screens/')) return put.call(this, path, body);
    const full = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    const tried = () => { window.tried++; };
    const putting = window.room-- > 0 ? put.call(this, path, body) : full();
    putting.then(tried, tried);
    return putting;
};
"""
# What an earlier version kept in the place of what is kept now.
AS_BEFORE = """
caches.open('signage-bundles-1').then((cache) => {
    const path = '/screens/library/manifest.';
    return cache.match(path + 'signed').then((found) => found.arrayBuffer()).then((file) => Promise.all([
        cache.put(path + 'json', new Response(file.slice(64))),
        cache.put(path + 'json.sig', new Response(file.slice(0, 64))),
        cache.delete(path + 'signed'),
    ]));
})
"""


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


@pytest.mark.parametrize(("room", "shown"), [(0, "a"), (1, "b")])
def test_a_plan_that_storage_has_no_room_for_leaves_a_whole_one(
    context: BrowserContext, serving: Serving, room: int, shown: str
) -> None:
    """As a power cut between two files would: the signature of one plan must not be kept with the text of another."""
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    context.add_init_script(SCARCE)
    view = watch(context, f"{serving.url}/screen/library")
    until(view, f"{KEPT_SERIAL}.then((serial) => serial === 1)")
    until(view, SHELL_KEPT)
    view.evaluate(f"window.room = {room}, window.tried = 0")
    publish(serving.folder, 2, page("b", dwell_seconds=600), evergreen(), poll_seconds=1)
    until(view, f"window.tried > {room} || {room} && {KEPT_SERIAL}.then((serial) => serial === 2)")
    serving.stop()
    view.reload()
    wait_for(view, shown)


def test_what_an_earlier_version_kept_is_shown_and_then_kept_anew(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    until(view, f"{KEPT_SERIAL}.then((serial) => serial === 1)")
    until(view, SHELL_KEPT)
    serving.stop()
    view.evaluate(AS_BEFORE)
    view.reload()
    wait_for(view, "a")
    serving.start_again()
    until(view, f"{KEPT_SERIAL}.then((serial) => serial === 1)", 30)
    for name in ("manifest.json", "manifest.json.sig"):
        until(view, f"caches.match('/screens/library/{name}').then((r) => !r)")


def test_pictures_of_other_screens_stay_while_a_kept_plan_names_them(playing: Page, serving: Serving) -> None:
    """Plans of other screens that this browser has played, in one file or as an earlier version kept them."""
    over, lasts = "2020-01-01T00:00:00+01:00", "2100-01-01T00:00:00+01:00"
    names = {}
    for screen, name, horizon in (
        ("hall", "manifest.signed", lasts),
        ("foyer", "manifest.json", lasts),
        ("cellar", "manifest.signed", over),
    ):
        made, files = bundles.manifest(1, evergreen(screen), screen=screen, horizon=horizon)
        (names[screen],) = files
        data = (bytes(64) if name == "manifest.signed" else b"") + json.dumps(made).encode()
        playing.evaluate(
            """([path, bytes, asset]) => caches.open('signage-bundles-1').then((cache) => Promise.all([
                cache.put(path, new Response(new Uint8Array(bytes))),
                cache.put('/assets/' + asset, new Response('x')),
            ]))""",
            [f"/screens/{screen}/{name}", list(data), names[screen]],
        )
    send(serving, 2, "b")
    until(playing, f"caches.match('/assets/{names['cellar']}').then((r) => !r)")
    for screen, name, kept in (("hall", "signed", True), ("foyer", "json", True), ("cellar", "signed", False)):
        for path in (f"/screens/{screen}/manifest.{name}", f"/assets/{names[screen]}"):
            assert playing.evaluate(f"caches.match('{path}').then((r) => !!r)") is kept, path
