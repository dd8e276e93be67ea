"""`signage new`: a folder with a first screens.toml."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from signage.cli.options import DEFAULT_CONFIG, new_app
from signage.cli.output import print_message, print_success
from signage.config.built_in import LAYOUTS
from signage.errors import EXIT_OK, NotWritable, UsageError

app = new_app()


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder; it may exist.", show_default=False)],
) -> int:
    """Write a first screens.toml, with comments, into a folder."""
    target = folder / DEFAULT_CONFIG
    example = files("signage.installation").joinpath("example.toml").read_bytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(example)
    except FileExistsError as error:
        taken = target if folder.is_dir() else folder
        raise UsageError(f"{taken} exists already.", hint="choose another folder, or edit that file.") from error
    except OSError as error:
        raise NotWritable.from_os_error("The configuration", target, error) from error
    print_success(f"{target}: edit it, check it with signage check, and start with signage run, in that folder.")
    print_message(f"Layouts of your own belong in {folder / LAYOUTS}. signage layouts new NAME makes one.")
    return EXIT_OK
