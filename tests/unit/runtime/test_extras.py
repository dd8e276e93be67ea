"""What may be missing is installed where this program runs, with the packages that its extras name."""

from __future__ import annotations

import shlex
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from signage.runtime.extras import EXTRAS, install_command
from tests.fixtures.paths import ROOT


def test_the_packages_are_those_of_the_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {name: [package] for name, package in EXTRAS.items()} == {
        name: packages for name, packages in project["optional-dependencies"].items() if name not in ("dev", "player")
    }


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_command_is_of_this_environment_and_of_no_index_s_package_of_our_name(extra: str) -> None:
    words = shlex.split(install_command(extra))
    assert words[-5:] == [sys.executable, "-m", "pip", "install", EXTRAS[extra]]
    assert "heim-signage" not in install_command(extra)


def test_an_environment_of_root_s_needs_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    assert install_command("s3").startswith(sys.executable)
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "not writable, for it isn't there"))
    assert install_command("s3").startswith(f"sudo {sys.executable}")
