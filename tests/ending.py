"""End a real `signage run` by a signal, at some moment, and look at everything that must be true afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import VerifyKey

from tests.site import LAYOUTS, ROOT

MARK = "SIGNAGE_TEST_MARK"  # in the environment of everything that the server starts
LIMIT = 5.0  # seconds: what is promised
GONE_SECONDS = 5.0  # for processes that were killed to be gone from the system's table
PATIENCE = 180.0
COMPLAINTS = re.compile(r"Traceback|never retrieved|Exception ignored|Fatal Python error|Task was destroyed")


@dataclass
class Ended:
    """What came of it. `seconds`: from the signal until the process was gone."""

    seconds: float
    code: int
    said: str
    orphans: list[str]
    faults: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as promised."""
        found = list(self.faults)
        if self.seconds > LIMIT:
            found.append(f"took {self.seconds:.1f} s")
        if self.code != 0:
            found.append(f"exit code {self.code}")
        if complaint := COMPLAINTS.search(self.said):
            found.append(f"said {complaint.group(0)!r}: {self.said[-600:]}")
        if self.orphans:
            found.append(f"left {', '.join(self.orphans)}")
        return found


class Server:
    """`signage run` as a process of its own group, as under a shell, with what it writes."""

    def __init__(self, config: Path, var: Path, *more: str) -> None:
        self.var = var
        self.mark = uuid.uuid4().hex
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command(config, var, *more),
            cwd=ROOT,
            env={**os.environ, MARK: self.mark, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

        self._until_it_follows_signals()

    def command(self, config: Path, var: Path, *more: str) -> list[str]:
        """What is typed."""
        folders = ["--config", str(config), "--layouts", str(LAYOUTS), "--var", str(var)]
        return [sys.executable, "-m", "signage", "run", *folders, "--host", "127.0.0.1", "--port", "0", *more]

    def _until_it_follows_signals(self) -> None:
        """Before the interpreter has read its first line of ours, a signal ends it as it ends every program."""
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError, StopIteration):
                status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
                caught = int(next(line for line in status if line.startswith("SigCgt")).split()[1], 16)
                if caught >> (signal.SIGHUP - 1) & 1:
                    return
            time.sleep(0.001)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.said += line

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until it has written something."""
        until = time.monotonic() + PATIENCE
        while True:
            if found := re.search(pattern, self.said):
                return found
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}"
            assert time.monotonic() < until, f"never said {pattern!r}, but: {self.said}"
            time.sleep(0.01)

    @property
    def address(self) -> str:
        return self.says(r"(http://127\.0\.0\.1:\d+)/").group(1)

    def family(self) -> list[int]:
        """Every living process that it started, wherever in the system's tree it is now; without itself."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                marked = f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes()
                if marked and state not in "ZX" and int(entry.name) != self.process.pid:
                    found.append(int(entry.name))
        return found

    def end(self, number: int = signal.SIGTERM, group: bool = False) -> Ended:
        """Send the signal, wait for the end, and look at what is left. `group`: to all, as a terminal's Ctrl-C does."""
        sent = time.monotonic()
        (os.killpg if group else os.kill)(self.process.pid, number)
        return self.after(sent)

    def after(self, sent: float) -> Ended:
        """Wait for the end after a signal that was sent at `sent`."""
        try:
            code = self.process.wait(PATIENCE)
            seconds = time.monotonic() - sent
        finally:
            self.kill()
        until = time.monotonic() + GONE_SECONDS
        while (left := self.family()) and time.monotonic() < until:
            time.sleep(0.02)
        orphans = [_name(pid) for pid in left]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._thread.join(PATIENCE)
        return Ended(seconds, code, self.said, orphans, faults_of(published_folders(self.var)))

    def kill(self) -> None:
        """For a test that failed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:200]
    return str(pid)


def published_folders(var: Path) -> list[Path]:
    return [folder for folder in (var / "published", var / "demo" / "published") if folder.is_dir()]


def faults_of(folders: list[Path]) -> list[str]:
    """What a reader of published folders would find wrong; nothing where nothing is published yet."""
    return [fault for folder in folders for fault in _faults(folder)]


def _faults(out: Path) -> list[str]:
    faults = []
    for link in sorted((out / "screens").glob("[a-z0-9]*")):
        if not link.is_dir():
            continue
        try:
            data = (link / "manifest.json").read_bytes()
            key = VerifyKey(bytes.fromhex((out / "signage.pub").read_text().strip()))
            key.verify(data, (link / "manifest.json.sig").read_bytes())
            for sha256, about in json.loads(data)["assets"].items():
                (file,) = (out / "assets").glob(f"{sha256}.*")
                content = file.read_bytes()
                if len(content) != about["bytes"] or hashlib.sha256(content).hexdigest() != sha256:
                    faults.append(f"{link.name}: {file.name} is damaged")
        except Exception as error:
            faults.append(f"{link.name}: {type(error).__name__}: {error}")
    return faults
