"""What should be done about tables that show nothing, or not all of what they have. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.domain.table import Table
from signage.planning.kinds.table import MOST_COLUMNS, MOST_ROWS, TableEntry, columns_of, missing_columns
from signage.planning.screen_plan import lines_of


def table_advice(config: Config, tables: Mapping[WantedData, Table], now: datetime) -> list[str]:
    """A sentence for each line that shows nothing of its table, or not all of it; each once."""
    found: dict[str, None] = {}
    for name, screen in config.screens.items():
        zone = config.zone_of(name)
        for line in lines_of(screen):
            table = tables.get(line.key) if isinstance(line, TableEntry) else None
            if isinstance(line, TableEntry) and table is not None:
                label = f'The table "{line.title or line.source or table.columns[0].heading}" of the screen "{name}"'
                coming = [row for row in table.rows if (over := row.over_at(zone)) is None or over > now]
                found |= dict.fromkeys(f"{label}: {sentence}" for sentence in _about(line, table, len(coming)))
    return list(found)


def _about(line: TableEntry, table: Table, coming: int) -> Iterator[str]:
    headings = ", ".join(f'"{column.heading[:40]}"' for column in table.columns)
    for heading in missing_columns(table, line):
        yield f'It has no column "{heading}". Its columns are {headings}. Hint: correct columns in its line.'
    shown = len(columns_of(table, line))
    if shown > MOST_COLUMNS:
        hint = f"write in its line which ones to show, like columns = [{', '.join(headings.split(', ')[:2])}]."
        yield f"It has {shown} columns, and a page has room for {MOST_COLUMNS}. It isn't shown. Hint: {hint}"
    if not coming:
        last = max(row.last for row in table.rows if row.last is not None)
        yield f"It isn't shown any more. Its last day was {last}. Hint: write later days, or delete its line."
    elif coming > MOST_ROWS and line.days is None:
        yield f"It shows the first {MOST_ROWS} of {coming} rows. Hint: write days = 7 in its line for those of a week."
