"""Pages that could not be rendered: why, how often, and when they are tried again. Pure.

A page that fails is tried once more in the same build, after everything else is published, and then at the next
refresh. One that goes on failing is tried less and less often, so that it does not cost every refresh its time.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from signage.domain.model import Rendered

TRIES_WHOLE = 2  # builds in which a page fails before it is split, to find which part of it is at fault
FIRST_WAIT = timedelta(minutes=10)  # after two builds in a row without it; doubled after each further one
LONGEST_WAIT = timedelta(hours=6)  # so that what is mended meanwhile is back the same day
# Processor time separates a page that is too much for the browser from a machine that is busy with something else.
PAGE_PROCESSOR_SECONDS = 20.0  # a page takes a fifth of a second, and on a small board one
PAGE_SECONDS = 60.0  # of wall time, for a browser that does nothing at all
TIMES_USUAL = 40  # as long as other pages take on this machine at this hour may one of them take
MOST_SECONDS = 180.0  # of wall time: then it is no slow machine
LAST_TRY_TIMES = 3  # as much may the second attempt take, which nobody waits for: all else is published
MOST_HUNG_SECONDS = 60.0  # of one build that pages may use up without a result; then each gets far less
LEAST_PROCESSOR_SECONDS = 3.0  # even then
LEAST_SECONDS = 10.0
MEASURED = 5  # pages until it is known how long one usually takes
HUNG_IN_A_ROW = 3  # of one kind, layout and size: then it is the template or the browser, and the others are put off


class RenderFault(Exception):
    """A page that the browser could not render. `str()` says why. `hung`: it took too long."""

    def __init__(self, reason: str, hung: bool = False) -> None:
        super().__init__(reason)
        self.hung = hung


@dataclass(frozen=True, slots=True)
class NotRendered:
    """What there is instead of a picture.

    `passing`: another attempt in the same build may succeed. `isolate`: it is worth finding out which part of the page
    is at fault. `attempts`: in how many builds it failed; `tried_at`: in the last of them. `stand_in`: an earlier
    picture of a page that says exactly the same, and the key that it is known by.
    """

    reason: str
    passing: bool = False
    isolate: bool = False
    attempts: int = 0
    tried_at: datetime | None = None
    stand_in: Rendered | None = None
    stand_in_key: str = ""

    def due(self, now: datetime | None) -> bool:
        """Whether it is tried at the instant `now`; a clock that was wrong holds nothing up."""
        if now is None or self.tried_at is None or now < self.tried_at:
            return True
        return now >= self.tried_at + wait_after(self.attempts)


def wait_after(attempts: int) -> timedelta:
    """How long a page is left alone that failed in this many builds: the first time only until the next refresh."""
    if attempts < 2:
        return timedelta(0)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts - 2, 20)))


def dump_fault(fault: NotRendered) -> str:
    """JSON for the picture index, beside the outcomes of pages that were rendered."""
    assert fault.tried_at is not None
    return json.dumps(
        {"fault": fault.reason, "attempts": fault.attempts, "tried_at": fault.tried_at.isoformat()}, ensure_ascii=False
    )


def load_fault(text: str) -> NotRendered:
    """The inverse of `dump_fault`. Raises KeyError, TypeError or ValueError for anything else."""
    data = json.loads(text)
    tried_at = datetime.fromisoformat(data["tried_at"])
    attempts = int(data["attempts"])
    return NotRendered(str(data["fault"]), isolate=attempts >= TRIES_WHOLE, attempts=attempts, tried_at=tried_at)


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What one page may take: seconds of wall time, and of the browser's processor time."""

    wall: float = PAGE_SECONDS
    processor: float = PAGE_PROCESSOR_SECONDS


class RenderPatience:
    """What each page of a build may take, in relation to what pages take on this machine at this hour."""

    def __init__(self, limits: PageLimits = PageLimits()) -> None:
        self.usual = limits
        self._recent: deque[float] = deque(maxlen=50)
        self._hung_seconds = 0.0
        self._hung: Counter[tuple[object, ...]] = Counter()

    def limits(self, *, last_try: bool) -> PageLimits:
        """For the next page. `last_try`: nobody waits for it."""
        typical = median(self._recent) if len(self._recent) >= MEASURED else 0.0
        wall = max(self.usual.wall, min(MOST_SECONDS, TIMES_USUAL * typical))
        if last_try:
            return PageLimits(LAST_TRY_TIMES * wall, LAST_TRY_TIMES * self.usual.processor)
        if self._hung_seconds >= MOST_HUNG_SECONDS:
            short = min(wall, max(LEAST_SECONDS, TIMES_USUAL / 2 * typical))
            return PageLimits(short, min(self.usual.processor, LEAST_PROCESSOR_SECONDS))
        return PageLimits(wall, self.usual.processor)

    def took(self, template: tuple[object, ...], seconds: float) -> None:
        """Note that a page of this template was rendered."""
        self._recent.append(seconds)
        self._hung.pop(template, None)

    def hung(self, template: tuple[object, ...], seconds: float, *, known: bool) -> None:
        """Note that one took too long. `known`: it did so before, which says nothing about others like it."""
        self._hung_seconds += seconds
        self._hung[template] += not known

    def puts_off(self, template: tuple[object, ...]) -> bool:
        """Whether pages of this template are not tried any more in this build."""
        return self._hung[template] >= HUNG_IN_A_ROW
