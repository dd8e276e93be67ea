"""The tables of the state file. A change of shape gets a new table name: old state is only a cache."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS http (
    url TEXT PRIMARY KEY, body BLOB NOT NULL, etag TEXT, last_modified TEXT, fetched_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, records TEXT, warnings TEXT NOT NULL,
    last_good_at TEXT, last_tried_at TEXT, problem TEXT, problem_since TEXT, empty_since TEXT
);
CREATE TABLE IF NOT EXISTS images (
    url TEXT PRIMARY KEY, sha256 TEXT, width INTEGER NOT NULL, height INTEGER NOT NULL, etag TEXT, last_modified TEXT,
    checked_at TEXT NOT NULL, problem TEXT, used_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pictures (
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, used_at INTEGER NOT NULL
);
"""
