"""The tables of the state file, and what becomes of those of earlier versions."""

from __future__ import annotations

import hashlib
import json
import sqlite3

# A change of shape gets a new table name. What is large has a table of its own: the rest of its row changes at every
# refresh, and SQLite writes rows as a whole.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answer_heads (
    url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, charset TEXT, fetched_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answer_bodies (
    url TEXT PRIMARY KEY, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS source_states (
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


def migrate(connection: sqlite3.Connection) -> None:
    """Keep what 0.5 had: the bodies of answers beside their heads, and a source's records in its state."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchall():
        connection.execute(
            "INSERT OR REPLACE INTO answer_heads SELECT url, etag, last_modified, charset, fetched_at FROM answers"
        )
        connection.execute("INSERT OR REPLACE INTO answer_bodies SELECT url, body FROM answers")
        connection.execute("DROP TABLE answers")
    whole = "SELECT id, state FROM source_states WHERE json_valid(state) AND json_extract(state, '$.records') NOTNULL"
    for source, text in connection.execute(whole).fetchall():
        state = json.loads(text)
        records, news = state.pop("records"), state.pop("news", "[]")
        if isinstance(records, str) and isinstance(news, str):
            state["records_hash"] = hash_of(records, news)
            row = (source, state["records_hash"], records, news)
            connection.execute("INSERT OR REPLACE INTO source_records VALUES (?, ?, ?, ?)", row)
        connection.execute("UPDATE source_states SET state = ? WHERE id = ?", (json.dumps(state), source))
