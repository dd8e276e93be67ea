"""`signage backup`: save everything that can't be recreated in one file (docs/backup.md)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from signage import __version__
from signage.backup.archive import pack, write_backup
from signage.backup.save import BackupPlaces, collect_files
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
from signage.cli.output import print_message, print_success, print_warning
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.web.server_address import read_address

CONTENTS = {
    "var": "keys, pairings, serials and the log of alerts",
    "config": "the configuration and its files",
    "layouts": "layouts",
}
app = new_app()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write. It holds secrets.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
) -> int:
    """Save the keys, pairings and configuration in one file.

    These can't be recreated. The exit code is 3 when something couldn't be saved.
    """
    collected = collect_files(BackupPlaces(config, layouts_folder(layouts, config), var))
    now = the_instant(None, ZoneInfo("UTC"))
    data = pack(collected.files, config.name, __version__, now.replace(microsecond=0), read_address(var))
    write_backup(file, data, force)
    print_success(f"{file}: {len(collected.files)} files, {len(data) / 1e6:.1f} MB")
    for line in _summary(collected.files):
        print_message(f"  {line}")
    for line in collected.left_out:
        print_warning(f"Not saved: {line}")
    print_message(
        "Anyone with this file can sign content for your screens. Keep it on another machine, where few can read it."
    )
    return EXIT_PARTIAL if collected.left_out else EXIT_OK


def _summary(names: Iterable[str]) -> list[str]:
    listed = list(names)
    counted = {root: sum(name.startswith(f"{root}/") for name in listed) for root in CONTENTS}
    return [f"{count:4}  {CONTENTS[root]}" for root, count in counted.items() if count]
