"""Emergency alerts in the browser player: at once, over everything, and gone at their end with or without a server."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from PIL import ImageChops
from playwright.sync_api import BrowserContext, Page, Route

from signage.web import publications
from tests.fixtures import bundles
from tests.fixtures.alerts import LINE, AlertPage, alert_document, box_of, publish_alerts, signed
from tests.fixtures.browser_alerts import (
    KEPT,
    NEVER,
    PLAN_KEPT,
    SHELL_KEPT,
    held,
    lasting,
    of,
    on,
    picture,
    seen,
    send,
    shot,
)
from tests.fixtures.browser_player import SIZE, Serving, glass, same, until, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish

pytestmark = pytest.mark.browser


@pytest.fixture
def pictures_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """They don't come with the answer to a held request, as large ones."""
    monkeypatch.setattr(publications, "LARGEST_ASSETS", 0)


def test_the_pixels_of_a_takeover_are_there_within_two_seconds_and_gone_as_fast(
    playing: Page, serving: Serving
) -> None:
    """The best of three rounds: other tests may keep the machine busy."""
    water, page_a = lasting("water"), shot(playing)
    shown, gone = [], []
    for serial in (1, 3, 5):
        begun = send(serving, serial, water)
        shown.append(seen(playing, picture(water), 20) - begun)
        assert playing.get_attribute("body", "data-alerts") == "water"
        held(serving)
        begun = send(serving, serial + 1)
        gone.append(seen(playing, page_a, 20) - begun)
        held(serving)
    assert min(shown) <= 2.0, shown
    assert min(gone) <= 2.0, gone


def test_an_alert_waits_for_no_bundle(playing: Page, serving: Serving) -> None:
    """A new plan is on its way, whose first picture doesn't come."""
    made, _ = bundles.manifest(2, page("b", dwell_seconds=600), evergreen())
    playing.context.route(f"**/assets/{made['pages'][0]['asset']}.webp", lambda route: None)
    publish(serving.folder, 2, page("b", dwell_seconds=600), evergreen(), poll_seconds=NEVER)
    with playing.expect_request(f"**/assets/{made['pages'][0]['asset']}.webp"):
        of(serving).published("library")
    held(serving)
    water = lasting("water")
    begun = send(serving, 1, water)
    assert seen(playing, picture(water), 15) - begun < 15
    assert playing.get_attribute("body", "data-serial") == "1"


def test_in_a_closed_house_a_takeover_is_shown_and_nothing_else(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("dark", kind="dark"), evergreen(), poll_seconds=NEVER)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "dark")
    held(serving)
    dark = glass(view)
    send(serving, 1, lasting("storm", "banner"), lasting("road", "page"))
    until(view, KEPT)
    held(serving)
    assert view.get_attribute("body", "data-alerts") == ""
    assert same(shot(view), dark)
    water = lasting("water")
    send(serving, 2, water)
    seen(view, picture(water), 10)


def test_a_banner_lies_over_pages_that_go_on(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=1), evergreen(), poll_seconds=NEVER)
    storm = lasting("storm", "banner")
    publish_alerts(serving.folder, 1, storm)
    view = watch(context, f"{serving.url}/screen/library")
    on(view, "storm")
    x, y, width, height = box_of(storm, storm.pages[0], SIZE)
    strips, rest = [], set()
    for id in ("a", "b", "a"):
        wait_for(view, id)
        image = shot(view)
        strips.append(image.crop((x, y, x + width, y + height)))
        rest.add(image.crop((0, 0, SIZE[0], y)).tobytes())
    assert all(same(strip, picture(storm)) for strip in strips), "in fades, too"
    assert len(rest) > 1


