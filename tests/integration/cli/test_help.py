"""The command line itself: its help, its mistakes, what it loads, and who may import it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from signage.cli.application import COMMANDS
from signage.cli.main import main
from signage.errors import EXIT_OK, EXIT_USAGE
from tests.fixtures.paths import ROOT

UNUSED = {  # by `signage check` of a configuration without pictures, before anything was fetched
    *("PIL", "babel", "icalendar", "jinja2", "multiprocessing", "nacl", "numpy", "pebble", "playwright", "pyphen"),
    *("boto3", "dask", "distributed", "recurring_ical_events", "requests", "segno", "starlette", "uvicorn"),
}
HEAVY = UNUSED | {"dateutil", "holidays", "lxml", "pydantic", "rich"}


def loaded(*words: str) -> set[str]:
    """The modules that are loaded after a command was run in a process of its own."""
    program = (
        "import sys; from signage.cli.main import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


def test_help_names_every_command_in_a_whole_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == EXIT_OK
    out = capsys.readouterr().out
    listed = dict(re.findall(r"(?m)^  ([a-z]+)  +([A-Z].*\.)$", out))
    assert set(listed) == set(COMMANDS)
    assert not [sentence for sentence in listed.values() if sentence.endswith("...")]
    assert "Exit codes:" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == EXIT_OK
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: signage {command} ")
    below = re.search(r"(?s)Commands:\n(.*)", out)
    for name in re.findall(r"(?m)^  ([a-z]+)  ", below[1]) if below else []:
        assert main([command, name, "--help"]) == EXIT_OK
        out += capsys.readouterr().out
    assert "--verbose" in out
    assert not re.search(r"(?m)^  --\S+( [A-Z\[\]]+)?$\n(?!   )", out), "an option without a description"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing command."),
        (["bild"], 'did you mean "build"?'),
        (["\x1b[31mx"], "signage --help lists the commands."),
        (["build", "--demmo"], "--demo"),
        (["build", "--at"], "requires an argument"),
        (["build", "extra"], "unexpected extra argument"),
        (["show"], "Missing argument"),
        (["show", "library", "--at", "Saturday"], "write it like 2026-12-05 14:00."),
        (["report", "sponsors", "--month", "2026-13"], "write it like 2026-12."),
        (["report", "sponsors"], "--month"),
        (["sources"], "signage sources --help"),
        (["sources", "probe", "x.ics", "--from", "5.12."], "write it like 2026-12-05."),
        (["sources", "probe", "x.ics", "--from", "2026-12-05", "--to", "2026-12-01"], "is before --from"),
        (["run", "--port", "http"], "--port"),
        (["run", "--port", "99999"], "less than or equal to 65535"),
        (["run", "--port", "-1"], "greater than or equal to 0"),
        (["status", "--json", "--history"], "--json and --history can't be combined."),
        (["events", "--held-back", "--explain", "x"], "can't be combined"),
        (["key", "rotate", "--now", "--cancel"], "can't be combined"),
        (["pair", "--move", "a", "--revoke", "b"], "can't be combined"),
        (["layouts", "new", "Æsj"], "use a-z, digits and hyphens"),
    ],
    ids=lambda value: " ".join(value).replace("\x1b", "ESC") if isinstance(value, list) else "",
)
def test_a_mistake_gets_a_message_with_a_hint(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == EXIT_USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.startswith("✗ ")
    assert "\x1b" not in captured.err
    assert "Traceback" not in captured.err


def test_only_what_a_command_needs_is_loaded() -> None:
    assert not loaded("--version") & HEAVY
    assert {name for name in loaded("backup", "--help") if name.startswith("signage.cli.")} & {
        f"signage.cli.{command}" for command in COMMANDS
    } == {"signage.cli.backup"}


def test_a_check_loads_nothing_that_fetches_sets_or_renders_pages(tmp_path: Path) -> None:
    modules = loaded("check", "--var", str(tmp_path))
    assert "pydantic" in modules
    assert not modules & UNUSED
    assert not {name for name in modules if name.startswith("holidays.countries.")}, "of no country's own rules"


def test_a_server_follows_signals_before_the_rest_is_loaded() -> None:
    program = "import signage.cli.main, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) <= {"signage", "__main__"}


def test_nothing_imports_the_command_line() -> None:
    pattern = re.compile(r"(?m)^\s*(from|import) signage\.cli\b")
    files = [path for path in (ROOT / "signage").rglob("*.py") if path.parent.name != "cli"]
    assert [str(path) for path in files if pattern.search(path.read_text("utf-8"))] == [
        str(ROOT / "signage/__main__.py")
    ]


def test_no_parser_of_our_own_is_left() -> None:
    assert not [path for path in (ROOT / "signage").rglob("*.py") if "argparse" in path.read_text("utf-8")]
