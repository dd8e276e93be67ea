"""The commands of `signage`, and how a line that was typed becomes a call of one of them.

Each command is a module of this package with an `app` of Typer's. Only the module of the command that was typed is
imported, so that `signage backup` doesn't load what renders pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from signage import __version__
from signage.app.signals import EXIT_FORCED
from signage.cli.options import new_app
from signage.cli.output import print_line, set_up_logging
from signage.config.words import did_you_mean
from signage.errors import (
    EXIT_CANTCREAT,
    EXIT_CONFIG,
    EXIT_PARTIAL,
    EXIT_SOFTWARE,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
    UsageError,
)

COMMANDS = (
    *("new", "run", "build", "check", "show", "events", "organisations", "sources", "layouts", "preview", "report"),
    *("worker", "pair", "status", "alert", "service", "key", "backup", "restore", "doctor"),
)

EXIT_CODES = f"""\b
Exit codes:
  0    all is well
  {EXIT_USAGE}    the command line is wrong, or names something that doesn't exist
  {EXIT_PARTIAL}    published, but a source, a screen or a page was left out;
       status: a screen isn't green, or the server has an alarm;
       doctor: something is wrong
  {EXIT_UNAVAILABLE}   no browser to render with, or the port is taken
  {EXIT_SOFTWARE}   an internal error
  {EXIT_CANTCREAT}   the disk is full, or a folder can't be written
  {EXIT_FORCED}   run: something didn't end after a signal, and was ended by force
  {EXIT_CONFIG}   screens.toml can't be used
  130  ended by Ctrl-C; run: by a second one (the first gives 0)
  143  ended by SIGTERM; run: by a second one
"""


def _print_version(wanted: bool) -> None:
    if wanted:
        print_line(f"signage {__version__}")
        raise typer.Exit


class Commands(TyperGroup):
    """The commands, each imported when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name.startswith("-"):
            return None  # the parser reports it
        if cmd_name not in COMMANDS:
            hint = did_you_mean(cmd_name, COMMANDS)
            raise UsageError(f'There is no command "{cmd_name}".', hint=hint or "signage --help lists the commands.")
        command = get_command(import_module(f"signage.cli.{cmd_name}").app)
        command.name = cmd_name
        _add_common_options(command)
        return command


app = new_app()


@app.callback(cls=Commands, epilog=EXIT_CODES)
def signage(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Info screens for a municipality: fetch events, render pages in advance, publish plain files."""


_common = new_app()


@_common.command()
def _every_command(
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print more of what happens.", callback=set_up_logging, expose_value=False)
    ] = False,
) -> None:
    """A template: its options are added to every command. Setting up the log is what they do."""


def _add_common_options(command: Any) -> None:
    for each in command.commands.values() if isinstance(command, TyperGroup) else [command]:
        each.params += get_command(_common).params


def run_command(words: Sequence[str]) -> int:
    """Run what was typed, and return its exit code. Raises UsageError when it can't be understood."""
    try:
        with get_command(app).make_context("signage", list(words)) as context:
            return context.command.invoke(context) or 0
    except typer.Exit as end:  # of --help and --version
        return end.exit_code
    except typer.TyperException as error:
        of = getattr(error, "ctx", None)
        path = of.command_path if of else " ".join(["signage", *words[:1]])
        hint = f"{path} --help lists what can be given."
        raise UsageError(f"{error.format_message().rstrip('.')}.", hint=hint) from None
