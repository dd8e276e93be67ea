"""The lists of tests in tests/conftest.py name files and tests that there are: a name that is gone lists nothing."""

from __future__ import annotations

import re

import pytest

from tests import conftest
from tests.fixtures.paths import ROOT


@pytest.mark.parametrize("listed", ["ALONE", "FIRST", "SLOW", "LONG"])
def test_every_listed_test_exists(listed: str) -> None:
    for entry in getattr(conftest, listed):
        file, _, name = entry.partition("::")
        path = ROOT / "tests" / file
        assert path.is_file(), entry
        assert not name or re.search(rf"^def {name}\(", path.read_text("utf-8"), re.MULTILINE), entry
