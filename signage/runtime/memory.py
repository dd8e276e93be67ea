"""What was freed goes back to the system. glibc else keeps it, in the arena of the thread that used it."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # <malloc.h>
LARGE = 1 << 20  # bytes
TRIMMED = 128 << 10  # bytes free at the end of an arena, from which on they go back: glibc's own value
KEPT_BLOCK, KEPT = 32 << 20, 512 << 20  # bytes of a block, the most that glibc allows, and of all in an arena
TRIMS = 200 << 10  # bytes of a block that makes glibc look whether there is much to give back, when it is freed
MEETING_SECONDS = 5.0  # until all threads are done with their last pages


def return_large_blocks() -> None:
    """Have blocks of a megabyte and more go back as soon as they are freed. Where the C library can't, nothing.

    A decoded page takes 8 MB and its encoding 65. glibc takes such blocks from the system only until the first one is
    freed; from then on it cuts them from its arenas, where anything small that lies above one keeps it.
    """
    _set_malloc(LARGE, TRIMMED)


def _set_malloc(mmap_threshold: int, trim_threshold: int) -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, mmap_threshold)
        libc.mallopt(_M_TRIM_THRESHOLD, trim_threshold)


class LargeBlockThreads(ThreadPoolExecutor):
    """Threads that take large blocks again and again. While there are any, a thread keeps what it has freed for its
    next task; at the end all goes back.

    An encoding otherwise takes 14,000 new pages of memory from the system, which is a third of its processor time.
    `changed` is called with how many such threads there may be, whenever that changes.
    """

    _lock = threading.Lock()
    _alive = 0  # threads, of all

    def __init__(self, threads: int, name: str, changed: Callable[[int], object] = lambda count: None) -> None:
        super().__init__(threads, name)
        self._count = threads
        self._changed = changed
        self._ended = False
        self._announce(threads)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As that of other executors; `cancel_futures` must be left out: the threads have to do what gives all back."""
        assert not cancel_futures
        if not self._ended:
            self._ended = True
            self._announce(-self._count)
            meeting = threading.Barrier(self._count)  # so that each thread gets one of the tasks
            for _ in range(self._count):
                self.submit(_trim, meeting)
        super().shutdown(wait)

    def _announce(self, more: int) -> None:
        with LargeBlockThreads._lock:
            LargeBlockThreads._alive += more
            alive = LargeBlockThreads._alive
            _set_malloc(*((KEPT_BLOCK, KEPT) if alive else (LARGE, TRIMMED)))
            self._changed(alive)


def _trim(meeting: threading.Barrier) -> None:
    """Give back what this thread's arena has kept."""
    with suppress(threading.BrokenBarrierError):
        meeting.wait(MEETING_SECONDS)
    block = bytes(TRIMS)
    del block


def give_back(*, everything: bool) -> None:
    """Collect what is garbage and return free pages; some ten milliseconds. Where the C library can't, nothing.

    Each build has new threads. Without this, a server grew by 60 MB at some of its builds, up to sixteen arenas on two
    cores.

    `everything`: search all that lives for garbage, which takes 130 ms with 10,000 events. Otherwise only what was made
    since the last time; what lives then is left out of the search until `everything` is searched again.
    """
    if everything:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
