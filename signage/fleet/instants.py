"""Instants as the players' list keeps them: RFC 3339 text in UTC, with milliseconds, that sorts as they do. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def text(at: datetime) -> str:
    """ "2026-09-14T10:00:00.000+00:00"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def instant(written: str) -> datetime:
    """Aware, in UTC."""
    return datetime.fromisoformat(written)
