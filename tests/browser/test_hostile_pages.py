"""What looks like an internal name is shown as what it is: text. A picture that is lost costs the picture."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from signage.domain.model import PagePicture, PageSpec
from signage.domain.page_plan import PagePlan
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.publishing import open_pages
from signage.rendering.document import Renderer
from signage.rendering.layouts import Layout, load_layout
from signage.rendering.picture_files import PictureFiles
from signage.rendering.picture_key import picture_key
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import ok, picture
from tests.fixtures.shots import FJORD, one_screen, spec_of
from tests.fixtures.site import NOW, Site, listing

IMAGE = {"imageId": "77"}
POSTER = '{ show = "event", count = 2 }, { show = "today" }'
SECRET = "0" * 64


def with_picture(site: Site, **more: Any) -> None:
    """The portal has one event with a picture, and serves it."""
    site.listings = [listing("Konsert", "2026-11-23 18:00", "20:00", id=5, **IMAGE, **more)]
    site.portal.paths["/irisimage/77/77.jpg"] = ok(picture(800, 600), "image/jpeg")


def images(site: Site) -> list[Path]:
    return sorted((site.folder / "var" / "images").glob("*.jpg"))


def alts(site: Site) -> str:
    said = "\n".join(page["alt"] for page in site.manifest()["pages"])
    return said.replace("\u00ad", "").replace("\u00a0", " ")


@pytest.mark.browser
def test_titles_that_look_like_the_name_of_a_picture_are_shown_as_text(site: Site) -> None:
    """The last one names a picture that really is in the store: it is not shown, and nor is it when it is quoted."""
    with_picture(site)
    assert site.build(playlist=POSTER).exit_code == EXIT_OK
    (stored,) = images(site)
    titles = [f"picture:{SECRET}", f"{{{{ picture:{SECRET}.src }}}}", f'" src="picture:{stored.stem}']
    site.listings += [listing(t, "2026-11-23 19:00", "20:00", id=n, location=t) for n, t in enumerate(titles, 10)]
    report = site.build(NOW + timedelta(minutes=10), playlist='{ show = "today" }, { show = "event", count = 4 }')
    assert report.exit_code == EXIT_OK
    assert "picture:00000" in alts(site)  # shortened, like any other word that no line can hold
    assert {e["title"] for p in site.manifest()["pages"] for e in p["events"]} == {"Konsert", *titles}


@pytest.mark.parametrize(
    "text", [f"picture:{SECRET}", "picture:" + "f" * 64, "{{ page.picture.src }}", "data:image/png;"]
)
def test_no_text_of_a_page_becomes_an_address_of_a_picture(text: str) -> None:
    """Every text that a page may have: a title, a venue, an organiser, a summary, an operator's notice."""
    config = one_screen(playlist=[{"show": "notice", "title": text, "text": text}], name=text)
    document = Renderer(load_layout(FJORD), lambda sha256: "data:never").document(
        spec_of(config, PagePlan("notice", entry=(0, "")))
    )
    assert "data:never" not in document.body
    assert "<img" not in document.body
    assert not document.photograph


def test_a_picture_reaches_a_template_as_a_value_and_is_escaped_there() -> None:
    layout = replace(load_layout(FJORD), templates={"notice.html": '<main><img src="{{ page.picture.src }}"></main>'})
    spec = _spec(PagePicture("a" * 64, 4, 3, None, 50, 50, ""))
    document = Renderer(layout, lambda sha256: f'data:"><script>{sha256[:2]}').document(spec)
    assert document.body == '<main><img src="data:&#34;&gt;&lt;script&gt;aa"></main>'
    assert document.photograph


def test_a_string_in_the_place_of_a_picture_has_no_address() -> None:
    layout = replace(load_layout(FJORD), templates={"notice.html": "{{ page.picture.src }}"})
    with pytest.raises(Exception, match="no attribute 'src'"):
        Renderer(layout, lambda sha256: "data:never").document(_spec("picture:" + "a" * 64))


def test_the_key_of_a_page_with_a_picture_is_what_it_was(tmp_path: Path) -> None:
    """Pictures in the index of version 0.4 are found again."""
    shown = PagePicture("a" * 64, 4, 3, None, 50, 50, "")
    plain = {"sha256": "a" * 64, "width": 4, "height": 3, "credit": None, "focus_x": 50, "focus_y": 50, "colour": ""}
    assert picture_key(_spec(shown), "x", "y") == picture_key(_spec(plain), "x", "y")


def _spec(shown: Any) -> PageSpec:
    context = {"screen": {"smallest": 10}, "picture": shown}
    return PageSpec("notice", "fjord", 1280, 720, "nb", context)


# --- administrators' own layouts ---


