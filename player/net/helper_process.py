"""Run a part of the player in a separate process, so that what it loads is gone afterwards."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading

MAX_OUTPUT = 64 * 1024  # bytes that are believed of what it prints


class HelperProcess:
    """Runs one helper at a time; `stop` ends it, from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, module: str, *arguments: str, seconds: float) -> bytes | None:
        """What `python3 -m module ...` prints; None when it fails, or takes longer."""
        with self._guard:
            if self._stopped:
                return None
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, in this interpreter
                    [sys.executable, *_flags(), "-m", module, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                return None
            process = self._process
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        with self._guard:
            self._process = None
        return out[:MAX_OUTPUT] if process.returncode == 0 else None

    def stop(self) -> None:
        """No helper runs from now on."""
        with self._guard:
            self._stopped = True
            if self._process is not None:
                with contextlib.suppress(OSError):
                    self._process.kill()


def _flags() -> list[str]:
    """As this interpreter was started: as a service it loads nothing from folders that its user may write."""
    return [flag for flag, given in (("-P", sys.flags.safe_path), ("-s", sys.flags.no_user_site)) if given]
