"""One SQLite file: opened when it is needed, moved aside when it is not sound, every failure in one sentence.

One connection behind a lock serves every thread; other processes may use the same file meanwhile.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from signage.errors import NotWritable
from signage.storage.durable_file import give_to_owner_of

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long to wait for another process that holds the file, in seconds: longer than any transaction of ours.
LOCK_SECONDS = 10.0
# SQLite allows 999 parameters in old builds; keep below.
PARAMETERS = 500
# Only the owner reads and writes these files: they hold secret calendar addresses and what players report. The folder
# around them keeps its mode, for another user's web server may serve `published/` in it.
PRIVATE = 0o600
REPORTED_SECONDS = 24 * 3600.0  # how long a lost file is reported: a working day must lie in it
_SUFFIXES = ("", "-wal", "-shm", ".broken")
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
        self._opened: tuple[int, int] | None = None  # device and inode of the file that is in use
        self._together = False  # a transaction of several methods is going on
        self._seen: tuple[tuple[int, int] | None, int] | None = None  # the file, and its version when it was looked at
        self._lost: tuple[str, float] | None = None
        self._run(lambda connection: None)

    def close(self) -> None:
        """Close the file. Using it again opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                self._opened = None

    @property
    def lost(self) -> str | None:
        """That the file was deleted, replaced or damaged in the last 24 hours while this process ran, in a sentence."""
        if self._lost is None or time.monotonic() - self._lost[1] > REPORTED_SECONDS:
            return None
        return self._lost[0]

    def together(self, work: Callable[[], T]) -> T:
        """Do `work`, which calls methods of this file, in one transaction: all that it writes is kept, or nothing. It
        may be called twice.
        """

        def whole(_: sqlite3.Connection) -> T:
            outermost, self._together = not self._together, True
            try:
                return work()
            finally:
                self._together = not outermost

        return self._run(whole)

    def look(self) -> None:
        """Forget what is in memory, if another program has written to the file since this was called last, or if it is
        another file.
        """
        with self._lock:
            version = self._rows("PRAGMA data_version")[0][0]
            if self._seen != (self._opened, version):
                self._forget()
                self._seen = (self._opened, version)

    def _forget(self) -> None:
        """Forget what is in memory of the file's content."""

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
                raise self._unusable(error) from error

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in a transaction; once more on a new file when this one turns out not to be sound."""
        with self._lock:
            if self._together and self._connection is not None:
                return work(self._connection)  # the transaction's own `_run` sees to what fails
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _CORRUPT:
                    raise self._unusable(error) from error
                self._move_aside()
            try:
                return self._attempt(work)
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> NotWritable:
        reason, hint = _reason(error)
        return NotWritable(f"A database can't be used: {reason}.", f"The file is {self.path}.", hint)

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is not None and (what := self._gone()):
            # SQLite would go on with a file that has no name any more, and all of it would be lost at the end
            self._note_loss(f"{self.path.name} was {what} while the program was running, and what it held is gone")
            self.close()
        if self._connection is None:
            self._connection = self._open()
        try:
            with self._connection as connection:
                return work(connection)
        except BaseException:
            self._forget()  # it may have been noted already
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable.from_os_error("A folder", self.path.parent, error, "created") from error
        self._make_private()
        connection = sqlite3.connect(self.path, timeout=LOCK_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # State may be lost in a power cut, never broken: what is here can be fetched and rendered again.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(self.schema)
            self._migrate(connection)
            # Fails at once, not in the middle of a build, where the file is there but may only be read.
            connection.execute("PRAGMA user_version = 1")
        except BaseException:
            connection.close()
            raise
        self._opened = self._inode()
        self._seen = None
        self._forget()
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring what an earlier version wrote to the form of this one, in one transaction."""

    def _make_private(self) -> None:
        """Create the file before SQLite does, which would do it by the umask; -wal and -shm get the mode of the file.

        What an earlier version or another program left readable is corrected. A file that can't be created or belongs
        to another user is left to SQLite, whose message explains it.
        """
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, PRIVATE)
            try:
                give_to_owner_of(self.path.parent, handle)
            finally:
                os.close(handle)
        except OSError:
            return
        for suffix in _SUFFIXES:
            path = self.path.with_name(self.path.name + suffix)
            try:
                mode = path.stat().st_mode
                if stat.S_ISREG(mode) and stat.S_IMODE(mode) != PRIVATE:
                    path.chmod(PRIVATE)
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("%s can be read by other users, and that can't be changed: %s", path, error.strerror)

    def _inode(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _gone(self) -> str:
        """ "deleted" or "replaced" when the open file is no longer the one at `path`; "" while it is."""
        now = self._inode()
        return "" if now == self._opened else "deleted" if now is None else "replaced"

    def _note_loss(self, sentence: str) -> None:
        self._lost = (sentence, time.monotonic())
        log.error("%s", sentence)

    def _move_aside(self) -> None:
        self.close()
        aside = self.path.with_name(f"{self.path.name}.broken")
        self._note_loss(f"{self.path.name} was damaged; it is kept as {aside.name}, and a new one was started")
        try:
            self.path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise NotWritable(
                f"A damaged file can't be moved aside: {error.strerror}.", f"The file is {self.path}."
            ) from error


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the failure is Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _reason(error: sqlite3.Error) -> tuple[str, str]:
    """Why SQLite can't use the file, and a hint."""
    busy = ("another program is using it", "stop that program.")
    return {
        sqlite3.SQLITE_FULL: ("the disk is full", "delete files that aren't needed."),
        sqlite3.SQLITE_READONLY: ("it is read-only", "run the command as the user that owns the file."),
        sqlite3.SQLITE_CANTOPEN: (
            "it can't be opened",
            "check that the folder exists, and that this user may write there.",
        ),
        sqlite3.SQLITE_BUSY: busy,
        sqlite3.SQLITE_LOCKED: busy,
        sqlite3.SQLITE_IOERR: ("it can't be read or written", "check whether the disk is full or broken."),
    }.get(_code(error), (str(error), ""))
