"""Standard output and error that may go away: the terminal is closed, or the journal ends. A server goes on without."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO


class LastingStream:
    """A text stream whose failures end nothing: after the first one, what is written to it goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with self._lasting():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._lasting():
            self._stream.flush()

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _lasting(self) -> Any:
        try:
            yield
        except (OSError, ValueError):  # ValueError: it has been closed
            with contextlib.suppress(OSError, ValueError):
                # what still waits in a buffer goes there, too: else the interpreter complains when it ends
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


def outlast_the_terminal() -> None:
    """From now on, this process goes on when nobody can read what it writes."""
    sys.stdout = LastingStream(sys.stdout)
    sys.stderr = LastingStream(sys.stderr)
