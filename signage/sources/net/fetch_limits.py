"""What a source may cost: time, bytes, attempts, and the pace of requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a server may cost us. Seconds, and bytes after decompression."""

    connect_seconds: float = 5.0
    read_seconds: float = 15.0  # the longest silence; portals that build the answer on demand take up to ten
    total_seconds: float = 60.0  # everything, retries included: a refresh comes every ten minutes
    attempts: int = 3
    backoff_seconds: float = 1.0  # doubled with each attempt, and up to as much again at random
    feed_bytes: int = 20_000_000  # a portal's two months are well under one
    picture_bytes: int = 12_000_000  # a large photograph from a telephone
    pause_seconds: float = 0.2  # between two requests to one host
    page_pause_seconds: float = 1.0  # the same, for pages made for people


USUAL = FetchLimits()
