"""What a source type is: one file that fetches and parses, and one line of registration in `signage.sources`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.model import Record
from signage.sources.http import Fetcher
from signage.sources.times import midnight

# An event without an end, begun yesterday, may be on screen until its display expiry (24 h at most) has passed.
LONGEST_EXPIRY = timedelta(hours=24)
WARNINGS = 20  # per source and answer: enough to see what is wrong, not enough to fill a log


@dataclass(frozen=True, slots=True)
class Window:
    """The local days to tell about: from `start` to `end`, both included."""

    start: date
    end: date

    def holds(self, record: Record, zone: ZoneInfo) -> bool:
        """Whether any of the occurrence, or of its display expiry, is in the window."""
        if isinstance(record.start, datetime):
            begins = record.start
            ends = record.end if isinstance(record.end, datetime) else begins + LONGEST_EXPIRY
        else:
            begins = midnight(record.start, zone)
            last = record.end if record.end is not None and record.end > record.start else None
            ends = midnight(last or record.start + timedelta(days=1), zone)
        return ends > midnight(self.start, zone) and begins < midnight(self.end + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer says: records in the answer's order, and a sentence for each thing that was dropped or mended."""

    records: tuple[Record, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer. `unchanged`: the server said that nothing is new since last time."""

    records: tuple[Record, ...]
    warnings: tuple[str, ...] = ()
    unchanged: bool = False


class SourceType(Protocol):
    """How to read one kind of source. Both methods raise `SourceError` when the answer as a whole can't be used."""

    def fetch(self, source: Source, fetcher: Fetcher, window: Window, zone: ZoneInfo) -> Fetched:
        """Ask the source about the window."""
        ...

    def parse(self, body: bytes, source: Source, window: Window, zone: ZoneInfo) -> Parsed:
        """Read an answer. Pure."""
        ...


class Warnings:
    """Collects warnings: each once, and no more than `WARNINGS`."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, text: str) -> None:
        """Say something, unless it has been said."""
        self._said[text] = None

    @property
    def all(self) -> tuple[str, ...]:
        """What was said, in order; the last one counts what is left out."""
        said = tuple(self._said)
        if len(said) <= WARNINGS:
            return said
        return (*said[:WARNINGS], f"and {len(said) - WARNINGS} more like these")
