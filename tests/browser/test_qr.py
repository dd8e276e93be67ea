"""Every page of every layout on the glass: letters, contrast, and QR codes that telephones read from afar."""

from __future__ import annotations

import random

import pytest

from signage.config.legibility import judge, mm_per_px, module_mm
from signage.preview import SIZES, read_sample, shoot
from signage.rendering.layouts import load_layout
from signage.wording.qr import modules
from tests.fixtures.camera import codes, seen
from tests.fixtures.paths import LAYOUTS


@pytest.mark.browser
@pytest.mark.parametrize("name", ["fjord", "natt", "plakat"])
def test_every_page_can_be_read_and_its_code_from_its_distance(name: str) -> None:
    layout, sample = load_layout(LAYOUTS / name), read_sample(LAYOUTS / name)
    pages = {f"{kind}-{size}": spec for size in SIZES[:2] for kind, spec in sample.pages(layout, size).items()}
    shots = shoot(pages, {name: layout}, sample.pictures)
    decoded = 0
    for page, spec in pages.items():
        picture, link = shots[page].picture, spec.context.get("link")
        if picture is None:
            assert spec.splittable or spec.kind == "split", (page, shots[page].report.problems)  # it is cut in two then
            continue
        screen = sample.config(f"{spec.width}x{spec.height}", name, "nb").screens["s"]
        assert judge(shots[page].report, screen).failures == (), page
        if link is None:
            continue
        decoded += 1
        reach = spec.context["qr_px"] * mm_per_px(screen) / modules(link) / module_mm(1.0)  # metres
        metres = min(screen.distance, reach)
        assert codes(seen(picture, screen, metres, seed=random.Random(page).randrange(1000))) == [link], page
    assert decoded > 10
