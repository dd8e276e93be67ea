"""Picture files that people name: what can be used is used, what can't is told in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from signage.app.local_pictures import load_pictures
from tests.fixtures.site import Site


@pytest.fixture
def files(tmp_path: Path) -> Path:
    Image.new("RGB", (800, 600), "#335577").save(tmp_path / "photo.jpg")
    Image.new("RGBA", (300, 200), (200, 30, 30, 90)).save(tmp_path / "logo.png")
    Image.new("CMYK", (400, 300), (0, 120, 120, 0)).save(tmp_path / "print.jpg")
    turned = Image.new("RGB", (400, 200), "#446622")
    exif = turned.getexif()
    exif[0x0112] = 6  # turn by 90 degrees
    turned.save(tmp_path / "turned.jpg", exif=exif)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    Image.new("RGB", (20, 20)).save(tmp_path / "tiny.png")
    os.mkfifo(tmp_path / "pipe.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "size", "suffix"),
    [
        ("photo.jpg", (800, 600), ".jpg"),
        ("logo.png", (300, 200), ".png"),
        ("print.jpg", (400, 300), ".jpg"),
        ("turned.jpg", (200, 400), ".jpg"),
    ],
)
def test_a_picture_is_put_beside_the_others(files: Path, name: str, size: tuple[int, int], suffix: str) -> None:
    path = str(files / name)
    found, told = load_pictures([path, "", path], files / "images")
    assert told == []
    assert (found[path].width, found[path].height) == size
    with Image.open(files / "images" / f"{found[path].sha256}{suffix}") as kept:
        assert kept.size == size
        assert kept.has_transparency_data == (suffix == ".png")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.png", "can't be read"),
        ("broken.png", "can't be decoded"),
        ("drawing.svg", "save it as PNG"),
        ("tiny.png", "only 20 x 20"),
        ("pipe.png", "is not a file"),
    ],
)
def test_a_picture_that_cannot_be_used_costs_itself_and_says_why(files: Path, name: str, said: str) -> None:
    good, bad = str(files / "photo.jpg"), str(files / name)
    found, (sentence,) = load_pictures([good, bad], files / "images")
    assert list(found) == [good]
    assert sentence.startswith(bad)
    assert said in sentence


@pytest.mark.browser
def test_a_sponsors_picture_and_the_logo_reach_the_glass(site: Site) -> None:
    Image.new("RGB", (600, 300), "#c02020").save(site.folder / "bygg.png")
    Image.new("RGBA", (200, 200), (20, 160, 40, 255)).save(site.folder / "logo.png")
    more = '[[sponsors]]\nid = "bygg"\nname = "Hemne Bygg"\npicture = "bygg.png"\n'
    config = site.write('{ show = "sponsor" }, { show = "today" }', more)
    text = site.path.read_text("utf-8").replace("[places.bibliotek]", 'logo = "logo.png"\n\n[places.bibliotek]', 1)
    site.path.write_text(text, "utf-8")
    assert config.sponsors
    report = site.build_again()
    assert report.warnings == ()
    shown = {page["kind"]: page["asset"] for page in site.manifest()["pages"]}
    assets = site.folder / "var" / "published" / "assets"
    with Image.open(assets / f"{shown['sponsor']}.webp") as page:
        assert any(r > 150 and g < 60 for _, (r, g, _) in page.convert("RGB").getcolors(10**6))
    with Image.open(assets / f"{shown['today']}.webp") as page:
        assert any(g > 130 and r < 60 for _, (r, g, _) in page.convert("RGB").getcolors(10**6))
