"""The files that entries of a playlist name, seen from the folder of screens.toml, wherever the command was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from signage.config.playlist import ENTRIES, ZONES
from signage.config.syntax import Table

LISTS = (("screens", "playlist"), ("playlists", "entries"))


def place_paths(data: Table, folder: Path) -> Table:
    """The parsed file with those paths put behind `folder`; the rest as it was."""
    placed = dict(data)
    for section, key in LISTS:
        if isinstance(tables := data.get(section), dict):
            placed[section] = {name: _entries(table, key, folder) for name, table in tables.items()}
    return placed


def _entries(table: Any, key: str, folder: Path) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get(key), list):
        return table
    return {**table, key: [_entry(entry, folder) for entry in table[key]]}


def _entry(entry: Any, folder: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    known = ENTRIES.get(str(entry.get("show")))
    written = {name: entry.get(name) for name in (known.paths if known else ())}
    paths = {name: str(folder / path) for name, path in written.items() if isinstance(path, str) and path}
    zones = {zone: _entry(entry[zone], folder) for zone in ZONES if zone in entry}
    return _entries({**entry, **paths, **zones}, "one_of", folder)
