"""Signals and what they end: real processes that are sent real signals while they do what real programs do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signage.app.processes import descendants
from signage.app.signals import EXIT_FORCED, FORCE_SECONDS
from tests.fixtures.paths import ROOT

PATIENCE = 60.0

BEGIN = """
import subprocess, sys, threading, time
from signage.app import signals
from signage.app.signals import follow_signals, interruptible, Interrupted
"""
CHILD = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"


@contextmanager
def program(text: str) -> Iterator[subprocess.Popen[str]]:
    """A program that says "ready" on its standard output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BEGIN + text]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, env=environment, cwd=ROOT, **pipes)  # type: ignore[call-overload]
    try:
        assert process.stdout.readline().strip() == "ready"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def ends(process: subprocess.Popen[str]) -> tuple[int, str]:
    code = process.wait(PATIENCE)
    assert process.stderr is not None
    return code, process.stderr.read()


def gone(pid: int) -> bool:
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists():
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_anything_was_begun_ends_at_once_with_0(number: int) -> None:
    with program("follow_signals(); print('ready', flush=True); time.sleep(600)") as process:
        process.send_signal(number)
        assert ends(process) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_the_token_also_while_the_main_thread_is_in_a_long_call(number: int) -> None:
    text = (
        "s = follow_signals(); s.begin(); print('ready', flush=True)\n"
        "s.stop.wait(600); print('cancelled', s.received, flush=True)\n"
    )
    with program(text) as process:
        process.send_signal(number)
        assert ends(process) == (0, "")
        assert process.stdout is not None
        assert process.stdout.read() == f"cancelled {int(number)}\n"


def test_what_does_not_end_is_ended_by_force_with_its_children() -> None:
    text = (
        f"s = follow_signals(); s.begin(); {CHILD}"
        "print('ready', flush=True)\nthreading.Lock().__enter__(); time.sleep(600)"
    )
    with program(text) as process:
        (child,) = descendants(process.pid)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code, said = ends(process)
        assert code == EXIT_FORCED
        assert time.monotonic() - started > FORCE_SECONDS - 0.5
        assert said == f"something did not end within {FORCE_SECONDS:g} s of the signal: ended by force\n"
        assert gone(child)


def test_a_second_signal_ends_at_once_with_its_children() -> None:
    text = f"s = follow_signals(); s.begin(); {CHILD}print('ready', flush=True); time.sleep(600)"
    with program(text) as process:
        (child,) = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        code, said = ends(process)
        assert (code, said) == (128 + signal.SIGTERM, "a second signal: ended at once\n")
        assert gone(child)


def test_code_that_never_gives_the_interpreter_back_is_ended_by_the_kernel() -> None:
    """A loop in C that holds the interpreter: no thread of ours gets its turn."""
    text = (
        "s = follow_signals(); s.begin()\n"
        "threading.Thread(target=lambda: (s.stop.wait(600), max(range(10**15))), daemon=True).start()\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process)[0] == -signal.SIGALRM


def test_sighup_reloads_and_ends_nothing() -> None:
    text = (
        "s = follow_signals(); s.begin(); print('ready', flush=True); time.sleep(0.3)\n"
        "s.on_reload(lambda: print('reload', flush=True)); s.stop.wait(600)\n"
    )
    with program(text) as process:
        assert process.stdout is not None
        process.send_signal(signal.SIGHUP)  # before anybody listens
        assert process.stdout.readline() == "reload\n"
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline() == "reload\n"
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (0, "")


def test_a_forked_childs_signals_are_its_own() -> None:
    text = (
        "import os; s = follow_signals(); s.begin(); pid = os.fork()\n"
        "if pid == 0:\n"
        "    print('ready', flush=True); time.sleep(600)\n"
        "print(os.WTERMSIG(os.waitpid(pid, 0)[1]), s.stop.wait(0.3), flush=True)\n"
    )
    with program(text) as process:
        (child,) = descendants(process.pid)
        os.kill(child, signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.read() == "15 False\n"


def test_orphans_of_a_process_that_was_killed_are_found() -> None:
    """A browser's helpers, when the browser is gone."""
    grandchild = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    text = (
        "from signage.app.processes import adopt_orphans, kill_descendants, descendants\n"
        f"adopt_orphans(); child = subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
        "while len(descendants()) < 2: time.sleep(0.01)\n"
        "print('ready', flush=True); child.kill(); child.wait()\n"
        "print(len(descendants()), kill_descendants(), flush=True)\n"
        "while descendants(): time.sleep(0.01)\n"
    )
    with program(text) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "1 1\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_works_for_a_while_is_interrupted(number: int) -> None:
    text = (
        "try:\n"
        f"    with interruptible() as cancel:\n        {CHILD.strip()}\n        print('ready', flush=True)\n"
        "        cancel.wait(600); raise ValueError('what was killed under it')\n"
        "except Interrupted as interrupted:\n    sys.exit(interrupted.exit_code)\n"
    )
    with program(text) as process:
        (child,) = descendants(process.pid)
        process.send_signal(number)
        assert ends(process) == (128 + number, "")
        assert gone(child)


def test_a_command_that_ends_while_its_workers_start_ends_at_once_and_quietly() -> None:
    """As when each source is refused before it is asked: there is nothing to read, and no worker is waited for."""
    text = (
        "from multiprocessing.forkserver import _forkserver\n"
        "from signage.runtime.workers import shared\n"
        "shared().start()\n"
        "while not _forkserver._forkserver_pid: time.sleep(0.001)\n"
        "print('ready', flush=True)\n"
        "sys.exit(signals.leave_with_workers(3))\n"
    )
    with program(text) as process:
        assert ends(process) == (3, "")
