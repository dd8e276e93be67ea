"""What a build has used goes back to the system, whichever of its threads had used it."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from signage.runtime.memory import LargeBlockThreads, give_back, return_large_blocks
from tests.fixtures.kill_points import exit_code_of

MB = 1_000_000
PIECES = 2000  # of 60 kB: below the size from which the C library asks the system for each


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MB


def test_memory_that_other_threads_have_freed_is_given_back() -> None:
    """In a process of its own: what earlier tests have freed in this one would be found and used again."""
    assert exit_code_of(_use_and_give_back) == 0


def _use_and_give_back() -> None:
    give_back(everything=True)
    before = resident()
    kept: list[bytes] = []

    def work() -> None:
        pieces = [bytes(60_000) for _ in range(PIECES)]
        kept.append(pieces[-1])  # what lies at the top of the arena keeps the rest from going by itself

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resident() - before > 50, "the test no longer makes what it is about"
    give_back(everything=True)
    assert resident() - before < 20


def test_large_blocks_are_returned_while_smaller_ones_stay() -> None:
    assert exit_code_of(_use_large_blocks) == 0


def _use_large_blocks() -> None:
    return_large_blocks()
    before = resident()
    kept: list[bytes] = []

    def work() -> None:
        for _ in range(6):
            pictures = [bytes(bytearray(b"x" * 8 * MB)) for _ in range(3)]
            kept.append(bytes(bytearray(b"y" * 100_000)))
            del pictures

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resident() - before < 20


def test_threads_of_large_blocks_use_them_again_and_give_them_back_in_the_end() -> None:
    assert exit_code_of(_use_large_blocks_again) == 0


def _use_large_blocks_again() -> None:
    return_large_blocks()
    before = resident()
    announced: list[int] = []
    kept: list[bytes] = []

    def work(_: int) -> None:
        pictures = [bytes(bytearray(8 * MB)) for _ in range(3)]
        kept.append(bytes(bytearray(b"y" * 100_000)))
        del pictures

    for _ in range(2):
        with LargeBlockThreads(2, "worker", announced.append) as threads:
            list(threads.map(work, range(6)))  # each thread has taken its first blocks
            faults = getrusage(RUSAGE_SELF).ru_minflt
            list(threads.map(work, range(10)))
            assert getrusage(RUSAGE_SELF).ru_minflt - faults < 10 * 24 * MB / 4096 / 4, "blocks were not used again"
        give_back(everything=True)
        assert resident() - before < 20
    assert announced == [2, 0, 2, 0]


def test_blocks_are_kept_until_the_last_threads_end() -> None:
    announced: list[int] = []
    with LargeBlockThreads(2, "first", announced.append):
        LargeBlockThreads(3, "second", announced.append).shutdown()
    assert [more - announced[0] for more in announced] == [0, 3, 0, -2]


def test_what_lives_is_searched_for_garbage_only_when_everything_is() -> None:
    assert exit_code_of(_make_garbage) == 0


class _Ring:
    """Garbage that only the collector finds, once nothing else refers to it."""

    def __init__(self) -> None:
        self.itself = self


def _make_garbage() -> None:
    old = _Ring()
    lives = [[number] for number in range(50_000)]
    give_back(everything=True)
    assert gc.get_freeze_count() > len(lives)
    found = weakref.ref(old), weakref.ref(_Ring())
    del old
    give_back(everything=False)
    assert [ring() is None for ring in found] == [False, True]
    assert len(gc.get_objects()) < 1000  # what a collection looks at
    give_back(everything=True)
    assert [ring() is None for ring in found] == [True, True]
