"""The tables of the state file, and what becomes of those of earlier versions."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

# A change of shape gets a new table name. What is large has a table of its own: the rest of its row changes at every
# refresh, and SQLite writes rows as a whole.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answer_heads (
    url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, charset TEXT, fetched_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answer_bodies (
    url TEXT PRIMARY KEY, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    id TEXT PRIMARY KEY, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS source_records (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, records TEXT NOT NULL, news TEXT NOT NULL
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


def hash_of(records: str, news: str) -> str:
    """Names records and news, both as JSON."""
    return hashlib.sha256(f"{records}\n{news}".encode()).hexdigest()


def has_earlier_tables(connection: sqlite3.Connection) -> bool:
    """Whether 0.5 has used the file since `drop_earlier_tables`."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name IN ('answers', 'source_states')"
    return bool(connection.execute(query).fetchall())


def migrate(connection: sqlite3.Connection) -> None:
    """Copy what 0.5 knows better: it had the bodies of answers beside their heads, and a source's records in its state.

    Its tables stay as they are, for a server that still runs while `signage check` of this version looks around.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "answers" in tables:
        newer = (
            "FROM answers AS old WHERE NOT EXISTS"
            " (SELECT 1 FROM answer_heads AS new WHERE new.url = old.url AND new.fetched_at >= old.fetched_at)"
        )
        connection.execute(f"INSERT OR REPLACE INTO answer_bodies SELECT url, body {newer}")
        heads = f"SELECT url, etag, last_modified, charset, fetched_at {newer}"
        connection.execute(f"INSERT OR REPLACE INTO answer_heads {heads}")
    if "source_states" in tables:
        known = dict(connection.execute("SELECT id, state FROM sources").fetchall())
        for source, text in connection.execute("SELECT id, state FROM source_states").fetchall():
            state = _as_object(text)
            if _tried_at(state) > _tried_at(_as_object(known.get(source, "{}"))) or source not in known:
                _copy(connection, source, state)


def drop_earlier_tables(connection: sqlite3.Connection) -> None:
    """For when no other server can be running."""
    connection.execute("DROP TABLE IF EXISTS answers")
    connection.execute("DROP TABLE IF EXISTS source_states")


def _copy(connection: sqlite3.Connection, source: str, state: dict[str, Any]) -> None:
    records, news = state.pop("records", None), state.pop("news", "[]")
    if isinstance(records, str) and isinstance(news, str):
        state["records_hash"] = hash_of(records, news)
        row = (source, state["records_hash"], records, news)
        connection.execute("INSERT OR REPLACE INTO source_records VALUES (?, ?, ?, ?)", row)
    connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (source, json.dumps(state)))


def _as_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:  # of a disk that failed
        return {}
    return found if isinstance(found, dict) else {}


def _tried_at(state: dict[str, Any]) -> str:
    """When the source was tried last, as text that compares by time."""
    return str(state.get("last_tried_at") or "")
