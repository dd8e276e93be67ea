"""`signage organisations`: who arranges events, and what they have coming."""

from __future__ import annotations

from signage.cli.fetching import SAMPLE_EVENTS, fetch_now, one_line
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
)
from signage.cli.output import print_json, print_line, print_message, print_warning
from signage.events.organisations import Register, as_dict

app = new_app()


@app.command()
def organisations(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: DemoSources = False,
    at: At = None,
    json: JsonLines = False,
) -> int:
    """List the organisations, and what they have coming."""
    fetched = fetch_now(config, layouts, var, demo, at)
    merged = fetched.gathered.merged
    register = Register(merged.organisations, merged.events)
    for organisation in register.organisations:
        coming = register.coming(organisation.id, fetched.now)
        if json:
            print_json(as_dict(organisation, coming))
            continue
        print_line(f"{organisation.name}  ({len(coming)} coming)")
        for event in coming[:SAMPLE_EVENTS]:
            print_line(f"  {one_line(event, fetched.zone)}")
    if not register.organisations and not json:
        print_message("No source names an organiser.")
    for warning in fetched.gathered.warnings:
        print_warning(warning)
    return fetched.exit_code