def test_an_alert_of_level_page_is_in_the_rotation_in_place_of_the_page_for_old_players(
    context: BrowserContext, serving: Serving
) -> None:
    road = lasting("road", "page", pages=(AlertPage(seconds=1.0),))
    pages = [page("old", dwell_seconds=1), page("a", dwell_seconds=1), evergreen()]
    made, _ = bundles.manifest(1, *pages, poll_seconds=NEVER, alerts=1)
    made["pages"][0]["alert"] = "road"
    publish(serving.folder, 1, *pages)
    bundles.write_manifest(serving.folder, made)
    publish_alerts(serving.folder, 1, road)
    view = watch(context, f"{serving.url}/screen/library")
    on(view, "road")
    view.evaluate(
        """() => { window.faded = []; new MutationObserver(() => window.faded.push(
            Array.from(document.querySelectorAll('.page'), (each) => getComputedStyle(each).opacity).pop()
        )).observe(document.body, {attributeFilter: ['data-page']}); }"""
    )
    for id in ("alert:road", "a", "alert:road"):
        wait_for(view, id)
        assert view.get_attribute("body", "data-page") != "old"
    assert set(view.evaluate("window.faded.slice(-2)")) == {"1"}, "it is there, or gone"
    held(serving)
    send(serving, 2)
    wait_for(view, "a")
    view.evaluate(
        "() => { window.others = []; new MutationObserver(() => window.others.push(document.body.dataset.page))"
        ".observe(document.body, {attributeFilter: ['data-page']}); }"
    )
    made["pages"], made["serial"] = made["pages"][1:], 2  # the server's next publication
    bundles.write_manifest(serving.folder, made)
    of(serving).published("library")
    until(view, "document.body.dataset.serial === '2'")
    assert "old" not in view.evaluate("window.others")


def test_without_the_server_an_alert_ends_by_itself(playing: Page, serving: Serving) -> None:
    page_a = shot(playing)
    water = lasting("water", last=6)
    send(serving, 1, water)
    seen(playing, picture(water), 10)
    serving.stop()
    until(playing, "document.body.dataset.alerts === ''", 15)
    assert datetime.now(UTC) >= datetime.fromisoformat(water.until)
    assert same(shot(playing), page_a)


def test_after_a_power_cut_an_alert_is_back_without_the_server_until_its_end(playing: Page, serving: Serving) -> None:
    water = lasting("water", last=3600)
    brief = lasting("brief", "banner", last=8)
    send(serving, 1, brief, water)
    seen(playing, picture(water), 10)
    for kept in (KEPT, PLAN_KEPT, SHELL_KEPT):
        until(playing, kept)
    serving.stop()
    playing.reload()
    on(playing, "water")
    seen(playing, picture(water), 10)
    until(playing, f"Date.now() > Date.parse('{brief.until}')", 20)
    playing.reload()
    on(playing, "water")
    assert playing.locator("[role=alert]").count() == 1


def test_an_alert_whose_end_passed_while_the_power_was_off_is_not_back(playing: Page, serving: Serving) -> None:
    water = lasting("water", last=5)
    send(serving, 1, water)
    on(playing, "water")
    for kept in (KEPT, PLAN_KEPT, SHELL_KEPT):
        until(playing, kept)
    serving.stop()
    playing.goto("about:blank")
    until(playing, f"Date.now() > Date.parse('{water.until}')", 20)
    playing.goto(f"{serving.url}/screen/library")
    wait_for(playing, "a")
    assert playing.get_attribute("body", "data-alerts") == ""


def test_two_takeovers_take_turns_and_their_languages_too(playing: Page, serving: Serving) -> None:
    pages = (AlertPage(seconds=0.5), AlertPage("nn", seconds=0.5))
    water, fire = lasting("water", pages=pages), lasting("fire", pages=(AlertPage(seconds=0.5),))
    send(serving, 1, water, fire)
    wanted = [picture(water), picture(water, 1), picture(fire)]
    end = time.monotonic() + 20
    found: set[int] = set()
    while len(found) < 3:
        image = shot(playing)
        found |= {number for number, one in enumerate(wanted) if same(image, one)}
        assert time.monotonic() < end, found


