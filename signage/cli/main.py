"""The entry point: follow signals first, then load the program, run one command and return its exit code.

This module imports nothing at the top but the standard library and what follows the signals: a server obeys a signal
from its first moment on, while the rest of the program is still being loaded.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from signage.app.signals import STOPPING, Interrupted, follow_signals, leave, leave_with_workers

EXIT_INTERRUPTED = 128 + signal.SIGINT  # what a shell expects


def starts_server(arguments: Sequence[str]) -> bool:
    """Whether the command line starts a server."""
    return list(arguments[:1]) == ["run"]


def main_with_signals() -> int:
    """The command `signage`.

    A server that has ended, a command that was interrupted, and one that has started workers leave no cleaning up to
    the interpreter: it would wait for threads that are no longer needed.
    """
    serves = starts_server(sys.argv[1:])
    if serves:
        follow_signals()
    try:
        code = main()
    except KeyboardInterrupt:  # while the program was being loaded
        return EXIT_INTERRUPTED
    if serves or code in {128 + number for number in STOPPING}:
        leave(code)
    return leave_with_workers(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Every failure becomes a message and an exit code."""
    from signage.cli import output
    from signage.cli.application import run_command
    from signage.errors import EXIT_SOFTWARE, SignageError

    words = sys.argv[1:] if arguments is None else list(arguments)
    if starts_server(words):
        output.outlast_the_terminal()
    try:
        return run_command(words)
    except SignageError as error:
        output.print_error(error)
        return error.exit_code
    except Interrupted as interrupted:
        by = "Ctrl-C" if interrupted.exit_code == EXIT_INTERRUPTED else str(interrupted)
        output.print_message(f"Ended by {by}.")
        return interrupted.exit_code
    except KeyboardInterrupt:
        output.print_message("Ended by Ctrl-C.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:
        output.print_fault()
        return EXIT_SOFTWARE
