"""How much a client may take of the built-in server: time, connections and file descriptors (docs/server-limits.md)."""

from __future__ import annotations

import resource
from dataclasses import dataclass

WANTED_DESCRIPTORS = 4096  # most systems begin a service with 1024 of 524288; epoll has no use for fewer


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds, connections and descriptors. `whole_machine` addresses may have as many connections as there are."""

    head_seconds: float = 10.0  # from the accept or a request's first byte; a player sends its 300 bytes at once
    body_seconds: float = 30.0  # the largest body is 96 KiB; `bodies` answers 408 after 20 s, this is what backs it
    idle_seconds: int = 5  # between two requests; players poll once a minute, and connect anew for it
    write_seconds: float = 30.0  # without 112 KiB of an answer being taken: 30 kbit/s, less than the worst mobile line
    linger_seconds: float = 5.0  # for the rest of a body that nobody wants, after the answer
    linger_bytes: int = 256 * 1024  # of such a rest
    per_address: int = 256  # an IPv4 address or an IPv6 /64: 100 players behind one router use two each, for seconds
    total: int = 1024  # about 20 kB each while they wait, 150 kB while a large answer is not taken
    reserved_descriptors: int = 256  # for SQLite, configuration, fetches, workers' and the browser's pipes: 70 in use


def raise_descriptor_limit(wanted: int = WANTED_DESCRIPTORS) -> int:
    """Raise this process's soft limit of open files towards its hard limit. Gives the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    goal = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < goal:
        resource.setrlimit(resource.RLIMIT_NOFILE, (goal, hard))
        return goal
    return soft


def affordable(limits: ConnectionLimits, descriptors: int) -> int:
    """How many connections `descriptors` open files leave room for; each may have a file open that it is sent."""
    return max(16, min(limits.total, (descriptors - limits.reserved_descriptors) // 2))
