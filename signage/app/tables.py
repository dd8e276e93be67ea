"""Tables for the screens: those of sources, in readable text, and those that are written in a playlist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.domain.table import Table, written_rows
from signage.events.text import clean_line
from signage.planning.kinds.table import TYPE, TableEntry
from signage.planning.screen_plan import lines_of
from signage.sources.formats.csv.table import LONGEST_CELL, Cells, understood


@dataclass(frozen=True, slots=True)
class Tables:
    """By where the catalog has them. `warnings`: sentences about what is written in them."""

    data: Mapping[WantedData, Table] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class TableShelf:
    """The tables of sources are cleaned once for each answer. Not for use from several threads."""

    def __init__(self) -> None:
        self._clean: dict[str, tuple[Table, Table]] = {}

    def all(self, config: Config, found: Mapping[str, Table], now: datetime) -> Tables:
        """Those of the sources, by their ids, and those in the playlists."""
        clean = {}
        for name, table in found.items():
            known = self._clean.get(name)
            clean[name] = known if known and known[0] is table else (table, readable(table))
        self._clean = clean
        own = written_tables(config, now)
        return Tables({**own.data, **{WantedData(TYPE, name): one for name, (_, one) in clean.items()}}, own.warnings)


def written_tables(config: Config, now: datetime) -> Tables:
    """The tables that are written in the playlists."""
    data: dict[WantedData, Table] = {}
    warnings: list[str] = []
    today = now.astimezone(ZoneInfo(config.site.zone)).date()
    for name, screen in config.screens.items():
        for line in lines_of(screen):
            if isinstance(line, TableEntry) and line.rows and line.key not in data:
                (_, headings), *rows = written_rows(line.rows)
                cells = Cells(tuple(headings), tuple((number, tuple(row)) for number, row in rows))
                label = f'The table "{line.title or headings[0]}" of the screen "{name}"'
                data[line.key] = understood(cells, today, lambda text, label=label: warnings.append(f"{label}: {text}"))  # type: ignore[misc]
    return Tables(data, tuple(warnings))


def readable(table: Table) -> Table:
    """A table of a source without markup, and with its letters as they were meant."""
    columns = tuple(replace(column, heading=clean_line(column.heading)) for column in table.columns)
    rows = tuple(replace(row, cells=tuple(clean_line(cell, LONGEST_CELL) for cell in row.cells)) for row in table.rows)
    return replace(table, columns=columns, rows=rows, title=clean_line(table.title))
