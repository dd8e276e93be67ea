"""What runs inside a worker process: one task at a time, under its limits."""

from __future__ import annotations

import ctypes
import fcntl
import multiprocessing
import os
import pickle
import resource
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

from signage.errors import SignageError
from signage.runtime.workers.limits import TaskLimits, WorkerFault

NICE = 10  # of setpriority(2): what is parsed gives way to the answers to players
_PR_SET_PDEATHSIG = 1  # prctl(2)
_STATM = Path("/proc/self/statm")  # sizes in pages; the first is the address space


class Outcome(Enum):
    """How a task ended. The limits on processor time and wall time end the process, and leave no outcome."""

    VALUE = "value"
    RAISED = "raised"
    MEMORY = "memory"
    TOO_LARGE = "too large"


def begin() -> None:
    """Make a new worker killable: by its limits, by the pool, and by the death of the process that uses it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler would wait for the end of a call into C
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # SIGXCPU would write what a stranger sent to the disk
    if os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    _die_with_parent()


def _die_with_parent() -> None:
    """Have the kernel kill this process when the one that uses it is gone, even while C code is looping.

    PR_SET_PDEATHSIG watches the fork server, which is the parent to the kernel. The read end of a pipe whose other end
    only the real parent holds becomes ready when that dies; F_SETSIG makes this a SIGKILL (fcntl(2)).
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel
    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)


def run(call: bytes, limits: TaskLimits) -> bytes:
    """Run a pickled (function, arguments), and give a pickled (Outcome, value). Raises nothing.

    The result is pickled here, under the limits, so that neither its size nor the work comes as a surprise elsewhere.
    """
    try:
        with _limited(limits):
            data = pickle.dumps(_outcome(call), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps((Outcome.MEMORY, None))
    except Exception as error:  # a result that can't be pickled
        return pickle.dumps((Outcome.RAISED, WorkerFault(f"{type(error).__name__}: {error}")))
    if len(data) > limits.result_bytes:
        return pickle.dumps((Outcome.TOO_LARGE, None))
    return data


def _outcome(call: bytes) -> tuple[Outcome, Any]:
    try:
        function, arguments = pickle.loads(call)  # noqa: S301 our own process wrote it
        return Outcome.VALUE, function(*arguments)
    except MemoryError:
        raise
    except Exception as error:
        return Outcome.RAISED, _portable(error)


def _portable(error: Exception) -> Exception:
    """The exception, if it survives being pickled; a fault of ours takes its traceback along."""
    if not isinstance(error, SignageError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 it was pickled here
        assert type(copy) is type(error)
    except Exception:
        return WorkerFault(f"{type(error).__name__}: {error}")
    return error


@contextmanager
def _limited(limits: TaskLimits) -> Iterator[None]:
    """Limit processor time and address space inside the block. Both count from what the process has used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.cpu_seconds + 1
    size = int(_STATM.read_bytes().split()[0]) * resource.getpagesize() + limits.memory_bytes
    with _soft_limit(resource.RLIMIT_CPU, seconds), _soft_limit(resource.RLIMIT_AS, size):
        yield


@contextmanager
def _soft_limit(what: int, value: int) -> Iterator[None]:
    """The hard limit stays as it is: it can't be raised again."""
    before, hard = resource.getrlimit(what)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (before, hard))
