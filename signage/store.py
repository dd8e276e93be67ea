"""What the renderer remembers between runs, in one SQLite file. Deleting it loses nothing but time.

One connection behind a lock serves every thread. Instants are stored as RFC 3339 text in UTC. A file that is not a
sound database is moved aside and a new one begun; a file that can't be opened or written is `NotWritable`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from signage.errors import NotWritable
from signage.store_schema import SCHEMA

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long to wait for another process that holds the file, in seconds: longer than any transaction of ours.
LOCK_SECONDS = 10.0
# SQLite allows 999 parameters in old builds; keep below.
PARAMETERS = 500
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was good: its body, what to send along when asking again, and when it was last known to hold."""

    body: bytes
    etag: str | None
    last_modified: str | None
    charset: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source. `address` is where it was known from; `records` and `news` are JSON
    (`signage.sources.records`), opaque here, and so is `asked`.

    `last_good_at`: the last good answer; `changed_at`: the last one that said something else than before.
    `empty_since`: since when it has answered with nothing although something was expected, without that being believed.
    `not_before`: until then the server wants to be left alone. `covers`: the first and last day that `records` tell
    about; `reading`: by which rules they were read. `shape`: which share of the records had each field.
    """

    id: str
    address: str = ""
    records: str | None = None
    news: str = "[]"
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


_STATE = TypeAdapter(SourceState)


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


class Store:
    """The state file at `path`; its folder is made if need be.

    Raises `NotWritable` from any method when the file can't be opened, locked or written, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._run(lambda connection: None)

    def close(self) -> None:
        """Close the file. Using the store again opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # --- HTTP answers ---

    def http_get(self, url: str) -> Answer | None:
        """The last good answer of `url`."""
        rows = self._rows("SELECT body, etag, last_modified, charset, fetched_at FROM answers WHERE url = ?", url)
        if not rows:
            return None
        body, etag, modified, charset, at = rows[0]
        return Answer(body, etag, modified, charset, datetime.fromisoformat(at))

    def http_put(self, url: str, answer: Answer) -> None:
        """Remember an answer."""
        self._write(
            "INSERT OR REPLACE INTO answers (url, body, etag, last_modified, charset, fetched_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (url, answer.body, answer.etag, answer.last_modified, answer.charset, _text(answer.fetched_at)),
        )

    def http_sweep(self, before: datetime) -> None:
        """Forget answers that were last known to hold before the instant `before`."""
        self._write("DELETE FROM answers WHERE fetched_at < ?", (_text(before),))

    # --- sources ---

    def source_get(self, source: str) -> SourceState:
        """What is known of a source; an empty state when nothing is, or when another version wrote it."""
        rows = self._rows("SELECT state FROM source_states WHERE id = ?", source)
        try:
            return _STATE.validate_json(rows[0][0]) if rows else SourceState(source)
        except ValidationError:
            log.warning("%s: what was known of it was kept by another version and can't be read", source)
            return SourceState(source)

    def source_put(self, state: SourceState) -> None:
        """Replace what is known of a source."""
        values = (state.id, _STATE.dump_json(state).decode())
        self._write("INSERT OR REPLACE INTO source_states (id, state) VALUES (?, ?)", values)

    def weeks_get(self, source: str, since: date, until: date) -> list[int]:
        """How many events the source had in the coming week, on each known day from `since` to before `until`."""
        query = "SELECT week_events FROM source_days WHERE source = ? AND day >= ? AND day < ? ORDER BY day"
        return [row[0] for row in self._rows(query, source, since.isoformat(), until.isoformat())]

    def week_put(self, source: str, day: date, events: int, forget: date) -> None:
        """Note a day's count, and forget those of the days before `forget`."""
        self._write("INSERT OR REPLACE INTO source_days VALUES (?, ?, ?)", (source, day.isoformat(), events))
        self._write("DELETE FROM source_days WHERE source = ? AND day < ?", (source, forget.isoformat()))

    # --- pictures of events ---

    def images_get(self, urls: Sequence[str]) -> dict[str, ImageState]:
        """What is known of these addresses."""
        found = {}
        for url, sha256, width, height, etag, modified, checked, problem in self._in(
            "SELECT url, sha256, width, height, etag, last_modified, checked_at, problem FROM images WHERE url IN ({})",
            urls,
        ):
            at = _instant(checked)
            assert at is not None
            found[url] = ImageState(url, sha256, width, height, etag, modified, at, problem)
        return found

    def image_put(self, image: ImageState) -> None:
        """Replace what is known of a picture's address."""
        self._write(
            "INSERT OR REPLACE INTO images"
            " (url, sha256, width, height, etag, last_modified, checked_at, problem, used_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                image.url,
                image.sha256,
                image.width,
                image.height,
                image.etag,
                image.last_modified,
                _text(image.checked_at),
                image.problem,
                _text(image.checked_at),
            ),
        )

    def images_touch(self, urls: Iterable[str], now: datetime) -> None:
        """Note that these addresses are still in use."""
        rows = [(_text(now), url) for url in urls]
        self._run(lambda connection: connection.executemany("UPDATE images SET used_at = ? WHERE url = ?", rows))

    def images_sweep(self, before: datetime) -> set[str]:
        """Forget addresses not used since `before`; gives the sha256 of every picture that is still named by one."""
        self._write("DELETE FROM images WHERE used_at < ?", (_text(before),))
        return {row[0] for row in self._rows("SELECT DISTINCT sha256 FROM images WHERE sha256 IS NOT NULL")}

    # --- rendered pages ---

    def rendered_get(self, keys: Sequence[str]) -> dict[str, str]:
        """The outcomes that are known of these keys. `outcome` is JSON of the pictures stage, opaque here."""
        return dict(self._in("SELECT key, outcome FROM pictures WHERE key IN ({})", keys))

    def rendered_put(self, key: str, outcome: str) -> None:
        """Remember the outcome of a key."""
        self._write(
            "INSERT OR REPLACE INTO pictures (key, outcome, used_at) VALUES (?, ?, unixepoch())", (key, outcome)
        )

    def rendered_sweep(self, keep: set[str]) -> None:
        """Forget every outcome but those of the keys `keep`, which count as used now."""

        def sweep(connection: sqlite3.Connection) -> None:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS keep (key TEXT PRIMARY KEY)")
            connection.execute("DELETE FROM temp.keep")
            connection.executemany("INSERT INTO temp.keep VALUES (?)", [(key,) for key in keep])
            connection.execute("DELETE FROM pictures WHERE key NOT IN (SELECT key FROM temp.keep)")
            connection.execute("UPDATE pictures SET used_at = unixepoch()")

        self._run(sweep)

    # --- the file ---

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._run(lambda connection: connection.execute(statement, values).fetchall())

    def _in(self, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for i in range(0, len(values), PARAMETERS):
            part = values[i : i + PARAMETERS]
            rows += self._rows(statement.format(",".join("?" * len(part))), *part)
        return rows

    def _write(self, statement: str, values: Sequence[Any]) -> None:
        self._run(lambda connection: connection.execute(statement, values))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in a transaction; once more on a new file when this one turns out not to be sound."""
        with self._lock:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _CORRUPT:
                    raise NotWritable(f"{self.path}: {_words(error)}") from error
                self._move_aside()
            try:
                return self._attempt(work)
            except sqlite3.Error as error:
                raise NotWritable(f"{self.path}: {_words(error)}") from error

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._open()
        with self._connection as connection:
            return work(connection)

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable(f"{self.path.parent}: can't be made: {error.strerror}") from error
        connection = sqlite3.connect(self.path, timeout=LOCK_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # State may be lost in a power cut, never broken: what is here can be fetched and rendered again.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            # Fails at once, not in the middle of a build, where the file is there but may only be read.
            connection.execute("PRAGMA user_version = 1")
        except BaseException:
            connection.close()
            raise
        return connection

    def _move_aside(self) -> None:
        self.close()
        aside = self.path.with_name(f"{self.path.name}.broken")
        log.warning("%s is damaged; it is kept as %s and a new one is begun", self.path, aside.name)
        try:
            self.path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise NotWritable(f"{self.path}: is damaged and can't be moved aside: {error.strerror}") from error


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the failure is Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _words(error: sqlite3.Error) -> str:
    return {
        sqlite3.SQLITE_FULL: "can't be written: the disk is full",
        sqlite3.SQLITE_READONLY: "can't be written: it is read-only",
        sqlite3.SQLITE_CANTOPEN: "can't be opened: is the folder there, and may this user write in it?",
        sqlite3.SQLITE_BUSY: "another program holds it; end that one",
        sqlite3.SQLITE_LOCKED: "another program holds it; end that one",
        sqlite3.SQLITE_IOERR: "can't be read or written: the disk fails or is full",
    }.get(_code(error), f"can't be used: {error}")


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
