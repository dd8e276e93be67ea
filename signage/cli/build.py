"""`signage build`: publish once."""

from __future__ import annotations

import time
from contextlib import ExitStack
from zoneinfo import ZoneInfo

from signage.app.build_report import BuildReport
from signage.app.clock_watch import check_clock
from signage.app.configuration import load
from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.app.progress import Bars
from signage.app.server_lock import no_server
from signage.app.signals import interruptible
from signage.cli.fetching import the_sources
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    At,
    ConfigFile,
    DemoSources,
    LayoutsFolder,
    OutFolder,
    StateFolder,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.output import message_console, print_detail, print_json, print_message, print_warning
from signage.domain.printable import counted
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.runtime.cancel import CancelToken

app = new_app()

MIRROR_SECONDS = 600.0  # for an object store to take what is new; a first publication has 40 MB for each screen
SERVED = "A server runs in {folder}, and --at would make its screens show another day."


@app.command()
def build(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: DemoSources = False,
    at: At = None,
    out: OutFolder = None,
    json: AsJson = False,
) -> int:
    """Publish once, and stop."""
    folder = layouts_folder(layouts, config)
    site = load(config, folder)
    now = the_instant(at, ZoneInfo(site.site.zone))
    folders = Folders(var, out, demo=demo)
    pipeline = Pipeline(folders, folder)
    pretended = at is not None
    if not pretended:
        check_clock(now)
    with ExitStack() as during:
        if pretended and out is None:
            during.enter_context(
                no_server(
                    folders.state,
                    SERVED.format(folder=folders.published),
                    "publish to another folder, with --out FOLDER.",
                )
            )
        cancel = during.enter_context(interruptible())
        effective = during.enter_context(the_sources(site, demo, now))
        bars = during.enter_context(Bars(message_console()))
        report = pipeline.build(effective, now, bars, cancel=cancel, pretended=pretended)
        in_time = _mirrored(pipeline, cancel)
    for problem in (*map(str, site.parts.problems), *pipeline.mirroring.problems):
        print_warning(problem)
    if not in_time:
        print_warning(f"{pipeline.mirroring.address} is not up to date yet; the next build goes on with it.")
    if json:
        print_json(report.as_dict(), indent=1)
    else:
        _print(report)
        print_message(f"Published in {folders.published}")
        if pipeline.mirroring.address and in_time and not pipeline.mirroring.problems:
            print_message(f"Published to {pipeline.mirroring.address}")
    return report.exit_code or (EXIT_PARTIAL if site.parts.problems else EXIT_OK)


def _mirrored(pipeline: Pipeline, cancel: CancelToken) -> bool:
    """Wait until an object store is up to date, or has failed; gives whether it is so in time."""
    end = time.monotonic() + MIRROR_SECONDS
    while not pipeline.mirroring.wait(0.2):
        if cancel.cancelled or time.monotonic() > end:
            return False
    return True


def _print(report: BuildReport) -> None:
    """A line for each screen, and one for each thing that a person should know of."""
    for screen in report.screens:
        print_message(
            f"{screen.screen}: {counted(screen.pages, 'page')}, {counted(screen.pictures, 'picture')} "
            f"({screen.rendered} rendered, {screen.reused} reused), {screen.bytes / 1e6:.1f} MB, {screen.seconds:.1f} s"
        )
        for problem in screen.problems:
            print_warning(problem, indent="  ")
    for source in report.sources:
        if source.problem:
            print_warning(f"{source.source}: {source.problem}")
        for warning in source.warnings:
            print_detail(f"{source.source}: {warning}")
    for problem in (*report.problems, *report.warnings):
        print_warning(problem)
