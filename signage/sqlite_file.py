"""One SQLite file: opened when it is needed, moved aside when it is not sound, every failure in one sentence.

One connection behind a lock serves every thread; other processes may use the same file meanwhile.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from signage.errors import NotWritable

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long to wait for another process that holds the file, in seconds: longer than any transaction of ours.
LOCK_SECONDS = 10.0
# SQLite allows 999 parameters in old builds; keep below.
PARAMETERS = 500
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteFile:
    """The file at `path` with the tables of `schema`; its folder is made if need be.

    Raises `NotWritable` from any method when the file can't be opened, locked or written, or the disk is full.
    """

    schema = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._run(lambda connection: None)

    def close(self) -> None:
        """Close the file. Using it again opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

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

    def _settle(self) -> None:
        """Have what was written so far survive a power cut from now on."""
        with self._lock:  # outside of a transaction: in one it does nothing
            try:
                if self._connection is not None:
                    self._connection.execute("PRAGMA wal_checkpoint(FULL)").fetchall()
            except sqlite3.Error as error:
                raise NotWritable(f"{self.path}: {_words(error)}") from error

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
            connection.executescript(self.schema)
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
