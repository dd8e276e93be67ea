"""What the main loop does from time to time. A job that fails costs that turn of that job, and nothing else.

Not the library `schedule`, which the player uses: it plans by the wall clock, so when that is put right by a year, its
jobs wait for a year; and no other clock can be passed in, as the tests and the three-day soak do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from signage.errors import SignageError

log = logging.getLogger(__name__)


@dataclass
class Job:
    """Something to do every `seconds`. `due`: when next, in seconds of the caller's clock. `failure`: of its last turn;
    "" when that went well.
    """

    name: str
    seconds: float
    work: Callable[[], None]
    due: float
    failure: str = ""

    def run(self, now: float) -> None:
        """Do it, and see to it that its failure is logged once and not at every turn."""
        self.due = now + self.seconds
        try:
            self.work()
        except Exception as error:
            failure = str(error) if isinstance(error, SignageError) else f"{type(error).__name__}: {error}"
            if failure != self.failure:
                log.error("%s failed, and is tried again: %s", self.name, failure, exc_info=_unexpected(error))
            self.failure = failure
        else:
            if self.failure:
                log.info("%s works again", self.name)
            self.failure = ""


class Jobs:
    """All jobs of one loop."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def every(self, seconds: float, name: str, work: Callable[[], None], now: float) -> Job:
        """Do `work` every so many seconds, the first time in that time from `now`. `name`: for the log and the status.

        `Job.seconds` may be changed later; it counts from the next turn on.
        """
        job = Job(name, seconds, work, now + seconds)
        self._jobs.append(job)
        return job

    def run_due(self, now: float) -> None:
        """Do what is due at `now`."""
        for job in self._jobs:
            if now >= job.due:
                job.run(now)

    @property
    def failures(self) -> list[str]:
        """What fails now: "announcing the server: OSError: ..."."""
        return [f"{job.name}: {job.failure}" for job in self._jobs if job.failure]


def _unexpected(error: Exception) -> bool:
    """Whether a person who reads the log needs the place in the program: not for what the machine refuses."""
    return not isinstance(error, SignageError | OSError)
