"""The wheel holds all that the program needs: layouts, languages, scripts, styles, templates, fonts, the demo."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

BUILT_IN = "signage/_built_in/"


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def test_everything_in_the_packages_is_in_the_wheel(names: set[str]) -> None:
    tracked = subprocess.check_output(["git", "ls-files", "signage", "player"], cwd=ROOT, text=True).split()
    assert len(tracked) > 300
    assert {name for name in tracked if (ROOT / name).exists()} - names == set()


def test_layouts_and_the_demo_configuration_are_in_the_package(names: set[str]) -> None:
    tracked = subprocess.check_output(["git", "ls-files", "layouts", "screens.toml"], cwd=ROOT, text=True).split()
    needed = {BUILT_IN + name for name in tracked if not (Path(name).match("layouts/*.py"))}
    assert any(name.endswith(".woff2") for name in needed)
    assert needed - names == set()


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"signage", "player", "heim_signage"}
    assert not [name for name in names if "__pycache__" in name or "make_" in Path(name).name]
