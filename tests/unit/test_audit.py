"""The audit of the lock file: what counts as an answer, and what an exception is good for."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from importlib.machinery import SourceFileLoader
from types import ModuleType

import pytest

from tests.fixtures.paths import ROOT

TODAY = date(2026, 11, 28)
SAFE = {"name": "babel", "version": "2.18.0", "vulns": []}
UNKNOWN = {"name": "anyio", "skip_reason": "Dependency not found on PyPI and could not be audited: anyio (4.16.0)"}
# As pip-audit prints it for jinja2 2.4.1.
WEAK = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [
        {
            "id": "PYSEC-2019-217",
            "fix_versions": ["2.10.1"],
            "aliases": ["CVE-2019-10906", "GHSA-462w-v97r-4m45"],
            "description": "In Pallets Jinja before 2.10.1, str.format_map allows a sandbox escape.",
        }
    ],
}
EXCEPTION = '[[exception]]\nid = "{id}"\nreason = "no sandbox is used"\nuntil = {until}\n'


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    loader = SourceFileLoader("audit", str(ROOT / ".ci" / "audit"))
    spec = importlib.util.spec_from_loader("audit", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module  # dataclasses look there
    loader.exec_module(module)
    return module


def test_a_known_vulnerability_fails(audit: ModuleType) -> None:
    lines, failed = audit.verdict(audit.read_answer({"dependencies": [SAFE, WEAK]}), [], TODAY)
    assert failed
    assert "VULNERABLE: jinja2 2.4.1: CVE-2019-10906/GHSA-462w-v97r-4m45/PYSEC-2019-217; fixed in: 2.10.1" in lines


@pytest.mark.parametrize("name", ["PYSEC-2019-217", "CVE-2019-10906"])
def test_an_exception_holds_until_its_last_day(audit: ModuleType, name: str) -> None:
    answer = audit.read_answer({"dependencies": [WEAK]})
    exceptions = audit.read_exceptions(EXCEPTION.format(id=name, until="2026-11-28"))
    lines, failed = audit.verdict(answer, exceptions, TODAY)
    assert not failed
    assert any(line.startswith("excused: jinja2") and "no sandbox is used" in line for line in lines)
    exceptions = audit.read_exceptions(EXCEPTION.format(id=name, until="2026-11-27"))
    lines, failed = audit.verdict(answer, exceptions, TODAY)
    assert failed
    assert any("expired on 2026-11-27" in line for line in lines)


@pytest.mark.parametrize(
    "text", ['[[exception]]\nid = "X"\nuntil = 2026-12-01\n', '[[exception]]\nid = "X"\nreason = "y"\n']
)
def test_an_exception_without_reason_or_date_is_refused(audit: ModuleType, text: str) -> None:
    with pytest.raises(ValueError, match="needs an id, a reason and a date"):
        audit.read_exceptions(text)


def test_packages_that_nobody_knows_are_counted_and_are_no_answer(audit: ModuleType) -> None:
    answer = audit.read_answer({"dependencies": [SAFE, UNKNOWN]})
    lines, failed = audit.verdict(answer, [], TODAY)
    assert not failed
    assert lines[-1].endswith("1 packages looked up, 0 vulnerabilities known; 1 packages could not be looked up")
    assert audit.read_answer({"dependencies": [UNKNOWN]}).known == 0


def test_the_exceptions_in_force_can_be_read(audit: ModuleType) -> None:
    audit.read_exceptions((ROOT / ".ci/audit-exceptions.toml").read_text("utf-8"))


def test_ci_runs_it() -> None:
    assert ".ci/audit" in (ROOT / ".ci/run").read_text("utf-8")
