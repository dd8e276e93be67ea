"""`signage backup` and `signage restore`: everything that can't be recreated, in one file (docs/backup.md)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from signage import __version__
from signage.app.clock_watch import check_clock
from signage.backup.archive import Backup, pack, read_backup, write_backup
from signage.backup.restore import restore as put_back
from signage.backup.save import BackupPlaces, collect_files
from signage.cli.output import say
from signage.cli.shared import layouts_folder, the_instant
from signage.config.load import load
from signage.errors import EXIT_OK, EXIT_PARTIAL, ConfigError
from signage.web.hidden_paths import read_address

KINDS = {"var": "keys, pairings and serials", "config": "the configuration and its files", "layouts": "layouts"}


def add_arguments(commands: _SubParsersAction[ArgumentParser], config: ArgumentParser) -> None:
    """The commands' own part of the command line. `config`: what names the folders."""
    backup = commands.add_parser(
        "backup", parents=[config], help="save what can't be recreated: keys, pairings, serials, configuration"
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to write; it holds secrets")
    backup.add_argument("--force", action="store_true", help="replace the file if it exists")
    restore = commands.add_parser("restore", parents=[config], help="put a backup in place, on a new machine too")
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that signage backup wrote")
    restore.add_argument("--overwrite", action="store_true", help="replace files that are there, and keep the old ones")
    restore.add_argument("--list", action="store_true", help="list what is in the backup, and restore nothing")


def backup(options: Namespace, console: Console) -> int:
    """Write a backup; EXIT_PARTIAL when something is not in it."""
    collected = collect_files(_places(options))
    now = the_instant(None, ZoneInfo("UTC"))
    address = read_address(options.var)
    data = pack(collected.files, options.config.name, __version__, now.replace(microsecond=0), address)
    write_backup(options.file, data, options.force)
    read_backup(options.file)  # what can't be read again is no backup
    console.print(f"[green]✓[/] {escape(str(options.file))}: {len(collected.files)} files, {len(data) / 1e6:.1f} MB")
    for line in _summary(collected.files):
        console.print(f"  {line}")
    for line in collected.left_out:
        console.print(f"[yellow]![/] not in it: {escape(line)}")
    console.print(
        "Whoever has this file can sign for your screens. Keep it on another machine, and where few can read it."
    )
    return EXIT_PARTIAL if collected.left_out else EXIT_OK


def restore(options: Namespace, console: Console) -> int:
    """Put a backup in place."""
    found = read_backup(options.file)
    if options.list:
        _list(found)
        return EXIT_OK
    now = the_instant(None, ZoneInfo("UTC"))
    check_clock(now)
    done = put_back(found, _places(options), now, options.overwrite)
    console.print(
        f"[green]✓[/] {len(done.written)} files restored, of {found.contents.made:%Y-%m-%d %H:%M} UTC; "
        f"{len(done.unchanged)} were there already"
    )
    if done.replaced:
        console.print(f"  what was there before is in {escape(str(done.replaced))}; delete it when all is well")
    return _what_next(options, found, console)


def _places(options: Namespace) -> BackupPlaces:
    return BackupPlaces(options.config, layouts_folder(options), options.var)


def _summary(names: Iterable[str]) -> list[str]:
    listed = list(names)
    counted = {root: sum(name.startswith(f"{root}/") for name in listed) for root in KINDS}
    return [f"{count:4}  {KINDS[root]}" for root, count in counted.items() if count]


def _list(found: Backup) -> None:
    about = found.contents
    say(f"made {about.made:%Y-%m-%d %H:%M} UTC by version {about.version}")
    for name, entry in sorted(about.files.items()):
        say(f"{entry.bytes:10}  {name}")


def _what_next(options: Namespace, found: Backup, console: Console) -> int:
    code = EXIT_OK
    try:
        load(options.config, layouts_folder(options))
    except ConfigError as error:
        code = EXIT_PARTIAL
        for problem in error.problems:
            console.print(f"[yellow]![/] {escape(str(problem))}")
    where = f" ({found.contents.address})" if found.contents.address else ""
    steps = (
        f"Give this machine the address that the players know{where}, and end the old server: two servers with one key "
        "confuse the players.",
        "Start it: signage run",
        "signage status: each player is green within a few minutes.",
        f"signage pair: players that were paired, moved or revoked after {found.contents.made:%Y-%m-%d %H:%M} UTC are "
        "as they were before; do that again.",
    )
    console.print("\nNext:")
    for number, step in enumerate(steps, 1):
        console.print(f"  {number}. {escape(step)}")
    return code
