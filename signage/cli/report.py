"""`signage report sponsors`: what each sponsor is going to get in a month, from the configuration alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from signage.app.configuration import load
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    ConfigFile,
    LayoutsFolder,
    OneScreen,
    UnusedState,
    chosen_screens,
    layouts_folder,
    new_app,
)
from signage.cli.options import (
    month as parse_month,
)
from signage.cli.output import make_console, print_json, print_warning
from signage.errors import EXIT_OK
from signage.planning.sponsor_report import planned_showings

app = new_app()


@app.callback()
def report() -> None:
    """What is planned: how often each sponsor is shown."""


@app.command()
def sponsors(
    month: Annotated[date, typer.Option("--month", metavar="MONTH", parser=parse_month, help="The month: 2026-12.")],
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: UnusedState = DEFAULT_STATE,
    screen: OneScreen = None,
    json: AsJson = False,
) -> int:
    """List the planned showings of each sponsor on each screen.

    It is a plan: what is shown depends on the screens being on.
    """
    site = load(config, layouts_folder(layouts, config))
    wanted = chosen_screens(screen, site)
    plan = planned_showings(site, month)
    rows = [row for row in plan.rows if row.screen in wanted]
    if json:
        print_json([asdict(row) for row in rows], indent=1)
    elif rows:
        table = Table(title=f"{month:%B %Y}, planned", title_justify="left")
        for heading in ("sponsor", "screen", "days", "hours", "showings", "share", "by weight"):
            table.add_column(heading, justify="left" if heading in ("sponsor", "screen") else "right")
        for row in rows:
            figures = (f"{row.days}", f"{row.hours:.1f}", f"{row.showings}", f"{row.share:.2%}", f"{row.by_weight:.2%}")
            table.add_row(row.sponsor, row.screen, *figures)
        make_console().print(table)
    for warning in plan.warnings:
        print_warning(warning)
    return EXIT_OK
