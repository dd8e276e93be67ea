"""The languages that a setting may name: one for each file in `signage/wording/languages`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

FOLDER = Path(__file__).parents[1] / "wording" / "languages"
KNOWN = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[KNOWN]  # so that an editor offers them, and an error message lists them


@lru_cache
def languages_by_name() -> dict[str, str]:
    """What people write instead of a language's code, by each file's `names`; only ever used for "did you mean"."""
    files = {code: tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8")) for code in KNOWN}
    return {name: code for code, data in files.items() for name in data.get("names", [])}
