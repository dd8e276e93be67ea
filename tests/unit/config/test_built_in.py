"""Layouts: built-in ones for every configuration, and the user's own ones, which add to them and override them."""

from __future__ import annotations

from pathlib import Path

import pytest

from signage.cli.main import main
from signage.config.built_in import available_layouts, find_layout
from signage.config.load import load
from signage.errors import EXIT_OK, EXIT_USAGE
from signage.rendering.layouts import load_layout
from tests.fixtures.paths import LAYOUTS


def write_layout(folder: Path, about: str, style: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text(about, "utf-8")
    (folder / "style.css").write_text(style, "utf-8")
    return folder


def test_a_configuration_without_layouts_beside_it_finds_the_built_in_ones(tmp_path: Path) -> None:
    assert available_layouts(tmp_path / "layouts") == ["fjord", "natt", "plakat"]
    assert find_layout(tmp_path / "layouts", "natt") == LAYOUTS / "natt"


def test_own_layouts_add_to_the_built_in_ones_and_build_on_them(tmp_path: Path) -> None:
    own = tmp_path / "layouts"
    mine = write_layout(own / "mine", 'based_on = "natt"\n', ".row { color: red }")
    assert available_layouts(own) == ["fjord", "mine", "natt", "plakat"]
    assert find_layout(own, "mine") == mine
    assert load_layout(mine).css == load_layout(LAYOUTS / "natt").css + "\n.row { color: red }"


def test_an_own_layout_overrides_the_built_in_one_of_its_name_and_may_build_on_it(tmp_path: Path) -> None:
    own = tmp_path / "layouts"
    fjord = write_layout(own / "fjord", 'based_on = "fjord"\n', ".row { color: red }")
    mine = write_layout(own / "mine", 'based_on = "fjord"\n')
    assert find_layout(own, "fjord") == fjord
    assert load_layout(fjord).css == load_layout(LAYOUTS / "fjord").css + "\n.row { color: red }"
    assert ".row { color: red }" in load_layout(mine).css


def test_new_writes_a_configuration_that_check_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "bibliotek" / "skjerm"
    assert main(["new", str(folder)]) == EXIT_OK
    file = folder / "screens.toml"
    assert "# " in file.read_text("utf-8")
    assert main(["check", "--config", str(file)]) == EXIT_OK
    assert load(file, folder / "layouts").screens


def test_new_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "screens.toml"
    file.write_text("mine", "utf-8")
    assert main(["new", str(tmp_path)]) == EXIT_USAGE
    assert f"{file} exists already." in capsys.readouterr().err
    assert main(["new", str(file)]) == EXIT_USAGE
    assert file.read_text("utf-8") == "mine"


def test_the_demo_needs_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["pair", "--demo"]) == EXIT_OK
    capsys.readouterr()
    assert main(["pair", "--demo", "--config", "other.toml"]) == 78
    assert "other.toml" in capsys.readouterr().err
    (tmp_path / "screens.toml").write_text("x = 1\n", "utf-8")
    assert main(["pair", "--demo"]) == 78
    assert main(["pair"]) == 78
