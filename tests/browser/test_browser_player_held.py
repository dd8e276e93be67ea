"""The browser player's held requests: news long before the next poll, and polls whatever becomes of the requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route

from signage.web import publications
from signage.web.publications import Publications
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.browser_alerts import lasting, on, send
from tests.fixtures.browser_player import Serving, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.raw_http import until

pytestmark = pytest.mark.browser

NEVER = 3600  # seconds between two polls: what arrives in a test came by a held request


def of(serving: Serving) -> Publications:
    found: Publications = serving.server._app.state.publications  # type: ignore[attr-defined]
    return found


def waiting(serving: Serving) -> int:
    return sum(map(len, list(of(serving)._waiting.values())))


def test_what_is_published_is_shown_at_once_again_and_again(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=NEVER)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    for serial in (2, 3):
        until(lambda: waiting(serving) == 1, "a request is held")
        publish(serving.folder, serial, page(str(serial)), evergreen(), poll_seconds=NEVER)
        of(serving).published("library")
        wait_for(view, str(serial))
    until(lambda: waiting(serving) == 1, "a request is held")
    view.goto("about:blank")
    until(lambda: waiting(serving) == 0, "it ends with the page")


def never(route: Route) -> None:
    pass


def always(status: int, body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=body)


ANSWERS: dict[str, Callable[[Route], None]] = {
    "no answer": never,
    "only files": always(404, "not here"),
    "a page for everything": always(200, "<!doctype html>"),
    "without end": always(200, " " * 1_000_000 + '{"serial": 9}'),
    "always at once": always(200, '{"serial": 1}'),
    "a serial that is never published": always(200, '{"serial": 99999999}'),
}


def test_the_poll_remains_whatever_a_held_request_brings(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    views = {}
    asked: list[str] = []
    for name, answer in ANSWERS.items():
        view = views[name] = context.new_page()
        view.route("**/next?*", answer)
        view.on("request", lambda request, name=name: asked.append(name) if "/next?" in request.url else None)
        with view.expect_request("**/next?*", timeout=20_000):
            view.goto(f"{serving.url}/screen/library")
    publish(serving.folder, 2, page("b"), evergreen(), poll_seconds=1)
    for name, view in views.items():
        wait_for(view, "b")
        assert asked.count(name) <= 5, f"{name}: it is no busy loop"


def test_a_held_request_gives_its_connection_up_before_a_poll_fails(
    context: BrowserContext, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser has six connections to a server, for all its windows together."""
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0)
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    until(lambda: waiting(serving) == 1, "a request is held")
    view.evaluate("() => { for (let i = 0; i < 5; i++) fetch('/screens/library/next?after=' + (100 + i)); }")
    until(lambda: waiting(serving) == 6, "all connections are taken")
    publish(serving.folder, 2, page("b"), evergreen(), poll_seconds=1)
    view.wait_for_selector('body[data-page="b"]', timeout=15_000)


def test_without_a_plan_that_can_be_had_a_request_is_held_for_alerts(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=NEVER)
    publish_alerts(serving.folder, 1)
    view = context.new_page()
    polls: list[str] = []
    view.on("request", lambda request: polls.append(request.url) if "/manifest.signed" in request.url else None)
    view.route("**/manifest.*", always(500, "not now"))
    with view.expect_request("**/next?after=1&alerts=1&browser=*", timeout=20_000):
        view.goto(f"{serving.url}/screen/library")
    send(serving, 2, lasting("water"))
    on(view, "water")
    assert len(polls) <= 3, "it is no busy loop"


def test_the_small_pictures_of_the_start_page_hold_nothing(context: BrowserContext, serving: Serving) -> None:
    for screen in ("library", "hall"):
        publish(serving.folder, 1, page("a"), evergreen(), screen=screen, poll_seconds=1)
    view = context.new_page()
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.set_viewport_size({"width": 1280, "height": 1600})
    view.goto(f"{serving.url}/")
    view.wait_for_selector('[data-screen="hall"] [data-page="a"]', timeout=20_000)
    for _ in range(2):
        with view.expect_response("**/manifest.signed", timeout=20_000):
            pass
    assert not [url for url in asked if "/next" in url]
