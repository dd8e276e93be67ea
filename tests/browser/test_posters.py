"""Pictures of one's own, from a file to the glass."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.fixtures.site import Site

POSTER = (192, 32, 32)


def shown(site: Site) -> list[Image.Image]:
    """The pictures' pages, in the order of the rotation."""
    assets = site.folder / "var" / "published" / "assets"
    pages = [page for page in site.manifest()["pages"] if page["kind"] == "picture"]
    found = []
    for page in sorted(pages, key=lambda page: page["id"]):
        (path,) = assets.glob(f"{page['asset']}.*")
        with Image.open(path) as opened:
            found.append(opened.convert("RGB"))
    return found


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.browser
def test_an_upright_poster_is_whole_on_a_lying_screen(site: Site) -> None:
    Image.new("RGB", (800, 1200), POSTER).save(site.folder / "plakat.jpg")
    report = site.build(playlist='{ show = "picture", file = "plakat.jpg", title = "Julekonsert" }')
    assert (report.warnings, report.problems, report.screens[0].problems) == ((), (), ())
    (page,) = shown(site)
    assert page.size == (1280, 720)
    assert all(near(page.getpixel((x, y)), POSTER) for x in (3, 476) for y in (2, 360, 717))
    assert not near(page.getpixel((484, 360)), POSTER)
