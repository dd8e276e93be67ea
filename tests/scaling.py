"""How a computation's time grows with its input: a ratio of processor times, so that any machine will do."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FACTOR = 4  # the larger input is so many times the smaller one
MOST = 1.45  # the exponent: 1 is linear, n log n is some 1.1, a quadratic step is 2; the rest is a busy machine
ENOUGH = 0.02  # seconds of processor time: below it the clock and the caches decide
ROUNDS = 3  # measurements of which the best counts: noise only ever adds


def seconds(run: Callable[[T], object], given: T) -> float:
    """The processor time of one call."""
    gc.collect()
    start = time.process_time()
    run(given)
    return time.process_time() - start


def exponent(run: Callable[[T], object], make: Callable[[int], T], size: int) -> float:
    """The power of the size by which the time grows; 0 when even the larger input takes no time worth measuring."""
    large = make(size * FACTOR)
    slow = min(seconds(run, large) for _ in range(1))
    if slow < ENOUGH:
        return 0.0
    small = make(size)
    best = math.inf
    for _ in range(ROUNDS):
        fast = max(seconds(run, small), 1e-6)
        best = min(best, math.log(slow / fast) / math.log(FACTOR))
        if best <= MOST:
            break
        slow = min(slow, seconds(run, large))
    return best


def check_linear(run: Callable[[T], object], make: Callable[[int], T], size: int) -> None:
    """Fail when the time grows much faster than the input. `size` is that of the smaller of two inputs."""
    grown = exponent(run, make, size)
    assert grown <= MOST, f"the time grows with the power {grown:.2f} of the size"
