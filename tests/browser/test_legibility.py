"""Letters by distance, contrast against the pixels, time to read, and what becomes of a page that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from signage.config.legibility import (
    code_px,
    judge,
    mm_per_px,
    module_mm,
    needed_mm,
    reading_seconds,
    required_px,
)
from signage.domain.contrast import contrast, luminance
from signage.domain.model import RenderReport
from signage.rendering.encode import decode
from signage.rendering.measured_contrast import TextRun, contrasts
from signage.rendering.measured_page import text_run
from signage.rendering.render_worker import HIDE_TEXT
from signage.rendering.renderer_pool import FIT_SCRIPT
from signage.wording.qr import modules
from tests.fixtures.shots import one_screen
from tests.fixtures.site import Site

REPORT = RenderReport(overflow=False, smallest_px=28, scale=1, shortened=0, text="en to tre", letter_px=19.0)
SCREEN = one_screen().screens["s"]


@pytest.mark.parametrize(
    ("size", "diagonal", "mm"), [("1920x1080", 55, 0.634), ("3840x2160", 55, 0.317), ("1280x720", 40, 0.692)]
)
def test_a_pixel_is_as_large_as_the_panel_makes_it(size: str, diagonal: float, mm: float) -> None:
    screen = one_screen(size=size, diagonal=diagonal).screens["s"]
    assert mm_per_px(screen) == pytest.approx(mm, abs=0.001)
    assert required_px(screen) * 0.66 * mm_per_px(screen) == pytest.approx(needed_mm(screen))


def test_letters_must_grow_with_the_distance() -> None:
    far = one_screen(distance=8, diagonal=43).screens["s"]
    assert judge(REPORT, SCREEN).failures == ()
    (said,) = judge(REPORT, far).failures
    assert said == "its smallest letters are 9.4 mm high, and 8 m ask for 20.0"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((118, 118, 118), (255, 255, 255), 4.54), ((255, 0, 0), (255, 255, 255), 4.0)],
)
def test_contrast_is_what_wcag_says(one: tuple[int, int, int], other: tuple[int, int, int], ratio: float) -> None:
    assert contrast(luminance(one), luminance(other)) == pytest.approx(ratio, abs=0.01)


def test_large_letters_need_less_contrast() -> None:
    pale = replace(REPORT, contrasts=((19.0, 5.0, "liten"), (60.0, 5.0, "STOR")))
    (said,) = judge(pale, SCREEN).failures
    assert said == 'the contrast of "liten" is 5.0:1, and should be 7:1'
    assert judge(replace(pale, contrasts=((60.0, 5.0, "STOR"),)), SCREEN).failures == ()


@given(st.integers(0, 400), st.floats(3, 20), st.floats(20, 600))
def test_a_page_stays_as_long_as_its_words_take_within_the_bounds(words: int, least: float, most: float) -> None:
    seconds = reading_seconds(replace(REPORT, text="ord " * words), least, most)
    assert least <= seconds <= most
    if least < 1 + words / 3 <= most - 1:
        assert 1 + words / 3 <= seconds < 2 + words / 3


def test_the_ground_of_a_text_is_found_among_its_pixels() -> None:
    image = Image.new("RGB", (400, 100), "#202020")
    ImageDraw.Draw(image).text((20, 20), "Hei på deg", fill="#dddddd", font_size=48)
    run = TextRun((10, 10, 300, 90), (221, 221, 221), 30.0, "plain", "Hei")
    expected = contrast(luminance((221, 221, 221)), luminance((32, 32, 32)))
    ((_, ratio, _),) = contrasts(image, [run])
    assert ratio == pytest.approx(expected, abs=0.1)
    hidden = TextRun(run.box, (32, 32, 32), 30.0, "plain", "Hei")
    assert contrasts(Image.new("RGB", (400, 100), "#202020"), [hidden])[0][1] == 1.0


@pytest.fixture(scope="module")
def view(chromium: Browser) -> Page:
    context = chromium.new_context(viewport={"width": 640, "height": 360}, java_script_enabled=False, offline=True)
    page = context.new_page()
    style = "<style>*{margin:0} main{position:relative;width:640px;height:360px;font:40px/1.2 sans-serif}</style>"
    page.set_content(f"<!doctype html><html><head>{style}</head><body></body></html>")
    return page


def measured(page: Page, body: str) -> tuple[tuple[float, float, str], ...]:
    found = page.evaluate(FIT_SCRIPT, {"body": f'<main data-smallest="10">{body}</main>', "language": "nb"})
    image = decode(page.screenshot())
    page.evaluate(HIDE_TEXT)
    return contrasts(image, [text_run(run) for run in found["runs"]], decode(page.screenshot()))


PHOTO = "background:linear-gradient(90deg,#000,#fff)"
DRAWING = (
    '<svg style="position:absolute;inset:0" width="640" height="360"><path fill="#bbb" d="M0 0H640V180H0Z"/></svg>'
)

WHITE = '<p style="position:relative;color:#fff">på en tegning</p>'


@pytest.mark.browser
@pytest.mark.parametrize(
    ("body", "low", "high"),
    [
        ('<p style="background:#fff;color:#777">grått på hvitt</p>', 4.4, 4.6),
        ('<p style="background:#0b2433;color:#fff">hvitt på mørkt</p>', 15.5, 16.3),
        (f'<div style="{PHOTO};height:360px"><p style="color:#fff">hvitt på et lyst bilde her</p></div>', 1.0, 6.0),
        (f'<div style="background:#fff;height:360px">{DRAWING}{WHITE}</div>', 1.8, 2.1),
        (f'{DRAWING}<p style="position:relative;background:#fff;color:#000">med egen grunn</p>', 20.5, 21.0),
    ],
)  # fmt: skip
def test_contrast_is_measured_against_what_is_really_behind(view: Page, body: str, low: float, high: float) -> None:
    ((_, ratio, _),) = measured(view, body)
    assert low <= ratio <= high


@pytest.mark.browser
def test_what_is_hard_to_read_is_said_or_refused(site: Site) -> None:
    bad = '[site.colours]\npaper = "#888888"\nink = "#444444"\n'
    site.write('{ show = "today" }')
    plain = site.path.read_text("utf-8")
    site.path.write_text(plain.replace("[places.bibliotek]", bad + "\n[places.bibliotek]", 1), "utf-8")
    report = site.build_again()
    (screen,) = report.screens
    assert any("hard to read" in problem and "shown" in problem for problem in screen.problems)
    assert any(page["kind"] == "today" for page in site.manifest()["pages"])
    refusing = plain.replace('languages = ["nb"]', 'languages = ["nb"]\nlegibility = "refuse"')
    site.path.write_text(refusing.replace("[places.bibliotek]", bad + "\n[places.bibliotek]", 1), "utf-8")
    (screen,) = site.build_again().screens
    assert any("left out" in problem for problem in screen.problems)
    assert [page["kind"] for page in site.manifest()["pages"]] == ["evergreen"]


def test_a_code_is_as_large_as_the_distance_asks_for_within_the_page() -> None:
    near, far = (one_screen(distance=metres).screens["s"] for metres in (1.0, 6.0))
    wide = modules("https://iheim.no/e/1234")
    assert code_px(wide, near) == pytest.approx(wide * module_mm(1.0) / mm_per_px(near), abs=0.1)
    assert code_px(wide, far) == 0.3 * 1080
