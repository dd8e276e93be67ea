"""The example of docs/adding-a-source.md works as it is: one file, nothing else, also with a setting of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signage.sources.registry import SOURCE_TYPES, source_type
from tests.fixtures.paths import ROOT

SCREENS = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"

[[sources]]
id = "havn"
type = "harbour"
url = "https://havn.example/calls.json"
{setting}

[places.b]
name = "Hemne bibliotek"

[screens.b]
place = "b"
playlist = [{{ show = "today" }}]
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one file more, and the test's case of how such a server answers."""
    folder = tmp_path_factory.mktemp("project")
    text = (ROOT / "docs" / "adding-a-source.md").read_text("utf-8")
    source, case = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    left = shutil.ignore_patterns("node_modules", "out", "__pycache__")
    for name in ("signage", "tests", "docs", "layouts"):
        shutil.copytree(ROOT / name, folder / name, ignore=left)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "signage" / "sources" / "types" / "harbour.py").write_text(source, "utf-8")
    (folder / "tests" / "fixtures" / "source_cases" / "harbour.py").write_text(case, "utf-8")
    return folder


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_passes_the_contract(copy: Path) -> None:
    suite = "tests/integration/sources/test_source_contract.py"
    ran = run(copy, "pytest", "-q", "-p", "no:cacheprovider", suite, "-k", "harbour or every_type")
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert re.search(r"\b2\d passed", ran.stdout), ran.stdout[-300:]


def check(copy: Path, setting: str) -> subprocess.CompletedProcess[str]:
    (copy / "screens.toml").write_text(SCREENS.format(setting=setting), "utf-8")
    return run(copy, "signage", "check", "--config", str(copy / "screens.toml"))


def test_its_setting_is_accepted_and_its_mistakes_are_explained(copy: Path) -> None:
    assert check(copy, 'quays = ["Kai 2"]').returncode == 0
    mistyped = check(copy, 'qauys = ["Kai 2"]')
    assert mistyped.returncode == 78
    said = mistyped.stdout + mistyped.stderr
    assert 'sources[0].qauys: There is no setting "qauys" here.\n  Hint: did you mean "quays"?' in said
    wrong = check(copy, "quays = 2")
    assert "sources[0].quays: This must be a list" in wrong.stdout + wrong.stderr


def test_its_setting_is_in_the_schema(copy: Path) -> None:
    assert run(copy, "docs.make_schema").returncode == 0
    schema = (copy / "docs" / "screens.schema.json").read_text("utf-8")
    assert '"harbour"' in schema
    assert '"harbour: Only calls at these quays; all if left out."' in schema


def test_the_files_of_the_types_are_found() -> None:
    files = {path.stem for path in (ROOT / "signage" / "sources" / "types").glob("*.py")} - {"__init__"}
    assert set(SOURCE_TYPES) == files
    assert {type(source_type(name)).__module__.rpartition(".")[2] for name in SOURCE_TYPES} == files
