"""The example of docs/adding-a-page-kind.md works as it is: one file, a template, its texts; and the contract holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT


@pytest.mark.browser
def test_the_example_of_the_docs_passes_the_contract(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "adding-a-page-kind.md").read_text("utf-8")
    code, template, texts = re.findall(r"```(?:python|html|toml)\n(.*?)```", text, re.DOTALL)
    left = shutil.ignore_patterns("node_modules", "out", "__pycache__")
    for name in ("signage", "tests", "docs", "layouts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "signage" / "planning" / "kinds" / "tomorrow.py").write_text(code, "utf-8")
    (tmp_path / "layouts" / "fjord" / "tomorrow.html").write_text(template, "utf-8")
    for language, line in re.findall(r"^(\w\w)\.(.*)$", texts, re.MULTILINE):
        path = tmp_path / "signage" / "wording" / "languages" / f"{language}.toml"
        path.write_text(path.read_text("utf-8").replace("[phrases]\n", f"[phrases]\n{line}\n", 1), "utf-8")
    tests = (
        "tests/unit/planning/test_kind_contract.py",
        "tests/unit/wording/test_no_hard_coded_words.py",
        "tests/browser/test_kind_fits.py",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "tomorrow"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert re.search(r"\b10 passed", ran.stdout), ran.stdout[-300:]
