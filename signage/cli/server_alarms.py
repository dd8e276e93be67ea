"""What `signage status` says of the server, which is another process: by the sign of life that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from signage.app.alarms import as_data, last_sign
from signage.app.sign_of_life import read_sign

FIELDS = ("kind", "unit", "since", "text", "nb")


def server_alarms(state: Path, zone: ZoneInfo, now: datetime) -> list[dict[str, Any]]:
    """The server's alarms at the instant `now`, as /status.json has them; that it isn't there, when it isn't.

    Where no server has ever run, nothing is wrong: a site may publish with `signage build`.
    """
    sign = read_sign(state)
    if sign is None:
        return []
    if lost := last_sign(sign.at, sign.ended, now):
        kind, since = lost
        return [as_data(kind, "", since, zone, now)]
    return [{key: str(alarm.get(key, "")) for key in FIELDS} for alarm in sign.alarms]


def for_screen(alarms: Sequence[dict[str, Any]], screen: str) -> list[dict[str, Any]]:
    """Those that concern a screen: all but another screen's own."""
    return [alarm for alarm in alarms if alarm["kind"] != "not_published" or alarm["unit"] in ("", screen)]


def print_alarms(alarms: Sequence[dict[str, Any]], out: Console) -> None:
    """A line for each."""
    for alarm in alarms:
        out.print(f"[red]●[/] [bold]server[/]  [red]alarm[/]: {escape(alarm['text'])}")
