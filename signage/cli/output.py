"""The only module that writes to the terminal. Results go to standard output, messages for people to standard error.

Text from outside can't control the terminal or pass for markup, and a terminal that is closed doesn't stop the server.
Rich is imported with the first message that is printed: it is large, and --version does without it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from signage.domain.printable import printable, printable_json
from signage.errors import ConfigError, SignageError

if TYPE_CHECKING:
    from rich.console import Console

# --- Results


def print_line(text: object, end: str = "\n") -> None:
    """Print a line of a result."""
    print(printable(str(text)), end=end)


def print_json(value: Any, indent: int | None = None) -> None:
    """Print a result as JSON."""
    print(printable_json(value, indent))


def make_console(**settings: Any) -> Console:
    """A console that passes on its own colours and no control characters of the text. By default: for results."""
    from rich.console import Console

    from signage.cli.render_hook import PrintableText

    console = Console(**settings)
    console.push_render_hook(PrintableText())
    return console


# --- Messages


def message_console() -> Console:
    """The console for messages: standard error, with lines that are never wrapped."""
    return make_console(stderr=True, highlight=False, soft_wrap=True)


def _escaped(text: str) -> str:
    """The text without markup."""
    from rich.markup import escape

    return escape(text)


def print_message(text: str) -> None:
    """Print a message as it is."""
    message_console().print(_escaped(text))


def print_detail(text: str) -> None:
    """Print, in grey and indented, what belongs to the message before it."""
    message_console().print(f"  [dim]{_escaped(text)}[/]")


def print_success(text: str) -> None:
    """Print that something is done, or in order."""
    message_console().print(f"[green]✓[/] {_escaped(text)}")


def print_warning(text: str, indent: str = "") -> None:
    """Print something that needs attention, but stops nothing."""
    message_console().print(f"{indent}[yellow]![/] {_escaped(text)}")


class Steps:
    """Prints which of several long steps begins: "2 of 12: fjord, 1080x1920"."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun = 0

    def next(self, what: str) -> None:
        self._begun += 1
        print_message(f"{self._begun} of {self._total}: {what}")


def print_error(error: SignageError) -> None:
    """Print what is wrong and where, and the hint on a line of its own."""
    console = message_console()
    if isinstance(error, ConfigError):
        for problem in error.problems:
            console.print(f"[bold red]✗[/] {_escaped(f'{problem.place}: {problem.message}')}{_hint(problem.hint)}")
        return
    console.print(f"[bold red]✗[/] {_escaped(f'{error.message} {error.place}'.rstrip())}{_hint(error.hint)}")


def _hint(text: str) -> str:
    return f"\n  Hint: {_escaped(text)}" if text else ""


def print_fault() -> None:
    """Print the exception that is being handled: a fault of ours. Without the values of variables, some are secret."""
    console = message_console()
    console.print_exception(show_locals=False)
    console.print("[bold red]✗[/] This is an error in the program, not something you did.")
    console.print("  Hint: please report it, with the lines above.")


def set_up_logging(verbose: bool) -> None:
    """Log to standard error: lines for a person at a terminal; in a journal or a pipe, whole lines with the time."""
    console = message_console()
    handler: logging.Handler
    if console.is_terminal:
        from rich.logging import RichHandler

        handler = RichHandler(console=console, show_path=False, show_level=False, log_time_format="%H:%M:%S")
        handler.setFormatter(PrintableFormatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(PrintableFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("signage").setLevel(logging.INFO)


# --- A terminal that is not to be trusted, and may be gone


class PrintableFormatter(logging.Formatter):
    """Log lines without control characters, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class LastingStream:
    """A text stream that never fails: after the first error, everything written to it is dropped."""

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
                # so does what is still in a buffer; otherwise the interpreter complains at exit
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


def outlast_the_terminal() -> None:
    """From now on, the process keeps running when nobody can read its output."""
    sys.stdout = LastingStream(sys.stdout)
    sys.stderr = LastingStream(sys.stderr)
