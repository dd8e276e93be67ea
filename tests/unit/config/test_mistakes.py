"""Mistakes that people make in screens.toml: the message names the real fault, where it is, and a way out.

The 90 files in tests/fixtures/config/mistakes are in order (000-ok.toml) or have one mistake each. answers.txt has what
must be printed of each, "-" where nothing is wrong. more.txt has changes of 000-ok.toml: what is there, what somebody
writes in its place, and what must be printed.
"""

from __future__ import annotations

import pytest

import signage.app.configuration  # noqa: F401 what may stand in a playlist, and the types of sources
from signage.config.load import parse_config
from signage.errors import ConfigError
from tests.fixtures.paths import FIXTURES, LAYOUTS

HERE = FIXTURES / "config" / "mistakes"
OK = (HERE / "000-ok.toml").read_text(encoding="utf-8")
ANSWERS = [line.split(" ", 1) for line in (HERE / "answers.txt").read_text(encoding="utf-8").splitlines()]

MORE = [block.split("\n") for block in (HERE / "more.txt").read_text(encoding="utf-8").strip().split("\n\n")]


def printed(data: bytes) -> list[str]:
    """What is printed of a file, without its name."""
    try:
        parse_config(data, "", LAYOUTS)
    except ConfigError as error:
        return [str(problem).lstrip(":") for problem in error.problems]
    return []


@pytest.mark.parametrize("name", sorted({name for name, _ in ANSWERS}))
def test_a_file_with_a_mistake_gets_the_right_answer(name: str) -> None:
    expected = [answer for other, answer in ANSWERS if other == name and answer != "-"]
    assert printed((HERE / f"{name}.toml").read_bytes()) == expected


def test_every_file_has_an_answer() -> None:
    assert {name for name, _ in ANSWERS} == {path.stem for path in HERE.glob("*.toml")}
    assert len({name for name, _ in ANSWERS}) == 90


@pytest.mark.parametrize(("right", "mistake", "answer"), MORE, ids=[mistake for _, mistake, _ in MORE])
def test_a_mistake_gets_the_right_answer(right: str, mistake: str, answer: str) -> None:
    right, mistake = (text.replace("\\n", "\n").replace("<nbsp>", "\u00a0") for text in (right, mistake))
    assert right in OK
    assert printed(OK.replace(right, mistake, 1).encode()) == [answer]
