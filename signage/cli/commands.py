"""The commands behind `signage`: each takes the parsed options and a console for people, and gives an exit code."""

from __future__ import annotations

import json
import logging
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from signage.app.build_report import BuildReport
from signage.app.clock_watch import check_clock
from signage.app.daemon import Daemon
from signage.app.pipeline import Folders, Gathered, Pipeline
from signage.app.progress import Bars
from signage.app.server_lock import no_server
from signage.app.signals import interruptible
from signage.cli.backup import backup, restore
from signage.cli.check import check
from signage.cli.key import key
from signage.cli.layouts import layouts
from signage.cli.output import say, say_json
from signage.cli.players import pair, status
from signage.cli.preview import preview
from signage.cli.report import report
from signage.cli.service import service
from signage.cli.shared import layouts_folder, one_line, the_instant, the_sources
from signage.cli.sources import NEXT, sources
from signage.config.load import load
from signage.config.models import Config
from signage.errors import EXIT_OK, EXIT_PARTIAL, NotFound
from signage.events.explain import explain
from signage.events.lines import as_line
from signage.events.organisations import Register, as_dict
from signage.publishing import open_pages
from signage.publishing.publish import MANIFEST
from signage.rendering.sandbox import sandbox_problem

log = logging.getLogger(__name__)


SERVED = (
    "{folder}: a server runs there, and --at would show its screens another day than today. "
    "Hint: publish to another folder, with --out FOLDER."
)


def build(options: Namespace, console: Console) -> int:
    """Publish once."""
    config = load(options.config, layouts_folder(options))
    now = the_instant(options.at, ZoneInfo(config.site.zone))
    folders = Folders(options.var, options.out, demo=options.demo)
    pipeline = Pipeline(folders, layouts_folder(options))
    pretended = options.at is not None
    if not pretended:
        check_clock(now)
    with ExitStack() as during:
        if pretended and options.out is None:
            during.enter_context(no_server(folders.state, SERVED.format(folder=folders.published)))
        cancel = during.enter_context(interruptible())
        effective = during.enter_context(the_sources(config, options.demo, now))
        bars = during.enter_context(Bars(console))
        report = pipeline.build(effective, now, bars.fetching, bars.rendering, cancel=cancel, pretended=pretended)
    if options.json:
        say_json(report.as_dict(), indent=1)
    else:
        tell(report, console)
        console.print(f"published in {folders.published}")
    return report.exit_code


def tell(report: BuildReport, console: Console) -> None:
    """A line for each screen and source that a person should know of."""
    for screen in report.screens:
        console.print(
            f"[bold]{screen.screen}[/]: {screen.pages} pages, {screen.pictures} pictures "
            f"({screen.rendered} rendered, {screen.reused} reused), {screen.bytes / 1e6:.1f} MB, {screen.seconds:.1f} s"
        )
        for problem in screen.problems:
            console.print(f"  [yellow]![/] {escape(problem)}")
    for source in report.sources:
        if source.problem:
            console.print(f"[yellow]![/] {escape(source.source)}: {escape(source.problem)}")
        for warning in source.warnings:
            console.print(f"  [dim]{escape(source.source)}: {escape(warning)}[/]")
    for problem in report.problems:
        console.print(f"[yellow]![/] {escape(problem)}")
    for warning in report.warnings:
        console.print(f"[yellow]![/] {escape(warning)}")


@dataclass(frozen=True, slots=True)
class _Now:
    """What the sources say at an instant, and the configuration that they were asked by."""

    config: Config
    zone: ZoneInfo
    now: datetime
    gathered: Gathered

    @property
    def exit_code(self) -> int:
        failed = self.gathered.problems or any(source.problem for source in self.gathered.sources)
        return EXIT_PARTIAL if failed else EXIT_OK


def _ask(options: Namespace, console: Console) -> _Now:
    """Ask the sources, with a bar."""
    config = load(options.config, layouts_folder(options))
    zone = ZoneInfo(config.site.zone)
    now = the_instant(options.at, zone)
    pipeline = Pipeline(Folders(options.var, None, demo=options.demo), layouts_folder(options))
    with interruptible() as cancel, the_sources(config, options.demo, now) as effective, Bars(console) as bars:
        return _Now(effective, zone, now, pipeline.gather(effective, now, bars.fetching, cancel=cancel))


