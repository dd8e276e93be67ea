"""Attacks on the browser player's alerts, and clocks, storage and servers that are not as they should be."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import BrowserContext, Page

from signage.publishing import Publisher, SigningKeys
from signage.web.browser_player import player_files
from tests.browser.test_browser_player_conditions import WITHOUT_STORAGE, YOUNGER, around_now
from tests.fixtures.alerts import AlertPage, alert_document, box_of, publish_alerts, signed, write_alerts
from tests.fixtures.browser_alerts import (
    KEPT,
    NEVER,
    PLAN_KEPT,
    SHELL_KEPT,
    held,
    lasting,
    on,
    picture,
    seen,
    send,
    shot,
)
from tests.fixtures.browser_player import SIZE, Serving, same, until, wait_for, watch
from tests.fixtures.bundles import KEY, OTHER_KEY, evergreen, page, publish
from tests.fixtures.plain_files import plain_files
from tests.fixtures.reverse_proxy import reverse_proxy

pytestmark = pytest.mark.browser


def evil(serial: int = 6, **more: Any) -> dict[str, Any]:
    return alert_document(serial, lasting("evil"), **more)[0]


def without_end(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "alerts": [{key: value for key, value in made["alerts"][0].items() if key != "until"}]}


ATTACKS: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "a stranger's signature": ("forged", lambda _: signed(evil(), OTHER_KEY)),
    "a changed byte": ("forged", lambda _: signed(evil()).replace(b'"evil"', b'"EVIL"', 1)),
    "a signature of nothing": ("truncated", lambda _: signed(evil())[:64]),
    "another site": ("other-site", lambda _: signed(evil(key=OTHER_KEY), OTHER_KEY)),
    "another screen": ("other-screen", lambda _: signed(evil(screen="hall"))),
    "an older one": ("rolled-back", lambda _: signed(evil(4))),
    "another one under the same serial": ("rolled-back", lambda _: signed(evil(5))),
    "without an end": ("shape", lambda _: signed(without_end(evil()))),
    "a manifest": ("format", lambda folder: (folder / "screens" / "library" / "manifest.signed").read_bytes()),
    "no JSON": ("not-json", lambda _: signed(b"<!doctype html>")),
}


def ask_now(view: Page) -> None:
    """The player polls, whatever the server says of its serials."""
    view.evaluate("() => { dispatchEvent(new Event('online')); }")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_to_be_believed_changes_nothing_and_is_named(playing: Page, serving: Serving, attack: str) -> None:
    kind, made = ATTACKS[attack]
    send(serving, 5, lasting("storm", "banner"))
    on(playing, "storm")
    until(playing, KEPT)
    write_alerts(serving.folder, made(serving.folder))
    if kind == "other-site":
        (serving.folder / "signage.pub").write_text(OTHER_KEY.verify_key.encode().hex() + "\n")
    said = f"an alert document was refused ({kind})"
    with playing.expect_console_message(lambda message: said in message.text, timeout=20_000):
        ask_now(playing)
    assert playing.get_attribute("body", "data-alerts") == "storm"
    with playing.expect_console_message(lambda message: said in message.text, timeout=20_000):
        playing.reload()
    on(playing, "storm")


def test_a_document_of_megabytes_is_not_read(playing: Page, serving: Serving) -> None:
    send(serving, 5, lasting("storm", "banner"))
    on(playing, "storm")
    write_alerts(serving.folder, bytes(3_000_000))
    with playing.expect_response("**/alerts/library.signed"):
        ask_now(playing)
    held(serving)
    assert playing.get_attribute("body", "data-alerts") == "storm"


def test_after_a_restart_without_the_server_no_older_document_counts(playing: Page, serving: Serving) -> None:
    """Whoever can write to the browser's storage still can't bring back what was taken back."""
    send(serving, 5, lasting("evil"))
    on(playing, "evil")
    for kept in (KEPT, PLAN_KEPT, SHELL_KEPT):
        until(playing, kept)
    held(serving)
    old = signed(alert_document(5, lasting("evil"))[0])
    send(serving, 6)
    on(playing, "")
    until(playing, "Promise.resolve(localStorage.getItem('signage:library:alerts').startsWith('6 '))")
    playing.evaluate(
        "(bytes) => caches.open('signage-bundles-1').then((cache) =>"
        " cache.put('/alerts/library.signed', new Response(new Uint8Array(bytes))))",
        list(old),
    )
    serving.stop()
    playing.reload()
    wait_for(playing, "a")
    assert playing.get_attribute("body", "data-alerts") == ""


def test_an_alert_document_is_no_manifest(playing: Page, serving: Serving) -> None:
    folder = serving.folder / "screens" / "library"
    (folder / "manifest.signed").write_bytes(signed(evil(99)))
    with playing.expect_console_message(lambda message: "keeping what is shown" in message.text, timeout=20_000):
        ask_now(playing)
    assert playing.get_attribute("body", "data-serial") == "1"


def test_titles_and_texts_are_never_markup(playing: Page, serving: Serving) -> None:
    markup = "<img src=x onerror=\"document.body.dataset.hacked='1'\"><b>Vann</b>"
    line = {"text": markup, "x": 0, "y": 0, "width": 320, "height": 20, "size": 9, "color": "#ffffff", "align": "left"}
    made = lasting("water", title=markup, pages=(AlertPage(alt=markup, lines=(line,)),))
    send(serving, 1, made)
    on(playing, "water")
    playing.wait_for_selector(".takeover .line")
    assert playing.inner_text(".takeover .line") == markup
    assert playing.locator("[role=alert] *").count() == 1
    assert playing.get_attribute("body", "data-hacked") is None


def test_a_document_with_the_announced_key_is_believed(context: BrowserContext, serving: Serving) -> None:
    announced = OTHER_KEY.verify_key.encode().hex()
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1, next_key=announced)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    publish_alerts(serving.folder, 1, lasting("water"), key=OTHER_KEY)
    on(view, "water", 20)


# --- Clocks ----------------------------------------------------------------------------------------------------------


def test_a_television_that_knows_no_time_shows_alerts_by_the_servers(context: BrowserContext, serving: Serving) -> None:
    far = "2100-01-01T00:00:00+00:00"
    publish(serving.folder, 1, page("a", until=far), evergreen(), horizon=far, poll_seconds=NEVER)
    brief = lasting("brief", last=8)
    publish_alerts(serving.folder, 1, brief)
    context.add_init_script("const now = Date.now; Date.now = () => now() - 3000 * 86400000;")
    view = watch(context, f"{serving.url}/screen/library")
    on(view, "brief")
    on(view, "", 20)
    known = timedelta(seconds=1)  # a server says its time in whole seconds
    assert datetime.now(UTC) >= datetime.fromisoformat(brief.until) - known


def test_without_any_time_to_go_by_no_alert_is_shown(playing: Page, serving: Serving) -> None:
    """Not even one that would be in force by a clock that can't be right."""
    then = -3000 * 86400
    send(serving, 1, lasting("water"), lasting("old", first=then - 3600, last=then + 3600))
    on(playing, "water")
    for kept in (KEPT, PLAN_KEPT, SHELL_KEPT):
        until(playing, kept)
    serving.stop()
    playing.context.add_init_script("const now = Date.now; Date.now = () => now() - 3000 * 86400000;")
    playing.reload()
    wait_for(playing, "evergreen")
    assert not playing.get_attribute("body", "data-alerts")
    serving.start_again()
    ask_now(playing)
    on(playing, "water")


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(days=400), timedelta(hours=-6)])
def test_a_server_whose_date_is_wrong_neither_hides_nor_prolongs_an_alert(
    context: BrowserContext, serving: Serving, ahead: timedelta
) -> None:
    publish(serving.folder, 2, page("a"), evergreen(), poll_seconds=1, **around_now(hours=1))
    publish_alerts(serving.folder, 1, lasting("water"), lasting("over", first=-7200, last=-60))
    with reverse_proxy(serving.url, "/info/screen/") as proxy:
        proxy.ahead = ahead
        view = watch(context, f"{proxy.url}screen/library")
        on(view, "water")
        with view.expect_response("**/library.signed"):
            pass
        assert view.get_attribute("body", "data-alerts") == "water"


