"""Alerts on pages for telephones: first, read out, in words, and never after their end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from signage.domain.alerts import Alert, AlertDraft, AlertText
from signage.publishing import Publisher, SigningKeys
from signage.publishing.alert_documents import place_texts
from signage.publishing.alert_texts import alert_texts
from signage.publishing.phone_pages import code_of, with_alerts
from signage.web import make_app
from signage.web.browser_player import player_files
from signage.web.loopback import Threaded
from tests.browser.test_phone_pages import AXE, MARKET, RULES, files
from tests.fixtures.browser_player import until
from tests.fixtures.make import OSLO
from tests.fixtures.plain_files import plain_files
from tests.fixtures.well import all_well

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=\"document.body.dataset.hacked='1'\"></div><b>Vann</b>"
TEXTS = {
    "nb": AlertText("Vannet må kokes", "Kok alt vann som drikkes.\n\nVi melder fra når det er over."),
    "uk": AlertText("Воду треба кип'ятити", "Кип'ятіть усю воду."),
}
EVENT = f"e/{code_of(MARKET.id)}.html"
GONE = "document.querySelectorAll('.alert').length === 0"
THERE = "document.querySelectorAll('.alert').length === 1"


def alert(hours: float = 4, sent: datetime | None = None, texts: dict[str, AlertText] = TEXTS, **more: Any) -> Alert:
    now = sent or datetime.now(UTC)
    return Alert("a1", AlertDraft(texts, ("s",), now + timedelta(hours=hours), sender="Heim kommune"), now, "x", **more)


def words_of(*alerts: Alert, now: datetime | None = None) -> bytes:
    return alert_texts(alerts, "s", ("nb", "uk"), OSLO, now or datetime.now(UTC))


@dataclass
class Published:
    """A folder with a screen's pages for telephones, behind the built-in server."""

    folder: Path
    url: str

    def send(self, *alerts: Alert, now: datetime | None = None) -> None:
        place_texts(self.folder, "s", words_of(*alerts, now=now))

    def page(self, name: str = "events.html") -> str:
        return f"{self.url}/screens/s/{name}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    Publisher(folder, SigningKeys.load_or_make(tmp_path / "var")).place_player(player_files({"s": "nb"}))
    (folder / "alerts").mkdir()
    for name, content in files().items():
        path = folder / "screens" / "s" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def published(folder: Path) -> Iterator[Published]:
    with Threaded(make_app(folder, all_well)) as server:
        yield Published(folder, f"http://127.0.0.1:{server.port}")


@pytest.fixture
def telephone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


def opened(context: BrowserContext, url: str) -> Page:
    view = context.new_page()
    view.on("pageerror", lambda error: pytest.fail(f"uncaught: {error}"))
    view.goto(url)
    return view


def test_only_what_holds_is_put_into_a_page_and_a_page_without_it_is_not_touched() -> None:
    page = files()["events.html"]
    sent = datetime(2026, 11, 29, 14, 0, 0, tzinfo=UTC)
    made = alert(sent=sent)
    texts = words_of(made, now=sent)
    for seconds, shown in ((-1, False), (0, True), (4 * 3600 - 1, True), (4 * 3600, False), (86400, False)):
        with_them = with_alerts(page, texts, sent + timedelta(seconds=seconds))
        assert ("Vannet må kokes" in with_them.decode()) is shown, seconds
        assert (with_them == page) is not shown
    for none in (b"", b"<html>", words_of()):
        assert with_alerts(page, none, sent) == page


def test_an_alert_comes_first_with_everything_in_the_pages_language(
    published: Published, telephone: BrowserContext
) -> None:
    published.send(alert())
    for name in ("events.html", EVENT):
        view = opened(telephone, published.page(name))
        until(view, THERE)
        first = view.locator("body *").first.locator("[role=alert]")
        parts = first.locator("> div")
        assert [part.get_attribute("lang") for part in parts.all()] == ["nb", "uk"]
        lines = parts.first.inner_text().replace("\u00a0", " ").split("\n")
        said = [line for line in lines if line]
        assert said[:4] == [
            "Viktig melding",
            "Vannet må kokes",
            "Kok alt vann som drikkes.",
            "Vi melder fra når det er over.",
        ]
        assert said[4].startswith("Gjelder til ")
        assert said[5] == "Heim kommune"
        assert said[6].startswith("Sendt ")
        top = view.locator(".alert").bounding_box()
        assert top is not None
        assert top["y"] == 0


def test_it_appears_on_a_page_that_is_open_is_read_once_and_goes_when_it_is_ended(
    published: Published, telephone: BrowserContext
) -> None:
    telephone.clock.install()
    view = opened(telephone, published.page())
    view.evaluate(
        """() => { window.added = 0; new MutationObserver((all) => all.forEach((each) => {
            window.added += each.addedNodes.length;
        })).observe(document.querySelector('.alerts'), {childList: true, subtree: true}); }"""
    )
    made = alert()
    published.send(made)
    view.clock.fast_forward(16_000)
    until(view, THERE)
    for _ in range(3):
        with view.expect_response("**/alerts/s.json"):
            view.clock.fast_forward(16_000)
    assert view.evaluate("window.added") == 1
    published.send(replace(made, ended=datetime.now(UTC)))
    view.clock.fast_forward(16_000)
    until(view, GONE)


