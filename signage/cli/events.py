"""`signage events`: the merged events, why some are held back, and where the fields of one come from."""

from __future__ import annotations

from typing import Annotated

import typer

from signage.cli.fetching import fetch_now, one_line
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    At,
    ConfigFile,
    DemoSources,
    JsonLines,
    LayoutsFolder,
    StateFolder,
    new_app,
    only_one,
)
from signage.cli.output import print_json, print_line, print_message
from signage.errors import NotFound
from signage.events.explain import explain as explain_event
from signage.events.lines import as_line

app = new_app()


@app.command()
def events(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: DemoSources = False,
    at: At = None,
    json: JsonLines = False,
    held_back: Annotated[
        bool, typer.Option("--held-back", help="List the events that the public doesn't see, and why.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="ID", help="Print where each field of this event comes from.")
    ] = None,
) -> int:
    """List the merged events, one per line."""
    only_one(held_back=held_back, explain=explain)
    fetched = fetch_now(config, layouts, var, demo, at)
    if explain:
        explained = explain_event(fetched.gathered.records, fetched.config, explain)
        if explained is None:
            raise NotFound(
                f'There is no event "{explain}".', hint="signage events --json lists every event with its id."
            )
        if json:
            print_json(explained.as_dict())
        else:
            print_line("\n".join(explained.lines()))
    elif held_back:
        for held in fetched.gathered.merged.held_back:
            print_line(held)
        if not fetched.gathered.merged.held_back:
            print_message("No event is held back.")
    else:
        for event in fetched.gathered.merged.events:
            if json:
                print_json(as_line(event))
            else:
                print_line(one_line(event, fetched.zone))
        if not fetched.gathered.merged.events:
            print_message("No events are coming.")
    fetched.print_problems()
    return fetched.exit_code
