"""SIGTERM, SIGINT and SIGHUP: noticed at once whatever the main thread is doing, and obeyed within a deadline.

The C part of Python's signal handling writes the signal's number into a pipe, also while the main thread is inside of
a long call; a thread of our own reads it. What happens then:

- SIGTERM, SIGINT before `begin` was called: the process ends at once with exit code 0. There is nothing to clean up.
- SIGTERM, SIGINT later: `stop` is cancelled, and everything that holds the token ends. What has not ended after
  FORCE_SECONDS is ended by force: the processes that we started are killed, one line is logged, the exit code is
  EXIT_FORCED. Should even that fail, because some C code never gives the interpreter back, the kernel ends us
  KERNEL_SECONDS after the signal, with SIGALRM.
- a second SIGTERM or SIGINT: at once. The processes that we started are killed, the exit code is 128 + the signal.
- SIGHUP: `reload` is called; a terminal that was closed, or an administrator's "read the configuration again".

Imports nothing but the standard library: it is installed before the rest of the program is even loaded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from signage.app.processes import adopt_orphans, kill_descendants
from signage.app.shutdown import end_together
from signage.runtime.cancel import CancelToken

log = logging.getLogger(__name__)

FORCE_SECONDS = 4.0  # systemd, Docker and people wait longer; five seconds are promised
KERNEL_SECONDS = 4.8
EXIT_FORCED = 75  # EX_TEMPFAIL of sysexits.h: it had to be ended by force
TIDY_SECONDS = 0.3
STOPPING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Follows the signals once `install` has been called, from the main thread."""

    def __init__(self) -> None:
        self.stop = CancelToken()
        self.received: int | None = None
        """The signal that cancelled `stop`; None when there was none."""
        self._reload: Callable[[], None] | None = None
        self._reload_came_early = False
        self._begun = threading.Lock()  # held for good once there is something to clean up
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._thread = threading.Thread(target=self._follow, name="signals", daemon=True)
        self._ended = False

    def install(self) -> Signals:
        """Take over the signals of this process. SIGHUP, too: its default is to end us."""
        for number in (*STOPPING, signal.SIGHUP):
            signal.signal(number, _nothing)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=self._forget)
        self._thread.start()
        return self

    def restore(self) -> None:
        """Give the signals back, as they are when Python starts. For programs that go on afterwards: tests."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._ended = True
        os.write(self._writer, b"\0")
        self._thread.join()
        os.close(self._reader)
        os.close(self._writer)

    def begin(self) -> None:
        """From now on there is something to clean up: a signal cancels `stop` instead of ending the process."""
        self._begun.acquire(blocking=False)

    def on_reload(self, reload: Callable[[], None]) -> None:
        """What SIGHUP does from now on, in a separate thread; at once when one came before this call."""
        self._reload = reload
        if self._reload_came_early:
            self._reload_came_early = False
            reload()

    def _follow(self) -> None:
        timeout: float | None = None
        while True:
            ready, _, _ = select.select([self._reader], [], [], timeout)
            if self._ended:
                return
            if not ready:
                end_by_force(
                    EXIT_FORCED, f"something did not end within {FORCE_SECONDS:g} s of the signal: ended by force"
                )
            for number in os.read(self._reader, 64):
                if number in STOPPING and self.received is not None:
                    end_by_force(128 + number, "a second signal: ended at once")
                elif number in STOPPING:
                    if self._begun.acquire(blocking=False):
                        os._exit(0)  # `begin` has not been called, and can't be any more
                    self.received = number
                    timeout = FORCE_SECONDS
                    signal.setitimer(signal.ITIMER_REAL, KERNEL_SECONDS)
                    # A callback that hangs must not keep this thread from counting.
                    threading.Thread(target=self._stop, name="stopping", daemon=True).start()
                elif number == signal.SIGHUP and self.received is None:
                    self._call_reload()

    def _stop(self) -> None:
        adopt_orphans()
        threading.excepthook = _log_quietly  # whatever runs may fail now, for all around it ends
        sys.unraisablehook = _log_quietly
        self.stop.cancel()

    def _call_reload(self) -> None:
        if self._reload is None:
            self._reload_came_early = True
            return
        self._reload()

    def _forget(self) -> None:
        """In a forked child: its signals are not ours, and must not be taken for ours."""
        with contextlib.suppress(ValueError):  # not the main thread: then it execs at once
            signal.set_wakeup_fd(-1)
            for number in STOPPING:
                signal.signal(number, signal.SIG_DFL)


def _nothing(number: int, frame: object) -> None:
    """The thread that reads the pipe does what is to be done; this only keeps the default from happening."""


def _log_quietly(*failed: Any) -> None:
    log.debug("while ending: %s", failed)


def end_by_force(code: int, why: str) -> NoReturn:
    """End this process and all that it started, now. What is on disk stays whole: see `signage.publishing.publish`."""
    _start_no_more("forkserver", "_forkserver")
    kill_descendants(all_of_them=True)
    with contextlib.suppress(OSError):
        os.write(2, f"{why}\n".encode())
    os._exit(code)


_installed: Signals | None = None


def follow_signals() -> Signals:
    """The signals of this process, followed from the first call on. Call it from the main thread."""
    global _installed
    if _installed is None or _installed._ended:
        _installed = Signals().install()
    return _installed


class Interrupted(Exception):
    """A command was ended by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number  # what a shell expects