def own_layout(folder: Path, **templates: str) -> Layout:
    """A layout that builds on fjord, with templates of its own."""
    own = folder / "kulturhus"
    own.mkdir()
    (folder / "fjord").symlink_to(LAYOUTS / "fjord")
    (own / "layout.toml").write_text('name = "Kulturhus"\nbased_on = "fjord"\n')
    (own / "style.css").write_text("")
    for name, text in templates.items():
        (own / f"{name}.html").write_text(text)
    return load_layout(own)


def test_a_template_that_names_a_picture_in_the_old_way_still_shows_it_and_is_told_the_line(tmp_path: Path) -> None:
    layout = own_layout(tmp_path, notice='<main>\n<img src="picture:{{ page.picture.sha256 }}">\n</main>')
    document = Renderer(layout, lambda sha256: "data:here").document(
        _spec(PagePicture("a" * 64, 4, 3, None, 50, 50, ""))
    )
    assert '<img src="data:here">' in document.body
    (note,) = layout.notes
    assert note.startswith(f"{tmp_path}/kulturhus/notice.html:2: ")
    assert note.endswith('Hint: write src="{{ page.picture.src }}" instead.')


def test_a_template_that_puts_the_old_name_together_by_itself_is_told_the_line(tmp_path: Path) -> None:
    layout = own_layout(tmp_path, notice='<main>\n\n<img src="{{ "picture:" ~ page.picture.sha256 }}"></main>')
    (note,) = layout.notes
    assert note.startswith(f"{tmp_path}/kulturhus/notice.html:3: no picture is shown here")


def test_the_layouts_that_come_along_need_no_change() -> None:
    for folder in sorted(path.parent for path in LAYOUTS.glob("*/layout.toml")):
        assert load_layout(folder).notes == ()


def test_no_template_marks_a_text_as_safe() -> None:
    """Escaping is left to Jinja2; only our own QR code and a zone that was escaped already are markup."""
    from jinja2 import nodes

    for path in [*LAYOUTS.glob("*/*.html"), *(LAYOUTS.parent / "signage").rglob("*.html")]:
        if path.parent.name == "static":
            continue
        tree = Environment(loader=DictLoader({}), autoescape=True).parse(path.read_text("utf-8"))
        assert not [f for f in tree.find_all(nodes.Filter) if f.name == "safe"], path


# --- a picture that is lost ---


@pytest.mark.browser
@pytest.mark.parametrize("damage", ["missing", "cut short", "another picture", "a folder"])
def test_a_picture_lost_on_disk_costs_the_picture_is_named_and_comes_back(site: Site, damage: str) -> None:
    with_picture(site)
    site.build(playlist='{ show = "notice", title = "Hei" }')
    (file,) = images(site)
    sound = file.read_bytes()
    files = PictureFiles(file.parent)
    assert files.address(file.stem) is not None
    match damage:
        case "missing":
            file.unlink()
        case "cut short":
            file.write_bytes(sound[:100])
        case "another picture":
            file.write_bytes(picture(64, 64))
        case "a folder":
            file.unlink()
            file.mkdir()
    # between collecting and rendering, so that the events still name it
    spec = _spec(PagePicture(file.stem, 800, 600, None, 50, 50, ""))
    layout = replace(load_layout(FJORD), templates={"notice.html": "<main>{{ page.picture is none }}</main>"})
    document = Renderer(layout, files.address).document(spec)
    assert document.body == "<main>True</main>"
    assert document.lacks == (file.stem,)
    assert not file.is_file()
    if damage == "a folder":
        return  # nobody but an administrator can say what that is; the picture stays away
    report = site.build(NOW + timedelta(minutes=10), playlist=POSTER)
    assert hashlib.sha256(images(site)[0].read_bytes()).hexdigest() == images(site)[0].stem
    assert report.screens[0].problems == ()


@pytest.mark.browser
def test_a_page_without_its_picture_is_published_named_and_made_again(site: Site) -> None:
    """The file is damaged in a way that only reading it shows: the events still name it."""
    with_picture(site)
    site.build(playlist='{ show = "notice", title = "Hei" }')
    (file,) = images(site)
    file.write_bytes(file.read_bytes()[:-40] + b"x" * 40)
    report = site.build(NOW + timedelta(minutes=10), playlist=POSTER)
    assert report.exit_code == EXIT_PARTIAL
    assert report.screens[0].problems == (
        "a picture is missing or damaged on disk (Konsert): it is fetched again at the next refresh",
    )
    assert [page["kind"] for page in open_pages(site.manifest(), NOW + timedelta(minutes=10))] == ["event", "today"]
    bare = open_pages(site.manifest(), NOW + timedelta(minutes=10))[0]["asset"]
    healed = site.build(NOW + timedelta(minutes=20), playlist=POSTER)
    assert healed.exit_code == EXIT_OK
    assert open_pages(site.manifest(), NOW + timedelta(minutes=20))[0]["asset"] != bare
    assert json.loads(json.dumps(healed.as_dict()))["complete"]
