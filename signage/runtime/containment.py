"""What fails costs its own unit, and nothing else: one record, one line of a playlist, one page, one screen.

This is the one place that catches every exception. It names the unit, logs the first failure of each with its
traceback, and the work goes on without it. Not contained are `Cancelled`, and what no unit could go on without.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from signage.errors import SignageError
from signage.runtime.cancel import Cancelled

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")
REASON_LENGTH = 200  # characters of an unexpected failure that the status shows
MOST_CULPRITS = 50  # items that are left out one by one; where more fail, the fault is not theirs
MOST_LOGGED = 1000  # failures that are remembered, so that each is logged once and not at every refresh


@dataclass(frozen=True, slots=True)
class UnitFailure:
    """A unit that was left out: what it is called ("the record iheim:17"), and why."""

    unit: str
    reason: str

    def __str__(self) -> str:
        return f"{self.unit} is left out: {self.reason}"


class Failures:
    """The units that failed during one piece of work, each once, in order."""

    def __init__(self) -> None:
        self._found: dict[UnitFailure, None] = {}

    @contextmanager
    def unit(self, name: str) -> Iterator[None]:
        """Contain what the block raises: it costs the unit of this name."""
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            self.add(name, error)

    def add(self, name: str, error: Exception) -> None:
        """Note that a unit failed, and log it unless it failed in the same way before."""
        failure = UnitFailure(name, describe(error))
        self._found[failure] = None
        if not _logged_before(failure):
            log.error("%s", failure, exc_info=None if isinstance(error, SignageError) else error)

    def include(self, others: Failures) -> None:
        """Note the units that failed during another piece of work; they have been logged."""
        self._found.update(others._found)

    @property
    def all(self) -> tuple[UnitFailure, ...]:
        return tuple(self._found)

    @property
    def sentences(self) -> tuple[str, ...]:
        """For the status."""
        return tuple(str(failure) for failure in self._found)


def describe(error: BaseException) -> str:
    """A failure in one line."""
    said = " ".join(str(error).split())
    if isinstance(error, SignageError):
        return said
    said = said[:REASON_LENGTH]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def salvage(items: Sequence[T], work: Callable[[Sequence[T]], R], give_up: Callable[[T, Exception], None]) -> R:
    """`work` on all the items, or on all but those that make it fail: they are found by halving, and `give_up` is
    called with each. Their order is kept. Raises what `work` raises when it fails even without any item, or because of
    too many.
    """
    try:
        return work(items)
    except Cancelled:
        raise
    except Exception as error:
        first = error
    work([])
    culprits: list[tuple[T, Exception]] = []

    def grow(kept: list[T], more: list[T]) -> list[T]:
        try:
            work([*kept, *more])
        except Cancelled:
            raise
        except Exception as error:
            if len(more) > 1:
                middle = len(more) // 2
                return grow(grow(kept, more[:middle]), more[middle:])
            culprits.append((more[0], error))
            if len(culprits) > MOST_CULPRITS:
                raise TooManyCulprits from first
            return kept
        return [*kept, *more]

    try:
        sound = grow([], list(items))
    except TooManyCulprits:
        raise first from None
    for item, reason in culprits:
        give_up(item, reason)
    return work(sound)


class TooManyCulprits(Exception):
    """Too many items fail: the fault is not theirs."""


_logged: OrderedDict[UnitFailure, None] = OrderedDict()


def _logged_before(failure: UnitFailure) -> bool:
    if failure in _logged:
        _logged.move_to_end(failure)
        return True
    _logged[failure] = None
    if len(_logged) > MOST_LOGGED:
        _logged.popitem(last=False)
    return False
