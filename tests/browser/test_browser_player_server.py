"""The browser player and a server that changes: one with a new key, and one that comes back with a wrong clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.fixtures import bundles
from tests.fixtures.browser_player import Serving, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish

pytestmark = pytest.mark.browser


def test_a_new_key_that_the_old_one_announced_is_followed_and_the_old_one_forgotten(
    context: BrowserContext, serving: Serving
) -> None:
    def shown(id: str) -> None:
        view.wait_for_selector(f'body[data-page="{id}"]', timeout=20_000)

    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    shown("a")
    new = bundles.OTHER_KEY.verify_key.encode().hex()
    publish(serving.folder, 2, page("b"), evergreen(), poll_seconds=1, next_key=new)
    shown("b")
    publish(serving.folder, 3, page("c"), evergreen(), poll_seconds=1, key=bundles.OTHER_KEY)
    shown("c")
    view.reload()
    shown("c")
    with view.expect_console_message(lambda message: "keeping what is shown" in message.text, timeout=20_000):
        publish(serving.folder, 4, page("evil"), evergreen(), poll_seconds=1, next_key=new)
    assert view.get_attribute("body", "data-page") == "c"


def test_a_server_before_0_6_is_played_and_so_is_its_successor(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1, before_0_6=True)
    view = context.new_page()
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    # some servers have a page for everything
    view.route("**/manifest.signed", lambda route: route.fulfill(status=200, body="<html>Not here" * 9), times=1)
    view.goto(f"{serving.url}/screen/library")
    wait_for(view, "a")
    publish(serving.folder, 2, page("b"), evergreen(), poll_seconds=1, before_0_6=True)
    wait_for(view, "b")
    until_then = len(asked)
    for _ in range(5):
        with view.expect_response("**/manifest.json", timeout=20_000):
            pass
    # two polls may overlap: one by the clock, and one because a held request was answered
    assert asked[until_then:].count("manifest.signed") <= 2, "an old server is asked for it after each publication"
    publish(serving.folder, 3, page("c"), evergreen(), poll_seconds=1)
    wait_for(view, "c")
    with view.expect_response("**/manifest.signed", timeout=20_000):
        pass
    assert asked.index("manifest.signed") < asked.index("manifest.json")


def test_a_server_that_comes_back_hours_behind_brings_nothing_back_that_is_over(
    context: BrowserContext, serving: Serving
) -> None:
    now = datetime.now(UTC)
    over = {"from_": (now - timedelta(hours=5)).isoformat(), "until": (now - timedelta(hours=1)).isoformat()}
    made = {"generated": (now - timedelta(hours=6)).isoformat(), "horizon": (now + timedelta(days=14)).isoformat()}
    publish(serving.folder, 1, page("over", **over), evergreen(), poll_seconds=1, **made)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "evergreen")
    behind = {"Date": format_datetime(now - timedelta(hours=3), usegmt=True)}

    def set_back(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, **behind})

    view.route("**/manifest.signed", set_back)
    for _ in range(3):  # the first brings the other time, and before the third it has been gone by, if it is
        with view.expect_response("**/manifest.signed", timeout=20_000):
            pass
    assert view.get_attribute("body", "data-page") == "evergreen"
