"""What the state file holds, as values. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from signage.storage.store_schema import hash_of


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """Of a good answer: what to send with the next request, and when it was last known to be current."""

    etag: str | None
    last_modified: str | None
    charset: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A good answer: its body and its head."""

    body: bytes
    etag: str | None
    last_modified: str | None
    charset: str | None
    fetched_at: datetime

    @property
    def head(self) -> AnswerHead:
        return AnswerHead(self.etag, self.last_modified, self.charset, self.fetched_at)


@dataclass(frozen=True, slots=True)
class StoredRecords:
    """A source's records, and its news or its table, as JSON (`signage.sources.record_json`), opaque here."""

    records: str
    news: str = "[]"

    @property
    def hash(self) -> str:
        """Names them."""
        return hash_of(self.records, self.news)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source. `address` is where it was known from; `records_hash` names its `StoredRecords` (None:
    there are none); `asked` is JSON, opaque here.

    `last_good_at`: the last good answer; `changed_at`: the last one that differed from the one before.
    `empty_since`: since when it has answered with nothing although something was expected, without that being believed.
    `not_before`: the server accepts no request until then. `covers`: the first and last day that its records
    are about; `reading`: by which rules they were read. `shape`: which share of the records had each field.
    `problem`: what is wrong, in English; `fault` and `fault_values` the same for the message catalogue
    (`signage.errors.SourceError`). `failures`: how many attempts have failed in a row; `unreachable`: nothing at
    all came at the last one.
    """

    id: str
    address: str = ""
    records_hash: str | None = None
    warnings: tuple[str, ...] = ()
    last_good_at: datetime | None = None
    last_tried_at: datetime | None = None
    changed_at: datetime | None = None
    problem: str | None = None
    problem_since: datetime | None = None
    empty_since: datetime | None = None
    not_before: datetime | None = None
    covers: tuple[date, date] | None = None
    reading: str = ""
    asked: str = "[]"
    shape: dict[str, float] = field(default_factory=dict)
    shape_lost: dict[str, datetime] = field(default_factory=dict)
    failures: int = 0
    unreachable: bool = False
    fault: str = "other"
    fault_values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageState:
    """What is known of a picture's address. `sha256` names a file in the image folder; `problem`: why there is none."""

    url: str
    sha256: str | None
    width: int
    height: int
    etag: str | None
    last_modified: str | None
    checked_at: datetime
    problem: str | None = None
