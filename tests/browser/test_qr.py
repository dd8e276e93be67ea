"""Every page of every layout on the glass: letters, contrast, and QR codes that telephones read from afar."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from signage.config.legibility import judge, mm_per_px, module_mm
from signage.domain.model import Organisation
from signage.planning.catalog import Catalog
from signage.planning.kinds.organisation import organisation_page
from signage.planning.page_contexts import PageContextBuilder
from signage.preview import SIZES, read_sample, shoot
from signage.rendering.layouts import load_layout
from signage.wording.languages import load as load_words
from signage.wording.qr import modules
from tests.fixtures.camera import codes, seen
from tests.fixtures.make import OSLO, oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.shots import Booth, booth, one_screen
from tests.fixtures.states import in_state

CLUB = Organisation("klubben", "Hemne turmarsjklubb", about="Vi går tur sammen.", url="https://klubben.example.org/om")


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    with booth(tmp_path_factory.mktemp("images")) as made:
        yield made


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


@pytest.mark.browser
@pytest.mark.parametrize("coming", range(4))
@pytest.mark.parametrize(("size", "smallest"), [("1920x1080", 92), ("1024x768", 40), ("1920x1080", 24)])
def test_an_organisation_has_its_code_however_much_it_has_coming(
    camera: Booth, size: str, smallest: int, coming: int
) -> None:
    config = one_screen(size=size, smallest_text=smallest)
    events = [in_state("free", ahead) for ahead in range(coming)]
    builder = PageContextBuilder(config, "s", load_words("nb"), Catalog.of(events, (), [CLUB], {}))
    plan = organisation_page(CLUB.id, events, oslo("2026-11-23 09:00"), OSLO)
    picture, report = camera.take(builder.spec(plan))
    assert codes(picture) == [CLUB.url]
    assert "klubben.example.org" in report.text
