"""`signage worker`: render pages for a renderer on another machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from signage.cli.options import new_app
from signage.config.rendering import Rendering, check_scheduler, check_tls
from signage.config.words import SettingError
from signage.errors import EXIT_OK, UsageError
from signage.rendering.browser import find_browser
from signage.rendering.dask_setup import load_dask, security_of
from signage.rendering.renderer_pool import FIT_SCRIPT
from signage.rendering.sandbox import sandbox_problem
from signage.rendering.tools import own_tools

log = logging.getLogger(__name__)
app = new_app()


@app.command()
def worker(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="The scheduler's address: tcp://10.0.0.5:8786, or tls://…")
    ],
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="The address at which the other machines reach this worker."),
    ] = "",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="NUMBER", help="The port of this worker; 0: a free one.")
    ] = 0,
    tls_ca_file: Annotated[
        Path | None, typer.Option("--tls-ca-file", metavar="FILE", help="With tls://: the authority (PEM).")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="With tls://: this machine's certificate (PEM).")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="With tls://: this machine's private key (PEM).")
    ] = None,
) -> int:
    """Render pages for a renderer on another machine.

    One worker renders one page at a time; start one for each core. It goes on until Ctrl-C, and waits for a scheduler
    that isn't there yet.
    """
    files = {"--tls-ca-file": tls_ca_file, "--tls-cert": tls_cert, "--tls-key": tls_key}
    given = {name: str(file) if file else "" for name, file in files.items()}
    try:
        check_scheduler(address)
        check_tls(address, given)
    except SettingError as error:
        raise UsageError(error.message, hint=error.hint) from None
    load_dask()
    ca_file, cert, key = given.values()
    security = security_of(Rendering(scheduler=address, tls_ca_file=ca_file, tls_cert=cert, tls_key=key))
    browser = find_browser()
    tools = own_tools(FIT_SCRIPT, browser)
    if problem := sandbox_problem():
        log.warning("%s", problem)

    async def until_stopped() -> None:
        from signage.rendering.remote_worker import serve

        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(address, tools, browser, stop, host, port, security)

    asyncio.run(until_stopped())
    log.info("Ended.")
    return EXIT_OK
