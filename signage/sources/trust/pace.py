"""When a service is asked again: its answers hold for some time, it may ask us to wait, and it may fail. Pure.

For all that is asked beside the sources: the weather, departures, official alerts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from signage.errors import SignageError, SourceError
from signage.sources.trust.health import LONGEST_PAUSE, LONGEST_UNREACHABLE, LONGEST_WAIT
from signage.storage.stored_values import SourceState

TOO_MANY_REQUESTS = 429  # RFC 6585 4
LONGEST_LIFETIME = timedelta(hours=2)  # of an answer: an Expires that is further ahead is a mistake
JITTER = timedelta(seconds=60)  # by up to so much after Expires: not every site on earth in the same second
_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Pace:
    """`period`: it is never asked more often. `longest` and `longest_unreachable`: between two attempts at what fails,
    and at what doesn't answer at all, which may be our own network's fault. `forgiven`: so many failures in a row make
    requests no rarer. `busy`: how long it is left alone after a 429 that names no time.
    """

    period: timedelta
    longest: timedelta = LONGEST_PAUSE
    longest_unreachable: timedelta = LONGEST_UNREACHABLE
    forgiven: int = 1
    busy: timedelta = timedelta(hours=1)

    def pause(self, failures: int, unreachable: bool = False) -> timedelta:
        """From a request until the next one, after so many failures in a row: the period, doubled again and again."""
        longest = max(self.period, self.longest_unreachable if unreachable else self.longest)
        rarer: timedelta = self.period * 2 ** min(max(0, failures - self.forgiven), _DOUBLINGS)
        return min(rarer, longest)

    def asked_to_wait(self, error: SignageError) -> timedelta:
        """How long its server asks us to wait with the next request; nothing when it doesn't."""
        seconds = getattr(error, "retry_after", None) or 0.0
        if not seconds and getattr(error, "status", None) == TOO_MANY_REQUESTS:
            return self.busy
        return min(timedelta(seconds=seconds), LONGEST_WAIT)

    def failed(self, tried: SourceState, error: SourceError, now: datetime) -> SourceState:
        """How something is that was asked for at `now` (`tried`) and could not be had."""
        wait = self.asked_to_wait(error)
        return replace(
            tried,
            not_before=now + wait if wait else None,
            failures=tried.failures + 1,
            unreachable=error.unreachable,
            problem=error.reason,
            problem_since=tried.problem_since or now,
            fault=error.fault,
            fault_values=error.values,
        )


def holds_until(lifetime: float | None, whose: str, now: datetime) -> datetime | None:
    """Until when an answer holds that came at `now`, and a little longer: another moment for each `whose`. None: its
    server doesn't say. `lifetime`: in seconds.
    """
    if not lifetime:
        return None
    digest = hashlib.sha256(f"{whose} {now:%Y-%m-%dT%H}".encode()).digest()
    return now + min(timedelta(seconds=lifetime), LONGEST_LIFETIME) + JITTER * (digest[0] / 255)
