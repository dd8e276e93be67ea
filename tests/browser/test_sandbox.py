"""Whether Chromium has its sandbox, and what is said when it has not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signage.rendering.sandbox import STEPS, sandbox_problem
from tests.fixtures.paths import ROOT

SHUT = "echo 0 > /proc/sys/user/max_user_namespaces && exec "


def probe(*before: str) -> str:
    code = "from signage.rendering import sandbox as s; print(s.can_sandbox(), s.sandbox_problem(user=1000))"
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_root_is_told_that_there_is_no_sandbox() -> None:
    problem = sandbox_problem(user=0)
    assert problem is not None
    assert "without its sandbox" in problem
    assert "sudo signage service install" in problem


@pytest.mark.skipif(os.geteuid() != 0, reason="limits namespaces in one of its own")
def test_a_system_without_user_namespaces_is_noticed() -> None:
    assert probe() == "True None\n"
    shut = probe("unshare", "--user", "--map-root-user", "sh", "-c", SHUT + '"$@"', "sh")
    assert shut.startswith("False Chromium runs without its sandbox")
    assert "Hint: sudo sysctl" in shut


@pytest.mark.skipif(os.geteuid() != 0, reason="leaves a right behind before it asks")
def test_a_system_that_forbids_an_empty_root_is_noticed() -> None:
    """As podman does: namespaces are allowed, chroot is not."""
    assert subprocess.run([sys.executable, "-c", STEPS], check=False).returncode == 0
    forbidden = STEPS.replace("/proc/self/fdinfo/", "/proc/no/such/folder")
    assert subprocess.run([sys.executable, "-c", forbidden], check=False).returncode == 1


@pytest.mark.browser
@pytest.mark.skipif(os.geteuid() != 0, reason="says it only to root")
def test_run_says_it_at_start_up(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "signage", "run", "--demo", "--no-announce", "--host", "127.0.0.1", "--port", "0"]
    command += ["--config", str(ROOT / "screens.toml"), "--var", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert "without its sandbox" in process.stderr.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
