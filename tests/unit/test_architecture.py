"""Who may touch the clock, the network and the disk. Who may import whom is checked by `make lint` (.importlinter)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

PURE = ("domain", "events", "planning", "wording")
PURE_OF_FLEET = ("pairing_codes", "messages", "verdict", "status_messages", "overview", "rate_limiter", "grants")
# What a pure module must not touch: by module, and by name of a call.
IMPURE_MODULES = {
    "os",
    "io",
    "socket",
    "requests",
    "urllib3",
    "sqlite3",
    "subprocess",
    "tempfile",
    "shutil",
    "time",
    "random",
}
IMPURE_CALLS = {"open", "now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes", "urlopen"}
PLAYER_MAY = {"pygame", "requests", "nacl", "schedule", "player"}
# Loaded only in a helper's process of its own, which ends at once; the player goes on without them.
HELPERS_MAY = {"player/net/discovery.py": "zeroconf", "player/display/qr.py": "segno"}
LINES = 400


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("stage", [*PURE, *(f"fleet/{name}" for name in PURE_OF_FLEET)])
def test_a_pure_stage_touches_no_clock_no_network_and_no_disk(stage: str) -> None:
    for path in modules(f"signage/{stage}") or [ROOT / "signage" / f"{stage}.py"]:
        if "languages" in path.parts:
            continue  # the words of each language are files
        for module in imports(path):
            assert module.split(".")[0] not in IMPURE_MODULES, f"{name(path)} imports {module}"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                own = called == "today" and bool(node.args)  # the pages of that name
                assert called not in IMPURE_CALLS or own, f"{name(path)}:{node.lineno} calls {called}()"


def test_no_source_type_looks_into_an_answer_in_the_main_process() -> None:
    """What has a fetcher runs in the main process: it hands bytes on to workers, and holds none of them itself."""
    readers = {"parse", "peek", "read_json", "decode", "loads", "Page", "fromstring", "document_fromstring"}
    fetching = 0
    for path in modules("signage/sources/types"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef) or "fetcher" not in {each.arg for each in function.args.args}:
                continue
            fetching += 1
            for node in ast.walk(function):
                where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
                if isinstance(node, ast.Attribute):
                    assert node.attr not in ("body", "_body", "_fetcher"), f"{where} takes an answer's bytes"
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    assert called not in readers, f"{where} calls {called}() outside a worker"
    assert fetching >= 5


def test_only_the_command_line_and_the_daemon_read_the_wall_clock() -> None:
    readers = set()
    for path in modules("signage"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"now", "utcnow"}:
                readers.add(name(path))
    assert readers <= {"signage/cli/options.py", "signage/app/daemon.py"}


def test_the_player_imports_nothing_but_its_own_few_dependencies() -> None:
    import sys

    for path in modules("player"):
        for module in imports(path):
            top = module.split(".")[0]
            allowed = top in PLAYER_MAY or top in sys.stdlib_module_names or top == HELPERS_MAY.get(name(path))
            assert allowed, f"{name(path)} imports {module}"


def test_nobody_imports_the_player() -> None:
    for path in modules("signage"):
        assert not any(module.split(".")[0] == "player" for module in imports(path)), name(path)


def test_files_stay_small() -> None:
    for path in modules("signage", "player", "tests", "benchmarks", "rig"):
        lines = path.read_text("utf-8").count("\n")
        assert lines <= LINES, f"{name(path)} has {lines} lines: look for the second file inside it"
