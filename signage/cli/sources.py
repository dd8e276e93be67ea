"""`signage sources`: what can be read at an address, and how the sources are."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from signage.app.alert_feeds import AlertFeeds
from signage.app.build_report import SourceReport
from signage.app.configuration import load
from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.app.probe import SAMPLE, Probed, ProbeResult, block, probe
from signage.cli.fetching import SAMPLE_EVENTS, one_line
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    At,
    ConfigFile,
    LayoutsFolder,
    OfDemo,
    StateFolder,
    UnusedState,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.options import (
    day as parse_day,
)
from signage.cli.output import print_detail, print_json, print_line, print_message, print_success, print_warning
from signage.config.models import Config
from signage.demo import last_addresses
from signage.errors import EXIT_OK, EXIT_PARTIAL, EXIT_UNAVAILABLE, ConfigError, UsageError
from signage.events.lines import as_line
from signage.sources.base import FetchWindow
from signage.sources.registry import source_type

app = new_app()


@app.callback()
def sources() -> None:
    """Check the sources, or try an address: status, probe."""


@app.command()
def status(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: OfDemo = False,
    at: At = None,
    json: AsJson = False,
) -> int:
    """Print when each source last answered, and what is unusual.

    It reads what is stored, and fetches nothing. The exit code is 3 when a source has an alarm.
    """
    folder = layouts_folder(layouts, config)
    site = load(config, folder)
    zone = ZoneInfo(site.site.zone)
    pipeline = Pipeline(Folders(var, None, demo=demo), folder)
    if demo:
        site = last_addresses(site, lambda source: pipeline.store.source_get(source).address)
    now = the_instant(at, zone)
    gathered = pipeline.gather(site, now, offline=True).sources
    reports = (*gathered, *AlertFeeds(pipeline.store).reports(site, now))
    if json:
        print_json([report.as_dict() for report in reports], indent=1)
    else:
        for report in reports:
            print_message(_one_source(report, zone))
            for alarm in report.alarms:
                print_warning(alarm.text, indent="  ")
            for warning in report.warnings:
                print_detail(warning)
    return EXIT_PARTIAL if any(report.alarms for report in reports) else EXIT_OK


def _one_source(report: SourceReport, zone: ZoneInfo) -> str:
    def when(at: datetime | None) -> str:
        return "never" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H.%M}"

    usual = f" (usually {report.usual_week:g})" if report.usual_week is not None else ""
    waits = f". {report.waits_for}" if report.waits_for else ""
    if report.asked_again and not report.waits_for:
        waits = f", next try at {report.asked_again.astimezone(zone):%H.%M}"
    if report.live:
        return f"{report.source}: answered {when(report.last_good_at)}, changed {when(report.changed_at)}{waits}"
    return (
        f"{report.source}: {report.events} events, {report.week_events} in the coming week{usual}; "
        f"answered {when(report.last_good_at)}, changed {when(report.changed_at)}{waits}"
    )


@app.command(name="probe")
def probe_address(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or the path of a file.")],
    first: Annotated[
        date | None,
        typer.Option("--from", metavar="DATE", parser=parse_day, help="The first day to read.", show_default="today"),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", metavar="DATE", parser=parse_day, help="The last day.", show_default="60 days later"),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: UnusedState = DEFAULT_STATE,
    json: Annotated[
        bool, typer.Option("--json", help="Print all occurrences of these days, one JSON object per line.")
    ] = False,
) -> int:
    """Find out what can be read at an address or in a file.

    It prints a section that can be pasted into screens.toml. The exit code is 69 when nothing came of it.
    """
    site = _site(config, layouts_folder(layouts, config))
    zone = ZoneInfo(site.site.zone)
    now = the_instant(None, zone)
    start = first or now.astimezone(zone).date()
    window = FetchWindow(start, last or start + SAMPLE)
    if window.end < window.start:
        raise UsageError(f"--to {window.end} is before --from {window.start}.")
    result = probe(address, site, window, now)
    if json:
        for event in result.found[0].merged.events:
            print_json(as_line(event))
        _print_left_out(result.found[0])
    else:
        _print_found(result, address, config, window, zone)
    return EXIT_UNAVAILABLE if result.found[0].is_empty else EXIT_OK


def _site(file: Path, layouts: Path) -> Config:
    """screens.toml, for its time zone and places; a plain site when there is none yet, or it has errors."""
    if file.exists():
        try:
            return load(file, layouts)
        except ConfigError:
            print_warning(f"{file} has errors, so its places aren't used here. Hint: signage check lists the errors.")
    return Config.model_validate(
        {
            "site": {"name": "-", "calendar": "https://example.org"},
            "sources": [{"id": "none", "type": "ical", "url": "https://example.org/none.ics"}],
            "places": {"none": {"name": "-"}},
            "screens": {"none": {"place": "none", "playlist": [{"show": "evergreen"}]}},
        }
    )


def _print_found(result: Probed, address: str, file: Path, window: FetchWindow, zone: ZoneInfo) -> None:
    best, *others = result.found
    kind = source_type(best.source.type)
    count = len(best.merged.events)
    about = kind.about or best.source.type
    days = f"from {window.start} to {window.end}"
    if best.is_empty:
        print_warning(
            f"{address}: {about}, but there are no events {days}. {result.seen}".rstrip()
            + " Hint: --from and --to choose other days."
        )
    else:
        print_success(f"{address}: {about}, {count} events {days}\n")
    print_line(block(best.source, kind.to_fill))
    for event in best.merged.events[:SAMPLE_EVENTS]:
        print_line(f"# {one_line(event, zone)}")
    for item in best.news[: 0 if count else SAMPLE_EVENTS]:
        print_line(f"# news of {item.published.astimezone(zone):%Y-%m-%d}: {item.title}")
    _print_left_out(best)
    for other in others:
        news = f", {len(other.news)} news items" if other.news else ""
        print_message(f"  also found: {other.source.type} {other.source.url} ({len(other.merged.events)} events{news})")
    print_message(f"\nPaste the section into {file}. Lines that begin with # are notes.")


def _print_left_out(found: ProbeResult) -> None:
    held = [f"held back: {each}" for each in found.merged.held_back]
    notes = [note for note in found.merged.notes if "is left out" in note]
    for line in (*found.warnings, *notes, *held):
        print_detail(line)
