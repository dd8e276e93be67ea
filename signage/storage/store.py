"""What the renderer remembers between runs, in one SQLite file. Deleting it loses nothing but time.

One connection behind a lock serves every thread. Instants are stored as RFC 3339 text in UTC. A file that is not a
sound database is moved aside and a new one begun; a file that can't be opened or written is `NotWritable`.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from signage.storage.sqlite_file import SqliteFile

# A change of shape gets a new table name: old state is only a cache.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    url TEXT PRIMARY KEY, body BLOB NOT NULL, etag TEXT, last_modified TEXT, charset TEXT, fetched_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS source_states (
    id TEXT PRIMARY KEY, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS source_days (
    source TEXT NOT NULL, day TEXT NOT NULL, week_events INTEGER NOT NULL, PRIMARY KEY (source, day)
);
CREATE TABLE IF NOT EXISTS images (
    url TEXT PRIMARY KEY, sha256 TEXT, width INTEGER NOT NULL, height INTEGER NOT NULL, etag TEXT, last_modified TEXT,
    checked_at TEXT NOT NULL, problem TEXT, used_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pictures (
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, used_at INTEGER NOT NULL
);
"""

log = logging.getLogger(__name__)

CLOCK_TOLERANCE = timedelta(minutes=5)  # instants so little ahead come from a clock that is put right all the time
AHEAD = ("not_before",)  # what of a source's state may lie in the future ...
LONGEST_AHEAD = timedelta(hours=24)  # ... and how far: signage.sources.trust.health.LONGEST_WAIT


# Anyone who fetches an answer or a picture writes one of these, too.
_ASKED_LATER = (
    "SELECT 1 FROM source_states"
    " WHERE CASE WHEN json_valid(state) THEN json_extract(state, '$.last_tried_at') END > ? LIMIT 1"
)
_USED_LATER = "SELECT 1 FROM images WHERE used_at > ?1 OR checked_at > ?1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A good answer: its body, what to send with the next request, and when it was last known to be current."""

    body: bytes
    etag: str | None
    last_modified: str | None
    charset: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source. `address` is where it was known from; `records` and `news` are JSON
    (`signage.sources.record_json`), opaque here, and so is `asked`.

    `last_good_at`: the last good answer; `changed_at`: the last one that differed from the one before.
    `empty_since`: since when it has answered with nothing although something was expected, without that being believed.
    `not_before`: the server accepts no request until then. `covers`: the first and last day that `records` are
    about; `reading`: by which rules they were read. `shape`: which share of the records had each field.
    `problem`: what is wrong, in English; `fault` and `fault_values` the same for the message catalogue
    (`signage.errors.SourceError`). `failures`: how many attempts have failed in a row; `unreachable`: nothing at
    all came at the last one.
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
    failures: int = 0
    unreachable: bool = False
    fault: str = "other"
    fault_values: dict[str, str] = field(default_factory=dict)


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


class Store(SqliteFile):
    """The state file."""

    schema = SCHEMA

    def clock_was_put_right(self, now: datetime) -> None:
        """Bring every instant back to `now` that a clock which was ahead has written: it is earlier, nobody knows by
        how much. Otherwise a source would not be read, and nothing of that time forgotten, until the clock gets there.
        """
        latest = now + CLOCK_TOLERANCE
        if not any(self._rows(query, _text(latest)) for query in (_ASKED_LATER, _USED_LATER)):
            return  # the answers are large: looking through them takes as long as reading them
        for table, column in (("answers", "fetched_at"), ("images", "checked_at"), ("images", "used_at")):
            statement = f"UPDATE {table} SET {column} = ? WHERE {column} > ?"  # noqa: S608 - names of our own
            self._write(statement, (_text(now), _text(latest)))
        self._write("DELETE FROM source_days WHERE day > ?", ((latest + timedelta(days=1)).date().isoformat(),))
        for (source,) in self._rows("SELECT id FROM source_states"):
            state = self.source_get(source)
            if (right := _not_after(state, now)) != state:
                self.source_put(right)

    # --- HTTP answers ---

    def http_get(self, url: str) -> StoredAnswer | None:
        """The last good answer of `url`."""
        rows = self._rows("SELECT body, etag, last_modified, charset, fetched_at FROM answers WHERE url = ?", url)
        if not rows:
            return None
        body, etag, modified, charset, at = rows[0]
        return StoredAnswer(body, etag, modified, charset, datetime.fromisoformat(at))

    def http_put(self, url: str, answer: StoredAnswer) -> None:
        """Remember an answer."""
        self._write(
            "INSERT OR REPLACE INTO answers (url, body, etag, last_modified, charset, fetched_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (url, answer.body, answer.etag, answer.last_modified, answer.charset, _text(answer.fetched_at)),
        )

    def http_forget(self, url: str) -> None:
        """Forget the answer of `url`."""
        self._write("DELETE FROM answers WHERE url = ?", (url,))

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
            log.warning("%s: its stored state is from another version and can't be read", source)
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

    def rendered_all(self) -> list[tuple[str, str]]:
        """Every outcome that is known, with its key."""
        return [(key, outcome) for key, outcome in self._rows("SELECT key, outcome FROM pictures ORDER BY key")]

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


def _not_after(state: SourceState, now: datetime) -> SourceState:
    """The state with the instants that lie in the future at `now`, apart from those that are meant to."""
    changed: dict[str, object] = {}
    for each in fields(state):
        value = getattr(state, each.name)
        if each.name in AHEAD:
            if value is not None and value > now + LONGEST_AHEAD:
                changed[each.name] = None
        elif isinstance(value, datetime) and value > now + CLOCK_TOLERANCE:
            changed[each.name] = now
        elif isinstance(value, dict):
            right = {key: min(at, now) if isinstance(at, datetime) else at for key, at in value.items()}
            if right != value:
                changed[each.name] = right
    return replace(state, **changed)  # type: ignore[arg-type]


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
