"""The example of docs/adding-a-source.md works as it stands: one file, one line, and the contract holds."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fixtures.paths import ROOT


def test_the_example_of_the_docs_passes_the_contract(tmp_path: Path) -> None:
    """In a copy of the project, with pytest itself, since a registry can't be changed from outside."""
    text = (ROOT / "docs" / "adding-a-source.md").read_text("utf-8")
    source, line, case = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    left = shutil.ignore_patterns("node_modules", "out", "__pycache__")
    for name in ("signage", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "signage" / "sources" / "types" / "harbour.py").write_text(source, "utf-8")
    (tmp_path / "tests" / "fixtures" / "source_cases" / "harbour.py").write_text(case, "utf-8")
    registry = tmp_path / "signage" / "sources" / "registry.py"
    registry.write_text(registry.read_text("utf-8").replace('    "wis":', f'{line}    "wis":'), "utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/integration/sources/test_source_contract.py",
            "-k",
            "harbour or every_type",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert re.search(r"\b2\d passed", ran.stdout), ran.stdout[-300:]


def test_every_registered_type_is_there() -> None:
    from signage.sources.registry import SOURCE_TYPES

    for path in SOURCE_TYPES.values():
        module, _, name = path.partition(":")
        assert hasattr(importlib.import_module(module), name)