def test_at_its_end_it_is_gone_without_a_server_and_without_a_load(folder: Path, telephone: BrowserContext) -> None:
    now = datetime.now(UTC)
    telephone.clock.install(time=now)
    place_texts(folder, "s", words_of(alert(hours=1, sent=now)))
    with plain_files(folder) as url:
        view = opened(telephone, f"{url}/screens/s/events.html")
        until(view, THERE)
    view.clock.fast_forward(59 * 60_000)
    assert view.evaluate(THERE)
    view.clock.fast_forward(61_000)
    assert view.evaluate(GONE)


def test_without_scripts_the_next_load_shows_it_until_its_end(published: Published, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    view = context.new_page()
    for sent, shown in (
        (alert(), 1),
        (alert(hours=0.001, sent=datetime.now(UTC) - timedelta(seconds=10)), 0),
        (None, 0),
    ):
        published.send(*([sent] if sent else []), now=sent.sent if sent else None)
        view.goto(published.page())
        assert view.locator("[role=alert]").count() == shown
    context.close()


def test_what_the_server_put_in_stays_as_it_is_and_an_end_that_has_passed_hides_it_at_once(
    published: Published, telephone: BrowserContext
) -> None:
    published.send(alert())
    telephone.add_init_script(
        """window.added = 0; addEventListener('DOMContentLoaded', () => 0);
        new MutationObserver((all) => all.forEach((each) => {
            if (each.target.className === 'alerts') window.added += each.addedNodes.length;
        })).observe(document, {childList: true, subtree: true});"""
    )
    view = telephone.new_page()
    with view.expect_response("**/alerts/s.json"):
        view.goto(published.page())
    loaded = view.evaluate("window.added")
    with view.expect_response("**/alerts/s.json"):
        view.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
    assert view.evaluate("window.added") == loaded
    assert view.evaluate(THERE)
    view.close()
    telephone.route("**/alerts/s.json", lambda route: route.abort())
    telephone.add_init_script("const now = Date.now; Date.now = () => now() + 5 * 3600000;")
    assert opened(telephone, published.page()).evaluate(GONE), "a page that a browser kept, hours later"


def test_a_telephone_whose_clock_is_wrong_goes_by_the_servers(published: Published, telephone: BrowserContext) -> None:
    published.send(alert())
    telephone.add_init_script("const now = Date.now; Date.now = () => now() - 30 * 86400000;")
    until(opened(telephone, published.page()), THERE)


def test_a_telephone_whose_clock_is_behind_shows_what_the_server_put_in_without_an_answer(
    published: Published, telephone: BrowserContext
) -> None:
    published.send(alert())
    telephone.route("**/alerts/s.json", lambda route: route.abort())
    telephone.add_init_script("const now = Date.now; Date.now = () => now() - 3600000;")
    assert opened(telephone, published.page()).evaluate(THERE)


def test_after_an_answer_that_never_comes_it_asks_again(published: Published, telephone: BrowserContext) -> None:
    telephone.clock.install()
    view = telephone.new_page()
    view.route("**/alerts/s.json", lambda route: None, times=1)
    with view.expect_request("**/alerts/s.json"):
        view.goto(published.page())
    published.send(alert())
    with view.expect_request_finished(lambda request: request.url.endswith("/alerts/s.json")):
        view.clock.run_for(10_001)
        view.clock.run_for(15_001)
    until(view, THERE)


def test_an_answer_that_was_overtaken_does_not_count(published: Published, telephone: BrowserContext) -> None:
    first: list[Route] = []
    view = telephone.new_page()
    view.route("**/alerts/s.json", lambda route: first.append(route), times=1)
    with view.expect_request("**/alerts/s.json"):
        view.goto(published.page())
    published.send(alert())
    with view.expect_response("**/alerts/s.json"):
        view.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
    until(view, THERE)
    with view.expect_response("**/alerts/s.json"):
        first[0].fulfill(status=200, body='{"alerts": []}')
    view.evaluate("() => new Promise((resolve) => setTimeout(resolve, 0))")
    assert view.evaluate(THERE)


def test_whatever_is_written_is_text(published: Published, telephone: BrowserContext) -> None:
    published.send(alert(texts={"nb": AlertText(MARKUP, MARKUP)}))
    view = telephone.new_page()
    for scripts in (True, False):
        if not scripts:
            view.route("**/phone.js", lambda route: route.abort())
        view.goto(published.page())
        until(view, THERE)
        assert view.inner_text(".alert h2") == MARKUP
        assert view.locator(".alert img, .alert b").count() == 0
        assert view.get_attribute("body", "data-hacked") is None


@pytest.mark.skipif(not AXE.exists() and not os.environ.get("SIGNAGE_CI"), reason="needs npm, for axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(published: Published, chromium: Browser, width: int, scheme: Any) -> None:
    published.send(alert())
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for name in ("events.html", EVENT):
        page.goto(published.page(name))
        until(page, THERE)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(
            "async (rules) => (await axe.run({runOnly: rules})).violations.map((v) => [v.id, v.nodes[0].html])", RULES
        )
        assert found == [], (name, found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
