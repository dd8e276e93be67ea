"""The player's documentation keeps up with the player."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from player import main
from player.config import options
from tests.fixtures.paths import ROOT

DOCS = (ROOT / "docs" / "player.md").read_text("utf-8")


def test_every_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.parse(["--help"])
    shown = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    documented = set(re.findall(r"^- `(--[a-z-]+)", DOCS, re.MULTILINE))
    assert shown == documented


def test_every_exit_code_is_documented() -> None:
    codes = {value for name, value in vars(main).items() if name.startswith("EXIT_")} | {2}
    documented = {int(code) for code in re.findall(r"^- (\d+): ", DOCS, re.MULTILINE)}
    assert codes == documented


def test_every_module_is_in_the_picture() -> None:
    modules = {path.stem for path in Path(main.__file__).parent.glob("*.py")} - {"__init__", "__main__"}
    built = DOCS.split("## How it is built")[1]
    assert {module for module in modules if not re.search(rf"\b{module}\b", built)} == set()
