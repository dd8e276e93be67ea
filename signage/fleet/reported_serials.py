"""What the players last reported, for the stages that know nothing of players. I/O: disk, only read."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

_HIGHEST = """
SELECT json_extract(report, '$.screen'), max(json_extract(report, '$.serial')) FROM beats
WHERE json_valid(report) AND typeof(json_extract(report, '$.serial')) = 'integer' GROUP BY 1
"""
LOCK_SECONDS = 10.0  # as long as signage.storage.sqlite_file waits for another process


def reported_serials(registry: Path) -> dict[str, int]:
    """The highest serial of each screen that a paired player says it has; empty when the file can't be read.

    It never makes the file, nor moves a damaged one aside: that is up to who owns it.
    """
    if not registry.is_file():
        return {}
    with contextlib.suppress(sqlite3.Error):
        uri = f"{registry.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS)) as connection:
            return {screen: serial for screen, serial in connection.execute(_HIGHEST) if isinstance(screen, str)}
    return {}
