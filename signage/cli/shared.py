"""What several commands need: folders, the instant, the sources of the demo, an event in one line."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.domain.model import Event, Status

MARKS = {Status.CANCELLED: "AVLYST ", Status.POSTPONED: "UTSATT ", Status.MOVED: "FLYTTET "}


def layouts_folder(options: Namespace) -> Path:
    """--layouts, or layouts/ beside the configuration."""
    given: Path | None = options.layouts
    return given or options.config.resolve().parent / "layouts"


def the_instant(given: datetime | None, zone: ZoneInfo) -> datetime:
    """What --at says, in the site's zone unless it has an offset; else now."""
    if given is None:
        return datetime.now(UTC)
    return given if given.tzinfo else given.replace(tzinfo=zone)


@contextmanager
def the_sources(config: Config, demo: bool, now: datetime) -> Iterator[Config]:
    """The configuration with its sources' addresses, or with those of a demo portal that runs meanwhile."""
    if not demo:
        yield config
        return
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    with DemoPortal(today) as portal:
        yield replace_addresses(config, portal)


def one_line(event: Event, zone: ZoneInfo) -> str:
    """An event for people: "2026-12-05 18.00  AVLYST Quiz  (kulØr'n)"."""
    start = event.starts_at.astimezone(zone)
    when = f"{start:%Y-%m-%d}" + ("      " if event.all_day else f" {start:%H.%M}")
    venue = f"  ({event.venue})" if event.venue else ""
    return f"{when}  {MARKS.get(event.status, '')}{event.title}{venue}"
