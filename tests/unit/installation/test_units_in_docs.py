"""Units of systemd that people copy from the docs are ones that systemd accepts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

UNIT = re.compile(r"(?m)^    \[Unit\]\n(?:    .*\n|\n(?=    ))*")
PROGRAM = re.compile(r"(?m)^(ExecStart=)/\S+")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_units_in_the_docs_are_valid(tmp_path: Path) -> None:
    names = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for number, unit in enumerate(UNIT.findall(page.read_text("utf-8"))):
            text = PROGRAM.sub(rf"\g<1>{sys.executable}", re.sub(r"(?m)^    ", "", unit))
            names.append(f"{page.stem}-{number}@1.service")
            (tmp_path / names[-1]).write_text(text, "utf-8")
    assert len(names) >= 2
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
