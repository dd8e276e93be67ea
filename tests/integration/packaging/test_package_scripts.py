"""The package's small scripts, run on folders of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

PACKAGING = ROOT / "packaging"
SCRIPTS = sorted([*PACKAGING.glob("debian/*.p*inst"), *PACKAGING.glob("debian/*.p*rm"), PACKAGING / "signage-player"])
LINE = "console=serial0,115200 console=tty1 root=PARTUUID=0-02 rootfstype=ext4 rootwait quiet"


def run(*command: object, **environment: object) -> subprocess.CompletedProcess[str]:
    told = {"PATH": os.environ["PATH"], **{name: str(value) for name, value in environment.items()}}
    return subprocess.run(list(map(str, command)), env=told, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_can_be_read_by_a_plain_shell(script: Path) -> None:
    assert run("sh", "-n", script).returncode == 0


def test_perl_understands_what_silences_the_console() -> None:
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("no perl here; every Debian has it")
    done = run(perl, "-c", PACKAGING / "system" / "console-off")
    assert done.returncode == 0, done.stderr


# -- the version before ---------------------------------------------------------------------------------------------


def installed(root: Path, version: str, proven: bool) -> None:
    code = root / "usr/share/signage-player/player"
    shutil.rmtree(code, ignore_errors=True)
    (code / "__pycache__").mkdir(parents=True)
    (code / "__pycache__" / "x.pyc").touch()
    (code / "__init__.py").write_text(f'__version__ = "{version}"\n')
    (root / "run/signage-player").mkdir(parents=True, exist_ok=True)
    (root / "run/signage-player/proven").unlink(missing_ok=True)
    if proven:
        (root / "run/signage-player/proven").write_text(f"{version}\n")


def upgrade(root: Path) -> str:
    """Run preinst as dpkg does before it unpacks a newer version; gives the version that is kept."""
    done = run("sh", PACKAGING / "debian" / "signage-player.preinst", "upgrade", "1.0", DPKG_ROOT=root)
    assert done.returncode == 0, done.stderr
    kept = root / "usr/lib/signage-player/previous"
    assert sorted(path.name for path in kept.rglob("*")) == ["__init__.py", "player"]
    return (kept / "player" / "__init__.py").read_text().split('"')[1]


def test_an_upgrade_keeps_the_version_that_works(tmp_path: Path) -> None:
    installed(tmp_path, "1.0", proven=True)
    assert upgrade(tmp_path) == "1.0"
    installed(tmp_path, "1.1", proven=True)
    assert upgrade(tmp_path) == "1.1"


def test_a_version_that_never_came_up_well_is_not_kept(tmp_path: Path) -> None:
    installed(tmp_path, "1.0", proven=True)
    upgrade(tmp_path)
    installed(tmp_path, "1.1", proven=False)
    assert upgrade(tmp_path) == "1.0"


def test_something_is_kept_even_without_a_proof(tmp_path: Path) -> None:
    installed(tmp_path, "1.0", proven=False)
    assert upgrade(tmp_path) == "1.0"


# -- a desktop ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manager", "target", "code"),
    [(False, "graphical.target", 0), (True, "multi-user.target", 0), (True, "graphical.target", 1)],
)
def test_a_machine_that_starts_a_desktop_is_left_alone(tmp_path: Path, manager: bool, target: str, code: int) -> None:
    (tmp_path / target).touch()
    (tmp_path / "default.target").symlink_to(tmp_path / target)
    if manager:
        (tmp_path / "display-manager.service").touch()
    done = run(
        "sh",
        PACKAGING / "system" / "may-run",
        SIGNAGE_MANAGER=tmp_path / "display-manager.service",
        SIGNAGE_TARGETS=tmp_path / "default.target",
    )
    assert done.returncode == code, done.stderr
    assert ("set-default multi-user.target" in done.stderr) == (code == 1)


# -- a quiet start of the machine -----------------------------------------------------------------------------------


def quiet(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("sh", PACKAGING / "system" / "quiet-boot", *arguments, SIGNAGE_ROOT=root)


def test_the_kernels_line_gets_what_it_lacks_and_can_be_had_back(tmp_path: Path) -> None:
    line = tmp_path / "boot/firmware/cmdline.txt"
    line.parent.mkdir(parents=True)
    line.write_text(LINE + "\n")
    for _ in range(2):  # a second time changes nothing
        assert quiet(tmp_path).returncode == 0
        words = line.read_text()
        assert words.startswith(LINE + " loglevel=3 ")
        assert words.count("\n") == 1
        assert words.split().count("quiet") == 1
        assert "vt.global_cursor_default=0" in words
    assert quiet(tmp_path, "--undo").returncode == 0
    assert line.read_text() == LINE + "\n"
    assert quiet(tmp_path, "--undo").returncode == 1


def test_with_grub_a_file_of_its_own_is_written(tmp_path: Path) -> None:
    (tmp_path / "etc/default/grub.d").mkdir(parents=True)
    assert quiet(tmp_path).returncode == 0
    assert "loglevel=3" in (tmp_path / "etc/default/grub.d/signage-player.cfg").read_text()
    assert quiet(tmp_path, "--undo").returncode == 0
    assert list((tmp_path / "etc/default/grub.d").iterdir()) == []


def test_elsewhere_it_says_what_to_add(tmp_path: Path) -> None:
    done = quiet(tmp_path)
    assert done.returncode == 1
    assert "vt.global_cursor_default=0" in done.stderr
    assert list(tmp_path.iterdir()) == []
