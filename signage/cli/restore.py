"""`signage restore`: put a backup in place, on a new machine too (docs/backup.md)."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from signage.app.alert_log import ALERT_LOG
from signage.app.clock_watch import check_clock
from signage.app.configuration import load
from signage.backup.archive import Backup, read_backup
from signage.backup.restore import restore as put_in_place
from signage.backup.save import BackupPlaces
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    ConfigFile,
    LayoutsFolder,
    StateFolder,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.output import print_line, print_message, print_success, print_warning
from signage.errors import EXIT_OK, EXIT_PARTIAL, ConfigError
from signage.installation.program import command
from signage.installation.service_unit import CONFIG_FILE, STATE_FOLDER

app = new_app()


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that signage backup wrote.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing files, and keep the old ones in a folder.")
    ] = False,
    list_files: Annotated[
        bool, typer.Option("--list", help="List the files in the backup, and restore nothing.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
) -> int:
    """Put a backup in place, on a new machine too."""
    backup = read_backup(file)
    if list_files:
        _list(backup)
        return EXIT_OK
    folder = layouts_folder(layouts, config)
    now = the_instant(None, ZoneInfo("UTC"))
    check_clock(now)
    done = put_in_place(backup, BackupPlaces(config, folder, var), now, overwrite)
    print_success(
        f"{len(done.written)} files restored, as of {backup.contents.made:%Y-%m-%d %H:%M} UTC; "
        f"{len(done.unchanged)} were already there"
    )
    if done.replaced:
        print_message(f"  The replaced files are in {done.replaced}. Delete that folder when all is well.")
    problems: list[str] = []
    try:
        load(config, folder)
    except ConfigError as error:
        problems = [str(problem) for problem in error.problems]
    for problem in problems:
        print_warning(problem)
    _print_next_steps(backup, _start(BackupPlaces(config, folder, var)))
    return EXIT_PARTIAL if problems else EXIT_OK


def _list(backup: Backup) -> None:
    about = backup.contents
    print_line(f"made {about.made:%Y-%m-%d %H:%M} UTC by version {about.version}")
    for name, entry in sorted(about.files.items()):
        print_line(f"{entry.bytes:10}  {name}")


def _start(places: BackupPlaces) -> str:
    """The command that starts a server on these folders. That of the service also gives them to its user."""
    if places.var.resolve() != STATE_FOLDER:
        return "signage run"
    options: list[str] = []
    if places.config.resolve() != CONFIG_FILE:
        options += ["--config", str(places.config.resolve())]
    if places.layouts.resolve() != CONFIG_FILE.parent / "layouts" and places.layouts.is_dir():
        options += ["--layouts", str(places.layouts.resolve())]
    return f"sudo {command()} service install {shlex.join(options)}".rstrip()


def _print_next_steps(backup: Backup, start: str) -> None:
    where = f" ({backup.contents.address})" if backup.contents.address else ""
    steps = [
        f"Give this machine the address that the players know{where}, and stop the old server: two servers with one "
        "key confuse the players.",
        f"Start it: {start}",
        "Check that each player is green within a few minutes: signage status",
        f"Repeat what was paired, moved or revoked after {backup.contents.made:%Y-%m-%d %H:%M} UTC: signage pair",
    ]
    if f"var/{ALERT_LOG}" in backup.files:
        steps.append("End the alerts that are over by now, and send what is missing: signage alert --list")
    print_message("\nNext:")
    for number, step in enumerate(steps, 1):
        print_message(f"  {number}. {step}")
