"""Alert documents that come with the answer to a held request: used as they are, verified, and else fetched."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from signage.web.open_browsers import OpenBrowsers
from signage.web.routes import bundle
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.browser_alerts import held, lasting, of, on, picture, seen, send
from tests.fixtures.browser_player import Serving
from tests.fixtures.raw_http import until

pytestmark = pytest.mark.browser


def of_alerts(view: Page) -> list[str]:
    """The requests about alerts from now on, in the order in which they are made."""
    asked: list[str] = []

    def note(request: Any) -> None:
        if "/alerts/" in request.url or "/assets/" in request.url:
            asked.append(request.url.rpartition("/")[2])

    view.on("request", note)
    return asked


def test_what_comes_with_an_answer_is_not_fetched(playing: Page, serving: Serving) -> None:
    held(serving)
    asked, water = of_alerts(playing), lasting("water")
    send(serving, 1, water)
    seen(playing, picture(water), 10)
    held(serving)
    send(serving, 2)
    on(playing, "")
    assert asked == []


def spoilt(data: bytes) -> str:
    """Another last byte: neither a document's signature nor a picture's hash is right any more."""
    return base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()


def no_base64(data: bytes) -> str:
    return "%%%"


def spoilt_pictures(data: bytes) -> str:
    return spoilt(data) if data.startswith(b"RIFF") else base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("spoil", "fetched"), [(spoilt, ["library.signed"]), (no_base64, ["library.signed"]), (spoilt_pictures, [])]
)
def test_what_is_wrong_with_it_is_fetched(
    playing: Page,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[bytes], str],
    fetched: list[str],
) -> None:
    monkeypatch.setattr(bundle, "_base64", spoil)
    held(serving)
    asked, water = of_alerts(playing), lasting("water")
    made = publish_alerts(serving.folder, 1, water)
    of(serving).published("library")
    seen(playing, picture(water), 10)
    assert asked == [*fetched, *(f"{sha256}.webp" for sha256 in made["assets"])]


def test_the_server_counts_the_browsers_that_have_it(playing: Page, serving: Serving) -> None:
    browsers: OpenBrowsers = serving.server._app.state.browsers  # type: ignore[attr-defined]
    send(serving, 7, lasting("water"))
    on(playing, "water")
    until(lambda: browsers.having("library", 7) == 1, "it asks for what comes after that")
    held(serving)
    send(serving, 8)
    on(playing, "")
    until(lambda: browsers.having("library", 8) == 1, "it is one browser")
    assert browsers.having("library", 7) == 1
