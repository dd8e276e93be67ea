"""`signage show SCREEN --config`: every setting and entry, and where each is written. `signage show GROUP`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signage.cli.main import main
from signage.config.load import load
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import NOW, Site

MORE = """
[defaults]
distance = 6

[playlists.common]
entries = [
  { show = "notice", title = "Hei \\"du\\"", every = 3 },
  { one_of = [{ show = "week" }, { show = "today", hours = "08-12" }] },
]

[groups.all]
screens = ["bibliotek", "hall"]
"""
HALL = """[screens.hall]
place = "bibliotek"
groups = ["sport"]
playlist = [
  { show = "today", seconds = 15 },
  { use = "common", days = "mon-fri", until = 2026-12-20 },
]
"""


@pytest.fixture
def written(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    folder = site.path.parent / "screens.d"
    folder.mkdir()
    (folder / "hall.toml").write_text(HALL)
    site.write(more=MORE)
    monkeypatch.chdir(site.path.parent)
    return site


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["show", *words]) == 0
    return capsys.readouterr().out


def test_everything_about_a_screen_is_explained(written: Site, capsys: pytest.CaptureFixture[str]) -> None:
    out = [" ".join(line.split()) for line in printed(capsys, "hall", "--config").splitlines()]
    assert out[0] == "Hemne bibliotek (hall)"
    for line in (
        'layout "fjord" usual',
        "distance 6 screens.toml:23",
        'place "bibliotek" screens.d/hall.toml:2',
        'group "all" screens.toml:32',
        'group "sport" screens.d/hall.toml:3',
        '1. { show = "today", seconds = 15 } screens.d/hall.toml:5',
        '2. { show = "notice", title = "Hei \\"du\\"", every = 3 } screens.toml:27',
        'in { use = "common", days = "mon-fri", until = 2026-12-20 }, screens.d/hall.toml:6',
        "every 3 rounds",
        '4. { show = "today", hours = "08-12" } screens.toml:28',
        "in one of 2, screens.toml:28",
        "in turn, 1 of 2",
    ):
        assert line in out, line


def test_the_file_and_a_group_can_be_named(written: Site, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "--config", str(written.path), "all", "--json"))
    assert [one["screen"] for one in found] == ["bibliotek", "hall"]
    assert found[1]["settings"]["distance"] == {"value": 6.0, "origin": f"{written.path}:23"}
    assert [one["screen"] for one in json.loads(printed(capsys, "--config", "hall", "--json"))] == ["hall"]
    assert main(["show", "al", "--config"]) == 2
    assert 'did you mean "all"' in capsys.readouterr().err


def test_a_mistake_in_another_file_is_reported_and_costs_nothing(
    written: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (written.path.parent / "screens.d" / "pool.toml").write_text("nonsense\n")
    capsys.readouterr()
    assert main(["show", "hall", "--config"]) == 0
    assert "screens.d/pool.toml:1:" in capsys.readouterr().err


def test_the_pages_of_a_group_are_those_of_its_screens(
    written: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert QuickPipeline(written.folder).build(load(written.path, LAYOUTS), NOW).exit_code == 0
    at = ["--var", str(written.folder / "var"), "--at", "2026-11-23 12:00"]
    assert printed(capsys, "all", *at).count("Hemne bibliotek at Monday") == 2
    assert [one["screen"] for one in json.loads(printed(capsys, "all", *at, "--json"))] == ["bibliotek", "hall"]
    assert json.loads(printed(capsys, "hall", *at, "--json"))["screen"] == "hall"


def test_what_a_screen_takes_from_its_place_and_the_site_is_explained(
    written: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [" ".join(line.split()) for line in printed(capsys, "hall", "--config").splitlines()]
    for line in (
        'name "Hemne bibliotek" screens.toml:9',
        'language "nb" screens.toml:4',
        'zone "Europe/Oslo" usual',
    ):
        assert line in out, line


def test_a_screen_in_a_file_with_mistakes_is_not_called_unknown(
    written: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (written.path.parent / "screens.d" / "hall.toml").write_text(HALL.replace('"today"', '"tday"'))
    for command in (
        ["show", "hall", "--config"],
        ["show", "sport", "--config"],
        ["check", "--pages", "--screen", "hall"],
    ):
        capsys.readouterr()
        assert main(command) == 78
        said = " ".join(capsys.readouterr().err.split())
        assert "screens.d/hall.toml:5:12: screens.hall.playlist[0].show: This must be" in said
        assert "There is no screen" not in said
    assert main(["show", "hal", "--config"]) == 2
    assert 'There is no screen "hal".' in capsys.readouterr().err
