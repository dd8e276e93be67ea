"""The form that sends alerts, in a real browser: with and without JavaScript, for everybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.alert_form import CHOICES, alerts, send
from tests.fixtures.desk import Desk, serving
from tests.fixtures.paths import FIXTURES

AXE = FIXTURES / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, CHOICES) as desk:
        desk.publish(1)
        yield desk


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="nb-NO")
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_a_person_sends_and_ends_an_alert(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    page.get_by_text("Send et varsel").click()
    form = page.locator(".alerting form")
    expect(form.get_by_label("Administratornøkkel")).to_be_hidden()
    form.get_by_label("Skriv en egen melding").check()
    form.get_by_label("Tittel (norsk bokmål)").fill("Vannet må kokes")
    form.locator("[name=level][value=banner]").check()
    form.locator("[data-where]").select_option("screens")
    form.get_by_label("Rådhuset", exact=True).check()
    form.get_by_role("button", name="Se hvordan det blir").click()
    expect(page.get_by_role("heading", name="Send varselet?")).to_be_visible()
    assert page.locator(".previews img").first.evaluate("each => each.complete && each.naturalWidth > 0")
    page.get_by_role("button", name="Endre").click()
    expect(form.get_by_label("Tittel (norsk bokmål)")).to_have_value("Vannet må kokes")
    form.get_by_role("button", name="Se hvordan det blir").click()
    page.get_by_role("button", name="Send varselet nå").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("Varselet er sendt.")
    assert len(alerts(desk).recent()) == 1
    assert alerts(desk).recent()[0].draft.screens == ("radhuset",)
    assert "key" not in page.evaluate("performance.getEntries().map((e) => e.name).join()").replace("#key=", "")
    assert page.url.endswith(f"#key={desk.admin.load_or_make()}")  # still there for the next one
    page.locator(".alerts").get_by_text("Avslutt varselet").click()
    page.locator(".alerts").get_by_role("button", name="Avslutt …").click()
    page.get_by_role("button", name="Avslutt varselet nå").click()
    expect(page.get_by_role("status").first).to_contain_text("Varselet er avsluttet.")
    assert alerts(desk).current() == []


@pytest.mark.browser
def test_it_works_without_javascript_and_shows_only_what_is_needed(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="nb-NO")
    page = context.new_page()
    page.goto(f"{desk.url}/status")
    page.get_by_text("Send et varsel").click()
    form = page.locator(".alerting form")
    expect(form.get_by_label("Tittel (norsk bokmål)")).to_be_visible()
    form.get_by_label("Kok drikkevannet").check()
    expect(form.get_by_label("Tittel (norsk bokmål)")).to_be_hidden()
    expect(form.get_by_label("Rådhuset", exact=True)).to_be_hidden()
    expect(form.locator("[data-until]")).to_be_hidden()
    form.get_by_label("Hvor lenge").select_option("until")
    expect(form.locator("[data-until]")).to_be_visible()
    form.get_by_label("Hvor lenge").select_option("1")
    form.get_by_label("Administratornøkkel").fill(desk.admin.load_or_make())
    form.get_by_role("button", name="Se hvordan det blir").click()
    page.get_by_role("button", name="Send varselet nå").click()
    expect(page.get_by_role("status").first).to_contain_text("Varselet er sendt.")
    (alert,) = alerts(desk).current()
    assert alert.draft.prepared == "water"
    context.close()


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists() and not os.environ.get("SIGNAGE_CI"), reason="needs npm, for axe-core")
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_axe_finds_nothing(desk: Desk, chromium: Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="nb-NO")
    page = context.new_page()

    def check(where: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.evaluate(AXE.read_text("utf-8"))
        found: Any = page.evaluate(
            "async (rules) => (await axe.run({runOnly: rules})).violations.map((v) => [v.id, v.nodes[0].html])", RULES
        )
        assert found == [], (where, found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where

    send(desk)
    page.goto(f"{desk.url}/status")
    check("the form without the key")
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    page.reload()
    page.get_by_text("Send et varsel").click()
    check("the form")
    form = page.locator(".alerting form")
    form.get_by_label("Tittel (norsk bokmål)").fill("Vannet må kokes")
    form.get_by_label("Tekst (norsk bokmål)").fill("x" * 310)
    form.locator("[data-where]").select_option("screens")
    check("the form with screens to tick")
    form.get_by_role("button", name="Se hvordan det blir").click()
    check("a refusal")
    page.locator(".alerting form [data-where]").select_option("all")
    page.locator(".alerting form").get_by_role("button", name="Se hvordan det blir").click()
    expect(page.get_by_role("button", name="Send varselet slik det er")).to_be_visible()
    check("the preview")
    context.close()