def test_a_clock_that_is_put_back_again_and_again_prolongs_nothing(context: BrowserContext, serving: Serving) -> None:
    """An alert of two minutes is shown for two minutes, although its end never comes by this clock."""
    now = datetime.now(UTC)
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=NEVER)
    publish_alerts(serving.folder, 1, lasting("water", first=-60, last=60))
    context.clock.install(time=now)
    view = watch(context, f"{serving.url}/screen/library")
    on(view, "water")
    for _ in range(2):
        view.clock.fast_forward(50_000)
        view.clock.set_system_time(now - timedelta(seconds=50))
        assert view.get_attribute("body", "data-alerts") == "water"
    view.clock.fast_forward(40_000)
    assert view.get_attribute("body", "data-alerts") == ""


# --- Storage, browsers and servers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["missing", "forbidden", "open never settles", "nothing fits"])
def test_without_storage_alerts_are_shown_all_the_same(context: BrowserContext, serving: Serving, how: str) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    context.add_init_script(WITHOUT_STORAGE[how])
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    water = lasting("water")
    publish_alerts(serving.folder, 1, water)
    seen(view, picture(water), 20)
    serving.stop()
    assert view.get_attribute("body", "data-alerts") == "water"


@pytest.mark.parametrize("script", [YOUNGER, "Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined});"])
def test_an_old_browser_and_one_that_can_check_nothing_show_alerts(
    context: BrowserContext, serving: Serving, script: str
) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    water = lasting("water", last=8, pages=(AlertPage(seconds=0.3), AlertPage("nn", seconds=0.3)))
    publish_alerts(serving.folder, 1, water, lasting("storm", "banner"))
    context.add_init_script(script)
    view = watch(context, f"{serving.url}/screen/library")
    seen(view, picture(water), 20)
    on(view, "storm", 20)