def test_lines_are_drawn_in_their_boxes_and_smaller_where_they_are_too_wide(playing: Page, serving: Serving) -> None:
    long = {**LINE, "text": "Gjelder til lørdag 12. desember klokka 18.00", "y": 60}
    water = lasting("water", pages=(AlertPage(lines=(LINE, long)),))
    plain = picture(water)
    send(serving, 1, water)
    on(playing, "water")
    playing.wait_for_selector(".takeover .line")
    ink = ImageChops.difference(shot(playing), plain).convert("L").point(lambda value: 255 if value > 40 else 0)
    for line in (LINE, long):
        low = line["y"] + line["height"]
        box = ink.crop((0, line["y"], SIZE[0], low)).getbbox()
        assert box is not None, "nothing is written"
        assert box[0] >= line["x"] - 1
        assert box[2] <= line["x"] + line["width"] + 1
        assert abs((box[1] + box[3]) / 2 - line["height"] / 2) <= 4, "vertically centred"
    sizes = playing.evaluate(
        "Array.from(document.querySelectorAll('.takeover .line'), (e) => parseFloat(e.style.fontSize))"
    )
    assert sizes[0] == 14
    assert sizes[1] < 10


def test_an_alert_is_read_out_once_in_all_its_languages(playing: Page, serving: Serving) -> None:
    playing.evaluate(
        """() => {
            window.said = [];
            new MutationObserver((all) => all.forEach((each) => each.addedNodes.forEach((node) => {
                if (node.getAttribute && node.getAttribute('role') === 'alert') window.said.push(node.innerText);
            }))).observe(document.body, {childList: true, subtree: true});
        }"""
    )
    languages = (
        AlertPage("nb", 0.2, alt="Vannet må kokes", lines=(LINE,)),
        AlertPage("uk", 0.2, alt="Воду треба кип'ятити"),
    )
    water, storm = lasting("water", pages=languages), lasting("storm", "banner")
    send(serving, 1, water, storm)
    on(playing, "water")
    shown = set()
    for _ in range(2):
        playing.wait_for_selector(".takeover img")
        shown.add(playing.get_attribute(".takeover img", "src"))
    alerts = playing.locator("[role=alert]")
    assert alerts.count() == 1, "a banner is not seen now, and not read"
    parts = alerts.locator("p")
    assert parts.all_text_contents() == ["Vannet må kokes", "Воду треба кип'ятити"]
    assert [part.get_attribute("lang") for part in parts.all()] == ["nb", "uk"]
    assert playing.locator(".takeover").get_attribute("aria-hidden") == "true"
    held(serving)
    send(serving, 2, storm)
    on(playing, "storm")
    assert playing.evaluate("window.said.length") == 2
    held(serving)
    send(serving, 3)
    on(playing, "")
    assert alerts.count() == 0


@pytest.mark.usefixtures("pictures_are_fetched")
def test_where_no_picture_of_a_takeover_can_be_had_its_words_are_shown(playing: Page, serving: Serving) -> None:
    alt = "Vannet må kokes\nKok alt vann som drikkes i minst tre minutter. Gjelder hele Kyrksæterøra."
    water = lasting("water", pages=(AlertPage(alt=alt),))
    for name in alert_document(1, water)[1]:
        playing.context.route(f"**/assets/{name}", lambda route: route.fulfill(status=500))
    send(serving, 1, water)
    playing.wait_for_selector(".takeover.words", timeout=10_000)
    assert playing.inner_text(".takeover.words") == alt
    box = playing.locator(".words p").bounding_box()
    assert box is not None
    assert 90 <= box["height"] <= SIZE[1], "as large as it fits"
    playing.context.unroute_all()
    held(serving)
    send(serving, 2, water, lasting("t", "test"))
    seen(playing, picture(water), 10)


@pytest.mark.usefixtures("pictures_are_fetched")
def test_while_a_picture_hangs_the_words_are_shown_and_then_the_picture(playing: Page, serving: Serving) -> None:
    water = lasting("water", pages=(AlertPage(alt="Vannet må kokes"),))
    waiting: list[Route] = []
    for name in alert_document(1, water)[1]:
        playing.context.route(f"**/assets/{name}", lambda route: waiting.append(route))
    send(serving, 1, water)
    playing.wait_for_selector(".takeover.words", timeout=10_000)
    for route in list(waiting):
        route.continue_()
    seen(playing, picture(water), 10)
    assert playing.locator(".words").count() == 0


