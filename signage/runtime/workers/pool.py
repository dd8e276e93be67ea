"""A pool of worker processes, started once. pebble's, which can kill a task; this adds limits and repairs the pool."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import resource_tracker
from typing import Any, TypeVar, cast

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.workers import inside
from signage.runtime.workers.limits import MB, TaskLimits, WorkerKilled

T = TypeVar("T")
log = logging.getLogger(__name__)

LEAST_WORKERS = 3  # one that hangs must not keep the others' responses waiting
MOST_WORKERS = 4  # each may take as much memory as its task is allowed
TASKS = 500  # of one worker; what a library leaks goes with it
ATTEMPTS = 3  # a task that came to grief by another's fault, or by a signal from outside, is run again
LOOK_EVERY = 1.0  # seconds between looks at a task that takes long
GRACE = 10.0  # seconds after a task's wall time in which the pool should have ended it; then the pool itself is stuck
_LOST = (-signal.SIGTERM, -signal.SIGHUP, 255)  # ended from outside; 255: the fork server was


class WorkerPool:
    """Thread-safe. Starts with the first call, or with `start`; a broken pool is replaced by a new one."""

    def __init__(self, workers: int | None = None) -> None:
        cores = len(os.sched_getaffinity(0))
        self._workers = workers or min(max(cores, LEAST_WORKERS), MOST_WORKERS)
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._starting: threading.Thread | None = None
        self._ended = False

    def call(self, function: Callable[..., T], *arguments: Any, limits: TaskLimits, cancel: CancelToken | None) -> T:
        """What `function(*arguments)` returns in a worker, or raises there. The function belongs to a module.

        Raises WorkerKilled when it hits one of the limits or takes its process down, WorkerFault for an exception that
        can't be pickled, and Cancelled, at once, when `cancel` is cancelled.
        """
        call = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        cancel = cancel or CancelToken()
        for attempt in range(1, ATTEMPTS + 1):
            cancel.check()
            pool: ProcessPool | None = None
            try:
                pool = self._running()
                future = pool.schedule(inside.run, (call, limits), timeout=limits.wall_seconds)
                with cancel.on_cancel(future.cancel):
                    return cast(T, _value(self._wait(pool, future, limits), limits))
            except CancelledError:
                raise Cancelled from None
            except ProcessExpired as error:
                code = error.exitcode
                if code not in _LOST or attempt == ATTEMPTS:
                    raise WorkerKilled(_reason(code, limits)) from None
                cancel.wait(LOOK_EVERY)  # a service that is stopped notices it within this second
            except (BrokenProcessPool, RuntimeError):  # not by this task, or not only
                if pool is not None:
                    self._replace(pool)
        cancel.check()
        raise WorkerKilled("The process that reads it was ended several times.")

    def start(self) -> None:
        """Begin to start the workers, in the background: the first task then need not wait for it."""
        with self._lock:
            if self._pool is None and self._starting is None:
                self._starting = threading.Thread(target=self._start_quietly, name="workers", daemon=True)
                self._starting.start()

    @property
    def started(self) -> bool:
        """Whether there are workers, or soon will be."""
        return self._starting is not None or self._pool is not None

    def close(self) -> None:
        """End the workers and what they are doing. A later call starts new ones."""
        with self._lock:
            pool, self._pool, self._starting = self._pool, None, None
        if pool is not None:
            _end(pool)

    def end(self) -> None:
        """Close it for good: a later call raises Cancelled."""
        self._ended = True
        self.close()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_quietly(self) -> None:
        try:
            self._running()
        except (BrokenProcessPool, Cancelled) as error:
            log.debug("the workers could not be started ahead of the first task: %s", error)

    def _running(self) -> ProcessPool:
        """Raises BrokenProcessPool when the workers can't be started, and Cancelled when the pool has been ended."""
        with self._lock:
            if self._ended:
                raise Cancelled
            if self._pool is None or not self._pool.active:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["signage.sources.worker_preload"])
                self._pool = ProcessPool(self._workers, TASKS, inside.begin, context=context)
                # A terminal's Ctrl-C is for us: the fork server, and its workers, would break off with a traceback.
                resource_tracker.ensure_running()  # now: when it starts the tracker, it takes the block away again
                before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                try:
                    assert self._pool.active  # starts it
                except (OSError, EOFError) as error:  # the fork server was ended by what ends us, perhaps
                    raise BrokenProcessPool from error
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return self._pool

    def _replace(self, pool: ProcessPool) -> None:
        """Leave a pool that is broken; its processes are ended in the background."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        threading.Thread(target=_end, args=(pool,), daemon=True).start()

    def _wait(self, pool: ProcessPool, future: ProcessFuture[bytes], limits: TaskLimits) -> bytes:
        """The result of a task. pebble counts the wall time; a pool that does not even do that is replaced."""
        began: float | None = None
        while True:
            try:
                return future.result(LOOK_EVERY)
            except TimeoutError:
                if future.done():
                    raise WorkerKilled(f"Reading it took more than {limits.wall_seconds:g} s.") from None
            if began is None and future.running():
                began = time.monotonic()
            if began is not None and time.monotonic() - began > limits.wall_seconds + GRACE:
                self._replace(pool)
                raise WorkerKilled(f"Reading it took more than {limits.wall_seconds:g} s.")


@cache
def shared() -> WorkerPool:
    """The pool of this process."""
    return WorkerPool()


@cache
def for_players() -> WorkerPool:
    """A worker for what players send, so that no player waits until a source has been read."""
    return WorkerPool(1)


@cache
def for_films() -> WorkerPool:
    """A worker for films, which take minutes."""
    return WorkerPool(1)


def _value(data: bytes, limits: TaskLimits) -> Any:
    outcome, value = pickle.loads(data)  # noqa: S301 a worker isn't a sandbox; see the ADR
    match outcome:
        case inside.Outcome.VALUE:
            return value
        case inside.Outcome.RAISED:
            raise value
        case inside.Outcome.MEMORY:
            raise WorkerKilled(f"Reading it needed more than {limits.memory_bytes // MB} MB of memory.")
        case _:
            raise WorkerKilled(f"Reading it produced more than {limits.result_bytes // MB} MB.")


def _reason(code: int, limits: TaskLimits) -> str:
    """Why a process ended, as a sentence."""
    if code == -signal.SIGXCPU:
        return f"Reading it took more than {limits.cpu_seconds} s of processor time."
    if code == -signal.SIGKILL:
        return "The system ended the process that reads it. It may be out of memory."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"code {code}"
    return f"The process that reads it crashed ({name})."


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
