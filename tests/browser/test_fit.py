"""Fit and measuring in a real Chromium: each fault that must not reach a wall is caught; what can be mended is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from signage.rendering.picture_key import tool_chain
from signage.rendering.renderer_pool import FIT_SCRIPT, fit_script

pytestmark = pytest.mark.browser
STYLE = """<style>* { margin: 0 } main { position: relative; width: 640px; height: 360px; font: 40px/1.2 sans-serif }
main { --fit: 1 } .box { width: 600px; height: 300px; overflow: hidden; font-size: calc(40px * var(--fit)) }</style>"""
SAGA = "Det var en gang en konge som hadde hørt gjete et gjestebud langt nord i fjellet. " * 6


@pytest.fixture(scope="module")
def view(chromium: Browser) -> Page:
    context = chromium.new_context(
        viewport={"width": 640, "height": 360}, java_script_enabled=False, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_content(f'<!doctype html><html lang="nb"><head>{STYLE}</head><body></body></html>')
    return page


def measure(page: Page, inside: str, attributes: str = "") -> dict[str, Any]:
    report: dict[str, Any] = page.evaluate(FIT_SCRIPT, {"body": f"<main {attributes}>{inside}</main>"})
    return report


def test_a_page_that_fits_has_no_fault_and_tells_its_text_in_order(view: Page) -> None:
    report = measure(view, '<div class="box" data-fit><h2>Kino: Va\u00adiana</h2><p>18.00–19.55</p></div>')
    assert report["problems"] == []
    assert not report["overflow"]
    assert report["text"] == "Kino: Vaiana\n18.00–19.55"
    assert report["smallest_px"] == 40


FAULTS = {
    "the first column runs out of the bottom": '<div class="box" data-fit>' + "<p>rad</p>" * 12 + "</div>",
    "a name is broken without a hyphen": (
        '<div class="box" data-fit><p style="width:200px;overflow-wrap:anywhere">turmarsjklubbenes</p></div>'
    ),
    "text lies over other text": (
        '<p style="position:absolute;top:20px">Offentlig bading</p><p style="position:absolute;top:30px">Golf</p>'
    ),
    "text is cut by the page's edge": '<p style="position:absolute;left:560px;white-space:nowrap">Kyrksæterøra</p>',
    "text is clipped by its box": '<p style="width:120px;overflow:hidden;white-space:nowrap">Kyrksæterøra</p>',
    "a letter is below the smallest": '<p style="font-size:12px">smått</p>',
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(view: Page, fault: str) -> None:
    body = f'<main data-smallest="20">{FAULTS[fault]}</main>'
    report = view.evaluate(fit_script(rounds=0), {"body": body})
    assert report["overflow"], fault
    assert report["problems"]


def test_little_text_is_set_larger_and_much_text_smaller(view: Page) -> None:
    attributes = 'data-fit-min="0.5" data-fit-max="1.5" data-smallest="20"'
    little = measure(view, '<div class="box" data-fit>Kino</div>', attributes)
    much = measure(view, f'<div class="box" data-fit>{SAGA[:300]}</div>', attributes)
    assert little["scale"] == 1.5
    assert 0.5 <= much["scale"] < 1
    assert not much["overflow"]
    assert much["smallest_px"] >= 20


def test_what_is_too_long_for_the_smallest_type_is_shortened_at_a_word(view: Page) -> None:
    attributes = 'data-fit-min="0.5" data-smallest="30"'
    report = measure(view, f'<div class="box" data-fit><p data-shorten>{SAGA}</p></div>', attributes)
    assert not report["overflow"]
    assert report["shortened"] == 1
    assert report["smallest_px"] >= 30
    kept = report["text"].removesuffix("…")
    assert report["text"].endswith("…")
    assert SAGA.startswith(kept)
    assert SAGA[len(kept)] in " .,"


def test_a_group_without_a_number_is_passed_over(view: Page) -> None:
    full = "<p data-row>rad</p>" * 12
    assert measure(view, f'<div class="box" data-fit data-group="2">{full}</div>')["excess"]["groups"] == [[2, 6]]
    assert measure(view, f'<div class="box" data-fit data-group="to">{full}</div>')["excess"]["groups"] == []


@pytest.mark.parametrize(
    ("lists", "gone"),  # six lines have room: of rows, and of what tells that there are more
    [((12,), 7), ((2, 300), 297), ((2, 5), 2), ((3, 5), 3), ((6, 1), 2), ((1,) * 7, 0)],
)
def test_rows_go_from_the_fullest_list_until_the_box_holds_them(view: Page, lists: tuple[int, ...], gone: int) -> None:
    inside = "".join(f"<div>{'<p data-row>rad</p>' * rows}<p data-more hidden></p></div>" for rows in lists)
    assert measure(view, f'<div class="box" data-fit>{inside}</div>')["excess"]["rows"] == gone


@pytest.mark.parametrize("alone", ["", "data-alone"])
def test_what_stands_alone_in_a_zone_is_shortened_further(view: Page, alone: str) -> None:
    texts = "<p data-shorten>Kveldene går hver torsdag til påske, og i mars kommer forfatteren på besøk.</p>" * 3
    box = f'<div class="box" style="height:250px" data-fit>{texts}</div>'
    report = measure(view, f"<section data-zone {alone}>{box}</section>", 'data-smallest="40"')
    shortest = min(len(line) for line in report["text"].splitlines())
    assert (shortest < 40) == (not report["overflow"]) == bool(alone)


def test_one_endless_word_is_shortened_too(view: Page) -> None:
    report = measure(view, '<div class="box" data-fit><p data-shorten>' + "X" * 300 + "</p></div>")
    assert not report["overflow"]
    assert report["text"].endswith("X…")


def test_what_cannot_be_mended_is_reported_for_a_further_page(view: Page) -> None:
    rows = "".join(f"<p data-shorten>Arrangement {n}</p>" for n in range(20))
    assert measure(view, f'<div class="box" data-fit>{rows}</div>', 'data-smallest="30"')["overflow"]


def test_the_clocks_place_is_told_and_left_empty(view: Page) -> None:
    box = '<div data-clock style="position:absolute;left:10px;top:20px;width:200px;height:80px;color:#ff8800"></div>'
    clock = measure(view, box)["clock"]
    assert clock == {
        "x": 10,
        "y": 20,
        "width": 200,
        "height": 80,
        "size": 40,
        "color": "#ff8800",
        "align": "left",
    }


def test_scripts_from_content_do_not_run(view: Page) -> None:
    measure(view, "<p>x</p><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>")
    assert view.title() == ""


def test_the_script_is_part_of_every_pictures_name() -> None:
    assert tool_chain("Chromium 1", "a") != tool_chain("Chromium 1", "b")


def test_type_does_not_grow_at_the_price_of_a_word(view: Page) -> None:
    title = '<h3 data-shorten data-lines="2" style="font-size:1em">Kultur\u00adskole\u00adkonsert</h3>'
    report = measure(view, f'<div class="box" data-fit>{title}</div>', 'data-fit-max="3"')
    assert 1 < report["scale"] < 2.4
    assert view.evaluate("() => document.querySelector('h3').getClientRects()[0].height") < 40 * 2.4 * 1.3


def test_a_shortened_list_does_not_end_in_a_stub_of_its_last_part(view: Page) -> None:
    words = (
        "storsalen, inngang fra parkeringsplassen ved elva · Arr.: Kyrksæterøra og omegn historielag og museumsvenner"
    )
    for width in range(300, 590, 10):
        inside = f'<p data-shorten data-lines="2" style="width:{width}px;font-size:28px">{words}</p>'
        text = measure(view, f'<div class="box" data-fit>{inside}</div>')["text"]
        last = text.removesuffix("…").rpartition(" · ")[2]
        assert " · " not in text or len(last) > 8, text