@contextlib.contextmanager
def interruptible() -> Iterator[CancelToken]:
    """For a command that works for a while: the token is cancelled by Ctrl-C and SIGTERM; what is raised then, because
    of that, becomes Interrupted. Nothing that was started is left. Outside of the main thread, signals are not ours.
    """
    if threading.current_thread() is not threading.main_thread():
        yield CancelToken()
        return
    signals = Signals()
    signals.begin()
    signals.install()
    try:
        yield signals.stop
        signals.stop.check()
    except Exception:
        if signals.received is None:
            raise
        raise Interrupted(signals.received) from None
    finally:
        if signals.received is not None:
            end_workers()
            kill_descendants()  # what was going to end has done so when its block was left
        signals.restore()


def end_workers() -> None:
    """End the worker processes, if there are any, and what multiprocessing would tidy up after the end."""
    # What is just being started breaks off, and there are several who would print that.
    sys.excepthook = threading.excepthook = sys.unraisablehook = _log_quietly
    workers = sys.modules.get("signage.runtime.workers")
    util = sys.modules.get("multiprocessing.util")
    named = ("the workers", "shared"), ("the players' worker", "for_players"), ("the films' worker", "for_films")
    closers = [(name, getattr(workers, pool)().end) for name, pool in named] if workers else []
    end_together(closers, TIDY_SECONDS)
    _start_no_more("forkserver", "_forkserver")
    with _no_fork_server():
        kill_descendants()
    # Else the tracker of its resources prints that it found semaphores which nobody had given back.
    end_together([("multiprocessing", lambda: util._run_finalizers(0))] if util else [], TIDY_SECONDS)


@contextlib.contextmanager
def _no_fork_server() -> Iterator[None]:
    """Inside, the fork server starts nothing; then it ends. A worker that it was asked for, and starts later, on a busy
    machine, finds no semaphores any more and prints a traceback.
    """
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    process = getattr(server, "_forkserver_pid", None)
    with contextlib.suppress(ProcessLookupError):
        if process:
            os.kill(process, signal.SIGSTOP)
    yield
    with contextlib.suppress(ProcessLookupError):
        if process:
            os.kill(process, signal.SIGKILL)


def _start_no_more(module: str, name: str) -> None:
    """A thread that is just starting workers would start their fork server again when it is killed: under this lock."""
    held = getattr(getattr(sys.modules.get(f"multiprocessing.{module}"), name, None), "_lock", None)
    if held is not None:
        held.acquire(timeout=TIDY_SECONDS)


def leave_with_workers(code: int) -> int:
    """End this process if it has started workers, or is just starting them: the interpreter's own end would break that
    off with a traceback, or wait for them for ever. Otherwise give the code back."""
    workers = sys.modules.get("signage.runtime.workers")
    if workers and any(pool().started for pool in (workers.shared, workers.for_players, workers.for_films)):
        leave(code)
    return code


def leave(code: int) -> NoReturn:
    """End this process now, with what it has written brought out, and with all that it started."""
    end_workers()
    _start_no_more("resource_tracker", "_resource_tracker")
    kill_descendants(all_of_them=True)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
