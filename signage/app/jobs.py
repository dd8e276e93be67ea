"""What the main loop does at intervals: the library `schedule`, with a clock that is passed in.

`schedule` plans by the wall clock. When that is set back by a year, its jobs wait for a year. These jobs go by a clock
that only runs forwards; the tests and the three-day soak pass one of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import schedule

from signage.errors import SignageError

log = logging.getLogger(__name__)

_ZERO = datetime(1970, 1, 1)  # noqa: DTZ001 second 0 of a clock that has no zone: the library compares naive values


class Job(schedule.Job):
    """A job with a name, for the log and the status. A turn that fails costs that turn and nothing else.

    `failure`: of its last turn; "" when that went well.
    """

    def __init__(self, seconds: float, jobs: Jobs, name: str) -> None:
        super().__init__(1, jobs)
        self.name = name
        self.failure = ""
        self._period = timedelta(seconds=seconds)
        self._clock = jobs.clock

    @property
    def should_run(self) -> bool:
        return self.next_run is not None and self._now() >= self.next_run

    def run(self) -> Any:
        """Take a turn. A failure is logged when it begins and when it ends, and not at every turn."""
        try:
            result = super().run()  # type: ignore[no-untyped-call]  # the library has no annotation here
        except Exception as error:
            self._schedule_next_run()
            failure = str(error) if isinstance(error, SignageError) else f"{type(error).__name__}: {error}"
            if failure != self.failure:
                log.error("%s failed and will be tried again: %s", self.name, failure, exc_info=_unexpected(error))
            self.failure = failure
            return None
        if self.failure:
            log.info("%s works again", self.name)
        self.failure = ""
        return result

    def set_period(self, seconds: float) -> None:
        """Take turns at another interval, also up to the next turn if that makes it sooner."""
        self._period = timedelta(seconds=seconds)
        if self.next_run is not None:
            self.next_run = min(self.next_run, self._now() + self._period)

    def _now(self) -> datetime:
        return _ZERO + timedelta(seconds=self._clock())

    def _schedule_next_run(self) -> None:
        self.next_run = self._now() + self._period


class Jobs(schedule.Scheduler):
    """All jobs of one loop. `clock`: seconds that only run forwards, as `time.monotonic` gives them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock = clock

    def repeat(self, seconds: float, name: str, work: Callable[[], object]) -> Job:
        """Do `work` every `seconds`, for the first time after that time. `run_pending` does what is due."""
        job = Job(seconds, self, name)
        job.do(work)
        return job

    @property
    def failures(self) -> list[str]:
        """What fails now: "announcing the server: OSError: ..."."""
        return [f"{job.name}: {job.failure}" for job in self.jobs if isinstance(job, Job) and job.failure]


def _unexpected(error: Exception) -> bool:
    """Whether a person who reads the log needs the place in the program: not for what the machine refuses."""
    return not isinstance(error, SignageError | OSError)
