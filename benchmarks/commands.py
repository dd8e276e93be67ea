"""What a command costs that only looks at something: processor time of the process and its children, the best of five.

python -m benchmarks.commands
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from tests.fixtures.paths import ROOT

RUNS = 5
LIMITS = {"--version": 0.3, "check": 1.0}  # CPU-seconds


def seconds(command: str) -> float:
    """With the modules' compiled code at hand, as after an installation."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        words = [command, *(["--var", f"{folder}/var"] if command == "check" else [])]
        return min(_once(words, environment) for _ in range(RUNS))


def _once(words: list[str], environment: dict[str, str]) -> float:
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "signage", *words],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def say(what: str, figure: str, limit: str = "") -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


def main() -> None:
    for command, limit in LIMITS.items():
        say(f"signage {command}: processor time", f"{seconds(command):.2f} s", f"<= {limit} s")


if __name__ == "__main__":
    main()
