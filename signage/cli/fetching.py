"""What the commands that fetch the sources share: fetching them, the demo's sources, an event in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.app.configuration import load
from signage.app.folders import Folders
from signage.app.gathered import Gathered
from signage.app.pipeline import Pipeline
from signage.app.progress import Bars
from signage.app.signals import interruptible
from signage.cli.options import layouts_folder, the_instant
from signage.cli.output import message_console, print_warning
from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.domain.model import Event, Status
from signage.errors import EXIT_OK, EXIT_PARTIAL

SAMPLE_EVENTS = 5  # that are printed of a source or an organisation
MARKS = {Status.CANCELLED: "AVLYST ", Status.POSTPONED: "UTSATT ", Status.MOVED: "FLYTTET "}


@contextmanager
def the_sources(config: Config, demo: bool, now: datetime) -> Iterator[Config]:
    """The configuration with its sources' addresses, or with those of a demo portal that runs meanwhile."""
    if not demo:
        yield config
        return
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    with DemoPortal(today, now=lambda: now) as portal:
        yield replace_addresses(config, portal)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The events of all sources at an instant, and the configuration that they were fetched with."""

    config: Config
    zone: ZoneInfo
    now: datetime
    gathered: Gathered

    @property
    def exit_code(self) -> int:
        failed = self.gathered.problems or any(source.problem for source in self.gathered.sources)
        return EXIT_PARTIAL if failed else EXIT_OK

    def print_problems(self) -> None:
        """A warning for each source that failed, and for each thing that was left out."""
        for source in self.gathered.sources:
            if source.problem:
                print_warning(f"{source.source}: {source.problem}")
        for problem in self.gathered.problems:
            print_warning(problem)


def fetch_now(config: Path, layouts: Path | None, var: Path, demo: bool, at: datetime | None) -> Fetched:
    """Fetch all sources, with a progress bar."""
    folder = layouts_folder(layouts, config)
    site = load(config, folder)
    zone = ZoneInfo(site.site.zone)
    now = the_instant(at, zone)
    pipeline = Pipeline(Folders(var, None, demo=demo), folder)
    with interruptible() as cancel, the_sources(site, demo, now) as effective, Bars(message_console()) as bars:
        return Fetched(effective, zone, now, pipeline.gather(effective, now, bars, cancel=cancel))


def one_line(event: Event, zone: ZoneInfo) -> str:
    """An event for people: "2026-12-05 18.00  AVLYST Quiz  (kulØr'n)"."""
    start = event.starts_at.astimezone(zone)
    when = f"{start:%Y-%m-%d}" + ("      " if event.all_day else f" {start:%H.%M}")
    venue = f"  ({event.venue})" if event.venue else ""
    return f"{when}  {MARKS.get(event.status, '')}{event.title}{venue}"
