"""What a process keeps of its sources between two refreshes, so that one without news reads nothing again.

Each thing is kept with all that it was made from, and is used again for just that. What the store has is named by its
hash, so that a store that was replaced, or that another program wrote to, is not mistaken for the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.domain.model import News, Picture, Record
from signage.domain.table import Table
from signage.sources.trust.coming import RecordsInWindow

SWEEP_AGAIN = timedelta(days=1)  # what nobody needs is forgotten after eight days or more


@dataclass(slots=True)
class SourceMemory:
    """Of one source: the records, news and table that the store has under `records_hash`, with their times in `zone`;
    what was shown of some records, and the records that were made of that with `settings` and `pictures`.
    """

    records_hash: str | None = None
    zone: str = ""
    records: tuple[Record, ...] = ()
    news: tuple[News, ...] = ()
    table: Table | None = None
    shown: RecordsInWindow | None = None
    completed: tuple[Record, ...] = ()
    _completed_of: RecordsInWindow | None = None
    _completed_with: object = None

    def keep(
        self,
        records_hash: str | None,
        zone: ZoneInfo,
        records: tuple[Record, ...],
        news: tuple[News, ...],
        table: Table | None,
    ) -> None:
        """Replace what is kept of the store."""
        self.records_hash, self.zone = records_hash, zone.key
        self.records, self.news, self.table = records, news, table

    def complete(
        self,
        shown: RecordsInWindow,
        source: Source,
        pictures: Mapping[str, Picture],
        complete: Callable[[Record], Record],
    ) -> tuple[Record, ...]:
        """The records that are shown, each as `complete` makes it with the source's settings and these pictures."""
        settings = (source.venue, source.organiser, tuple(source.categories), pictures)
        if self._completed_of is not shown or self._completed_with != settings:
            self.completed = tuple(map(complete, shown.records))
            self._completed_of, self._completed_with = shown, settings
        return self.completed


@dataclass(slots=True)
class Memory:
    """Of all sources. Not for use from two threads at once. `pictures`: those of the store, by their sha256."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    _sources: dict[str, SourceMemory] = field(default_factory=dict)
    _parts: Sequence[tuple[Record, ...]] = ()
    _all: tuple[Record, ...] = ()
    _swept_at: datetime | None = None

    def of(self, source_id: str) -> SourceMemory:
        """What is kept of a source."""
        return self._sources.setdefault(source_id, SourceMemory())

    def join(self, parts: Sequence[tuple[Record, ...]]) -> tuple[Record, ...]:
        """The records of all sources; the same object while those of each source are."""
        if len(parts) != len(self._parts) or any(a is not b for a, b in zip(parts, self._parts, strict=True)):
            self._parts, self._all = tuple(parts), tuple(record for part in parts for record in part)
        return self._all

    def keep_only(self, source_ids: Iterable[str]) -> None:
        """Forget the sources that are no longer in screens.toml."""
        wanted = set(source_ids)
        self._sources = {source_id: kept for source_id, kept in self._sources.items() if source_id in wanted}

    def sweep_is_due(self, now: datetime) -> bool:
        """Whether the store is to be swept again; by a clock that was set back, at once."""
        if self._swept_at is not None and timedelta() <= now - self._swept_at < SWEEP_AGAIN:
            return False
        self._swept_at = now
        return True
