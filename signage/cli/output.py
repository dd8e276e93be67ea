"""The one place that writes to the terminal: what strangers wrote gives it no orders, and it may go away meanwhile.

A closed terminal or an ended journal stops no server.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.segment import Segment

from signage.domain.printable import printable, printable_json


def say(text: object, end: str = "\n") -> None:
    """Print a result on standard output, without orders to the terminal."""
    print(printable(str(text)), end=end)


def say_json(value: Any, indent: int | None = None) -> None:
    """Print a result as JSON on standard output."""
    print(printable_json(value, indent))


def make_console(**settings: Any) -> Console:
    """A console that writes its own colours, and nobody else's."""
    console = Console(**settings)
    console.push_render_hook(_Printable())
    return console


class PrintableFormatter(logging.Formatter):
    """Lines of a log without orders to the terminal that shows them, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return printable(super().format(record))


class _Printable(RenderHook):
    """Cleans the text of whatever is printed; rich's own colours and cursor movements are no text."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Clean(each) for each in renderables]


class _Clean:
    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._inner, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


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
