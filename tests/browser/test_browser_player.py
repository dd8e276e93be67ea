"""The browser player in a real Chromium, against a real server and real bundles."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import BrowserContext, ConsoleMessage

from tests.fixtures import bundles
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.browser_player import SIZE, Serving, glass, published, same, until, wait_for, watch
from tests.fixtures.bundles import CLOCK, evergreen, page, publish

pytestmark = pytest.mark.browser

AT = "at=2026-06-01T12:00"


def test_the_picture_on_the_glass_is_the_published_one(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1)
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    assert same(glass(view), published("a"))
    assert view.get_attribute(".page img", "alt") == "Side a"
    assert view.title() == "Hemne bibliotek"
    assert view.evaluate("getComputedStyle(document.body).cursor") == "none"


def test_a_turned_panel_gets_a_turned_picture_and_the_preview_an_upright_one(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1, width=180, height=320, rotate=90)
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    upright = published("a", (180, 320))
    assert same(glass(view), upright.transpose(Image.Transpose.ROTATE_270))  # Pillow counts the other way round
    view.goto(f"{serving.url}/screen/library?rotate=0&{AT}")
    wait_for(view, "a")
    shown = glass(view)
    assert shown.size == SIZE
    left = round((320 - 180 * 180 / 320) / 2)
    assert shown.getpixel((left - 4, 90)) == (0, 0, 0), "the rest is black, not stretched"
    assert shown.getpixel((left + 4, 4)) == (255, 255, 255), "the mark of the upper left corner"


def test_pages_change_by_their_dwell_and_leave_when_their_window_closes(
    context: BrowserContext, serving: Serving
) -> None:
    until = "2026-06-01T12:00:03+02:00"
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=600, until=until), evergreen())
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "b")
    shown = []
    view.expose_function("seen", lambda id: shown.append(id))
    view.evaluate(
        """() => new MutationObserver(() => seen(document.body.dataset.page))
            .observe(document.body, {attributeFilter: ['data-page']})"""
    )
    wait_for(view, "a")
    assert same(glass(view), published("a"))
    assert "evergreen" not in shown


def test_a_page_that_is_over_leaves_even_if_the_next_picture_does_not_come(
    context: BrowserContext, serving: Serving
) -> None:
    over = "2026-06-01T12:00:02+02:00"
    publish(serving.folder, 1, page("a", until=over), page("b", from_=over), evergreen())
    sha256 = hashlib.sha256(bundles.picture("b")).hexdigest()
    context.route(f"**/{sha256}.webp", lambda route: None)  # the server never answers
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    until(view, "document.body.dataset.page !== 'a'", 4)


def test_nothing_is_left_behind_by_a_long_rotation(context: BrowserContext, serving: Serving) -> None:
    pages = [page(name, dwell_seconds=0.05) for name in "abcdef"]
    publish(serving.folder, 1, *pages, evergreen())
    view = context.new_page()
    view.add_init_script(
        """window.alive = 0;
        const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
        URL.createObjectURL = (b) => { window.alive++; return make.call(URL, b); };
        URL.revokeObjectURL = (u) => { window.alive--; return revoke.call(URL, u); };
        window.changes = 0;
        addEventListener('load', () => new MutationObserver(() => window.changes++)
            .observe(document.body, {attributeFilter: ['data-page']}));"""
    )
    view.goto(f"{serving.url}/screen/library?{AT}")
    until(view, "window.changes > 80", 30)
    # a fade of 0.8 s holds at most the pages that came during it
    assert view.evaluate("document.querySelectorAll('.page').length") < 24
    assert view.evaluate("window.alive") < 26


def test_the_clock_is_written_in_the_screens_language(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", clock={**CLOCK, "separator": ":"}), evergreen())
    view = watch(context, f"{serving.url}/screen/library?at=2026-06-01T15:42")
    wait_for(view, "a")
    assert view.inner_text(".clock") == "15:42"


def test_the_clock_is_drawn_where_the_page_wants_it(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", clock=CLOCK), evergreen())
    view = watch(context, f"{serving.url}/screen/library?at=2026-06-01T15:42")
    wait_for(view, "a")
    shown = glass(view)
    assert view.inner_text(".clock") == "15.42"
    ink = ImageChops.difference(shown, published("a")).convert("L").point(lambda value: 255 if value > 40 else 0)
    box = ink.getbbox()
    assert box is not None, "no clock"
    assert box[0] >= 200
    assert box[2] <= 301
    assert box[2] >= 290, "right-aligned in its box"
    assert abs((box[1] + box[3]) / 2 - 40) <= 4, "vertically centred in its box"
    assert view.evaluate("document.fonts.size") == 1


def test_without_server_it_goes_on_and_takes_the_new_plan_when_the_server_is_back(
    context: BrowserContext, serving: Serving
) -> None:
    pages = [page(name, dwell_seconds=2) for name in "abc"]
    publish(serving.folder, 1, *pages, evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "a")
    fetched = "performance.getEntriesByType('resource').map((each) => each.name).filter((name) => /assets/.test(name))"
    until(view, f"new Set({fetched}).size === 4")
    serving.stop()
    wait_for(view, "b")
    wait_for(view, "c")  # not the next one when the server went: it was fetched long before it was due
    assert same(glass(view), published("c"))
    publish(serving.folder, 2, page("d"), evergreen())
    serving.start_again()
    wait_for(view, "d")


def test_a_reload_without_server_works_where_the_browser_keeps_things(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=600), evergreen())
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "b")
    kept = "caches.open('signage-bundles-1').then((c) => c.match('/screens/library/manifest.signed')).then((r) => !!r)"
    until(view, kept, 10)
    until(view, "caches.match('/screen.js').then((r) => !!r && !!navigator.serviceWorker.controller)")
    serving.stop()
    view.reload()
    wait_for(view, "b")
    assert same(glass(view), published("b"))


def test_pictures_that_no_plan_names_are_swept_from_the_browser(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a"), evergreen(), poll_seconds=1)
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")
    assets = (
        "caches.open('signage-bundles-1').then((c) => c.keys())"
        ".then((kept) => kept.filter((r) => r.url.includes('/assets/')).length)"
    )
    until(view, f"{assets}.then((n) => n === 2)")
    publish(serving.folder, 2, page("b"), page("c", dwell_seconds=1), evergreen(), poll_seconds=1)
    wait_for(view, "b")
    until(view, f"{assets}.then((n) => n === 3)")


@pytest.mark.parametrize(
    "wrong", ["older", "forged", "other-key", "other-screen", "same-serial", "no-json", "newer-format"]
)
def test_a_manifest_that_is_not_to_be_believed_changes_nothing(
    context: BrowserContext, serving: Serving, wrong: str
) -> None:
    publish(serving.folder, 5, page("a"), evergreen(), poll_seconds=1)
    said: list[str] = []
    view = watch(context, f"{serving.url}/screen/library")
    view.on("console", lambda message: said.append(message.text))
    wait_for(view, "a")
    bad, files = bundles.manifest(
        4 if wrong == "older" else 5 if wrong == "same-serial" else 6, page("evil"), evergreen()
    )
    for name, data in files.items():
        (serving.folder / "assets" / name).write_bytes(data)
    if wrong == "forged":
        bundles.write_manifest(serving.folder, bad, signature=bytes(64))
    elif wrong == "other-key":
        bundles.write_manifest(serving.folder, bad, key=bundles.OTHER_KEY)
        (serving.folder / "signage.pub").write_text(bundles.OTHER_KEY.verify_key.encode().hex() + "\n")
    elif wrong == "other-screen":
        bundles.write_manifest(serving.folder, {**bad, "screen": "radhuset"}, screen="library")
    elif wrong == "no-json":
        bundles.write_manifest(serving.folder, b"<html>", screen="library")
    elif wrong == "newer-format":
        bundles.write_manifest(serving.folder, {**bad, "format": 2}, screen="library")
    else:
        bundles.write_manifest(serving.folder, bad)
    with view.expect_console_message(lambda message: "keeping what is shown" in message.text, timeout=10_000):
        pass
    assert view.get_attribute("body", "data-page") == "a"
    assert view.get_attribute("body", "data-serial") == "5"
    view.reload()
    wait_for(view, "a")


def test_a_picture_that_is_not_what_the_manifest_promised_is_not_shown(
    context: BrowserContext, serving: Serving
) -> None:
    made = publish(serving.folder, 1, page("a"), page("b"), evergreen())
    first = serving.folder / "assets" / f"{made['pages'][0]['asset']}.webp"
    swapped = bytearray(first.read_bytes())
    swapped[-1] ^= 255
    first.write_bytes(swapped)
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    wait_for(view, "b")
    assert same(glass(view), published("b"))


def test_past_the_horizon_and_with_a_clock_that_cannot_be_right_only_what_is_never_wrong_is_shown(
    context: BrowserContext, serving: Serving
) -> None:
    publish(serving.folder, 1)
    view = watch(context, f"{serving.url}/screen/library?at=2027-03-01T12:00")
    wait_for(view, "evergreen")


def test_a_television_with_a_wrong_clock_goes_by_the_servers(context: BrowserContext, serving: Serving) -> None:
    publish(
        serving.folder,
        1,
        page("a", until="2100-01-01T00:00:00+00:00"),
        evergreen(),
        horizon="2100-01-01T00:00:00+00:00",
    )
    context.clock.install(time="2018-01-01T00:00:00Z")
    view = watch(context, f"{serving.url}/screen/library")
    wait_for(view, "a")


def test_before_the_first_publication_it_waits_calmly_and_begins_by_itself(
    context: BrowserContext, serving: Serving
) -> None:
    view = watch(context, f"{serving.url}/screen/library?{AT}")
    assert view.inner_text("body").strip() == ""
    ground = Image.open(io.BytesIO(view.screenshot())).convert("RGB")
    assert ground.getpixel((5, 5)) == (11, 36, 51)
    publish(serving.folder, 1)
    wait_for(view, "a")


def test_the_start_page_shows_every_screen_alive(context: BrowserContext, serving: Serving) -> None:
    publish(serving.folder, 1, page("a", dwell_seconds=1), page("b", dwell_seconds=1), evergreen())
    publish(serving.folder, 1, screen="radhuset", name="Rådhuset", width=180, height=320, rotate=90)
    for screen in ("library", "radhuset"):
        publish_alerts(serving.folder, 1, screen=screen)
    view = context.new_page()
    said: list[ConsoleMessage] = []
    view.on("console", lambda message: said.append(message) if message.type == "error" else None)
    view.set_viewport_size({"width": 1280, "height": 800})
    view.goto(serving.url)
    for screen in ("library", "radhuset"):
        view.wait_for_selector(f'[data-screen="{screen}"] [data-page]', timeout=10_000)
    tall = view.locator('[data-screen="radhuset"] [data-glass]').bounding_box()
    wide = view.locator('[data-screen="library"] [data-glass]').bounding_box()
    assert tall is not None
    assert wide is not None
    assert tall["height"] / tall["width"] == pytest.approx(320 / 180, rel=0.02)
    assert wide["width"] / wide["height"] == pytest.approx(320 / 180, rel=0.02)
    view.wait_for_selector('[data-screen="library"] [data-page="b"]')
    assert "Kalenderen hentet 1. januar kl.\u00a000.00" in view.inner_text('[data-screen="library"]')
    assert said == []
    view.set_viewport_size({"width": 360, "height": 740})
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth"), "fits a phone"
