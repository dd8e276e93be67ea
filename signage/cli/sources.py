"""`signage sources`: what can be read at an address, and how the sources are."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from signage.app.build_report import SourceReport
from signage.app.pipeline import Folders, Pipeline
from signage.app.probe import SAMPLE, Probed, ProbeResult, block, probe
from signage.cli.output import say, say_json
from signage.cli.shared import layouts_folder, one_line, the_instant
from signage.config.load import load
from signage.config.models import Config
from signage.demo import last_addresses
from signage.errors import EXIT_OK, EXIT_PARTIAL, ConfigError, NotFound
from signage.events.lines import as_line
from signage.sources.base import FetchWindow
from signage.sources.registry import source_type

NEXT = 5  # events that are printed as a sample


def sources(options: Namespace, console: Console) -> int:
    """One of the two."""
    return {"probe": _probe, "status": _status}[options.doing](options, console)


def _probe(options: Namespace, console: Console) -> int:
    """Standard output gets what to paste (or the JSON lines); standard error the words around it."""
    config = _site(options, console)
    now = the_instant(None, ZoneInfo(config.site.zone))
    first = options.first or now.astimezone(ZoneInfo(config.site.zone)).date()
    window = FetchWindow(first, options.last or first + SAMPLE)
    if window.end < window.start:
        raise NotFound(f"--to {window.end} is before --from {window.start}")
    result = probe(options.address, config, window, now)
    best = result.found[0]
    if options.json:
        for event in best.merged.events:
            say_json(as_line(event))
        _tell_left_out(best, console)
        return EXIT_OK
    _tell(result, options, window, ZoneInfo(config.site.zone), console)
    return EXIT_OK


def _site(options: Namespace, console: Console) -> Config:
    """screens.toml, for its zone and places; a plain site where there is none yet, or none that is right."""
    if options.config.exists():
        try:
            return load(options.config, layouts_folder(options))
        except ConfigError:
            console.print(f"[yellow]![/] {escape(str(options.config))} can't be used now; looking without its places")
    return Config.model_validate(
        {
            "site": {"name": "-", "calendar": "https://example.org"},
            "sources": [{"id": "none", "type": "ical", "url": "https://example.org/none.ics"}],
            "places": {"none": {"name": "-"}},
            "screens": {"none": {"place": "none", "playlist": [{"show": "evergreen"}]}},
        }
    )


def _tell(result: Probed, options: Namespace, window: FetchWindow, zone: ZoneInfo, console: Console) -> None:
    best, *others = result.found
    kind = source_type(best.source.type)
    count = len(best.merged.events)
    found = f"{kind.about or best.source.type}, {count} events from {window.start} to {window.end}"
    console.print(f"[green]✓[/] {escape(options.address)}: {escape(found)}\n")
    say(block(best.source, kind.to_fill))
    for event in best.merged.events[:NEXT]:
        say(f"# {one_line(event, zone)}")
    for item in best.news[: 0 if count else NEXT]:
        say(f"# news of {item.published.astimezone(zone):%Y-%m-%d}: {item.title}")
    _tell_left_out(best, console)
    for other in others:
        news = f", {len(other.news)} news" if other.news else ""
        console.print(
            f"  there is also: {escape(other.source.type)} {escape(other.source.url)} "
            f"({len(other.merged.events)} events{news})"
        )
    console.print(f"\nPaste the section into {escape(str(options.config))}; what follows a # is a note.")


def _tell_left_out(found: ProbeResult, console: Console) -> None:
    held = [f"held back: {each}" for each in found.merged.held_back]
    notes = [note for note in found.merged.notes if "is left out" in note]
    for line in (*found.warnings, *notes, *held):
        console.print(f"  [dim]{escape(line)}[/]")


def _status(options: Namespace, console: Console) -> int:
    """How each source is, from what is kept; asks nobody."""
    config = load(options.config, layouts_folder(options))
    zone = ZoneInfo(config.site.zone)
    now = the_instant(options.at, zone)
    pipeline = Pipeline(Folders(options.var, None, demo=options.demo), layouts_folder(options))
    if options.demo:
        config = last_addresses(config, lambda source: pipeline.store.source_get(source).address)
    reports = pipeline.gather(config, now, offline=True).sources
    if options.json:
        say_json([report.as_dict() for report in reports], indent=1)
    else:
        for report in reports:
            console.print(_one_source(report, zone))
            for alarm in report.alarms:
                console.print(f"  [yellow]![/] {escape(alarm.text)}")
            for warning in report.warnings:
                console.print(f"  [dim]{escape(warning)}[/]")
    return EXIT_PARTIAL if any(report.alarms for report in reports) else EXIT_OK


def _one_source(report: SourceReport, zone: ZoneInfo) -> str:
    def when(at: datetime | None) -> str:
        return "never" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H.%M}"

    usual = f" (usually {report.usual_week:g})" if report.usual_week is not None else ""
    waits = f", {report.waits_for}" if report.waits_for else ""
    if report.asked_again and not report.waits_for:
        waits = f", is asked again at {report.asked_again.astimezone(zone):%H.%M}"
    return (
        f"[bold]{escape(report.source)}[/]: {report.events} events, {report.week_events} in the coming week{usual}; "
        f"answered {when(report.last_good_at)}, changed {when(report.changed_at)}{waits}"
    )
