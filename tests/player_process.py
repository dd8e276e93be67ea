"""A real player in a process of its own, in a real window under Xvfb: what it says, and what is on its glass."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageGrab

PATIENCE = 60.0  # seconds; the machine may be busy
ROOT = Path(__file__).parent.parent
# A network of its own with nobody in it: a server that runs in the house would be found (unshare(1), of util-linux).
NOBODY_AROUND = ("unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), "--net")


class PlayerProcess:
    """Use as a context manager; it ends the process by SIGTERM. `lines` is what it said so far."""

    def __init__(
        self, display: str | None, *arguments: str, python: str = sys.executable, within: Sequence[str] = ()
    ) -> None:
        environment = {
            k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        }
        if display is not None:
            environment["DISPLAY"] = display
        self._display = display
        self.lines: list[str] = []
        self._rest = b""
        self.process = subprocess.Popen(
            [*within, python, "-m", "player", "--verbose", *arguments],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self) -> PlayerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def says(self, pattern: str) -> re.Match[str]:
        """Wait for the next line that matches; fails loudly when the player ends or says nothing of the kind."""
        until = time.monotonic() + PATIENCE
        while True:
            line = self._line(until)
            if line is None:
                raise AssertionError(f"the player never said {pattern!r}; it said:\n" + "\n".join(self.lines))
            if found := re.search(pattern, line):
                return found

    def _line(self, until: float) -> str | None:
        assert self.process.stderr is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.process.stderr], [], [], max(0.0, until - time.monotonic()))
            more = os.read(self.process.stderr.fileno(), 4096) if ready else b""
            if not more:
                return None
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        self.lines.append(line.decode())
        return self.lines[-1]

    def glass(self) -> Image.Image:
        """What is on the display now."""
        with contextlib.closing(ImageGrab.grab(xdisplay=self._display)) as shot:
            return shot.convert("RGB")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it as a supervisor would; gives the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.rest()
        return code

    def rest(self) -> str:
        """All that it says until it ends; gives everything that it ever said."""
        until = time.monotonic() + PATIENCE
        while self._line(until) is not None:
            pass
        return "\n".join(self.lines)


@contextlib.contextmanager
def player(
    display: str | None, *arguments: object, python: str = sys.executable, within: Sequence[str] = ()
) -> Iterator[PlayerProcess]:
    """Start a player; it is gone afterwards. `within` is a command that starts it, such as `NOBODY_AROUND`."""
    with PlayerProcess(display, *map(str, arguments), python=python, within=within) as process:
        yield process