def events(options: Namespace, console: Console) -> int:
    """List the merged events, one a line."""
    said = _ask(options, console)
    gathered = said.gathered
    if options.explain:
        explained = explain(gathered.records, said.config, options.explain)
        if explained is None:
            raise NotFound(f'no event "{options.explain}"; signage events --json lists every event with its id')
        if options.json:
            say_json(explained.as_dict())
        else:
            say("\n".join(explained.lines()))
    elif options.held_back:
        for held in gathered.merged.held_back:
            say(held)
    else:
        for event in gathered.merged.events:
            if options.json:
                say_json(as_line(event))
            else:
                say(one_line(event, said.zone))
    for source in gathered.sources:
        if source.problem:
            console.print(f"[yellow]![/] {escape(source.source)}: {escape(source.problem)}")
    for problem in gathered.problems:
        console.print(f"[yellow]![/] {escape(problem)}")
    return said.exit_code


def organisations(options: Namespace, console: Console) -> int:
    """List who arranges what, one organisation a line."""
    said = _ask(options, console)
    gathered = said.gathered
    register = Register(gathered.merged.organisations, gathered.merged.events)
    for organisation in register.organisations:
        coming = register.coming(organisation.id, said.now)
        if options.json:
            say_json(as_dict(organisation, coming))
            continue
        say(f"{organisation.name}  ({len(coming)} coming)")
        for event in coming[:NEXT]:
            say(f"  {one_line(event, said.zone)}")
    for warning in gathered.warnings:
        console.print(f"[yellow]![/] {escape(warning)}")
    return said.exit_code


def show(options: Namespace, console: Console) -> int:
    """Say what a screen shows at an instant, from its manifest alone."""
    published: Path = Folders(options.var, options.out, demo=options.demo).published
    path = published / "screens" / options.screen / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError):
        known = sorted(p.name for p in (published / "screens").glob("[a-z0-9]*") if p.is_dir())
        empty = "nothing is published there; run: signage build (what the demo has published: --demo)"
        hint = f"published are: {', '.join(known)}" if known else empty
        raise NotFound(f'no screen "{options.screen}" under {published}; {hint}') from None
    at = the_instant(options.at, ZoneInfo(manifest["zone"])).astimezone(ZoneInfo(manifest["zone"]))
    pages = open_pages(manifest, at)
    if options.json:
        keep = ("id", "kind", "asset", "from", "until", "dwell_seconds", "events", "dated", "fallback")
        rows = [{key: page[key] for key in keep} for page in pages]
        head = {"screen": manifest["screen"], "at": at.isoformat(), "serial": manifest["serial"]}
        say_json({**head, "pages": rows}, indent=1)
        return EXIT_OK
    say(f"{manifest['name']} at {at:%A %d %B %Y %H.%M} ({manifest['zone']}), serial {manifest['serial']}:")
    horizon = datetime.fromisoformat(manifest["horizon"]).astimezone(at.tzinfo)
    if at >= horizon:
        console.print(f"[yellow]![/] its pages are published until {horizon:%a %d %b %H.%M} so far")
    for page in pages:
        until = datetime.fromisoformat(page["until"])
        window = "whenever nothing else is on" if page["fallback"] else f"until {until:%a %d %b %H.%M}"
        say(f"  {page['kind']:10} {page['dwell_seconds']:g} s, {window}  [{page['asset'][:12]}]")
        for event in page["events"]:
            start, end = (datetime.fromisoformat(event[key]) for key in ("start", "end"))
            say(f"    {start:%a %d %b %H.%M} – {end:%a %d %b %H.%M}  {event['title']}  ({event['id']})")
    return EXIT_OK


def run(options: Namespace, console: Console) -> int:
    """Keep the screens up to date and serve them, until Ctrl-C."""
    if problem := sandbox_problem():
        log.warning("%s", problem)
    folders = Folders(options.var, options.out, demo=options.demo)
    where = (options.host, options.port)
    announce = not options.no_announce
    daemon = Daemon(options.config, layouts_folder(options), folders, *where, options.demo, console, announce)
    return daemon.run()


COMMANDS: dict[str, Callable[[Namespace, Console], int]] = {
    "run": run,
    "build": build,
    "events": events,
    "show": show,
    "check": check,
    "sources": sources,
    "organisations": organisations,
    "report": report,
    "layouts": layouts,
    "preview": preview,
    "pair": pair,
    "status": status,
    "service": service,
    "key": key,
    "backup": backup,
    "restore": restore,
}
