"""What the renderer remembers between runs, in one SQLite file. Deleting it loses nothing but time.

What is small stays in memory once it was read or written, so that a refresh without news reads nothing; `look` notices
other programs that write.

One connection behind a lock serves every thread. Instants are stored as RFC 3339 text in UTC. A file that is not a
sound database is moved aside and a new one begun; a file that can't be opened or written is `NotWritable`.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from signage.storage.sqlite_file import SqliteFile
from signage.storage.store_schema import SCHEMA, drop_earlier_tables, has_earlier_tables, migrate
from signage.storage.stored_values import AnswerHead, ImageState, SourceState, StoredAnswer, StoredRecords

log = logging.getLogger(__name__)

CLOCK_TOLERANCE = timedelta(minutes=5)  # instants so little ahead come from a clock that is put right all the time
AHEAD = ("not_before",)  # what of a source's state may lie in the future ...
LONGEST_AHEAD = timedelta(hours=24)  # ... and how far: signage.sources.trust.health.LONGEST_WAIT
_NEVER = datetime.min.replace(tzinfo=UTC)
TOUCHED = timedelta(days=1)  # how old the note may be that an address is in use: it is forgotten after weeks


# Anyone who fetches an answer or a picture writes one of these, too.
_ASKED_LATER = (
    "SELECT 1 FROM sources"
    " WHERE CASE WHEN json_valid(state) THEN json_extract(state, '$.last_tried_at') END > ? LIMIT 1"
)
_USED_LATER = "SELECT 1 FROM images WHERE used_at > ?1 OR checked_at > ?1 LIMIT 1"


_STATE = TypeAdapter(SourceState)


class Store(SqliteFile):
    """The state file."""

    schema = SCHEMA

    def _migrate(self, connection: sqlite3.Connection) -> None:
        self._has_earlier = has_earlier_tables(connection)
        if self._has_earlier:
            with connection:
                migrate(connection)

    def forget_earlier_versions(self) -> None:
        """Drop the tables that 0.5 has left, which are copied. For when no other server can be running."""
        if self._has_earlier:
            self._run(drop_earlier_tables)
            self._has_earlier = False

    def _forget(self) -> None:
        self._heads: dict[str, AnswerHead | None] = {}
        self._digests: dict[str, bytes] = {}  # of answers' bodies
        self._states: dict[str, SourceState] = {}
        self._weeks: dict[str, tuple[date, date, list[int]]] = {}
        self._week: dict[str, tuple[date, int, date]] = {}  # the last count of each source
        self._images: dict[str, ImageState | None] = {}
        self._touched: dict[str, datetime] = {}
        self._right_at: datetime | None = None  # no instant in the file is later

    def clock_was_put_right(self, now: datetime) -> None:
        """Bring every instant back to `now` that a clock which was ahead has written: it is earlier, nobody knows by
        how much. Otherwise a source would not be read, and nothing of that time forgotten, until the clock gets there.
        """
        self.look()
        if self._right_at is not None and self._right_at <= now:
            return  # whoever wrote since then had a clock that was not ahead
        latest = now + CLOCK_TOLERANCE
        if any(self._rows(query, _text(latest)) for query in (_ASKED_LATER, _USED_LATER)):
            self._put_right(now, latest)
        self._right_at = now

    def _put_right(self, now: datetime, latest: datetime) -> None:
        for table, column in (("answer_heads", "fetched_at"), ("images", "checked_at"), ("images", "used_at")):
            statement = f"UPDATE {table} SET {column} = ? WHERE {column} > ?"  # noqa: S608 - names of our own
            self._write(statement, (_text(now), _text(latest)))
        self._write("DELETE FROM source_days WHERE day > ?", ((latest + timedelta(days=1)).date().isoformat(),))
        for (source,) in self._rows("SELECT id FROM sources"):
            state = self.source_get(source)
            if (right := _not_after(state, now)) != state:
                self.source_put(right)
        self._forget()

    def _note_instant(self, at: datetime) -> None:
        """Something that happened at this instant is about to be written."""
        if self._right_at is not None and at > self._right_at:
            self._right_at = at

    # --- HTTP answers ---

    def http_head(self, url: str) -> AnswerHead | None:
        """The head of the last good answer of `url`."""
        with self._lock:
            if url not in self._heads:
                rows = self._rows(
                    "SELECT etag, last_modified, charset, fetched_at FROM answer_heads WHERE url = ?", url
                )
                self._heads[url] = None
                for etag, modified, charset, at in rows:
                    self._heads[url] = AnswerHead(etag, modified, charset, datetime.fromisoformat(at))
            return self._heads[url]

    def http_body(self, url: str) -> bytes | None:
        """The body of the last good answer of `url`."""
        rows = self._rows("SELECT body FROM answer_bodies WHERE url = ?", url)
        return rows[0][0] if rows else None

    def http_get(self, url: str) -> StoredAnswer | None:
        """The last good answer of `url`."""
        head, body = self.http_head(url), self.http_body(url)
        if head is None or body is None:
            return None
        return StoredAnswer(body, head.etag, head.last_modified, head.charset, head.fetched_at)

    def http_has(self, url: str, body: bytes) -> bool:
        """Whether the last good answer of `url` had this body."""
        with self._lock:
            if url not in self._digests:
                known = self.http_body(url)
                if known is None:
                    return False
                self._digests[url] = _digest(known)
            return self._digests[url] == _digest(body)

    def http_put(self, url: str, answer: StoredAnswer) -> None:
        """Remember an answer."""
        head = (answer.etag, answer.last_modified, answer.charset, _text(answer.fetched_at))

        def put() -> None:
            self._write("INSERT OR REPLACE INTO answer_heads VALUES (?, ?, ?, ?, ?)", (url, *head))
            self._write("INSERT OR REPLACE INTO answer_bodies VALUES (?, ?)", (url, answer.body))
            self._note_instant(answer.fetched_at)
            self._heads[url] = answer.head
            self._digests[url] = _digest(answer.body)

        self.together(put)

    def http_confirm(self, url: str, now: datetime) -> None:
        """Note that the last good answer of `url` still holds at `now`."""

        def confirm() -> None:
            self._write("UPDATE answer_heads SET fetched_at = ? WHERE url = ?", (_text(now), url))
            self._note_instant(now)
            if (known := self._heads.get(url)) is not None:
                self._heads[url] = replace(known, fetched_at=now)

        self.together(confirm)

    def http_forget(self, url: str) -> None:
        """Forget the answer of `url`."""

        def forget() -> None:
            self._write("DELETE FROM answer_heads WHERE url = ?", (url,))
            self._write("DELETE FROM answer_bodies WHERE url = ?", (url,))
            self._heads[url] = None
            self._digests.pop(url, None)

        self.together(forget)

    def http_sweep(self, before: datetime) -> None:
        """Forget answers that were last known to hold before the instant `before`."""

        def sweep() -> None:
            self._write("DELETE FROM answer_heads WHERE fetched_at < ?", (_text(before),))
            self._write("DELETE FROM answer_bodies WHERE url NOT IN (SELECT url FROM answer_heads)", ())
            self._heads = {url: head for url, head in self._heads.items() if head and head.fetched_at >= before}
            self._digests = {url: digest for url, digest in self._digests.items() if url in self._heads}

        self.together(sweep)

    # --- sources ---

    def source_get(self, source: str) -> SourceState:
        """What is known of a source; an empty state when nothing is, or when another version wrote it."""
        with self._lock:
            if source not in self._states:
                rows = self._rows("SELECT state FROM sources WHERE id = ?", source)
                try:
                    self._states[source] = _STATE.validate_json(rows[0][0]) if rows else SourceState(source)
                except ValidationError:
                    log.warning("%s: its stored state is from another version and can't be read", source)
                    self._states[source] = SourceState(source)
            return self._states[source]

    def source_put(self, state: SourceState, stored: StoredRecords | None = None) -> None:
        """Replace what is known of a source. `stored`: its records, if those that `state` names are not the same as
        before.
        """
        values = (state.id, _STATE.dump_json(state).decode())

        def put() -> None:
            self._write("INSERT OR REPLACE INTO sources (id, state) VALUES (?, ?)", values)
            if stored is not None:
                row = (state.id, stored.hash, stored.records, stored.news)
                self._write("INSERT OR REPLACE INTO source_records VALUES (?, ?, ?, ?)", row)
            elif state.records_hash is None and self.source_get(state.id).records_hash is not None:
                self._write("DELETE FROM source_records WHERE id = ?", (state.id,))
            for at in (state.last_tried_at, state.last_good_at):
                if at is not None:
                    self._note_instant(at)
            self._states[state.id] = state

        self.together(put)

    def records_get(self, state: SourceState) -> StoredRecords | None:
        """The records that a source's state names."""
        query = "SELECT records, news FROM source_records WHERE id = ? AND hash = ?"
        rows = self._rows(query, state.id, state.records_hash) if state.records_hash else []
        return StoredRecords(*rows[0]) if rows else None

    def weeks_get(self, source: str, since: date, until: date) -> list[int]:
        """How many events the source had in the coming week, on each known day from `since` to before `until`."""
        with self._lock:
            known = self._weeks.get(source)
            if known is None or known[:2] != (since, until):
                query = "SELECT week_events FROM source_days WHERE source = ? AND day >= ? AND day < ? ORDER BY day"
                counts = [row[0] for row in self._rows(query, source, since.isoformat(), until.isoformat())]
                known = self._weeks[source] = (since, until, counts)
            return list(known[2])

    def week_put(self, source: str, day: date, events: int, forget: date) -> None:
        """Note a day's count, and forget those of the days before `forget`."""
        if self._week.get(source) == (day, events, forget):
            return

        def put() -> None:
            self._write("INSERT OR REPLACE INTO source_days VALUES (?, ?, ?)", (source, day.isoformat(), events))
            self._write("DELETE FROM source_days WHERE source = ? AND day < ?", (source, forget.isoformat()))
            if (known := self._weeks.get(source)) and day < known[1]:
                del self._weeks[source]
            self._week[source] = (day, events, forget)

        self.together(put)

    # --- pictures of events ---

    def images_get(self, urls: Sequence[str]) -> dict[str, ImageState]:
        """What is known of these addresses."""
        with self._lock:
            unread = [url for url in dict.fromkeys(urls) if url not in self._images]
            if unread:
                self._images.update(dict.fromkeys(unread), **self._read_images(unread))
            return {url: known for url in urls if (known := self._images[url]) is not None}

    def _read_images(self, urls: Sequence[str]) -> dict[str, ImageState]:
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
        checked_at = _text(image.checked_at)
        values = (image.url, image.sha256, image.width, image.height, image.etag, image.last_modified, checked_at)

        def put() -> None:
            self._write(
                "INSERT OR REPLACE INTO images"
                " (url, sha256, width, height, etag, last_modified, checked_at, problem, used_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, image.problem, checked_at),
            )
            self._note_instant(image.checked_at)
            self._images[image.url] = image
            self._touched.pop(image.url, None)

        self.together(put)

    def images_touch(self, urls: Iterable[str], now: datetime) -> None:
        """Note that these addresses are still in use, unless that was noted within a day."""

        def touch() -> None:
            due = [url for url in urls if not timedelta() <= now - self._touched.get(url, _NEVER) < TOUCHED]
            if due:
                rows = [(_text(now), url) for url in due]
                self._run(
                    lambda connection: connection.executemany("UPDATE images SET used_at = ? WHERE url = ?", rows)
                )
                self._note_instant(now)
                self._touched.update(dict.fromkeys(due, now))

        self.together(touch)

    def images_sweep(self, before: datetime) -> set[str]:
        """Forget addresses not used since `before`; gives the sha256 of every picture that is still named by one."""

        def sweep() -> set[str]:
            self._write("DELETE FROM images WHERE used_at < ?", (_text(before),))
            self._images.clear()
            self._touched = {url: at for url, at in self._touched.items() if at >= before}
            return {row[0] for row in self._rows("SELECT DISTINCT sha256 FROM images WHERE sha256 IS NOT NULL")}

        return self.together(sweep)

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


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=32).digest()


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
