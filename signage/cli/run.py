"""`signage run`: keep the screens up to date and serve them, until Ctrl-C."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from signage.app.folders import Folders
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_PORT,
    DEFAULT_STATE,
    ConfigFile,
    DemoSources,
    LayoutsFolder,
    OutFolder,
    StateFolder,
    layouts_folder,
    new_app,
)
from signage.cli.output import message_console
from signage.rendering.sandbox import sandbox_problem
from signage.runtime.workers import shared

log = logging.getLogger(__name__)
app = new_app()


@app.command()
def run(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: DemoSources = False,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="The address to serve on. :: is all of them, 0.0.0.0 those of IPv4."
        ),
    ] = "::",
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, metavar="NUMBER", help="The port to serve on; 0: a free one."),
    ] = DEFAULT_PORT,
    out: OutFolder = None,
    no_announce: Annotated[
        bool, typer.Option("--no-announce", help="Don't let players on this network find the server (mDNS).")
    ] = False,
) -> int:
    """Keep the screens up to date, and serve them.

    It goes on until Ctrl-C. Edits of the configuration take effect while it runs.
    """
    shared().start()  # they import what they need while this process does
    from signage.app.daemon import Daemon

    if problem := sandbox_problem():
        log.warning("%s", problem)
    folders = Folders(var, out, demo=demo)
    daemon = Daemon(
        config, layouts_folder(layouts, config), folders, host, port, demo, message_console(), not no_announce
    )
    return daemon.run()
