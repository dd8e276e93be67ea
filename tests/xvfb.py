"""A private X server without a screen, on a display of its own, for windows that tests look at."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Iterator

START_SECONDS = 30


@contextlib.contextmanager
def xvfb(width: int, height: int) -> Iterator[str]:
    """Start Xvfb with one screen of this size; gives its display (":7"). It picks a number that is free by itself."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            said = b""
            while not said.endswith(b"\n"):
                ready, _, _ = select.select([pipe], [], [], START_SECONDS)
                more = os.read(pipe.fileno(), 16) if ready else b""
                if not more:
                    raise RuntimeError("Xvfb did not start; is it installed?")
                said += more
        yield f":{int(said)}"
    finally:
        server.terminate()
        server.wait()
