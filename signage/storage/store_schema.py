"""The tables of the state file. A change of shape gets a new table name: old state is only a cache."""

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
