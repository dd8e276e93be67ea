"""Bytes from strangers are parsed and decoded in worker processes, under limits, and never in this one.

In: a function of a module, its arguments, and limits. Out: what it returns, or `WorkerKilled` with the limit it hit.
docs/adr/0005-untrusted-bytes-in-worker-processes.md has the reasons.
"""

from signage.runtime.workers.limits import (
    FILM,
    FRAME,
    PICTURE,
    RESPONSE,
    THUMBNAIL,
    TaskLimits,
    WorkerFault,
    WorkerKilled,
)
from signage.runtime.workers.pool import WorkerPool, for_films, for_players, shared

__all__ = [
    "FILM",
    "FRAME",
    "PICTURE",
    "RESPONSE",
    "THUMBNAIL",
    "TaskLimits",
    "WorkerFault",
    "WorkerKilled",
    "WorkerPool",
    "for_films",
    "for_players",
    "shared",
]
