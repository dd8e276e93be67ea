"""Pictures of one's own, from a file to the glass."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.fixtures.bundles import VALID
from tests.fixtures.films import film
from tests.fixtures.site import Site

POSTER = (192, 32, 32)


def shown(site: Site, kind: str = "picture") -> list[Image.Image]:
    """The pictures' pages, in the order of the rotation."""
    assets = site.folder / "var" / "published" / "assets"
    found = []
    for page in site.manifest()["pages"]:
        if page["kind"] != kind:
            continue
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
    words = 'title = "Julekonsert", alt = "Et kor i ei kirke"'
    zone = f'{{ show = "picture", file = "plakat.jpg", text = "Alle er velkomne.", url = "https://iheim.no", {words} }}'
    both = f'{{ show = "split", main = {zone}, side = {zone} }}'
    report = site.build(playlist=f'{{ show = "picture", file = "plakat.jpg", {words} }}, {both}')
    assert (report.warnings, report.problems, report.screens[0].problems) == ((), (), ())
    (page,) = shown(site)
    assert page.size == (1280, 720)
    assert all(near(page.getpixel((x, y)), POSTER) for x in (3, 476) for y in (2, 360, 717))
    assert not near(page.getpixel((484, 360)), POSTER)
    assert len(shown(site, "split")) == 1
    pocket = (site.folder / "var" / "published" / "screens" / "bibliotek" / "events.html").read_text("utf-8")
    source, *_ = re.findall(r'<img src="../../assets/([0-9a-f]{64}.webp)" [^>]*alt="Et kor i ei kirke"', pocket)
    with Image.open(site.folder / "var" / "published" / "assets" / source) as small:
        assert near(small.convert("RGB").getpixel((10, 10)), POSTER)


@pytest.mark.browser
def test_a_notice_has_its_picture_and_a_document_a_page_each(site: Site) -> None:
    pages = [Image.new("RGB", (200, 300), colour) for colour in ("#c02020", "#20c020")]
    pages[0].save(site.folder / "program.pdf", save_all=True, append_images=pages[1:])
    Image.new("RGB", (300, 300), POSTER).save(site.folder / "kaffe.png")
    notice = '{ show = "notice", title = "Kaffe", picture = "kaffe.png" }'
    report = site.build(playlist=f'{{ show = "picture", file = "program.pdf" }}, {notice}')
    assert (report.warnings, report.problems, report.screens[0].problems) == ((), (), ())
    first, second = shown(site)
    assert near(first.getpixel((640, 360)), (192, 32, 32))
    assert near(second.getpixel((640, 360)), (32, 192, 32))
    (page,) = shown(site, "notice")
    assert near(page.getpixel((100, 360)), POSTER)


@pytest.mark.browser
def test_a_drawing_is_shown_without_what_could_harm(site: Site) -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" onload="location=1"><script>while(1){}</script>'
        '<rect width="160" height="90" fill="#c02020"/><animate attributeName="x" to="9"/></svg>'
    )
    (site.folder / "plakat.svg").write_text(drawing, "utf-8")
    report = site.build(playlist='{ show = "picture", file = "plakat.svg" }')
    assert (report.problems, report.screens[0].problems) == ((), ())
    (page,) = shown(site)
    assert near(page.getpixel((5, 5)), POSTER)
    assert near(page.getpixel((1270, 715)), POSTER)


@pytest.mark.browser
def test_a_film_is_in_the_manifest_over_a_frame_of_it(site: Site) -> None:
    (site.folder / "film.mp4").write_bytes(film(size=(256, 192), seconds=2))
    report = site.build(playlist='{ show = "video", file = "film.mp4", alt = "Fire farger" }')
    assert (report.problems, report.screens[0].problems) == ((), ())
    (page,) = shown(site)
    assert near(page.getpixel((640, 700)), (192, 48, 48))
    assert not near(page.getpixel((100, 360)), (192, 48, 48)), "the ground beside it"
    manifest = site.manifest()
    (entry,) = [each for each in manifest["pages"] if each["kind"] == "picture"]
    assert entry["dwell_seconds"] == 3.6
    video = entry["video"]
    assert [video[key] for key in ("x", "y", "width", "height", "seconds")] == [160, 0, 960, 720, 2.0]
    (path,) = (site.folder / "var" / "published" / "assets").glob(f"{video['asset']}.mp4")
    assert manifest["videos"][video["asset"]]["bytes"] == path.stat().st_size
    VALID.validate(manifest)
