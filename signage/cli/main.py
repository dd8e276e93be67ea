"""Parse, run, and turn every failure into a sentence and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape

from signage.app.signals import Interrupted
from signage.cli import commands
from signage.cli.arguments import make_parser
from signage.cli.output import PrintableFormatter, make_console, outlast_the_terminal
from signage.errors import EXIT_SOFTWARE, ConfigError, SignageError

EXIT_INTERRUPTED = 130  # 128 + SIGINT, what a shell expects


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code. Words for people go to standard error, results to standard output."""
    options = make_parser().parse_args(argv)
    if options.command == "run":
        outlast_the_terminal()
    console = make_console(stderr=True, highlight=False, soft_wrap=True)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[_handler(console)], force=True)
    logging.getLogger("signage").setLevel(logging.INFO)
    try:
        return commands.COMMANDS[options.command](options, console)
    except ConfigError as error:
        for problem in error.problems:
            console.print(f"[bold red]✗[/] {escape(str(problem))}")
        return error.exit_code
    except SignageError as error:
        console.print(f"[bold red]✗[/] {escape(str(error))}")
        return error.exit_code
    except Interrupted as interrupted:
        console.print("ended by Ctrl-C" if interrupted.exit_code == EXIT_INTERRUPTED else f"ended by {interrupted}")
        return interrupted.exit_code
    except KeyboardInterrupt:
        console.print("ended by Ctrl-C")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:
        console.print_exception(show_locals=False)
        console.print(
            "[bold red]✗[/] this is a fault in the program, not in what you did; please report what stands above"
        )
        return EXIT_SOFTWARE


def _handler(console: Console) -> logging.Handler:
    """Lines for a person at a terminal; in a journal or a pipe, whole lines that nobody has wrapped."""
    handler: logging.Handler
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, show_level=False, log_time_format="%H:%M:%S")
        handler.setFormatter(PrintableFormatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(PrintableFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    return handler