def test_alerts_come_with_plain_files_and_end_without_them(context: BrowserContext, tmp_path: Path) -> None:
    folder = tmp_path / "site" / "info"
    Publisher(folder, SigningKeys.load_or_make(tmp_path / "var")).place_player(player_files({"library": "nb"}))
    publish(folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1, key=KEY)
    water = lasting("water", last=9)
    with plain_files(folder.parent) as url:
        view = watch(context, f"{url}/info/screen/library.html")
        wait_for(view, "a")
        publish_alerts(folder, 1, water)
        seen(view, picture(water), 20)
    on(view, "", 20)


def test_before_the_first_plan_alerts_are_shown_by_the_servers_time(context: BrowserContext, serving: Serving) -> None:
    storm, water = lasting("storm", "banner"), lasting("water", last=10)
    publish_alerts(serving.folder, 1, storm, water)
    (serving.folder / "signage.pub").write_text(KEY.verify_key.encode().hex() + "\n")
    view = watch(context, f"{serving.url}/screen/library")
    seen(view, picture(water), 20)
    on(view, "storm", 20)
    view.wait_for_selector(".banner img")
    x, y, width, height = box_of(storm, storm.pages[0], SIZE)
    assert same(shot(view).crop((x, y, x + width, y + height)), picture(storm))


def test_an_old_server_is_asked_no_more_often_than_it_is_polled(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    view = context.new_page()
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.route("**/next?*", lambda route: route.fulfill(status=200, body=json.dumps({"serial": 1})))
    view.goto(f"{serving.url}/screen/library")
    for _ in range(4):
        with view.expect_response("**/manifest.signed", timeout=20_000):
            pass
    alerts = sum("/alerts/" in url for url in asked)
    assert 1 <= alerts <= 2 * sum("/manifest.signed" in url for url in asked)


def test_a_server_that_promises_alerts_which_it_has_not_is_asked_ever_less_often(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=NEVER)
    view = context.new_page()
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.route("**/next?*", lambda route: route.fulfill(status=200, body=json.dumps({"serial": 1, "alerts": 9})))
    context.clock.install()
    view.goto(f"{serving.url}/screen/library")
    wait_for(view, "a")
    for _ in range(60):
        view.clock.run_for(1000)
    assert 2 <= sum("/next?" in url for url in asked) <= 20


def test_the_small_pictures_of_the_start_page_show_them_and_name_them(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1)
    publish(serving.folder, 1, page("a", dwell_seconds=600), evergreen(), screen="hall", poll_seconds=1)
    water = lasting("water", title="Vannet <b>må</b> kokes", last=20)
    publish_alerts(serving.folder, 1, water)
    view = context.new_page()
    view.set_viewport_size({"width": 1280, "height": 900})
    view.goto(serving.url)
    card = view.locator('[data-screen="library"]')
    card.locator(".takeover img").wait_for(timeout=20_000)
    glass = Image.open(io.BytesIO(card.locator("[data-glass]").screenshot())).convert("RGB")
    wanted = picture(water).resize(glass.size)
    off = ImageStat.Stat(ImageChops.difference(glass, wanted)).mean
    assert max(off) < 10, "it is that picture, small"
    assert card.locator("[data-alert]").inner_text() == "Varsel nå: Vannet <b>må</b> kokes"
    other = view.locator('[data-screen="hall"]')
    assert other.locator("[data-alert]").is_hidden()
    card.locator("[data-alert]").wait_for(state="hidden", timeout=30_000)
