"""mozilla's ical.js, run by Node: a second opinion on what a calendar says.

`make test` installs it from package-lock.json where Node is there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

HERE = Path(__file__).parent
YEARS = 10
PATIENCE = 120  # seconds for all files together; it takes two
FIRST, LAST = 1990, 2038  # the years that the zones given to it know
Moment = datetime | date
_START = re.compile(rb'\nDTSTART(?:;(?:[^":\r\n]|"[^"]*")*)?:(\d{4})')


@dataclass(frozen=True)
class Told:
    """An occurrence as ical.js tells it: UTC, or a date. `end` is None when it is the start."""

    uid: str
    start: Moment
    end: Moment | None


def node() -> str:
    """Node's path; skips the test where it or ical.js is missing, but never in continuous integration."""
    found = shutil.which("node")
    missing = "Node" if found is None else None if (HERE / "node_modules" / "ical.js").is_dir() else "ical.js"
    if found is None or missing:
        words = f"the second opinion on calendars needs {missing}: install nodejs and npm, then run `make test`"
        if os.environ.get("SIGNAGE_CI") or os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return found


def ask(files: Iterable[Path], zone: ZoneInfo) -> dict[str, list[Told] | str]:
    """The occurrences of each file from the year of its first event for ten years; or why it can't be parsed."""
    paths = {path.name: path for path in files}
    names = {name for path in paths.values() for name in zones_in(path.read_bytes())}
    question = {
        "zones": [definition(name) for name in sorted(names)],
        "files": {
            name: {"path": str(path), "to": window(path.read_bytes())[1].isoformat()} for name, path in paths.items()
        },
    }
    run = subprocess.run(
        [node(), "occurrences.mjs"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=HERE,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer: Mapping[str, Mapping[str, Any]] = json.loads(run.stdout)
    return {
        name: said["error"] if "error" in said else [_told(each, zone) for each in said["occurrences"]]
        for name, said in answer.items()
    }


def _told(said: Mapping[str, Any], zone: ZoneInfo) -> Told:
    start, end = _moment(said["start"], zone), _moment(said["end"], zone)
    return Told(said["uid"] or "", start, None if end == start else end)


def _moment(written: str, zone: ZoneInfo) -> Moment:
    if "T" not in written:
        return date.fromisoformat(written)
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def window(body: bytes) -> tuple[date, date]:
    """The first and last day to compare: ten years from that of the file's first event."""
    events = re.findall(rb"BEGIN:VEVENT(.*?)END:VEVENT", body, re.DOTALL)
    years = [int(found[1]) for event in events for found in _START.finditer(event)]
    first = min(years, default=2020)
    return date(first, 1, 1), date(first + YEARS - 1, 12, 31)


def zones_in(body: bytes) -> set[str]:
    """The IANA zones that a file names and does not define."""
    defined = {name.strip() for name in re.findall(rb"\nTZID[^:\r\n]*:([^\r\n]+)", body)}
    named = {name.strip() for name in re.findall(rb";TZID=\"?([^:;\"\r\n]+)", body)} - defined
    found = set()
    for name in (each.decode("utf-8", "replace") for each in named):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        found.add(name)
    return found


@cache
def definition(name: str) -> str:
    """A VTIMEZONE with each change of the clock as an observance of its own.

    Not icalendar's `Timezone.from_tzid`: that lists changes as one RDATE with many values, of which ical.js 2.2 reads
    the first.
    """
    zone, lines = ZoneInfo(name), ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    at, before = datetime(FIRST, 1, 1, tzinfo=UTC), timedelta()
    before = _offset(at, zone)
    lines += _observance(at, before, before)
    while at.year < LAST:
        at += timedelta(hours=1)
        after = _offset(at, zone)
        if after != before:
            lines += _observance(at, before, after)
            before = after
    return "\r\n".join([*lines, "END:VTIMEZONE", ""])


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _observance(at: datetime, before: timedelta, after: timedelta) -> list[str]:
    kind = "DAYLIGHT" if after > before else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{(at + before):%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_written(before)}",
        f"TZOFFSETTO:{_written(after)}",
        f"END:{kind}",
    ]


def _written(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
