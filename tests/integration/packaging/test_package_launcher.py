"""A bad version does not cost the picture: the launcher, run as systemd runs it, with versions that are really bad."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from player import __version__
from tests.fixtures.paths import ROOT

LAUNCHER = ROOT / "packaging" / "signage-player"
# what a version does when it is started: says who it is and what it was told, and perhaps proves that it came up well
RUNS = """import os, sys
print({version!r}, os.environ.get("SIGNAGE_FALLBACK_FROM"), *sys.argv[1:])
"""
PROVES = "from player.health.proof import prove\nprove()\n"
CRASHES = "raise SystemExit(1)\n"
BROKEN = "def (\n"


@dataclass(frozen=True, slots=True)
class Box:
    """A machine's folders: the installed version, the one before, what is in memory, what is on the card."""

    root: Path

    def install(self, folder: str, version: str, does: str) -> None:
        place = self.root / folder / "player"
        shutil.rmtree(place, ignore_errors=True)
        (place / "health").mkdir(parents=True)
        (place / "__init__.py").write_text(f'"""A version."""\n\n__version__ = "{version}"\n')
        (place / "__main__.py").write_text((RUNS.format(version=version) if does != BROKEN else "") + does)
        (place / "health" / "__init__.py").touch()
        shutil.copy(ROOT / "player" / "health" / "proof.py", place / "health")

    def start(self, *arguments: str, service: bool = True) -> str:
        """What the version that was started said; and what the launcher had to say."""
        done = subprocess.run(
            ["sh", LAUNCHER, *(["--service"] if service else []), *arguments],
            env={
                "PATH": "/usr/bin:/bin",
                "SIGNAGE_PYTHON": sys.executable,
                "SIGNAGE_INSTALLED": str(self.root / "installed"),
                "SIGNAGE_PREVIOUS": str(self.root / "previous"),
                "RUNTIME_DIRECTORY": str(self.root / "run"),
                "STATE_DIRECTORY": str(self.root / "state"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout.split()
        return said[0] if said else "nothing"

    def starts(self, count: int) -> list[str]:
        return [self.start() for _ in range(count)]

    def power_cut(self) -> None:
        shutil.rmtree(self.root / "run")
        (self.root / "run").mkdir()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    for folder in ("run", "state"):
        (tmp_path / folder).mkdir()
    box = Box(tmp_path)
    box.install("previous", "1.0", PROVES)
    return box


def test_a_version_that_proves_itself_is_started_for_ever(box: Box) -> None:
    box.install("installed", "1.1", PROVES)
    assert box.starts(8) == ["1.1"] * 8
    assert (box.root / "run" / "proven").read_text() == "1.1\n"


@pytest.mark.parametrize("bad", [CRASHES, BROKEN])
def test_after_three_starts_that_came_to_nothing_the_version_before_stands_in(box: Box, bad: str) -> None:
    box.install("installed", "1.1", bad)
    said = box.starts(6)
    assert said[:3] == (["1.1"] * 3 if bad == CRASHES else ["nothing"] * 3)
    assert said[3:] == ["1.0"] * 3


def test_a_stand_in_knows_for_whom(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    box.install("previous", "1.0", 'open(os.environ["STATE_DIRECTORY"] + "/told", "w").write(str(os.environ))\n')
    box.starts(4)
    assert "'SIGNAGE_FALLBACK_FROM': '1.1'" in (box.root / "state" / "told").read_text()


def test_after_a_power_cut_a_bad_version_gets_one_chance(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    box.starts(4)
    box.power_cut()
    assert box.starts(3) == ["1.1", "1.0", "1.0"]


def test_a_version_that_recovers_is_trusted_again(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    box.starts(4)
    box.power_cut()
    box.install("installed", "1.1", PROVES)
    assert box.starts(5) == ["1.1"] * 5
    assert not (box.root / "state" / "distrusted").exists()


def test_the_next_version_begins_anew(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    box.starts(5)
    box.install("installed", "1.2", CRASHES)
    assert box.starts(4) == ["1.2", "1.2", "1.2", "1.0"]


def test_two_bad_versions_take_turns(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    box.install("previous", "1.0", CRASHES)
    said = box.starts(12)
    assert said[:4] == ["1.1", "1.1", "1.1", "1.0"]
    assert {"1.0", "1.1"} == set(said[4:])


def test_without_a_version_before_it_goes_on_trying(box: Box) -> None:
    shutil.rmtree(box.root / "previous")
    box.install("installed", "1.1", CRASHES)
    assert box.starts(7) == ["1.1"] * 7


@pytest.mark.parametrize("folder", ["run", "state"])
def test_a_folder_that_is_not_there_costs_nothing(box: Box, folder: str) -> None:
    box.install("installed", "1.1", CRASHES)
    shutil.rmtree(box.root / folder)
    assert box.starts(4) == ["1.1", "1.1", "1.1", "1.0" if folder == "state" else "1.1"]


@pytest.mark.parametrize("rubbish", ["", "\0\0\0", "1.1", "1.1 x", "1.1 -5", "1.1 1 2 3", "\n\n"])
def test_a_counter_that_was_cut_off_counts_from_nothing(box: Box, rubbish: str) -> None:
    box.install("installed", "1.1", CRASHES)
    (box.root / "run" / "starts").write_text(rubbish)
    assert box.start() == "1.1"
    assert (box.root / "run" / "starts").read_text().startswith("1.1 ")


def test_a_developers_start_is_not_counted(box: Box) -> None:
    box.install("installed", "1.1", CRASHES)
    assert {box.start("--verbose", service=False) for _ in range(6)} == {"1.1"}
    assert list((box.root / "run").iterdir()) == []


def test_the_real_player_starts_through_it(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "SIGNAGE_PYTHON": sys.executable, "SIGNAGE_INSTALLED": str(ROOT)}
    said = subprocess.run(["sh", LAUNCHER, "--version"], env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert said.stdout.decode().strip() == f"signage-player {__version__}"
