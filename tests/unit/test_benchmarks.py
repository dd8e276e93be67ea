"""The command line of `make bench`."""

from __future__ import annotations

import re

import pytest

from benchmarks.__main__ import ROWS, main
from benchmarks.first_pages import unnumbered
from tests.fixtures.paths import ROOT

NAMED = re.compile(r'make bench ARGS="([^"]+)"|python -m benchmarks ((?:[a-z][\w:,-]* ?)+)')


def test_every_row_that_the_documents_name_is_there() -> None:
    texts = [path.read_text("utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]]
    named = {each for text in texts for found in NAMED.findall(text) for each in "".join(found).split()} - {"--help"}
    assert {"county", "held", "machines"} <= {each.partition(":")[0] for each in named}
    for each in sorted(named):
        name, colon, amount = each.partition(":")
        row = ROWS[name]
        assert not colon or (row.amount and row.amount(amount)), each


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("contry:30", '"contry" is not a row.'),
        ("load:ti", 'load:ti: "ti" is not a whole number above 0.'),
        ("county:0", 'county:0: "0" is not a whole number above 0.'),
        ("county:6,30:soon", '"soon" is not a whole number above 0.'),
        ("sources:3", 'The row "sources" takes no amount.'),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_runs(
    wanted: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["commands", wanted]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error


@pytest.mark.parametrize("id_", ["02-event-85dc7f2bd15b", "01-agenda-390589593690", "fallback"])
def test_all_windows_of_a_page_are_that_page(id_: str) -> None:
    assert {unnumbered(id_ + suffix) for suffix in ("", "-2", "-14", "-later", "-3-later", "-later-later")} == {id_}