@pytest.mark.usefixtures("pictures_are_fetched")
def test_a_takeover_does_not_wait_for_a_picture_of_another_that_hangs(playing: Page, serving: Serving) -> None:
    slow, quick = lasting("slow"), lasting("quick")
    for name in alert_document(1, slow)[1]:
        playing.context.route(f"**/assets/{name}", lambda route: None)
    send(serving, 1, slow)
    playing.wait_for_selector(".takeover.words", timeout=10_000)
    held(serving)
    send(serving, 2, quick)
    seen(playing, picture(quick), 5)


def test_a_picture_does_not_wait_for_its_typeface(playing: Page, serving: Serving) -> None:
    playing.context.route("**/assets/*.ttf", lambda route: None)
    send(serving, 1, lasting("water", pages=(AlertPage(lines=(LINE,)),)))
    playing.wait_for_selector(".takeover img", timeout=10_000)
    assert playing.inner_text(".takeover .line") == LINE["text"]


@pytest.mark.parametrize("level", ["takeover", "banner"])
def test_what_is_in_the_next_document_too_stays_on_the_display(playing: Page, serving: Serving, level: str) -> None:
    first = lasting("first", level)
    send(serving, 1, first)
    playing.wait_for_selector(f".{level} img")
    playing.evaluate(
        """() => { window.changes = 0; new MutationObserver((all) => all.forEach((each) => {
            window.changes += each.addedNodes.length + each.removedNodes.length;
        })).observe(document.querySelector('.stage'), {childList: true}); }"""
    )
    held(serving)
    send(serving, 2, first, lasting("t", "test"))
    until(playing, "localStorage.getItem('signage:library:alerts').startsWith('2 ')")
    held(serving)
    assert playing.evaluate("window.changes") == 0


def test_a_picture_that_is_damaged_costs_only_itself(playing: Page, serving: Serving) -> None:
    water = lasting("water", pages=(AlertPage(seconds=0.3), AlertPage("nn", seconds=0.3)))
    made, _ = alert_document(1, water)
    (serving.folder / "assets" / f"{made['alerts'][0]['pages'][0]['asset']}.webp").write_bytes(b"x" * 300)
    send(serving, 1, water)
    seen(playing, picture(water, 1), 10)
    assert playing.locator(".words").count() == 0


def test_what_is_prepared_is_there_before_it_is_sent(context: BrowserContext, serving: Serving) -> None:
    water = lasting("water")
    made, files = alert_document(1, water)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    publish(
        serving.folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=NEVER, alert_assets=made["assets"]
    )
    for name, data in files.items():
        (serving.folder / "assets" / name).write_bytes(data)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    (name,) = files
    until(view, f"caches.match('/assets/{name}').then((r) => !!r)")
    assert sum(name in url for url in asked) == 1
    held(serving)
    send(serving, 1, water)
    seen(view, picture(water), 10)
    assert sum(name in url for url in asked) == 1, "nothing is left to fetch"


def test_pictures_of_alerts_stay_while_a_document_names_them(playing: Page, serving: Serving) -> None:
    """Also those of other screens that this browser has played, until their alerts are over."""
    water, hall, over = lasting("water"), lasting("hall"), lasting("over", first=-7200, last=-60)
    send(serving, 1, water)
    seen(playing, picture(water), 10)
    names = {}
    for screen, entry in (("library", water), ("hall", hall), ("foyer", over)):
        made, files = alert_document(1, entry, screen=screen)
        (names[screen],) = files
        playing.evaluate(
            """([screen, bytes, asset]) => caches.open('signage-bundles-1').then((cache) => Promise.all([
                cache.put('/alerts/' + screen + '.signed', new Response(new Uint8Array(bytes))),
                cache.put('/assets/' + asset, new Response('x')),
            ]))""",
            [screen, list(signed(made)), names[screen]],
        )
    publish(serving.folder, 2, page("b", dwell_seconds=600), evergreen(), poll_seconds=NEVER)
    of(serving).published("library")
    until(playing, "document.body.dataset.serial === '2'")
    until(playing, f"caches.match('/assets/{names['foyer']}').then((r) => !r)")
    for screen, kept in (("library", True), ("hall", True), ("foyer", False)):
        for path in (f"/alerts/{screen}.signed", f"/assets/{names[screen]}"):
            assert playing.evaluate(f"caches.match('{path}').then((r) => !!r)") is kept, path
