"""Where test data lies that the project's own people did not write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_data() -> Path:
    """The folder; skips the test where it is not there."""
    given = os.environ.get("SIGNAGE_TEST_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared test data: set SIGNAGE_TEST_DATA to its folder")
    return folder
