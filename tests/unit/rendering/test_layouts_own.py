"""Layouts that build on others, what a municipality changes without touching a stylesheet, and beginning one's own."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from signage.cli.main import main
from signage.config.models import Fonts
from signage.errors import EXIT_USAGE, SignageError
from signage.planning.appearance import SEASONS, season_of
from signage.preview import read_sample
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout, own_typefaces
from tests.fixtures.paths import LAYOUTS

ALL = sorted(path.parent.name for path in LAYOUTS.glob("*/layout.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(LAYOUTS / "fjord", tmp_path / "fjord")
    return tmp_path


def make(folder: Path, name: str, about: str, style: str = "") -> Path:
    (folder / name).mkdir()
    (folder / name / "layout.toml").write_text(about, "utf-8")
    (folder / name / "style.css").write_text(style, "utf-8")
    return folder / name


def test_what_a_layout_lacks_comes_from_the_one_it_builds_on(folder: Path) -> None:
    about = 'based_on = "fjord"\n[capacity.landscape]\ntoday = 3\nagenda = 4\nheading = 1\nweek = 2\n'
    mine = load_layout(make(folder, "mine", about, ".row { color: red }"))
    base = load_layout(folder / "fjord")
    assert mine.templates == base.templates
    assert mine.clock_font == base.clock_font
    assert mine.css.startswith(base.css)
    assert mine.css.endswith(".row { color: red }")
    assert mine.capacity(1920, 1080).today == 3
    assert mine.capacity(1080, 1920) == base.capacity(1080, 1920)


def test_an_edit_of_the_base_is_another_layout(folder: Path) -> None:
    mine = make(folder, "mine", 'based_on = "fjord"\n')
    before = load_layout(mine).fingerprint
    style = folder / "fjord" / "style.css"
    style.write_text(style.read_text("utf-8") + "\n.x { color: red }", "utf-8")
    assert load_layout(mine).fingerprint != before


@pytest.mark.parametrize(
    ("about", "said"),
    [('based_on = "mine"\n', "goes in a circle"), ('based_on = "nothing"\n', 'There is no layout "nothing"')],
)
def test_a_base_that_cannot_be_is_told(folder: Path, about: str, said: str) -> None:
    with pytest.raises(SignageError, match=said):
        load_layout(make(folder, "mine", about))


def test_each_shape_has_a_capacity() -> None:
    for name in ALL:
        layout = load_layout(LAYOUTS / name)
        rows = [layout.capacity(*size).week for size in ((1920, 1080), (1440, 1080), (1920, 540), (1080, 1920))]
        assert rows == [8, 8, 8, 6], name


def test_own_typefaces_stand_before_the_layouts(tmp_path: Path) -> None:
    font = tmp_path / "own.woff2"
    shutil.copy(LAYOUTS / "fjord" / "fonts" / "atkinson-latin.woff2", font)
    css = own_typefaces(Fonts(headings=str(font)))
    assert '--own-headings: "own headings"' in css
    layout = load_layout(LAYOUTS / "fjord")
    dressed = layout.with_typefaces(css)
    assert dressed.fingerprint != layout.fingerprint
    assert "own headings" in Renderer(dressed).head
    assert layout.with_typefaces(own_typefaces(Fonts())) is layout
    (tmp_path / "not.woff2").write_bytes(b"OTTO")
    with pytest.raises(SignageError, match=r"isn't a \.woff2 file"):
        own_typefaces(Fonts(texts=str(tmp_path / "not.woff2")))
    with pytest.raises(SignageError, match=r"can't be read.*site\.fonts\.texts"):
        own_typefaces(Fonts(texts=str(tmp_path / "missing.woff2")))


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2026-11-30", ""),
        ("2026-12-01", "jul"),
        ("2027-01-06", "jul"),
        ("2027-01-07", ""),
        ("2026-05-09", ""),
        ("2026-05-17", "17mai"),
        ("2026-05-18", ""),
        ("2026-08-20", "sommer"),
        ("2026-08-21", ""),
    ],
)
def test_a_season_has_its_days(day: str, season: str) -> None:
    assert season_of(date.fromisoformat(day), list(SEASONS)) == season
    assert season_of(date.fromisoformat(day), []) == ""


def test_a_season_dresses_the_page() -> None:
    layout, sample = load_layout(LAYOUTS / "fjord"), read_sample(LAYOUTS / "fjord")
    for season, ornament in (("jul", 'class="star"'), ("sommer", 'class="sun"'), ("17mai", "#ba0c2f")):
        body = Renderer(layout).document(sample.pages(layout, "1920x1080", season=season)["today"]).body
        assert f'data-season="{season}"' in body
        assert ornament in body
        assert ornament not in Renderer(layout).document(sample.pages(layout, "1920x1080")["today"]).body


def test_one_begins_a_layout_and_it_works_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layouts", "new", "kulturhus", "--layouts", str(folder)]) == 0
    assert "signage preview --layout kulturhus" in capsys.readouterr().err.replace("\n", " ")
    assert load_layout(folder / "kulturhus").templates == load_layout(folder / "fjord").templates
    assert main(["layouts", "list", "--layouts", str(folder)]) == 0
    assert "kulturhus  (Kulturhus, based on fjord)" in capsys.readouterr().out


def test_a_layout_with_the_name_of_a_built_in_one_is_said_to_replace_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layouts", "new", "fjord", "--layouts", str(tmp_path / "layouts")]) == 0
    said = capsys.readouterr().err
    assert "takes the place of the built-in fjord" in said
    assert "To use it" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Kulturhus!"], "can't be a layout's name"),
        (["fjord"], "exists already"),
        (["mine", "--from", "nothing"], "There is no layout"),
    ],
)
def test_what_cannot_be_begun_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["layouts", "new", *arguments, "--layouts", str(folder)]) == EXIT_USAGE
    assert said in capsys.readouterr().err
