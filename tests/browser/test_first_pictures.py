"""The start page while the first pictures are made: a bar for each screen, then its picture, without a reload."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from signage.domain.server_status import ScreenProgress, ServerStatus
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.browser.test_phone_pages import AXE, RULES
from tests.fixtures import bundles
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.browser_player import until, watch
from tests.fixtures.well import WELL

pytestmark = pytest.mark.browser
LIBRARY = ScreenProgress("library", "Biblioteket", 320, 180, 0, "waiting")
TOWN_HALL = ScreenProgress("radhuset", "Rådhuset", 180, 320, 90, "fetching", 1, 2)


@dataclass
class Starting:
    """A server that has just been started."""

    folder: Path
    status: ServerStatus
    url: str = ""


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Starting]:
    found = Starting(tmp_path / "published", replace(WELL, screens=(LIBRARY, TOWN_HALL)))
    with Threaded(make_app(found.folder, lambda: found.status)) as server:
        found.url = f"http://127.0.0.1:{server.port}/"
        yield found


def card(screen: str, more: str = "") -> str:
    return f"document.querySelector('[data-screen={screen}]{more}')"


def test_the_bars_move_and_become_pictures_without_a_reload(context: BrowserContext, starting: Starting) -> None:
    view = watch(context, starting.url)
    problems: list[str] = []
    view.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    view.set_viewport_size({"width": 1280, "height": 1400})  # what is not in sight does not play
    view.evaluate("document.body.dataset.here = 'yes'")
    until(view, f"{card('radhuset', ' progress')}.position === 0.5")
    assert view.get_by_role("progressbar", name="Rådhuset Henter kalendere: 1\u00a0av\u00a02").is_visible()
    assert not view.evaluate(f"{card('library', ' progress')}.hasAttribute('value')")

    starting.status = replace(WELL, screens=(replace(LIBRARY, stage="rendering", done=2, total=5), TOWN_HALL))
    until(view, f"{card('library', ' progress')}.position === 0.4")
    assert "Lager sider: 2" in view.inner_text("[data-screen=library]")

    publish_alerts(starting.folder, 1)  # a server has one for each screen, from its start on
    bundles.publish(starting.folder, 1)
    until(view, f"{card('library', ' .page.on')} !== null")
    assert not view.get_by_role("progressbar", name="Biblioteket").is_visible()
    assert view.get_by_role("progressbar", name="Rådhuset").is_visible()

    hall = ScreenProgress("hallen", "Halsahallen", 320, 180, 0, "waiting")
    starting.status = replace(WELL, screens=(hall, LIBRARY))
    until(view, f"{card('hallen')} !== null && {card('radhuset')} === null")
    order = view.evaluate("Array.from(document.querySelectorAll('[data-screen]'), (card) => card.dataset.screen)")
    assert order == ["hallen", "library"]
    assert view.evaluate(f"{card('library', ' .page.on')} !== null"), "what plays goes on"
    assert view.evaluate("document.body.dataset.here") == "yes", "without a reload"
    assert problems == []


def test_a_screen_whose_house_is_closed_does_not_look_broken(context: BrowserContext, starting: Starting) -> None:
    bundles.publish(starting.folder, 1)
    bundles.publish(starting.folder, 1, bundles.page("d", kind="dark"), bundles.evergreen(), screen="radhuset")
    view = watch(context, starting.url)
    view.set_viewport_size({"width": 1280, "height": 1400})
    for screen in ("library", "radhuset"):
        until(view, f"{card(screen, ' .page.on')} !== null")
    shown = [view.locator(f"[data-screen={screen}] .closed").is_visible() for screen in ("library", "radhuset")]
    assert shown == [False, True]


@pytest.mark.skipif(not AXE.exists() and not os.environ.get("SIGNAGE_CI"), reason="needs npm, for axe-core")
@pytest.mark.parametrize("width", [320, 1280])
def test_everybody_can_follow_the_bars(context: BrowserContext, starting: Starting, width: int) -> None:
    view = watch(context, starting.url)
    view.set_viewport_size({"width": width, "height": 800})
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for screen in ("library", "radhuset"):
        inside = "p.left >= g.left && p.right <= g.right && p.bottom <= g.bottom && p.top >= g.top"
        assert view.evaluate(
            f"(() => {{ const [p, g] = ['.progress', '.glass'].map((part) => "
            f"document.querySelector('[data-screen={screen}] ' + part).getBoundingClientRect()); return {inside}; }})()"
        )
    view.evaluate(AXE.read_text("utf-8"))
    found = view.evaluate("(rules) => axe.run({ runOnly: rules })", RULES)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
