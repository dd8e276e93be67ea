"""What people see: the status page and its form, /status.json, /metrics, and the start page. In a real browser, too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from prometheus_client.parser import text_string_to_metric_families

from player.display.notices import link
from signage.domain.server_status import Message, ServerProblem
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.paths import FIXTURES, ROOT
from tests.fixtures.players import PATIENCE, Player

AXE = FIXTURES / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NASTY = "<script>alert(1)</script>\"'&"


def every_state(desk: Desk) -> None:
    """A green screen, a red one with two players, a yellow one, a grey one, and two players that ask."""
    desk.screens |= {"kulorn": "kulØr'n", "hallen": "Heimhallen & basseng <3"}
    library = desk.publish(1, bundles.page("a"), bundles.evergreen())
    radhuset = desk.publish(1, screen="radhuset", rotate=90)
    kulorn = desk.publish(1, screen="kulorn")
    silent = desk.paired("radhuset", seed="0", code="ABCD2345HB")
    desk.well(silent, radhuset)
    desk.wait(600)
    green = desk.paired("library", seed="1", code="ABCD2346HB")
    red = desk.paired("radhuset", seed="2", code="ABCD2347HB")
    yellow = desk.paired("kulorn", seed="3", code="ABCD2348HB")
    desk.well(green, library)
    desk.well(red, radhuset, frame={"sha256": "a" * 64, "expected": "b" * 64, "matches": False})
    errors = ["the server is away: no connection; showing what is stored", NASTY + "x" * 150]
    desk.well(yellow, kulorn, under_voltage=True, temperature=83.2, version=NASTY, model=NASTY, errors=errors)
    Player(desk.url, seed="4", code="ABCD2349HB").ask()
    Player(desk.url, seed="5", code="ABCD2342HB", about=f'{{"model": "{NASTY[:24]}"}}').ask()


def test_the_page_says_how_every_screen_is_the_worst_first(desk: Desk) -> None:
    every_state(desk)
    page = desk.get("/status").text
    names = re.findall(r"<h3>(.*?)</h3>", page)
    assert names == ["Rådhuset", "kulØr&#39;n", "Hemne bibliotek", "Heimhallen &amp; basseng &lt;3"]
    assert "1 virker ikke, 1 bør sjekkes, 1 i orden, 1 ikke paret." in page
    for words in (
        "Spilleren har ikke meldt seg siden kl.\u00a012.00. Sjekk strøm og nettverk.",
        "Skjermen viser ikke bildet den skal.",
        "Spilleren får for lite strøm.",
        "Ingen spiller er paret med skjermen.",
        "2 spillere venter på å bli paret",
    ):
        assert words in page


def test_what_players_send_is_text_on_the_page_and_never_markup(desk: Desk) -> None:
    every_state(desk)
    answer = desk.get("/status")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    rules = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in rules
    assert "form-action 'self'" in rules
    assert "frame-ancestors 'self'" in rules
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_form_pairs_moves_and_revokes_with_the_key_only(desk: Desk) -> None:
    key = desk.admin.load_or_make()
    assert oct(desk.admin.path.stat().st_mode & 0o777) == "0o600"
    player = Player(desk.url)
    player.ask()
    for wrong in ("", "x", key[:-1], key.upper() if key.upper() != key else key[::-1], "0" * 32):
        answer = desk.post(do="pair", code=player.code, screen="library", key=wrong)
        assert answer.status_code == 403
        assert "Nøkkelen er ikke riktig" in answer.text
    assert player.ask() == 202
    answer = desk.post(do="pair", code="k7m4p x2qhb", screen="library", key=key)
    assert (answer.status_code, answer.headers["Location"]) == (303, "status?done=pair&screen=library")
    assert "Hemne bibliotek er paret." in desk.get("/" + answer.headers["Location"]).text
    assert player.ask() == 200
    assert desk.post(do="move", player=player.id, screen="radhuset", key=key).status_code == 303
    player.poll()
    assert player.screen == "radhuset"
    assert desk.post(do="revoke", player=player.id, key=key).status_code == 303
    player.poll()
    assert player.screen is None


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(desk: Desk) -> None:
    key = desk.admin.load_or_make()
    Player(desk.url).ask()
    answer = desk.post(do="pair", code="K7M4P-X2QHC", screen="radhuset", key=key)
    assert answer.status_code == 422
    assert "Ingen spiller viser K7M4P-X2QHC." in answer.text
    assert 'value="K7M4P-X2QHC"' in answer.text
    assert '<option value="radhuset" selected>' in answer.text
    nasty = desk.post(do="pair", code='"><script>', screen="radhuset", key=key)
    assert (nasty.status_code, "<script>" in nasty.text.replace('<script type="module"', "")) == (422, False)
    assert "«&#34;&gt;&lt;script&gt;» er ikke en gyldig kode" in nasty.text
    assert desk.post(do="pair", code="K7M4P-X2QHB", screen="nowhere", key=key).status_code == 422
    assert desk.post(do="move", player="0" * 16, screen="radhuset", key=key).status_code == 422
    assert desk.post(do="dance", key=key).status_code == 400
    assert desk.post(do="pair", code="x" * 3000, key=key).status_code == 413
    raw = requests.post(f"{desk.url}/status", data=b"\xff=\xff&" * 20, timeout=PATIENCE)
    assert raw.status_code in (400, 403)


def test_without_a_key_in_var_nothing_acts(desk: Desk) -> None:
    player = Player(desk.url)
    player.ask()
    assert desk.post(do="pair", code=player.code, screen="library", key="").status_code == 403
    first = desk.admin.load_or_make()
    desk.admin.path.unlink()
    assert desk.post(do="pair", code=player.code, screen="library", key=first).status_code == 403
    assert desk.admin.load_or_make() != first
    assert player.ask() == 202


def test_status_json_tells_the_same(desk: Desk) -> None:
    every_state(desk)
    said = desk.get("/status.json").json()
    assert said["ok"] is True
    glass = {each["screen"]: each for each in said["glass"]}
    assert {name: each["state"] for name, each in glass.items()} == {
        "library": "green",
        "radhuset": "red",
        "kulorn": "yellow",
        "hallen": "grey",
    }
    assert glass["library"]["players"][0]["heard"]["page"]["kind"] == "agenda"
    assert [why["code"] for why in glass["kulorn"]["why"]] == ["under_voltage", "hot"]
    assert glass["radhuset"]["why"][0]["en"].startswith("The player last reported")
    assert "token" not in desk.get("/status.json").text


def test_metrics_are_what_prometheus_reads(desk: Desk) -> None:
    every_state(desk)
    sources = [{"source": "iheim", "problem": "503", "answered": "2026-09-14T10:00:00+00:00"}]
    problem = ServerProblem(Message("problems.server"), "x")
    desk.status = replace(desk.status, problems=(problem,), figures={"sources": sources})
    answer = desk.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    states = {
        sample.labels["screen"]: sample.labels["state"]
        for sample in families["signage_screen_state"].samples
        if sample.value == 1
    }
    assert states == {"library": "green", "radhuset": "red", "kulorn": "yellow", "hallen": "grey"}
    hot = {sample.labels["screen"]: sample.value for sample in families["signage_player_temperature_celsius"].samples}
    assert hot["kulorn"] == 83.2
    version = [s.labels["version"] for s in families["signage_player_info"].samples if s.labels["screen"] == "kulorn"]
    assert version == [NASTY]
    assert families["signage_heartbeats"].samples[0].value == 4
    assert families["signage_players_waiting"].samples[0].value == 2
    assert families["signage_source_failing"].samples[0].value == 1
    assert families["signage_problems"].samples[0].value == 1


def test_every_metric_is_explained(desk: Desk) -> None:
    every_state(desk)
    told = (ROOT / "docs" / "status.md").read_text("utf-8")
    names = set(re.findall(r"^# TYPE (\w+)", desk.get("/metrics").text, re.MULTILINE))
    assert {name for name in names if f"`{name}`" not in told} == set()


def test_the_start_page_tells_each_screens_state_and_leads_there(desk: Desk) -> None:
    every_state(desk)
    page = desk.get("/").text
    assert '<a href="./status">' in page
    assert '<p class="state green" data-state><a href="./status#library">Alt i orden</a></p>' in page
    assert '<p class="state red" data-state>' in page


# --- in a browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="nb-NO")
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_the_administrators_link_fills_in_the_key_and_pairs(desk: Desk, page: Page) -> None:
    every_state(desk)
    waiting = Player(desk.url, seed="mine", code="MNPQ2345HB")
    waiting.ask()
    page.goto(f"{desk.url}/status")
    expect(page.get_by_label("Administratornøkkel")).to_be_visible()
    assert page.locator("[data-actions]:visible").count() == 0
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    page.reload()
    expect(page.get_by_label("Administratornøkkel")).to_be_hidden()
    page.locator(".pairing").get_by_label("Koden på skjermen").fill("mnpq2 345hb")
    page.locator(".pairing select").select_option("hallen")
    page.locator(".pairing").get_by_role("button", name="Par", exact=True).click()
    expect(page.get_by_role("status").first).to_have_text(
        "Heimhallen & basseng <3 er paret. Bildet kommer om et øyeblikk."
    )
    assert waiting.ask() == 200
    assert "key" not in page.evaluate("performance.getEntries().map((e) => e.name).join()").replace("#key=", "")
    card = page.locator("#hallen")
    card.get_by_text("Mer om spilleren").click()
    card.get_by_role("button", name="Koble fra").click()  # Playwright says no to whether one is sure
    assert waiting.beat() == 204
    page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Koble fra").click()
    expect(page.get_by_role("status").first).to_contain_text("er koblet fra")
    waiting.poll()
    assert waiting.screen is None


@pytest.mark.browser
def test_the_buttons_are_where_the_problem_is_reported(desk: Desk, page: Page) -> None:
    every_state(desk)
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    for screen in ("radhuset", "kulorn"):
        card = page.locator(f"#{screen}")
        expect(card.get_by_role("button", name="Koble fra").first).to_be_visible()
        expect(card.get_by_role("button", name="Flytt").first).to_be_visible()
    expect(page.locator("#library").get_by_role("button", name="Koble fra")).to_be_hidden()  # all is well there
    new = Player(desk.url, seed="mine", code="MNPQ2345HB")
    assert new.ask() == 202
    empty = page.locator("#hallen")
    empty.get_by_label("Koden på skjermen").fill("mnpq2 345hb")
    empty.get_by_role("button", name="Par", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("er paret")
    assert (new.ask(), new.screen) == (200, "hallen")


@pytest.mark.browser
def test_the_form_for_the_code_opens_when_a_player_begins_to_wait(desk: Desk, page: Page) -> None:
    page.clock.install()
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    code = page.locator(".pairing").get_by_label("Koden på skjermen")
    expect(code).to_be_hidden()
    Player(desk.url, seed="mine", code="MNPQ2345HB").ask()
    page.clock.run_for(16_000)
    expect(code).to_be_visible()


@pytest.mark.browser
def test_a_players_qr_code_fills_in_its_code(desk: Desk, page: Page) -> None:
    page.goto(link("MNPQ2-345HB", desk.url))
    expect(page.locator(".pairing").get_by_label("Koden på skjermen")).to_be_visible()
    expect(page.locator(".pairing").get_by_label("Koden på skjermen")).to_have_value("MNPQ2-345HB")
    page.goto(f"{desk.url}/status#pair=<b>")
    page.reload()
    expect(page.locator(".pairing").get_by_label("Koden på skjermen")).to_have_value("")


@pytest.mark.browser
def test_the_page_follows_the_server_and_leaves_alone_what_is_open(desk: Desk, page: Page) -> None:
    every_state(desk)
    page.clock.install()
    page.goto(f"{desk.url}/status")
    page.locator("#library summary").first.click()
    desk.wait(200)
    page.clock.run_for(16_000)
    expect(page.locator("#library .badge")).to_have_text("Virker ikke")
    expect(page.locator("#library details").first).to_have_attribute("open", "")
    expect(page.locator("[data-live=lead]")).to_contain_text("3 virker ikke")


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists() and not os.environ.get("SIGNAGE_CI"), reason="needs npm, for axe-core")
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_axe_finds_nothing(desk: Desk, chromium: Browser, width: int) -> None:
    every_state(desk)
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    key, some = desk.admin.load_or_make(), desk.registry.players()[0].id
    for address in (f"/status#key={key}", "/status?done=pair&screen=library", "/status", f"/status/{some}"):
        page.goto(desk.url + address)
        page.reload()
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.evaluate(AXE.read_text("utf-8"))
        found: Any = page.evaluate(
            "async (rules) => (await axe.run({runOnly: rules})).violations.map((v) => [v.id, v.nodes[0].html])", RULES
        )
        assert found == [], (address, found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
