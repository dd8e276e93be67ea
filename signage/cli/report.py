"""`signage report sponsors`: what each sponsor is going to get in a month, from the configuration alone."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from signage.cli.output import make_console, say_json
from signage.cli.shared import layouts_folder
from signage.config.load import load
from signage.errors import EXIT_OK, NotFound
from signage.planning.sponsor_report import planned_showings


def report(options: Namespace, console: Console) -> int:
    """A line for each sponsor and screen. It is a plan: what is shown depends on the screens being on."""
    config = load(options.config, layouts_folder(options))
    if options.screen and options.screen not in config.screens:
        raise NotFound(f'no screen "{options.screen}"; there is {", ".join(config.screens)}')
    plan = planned_showings(config, options.month)
    rows = [row for row in plan.rows if options.screen in (None, row.screen)]
    if options.json:
        say_json([asdict(row) for row in rows], indent=1)
    else:
        table = Table(title=f"{options.month:%B %Y}, planned", title_justify="left")
        for heading in ("sponsor", "screen", "days", "hours", "showings", "share", "by weight"):
            table.add_column(heading, justify="left" if heading in ("sponsor", "screen") else "right")
        for row in rows:
            figures = (f"{row.days}", f"{row.hours:.1f}", f"{row.showings}", f"{row.share:.2%}", f"{row.by_weight:.2%}")
            table.add_row(row.sponsor, row.screen, *figures)
        if rows:
            make_console().print(table)
    for warning in plan.warnings:
        console.print(f"[yellow]![/] {escape(warning)}")
    return EXIT_OK
