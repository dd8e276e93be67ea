"""What the project needs is written down with a reason, and pinned by hash."""

from __future__ import annotations

import re
import tomllib

from tests.fixtures.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[; ]", each)[0].lower() for each in requirements}


def test_each_dependency_has_a_reason() -> None:
    words = set(re.findall(r"[\w.-]+\w", (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()))
    optional = [each for extra in PROJECT["optional-dependencies"].values() for each in extra]
    assert names([*PROJECT["dependencies"], *optional]) <= words


def test_the_lock_pins_all_of_them_by_hash_and_names_no_registry() -> None:
    pinned = dict(re.findall(r"^([a-z0-9-]+)==\S+ (\\)$", LOCK, re.MULTILINE))
    assert names(PROJECT["dependencies"]) <= set(pinned)
    assert LOCK.count("--hash=sha256:") >= len(pinned)
    assert "://" not in LOCK


def test_no_library_for_one_function_comes_back() -> None:
    assert not {"extruct", "rdflib", "pyrdfa3", "mf2py", "html5lib"} & set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.M))
