"""The daemon's clock: what is planned by it, and what is to be reported of it (`signage.app.clock_watch`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.app.clock_watch import ClockNotSet, ClockProblem, ClockState, ClockWatch, Reading, reading
from signage.domain.server_status import RaisedAlarm
from signage.errors import SignageError
from signage.wording.languages.messages import load_messages

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What time it is, for the daemon. `wall`: the wall clock, aware. `monotonic`: seconds of a clock that never jumps.
    `read`: all of the machine's clocks at once.
    """

    wall: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    read: Callable[[datetime], Reading] = reading


class ClockUser(Protocol):
    """The server, as its clock needs it."""

    def zone(self) -> ZoneInfo:
        """The zone in which instants are shown."""

    def clock_was_set_back(self, now: datetime) -> object:
        """The clock was ahead before; it shows `now`. May raise SignageError."""

    def clock_is_usable(self) -> object:
        """What is planned by the clock may be published again."""


class ServerClock:
    """Call `look` before anything else. `issued`: the instant of the last publication, None: not known."""

    def __init__(self, clocks: Clocks, issued: datetime | None, user: ClockUser) -> None:
        self._clocks = clocks
        self._user = user
        self._watch = ClockWatch(issued)
        self._state = ClockState(True, None, False)

    def look(self) -> None:
        """Compare the clocks; about once a second. A change is logged once."""
        before, now = self._state, self._clocks.wall()
        state = self._state = self._watch.look(self._clocks.read(now))
        problem = state.problem
        if state.is_news:
            if problem is not None:
                log.warning("%s", self._sentence(problem, now))
                if problem.kind == "jumped" and problem.by.total_seconds() < 0:
                    self._correct(now)
            elif not before.may_publish:
                log.info("the server's clock is set now")
        if state.may_publish and not before.may_publish:
            self._user.clock_is_usable()

    def _correct(self, now: datetime) -> None:
        try:
            self._user.clock_was_set_back(now)
        except SignageError as error:  # a disk that is full now: the next heartbeats write the right time anyway
            log.warning("%s", error)

    def monotonic(self) -> float:
        """Seconds of a clock that never jumps."""
        return self._clocks.monotonic()

    def for_building(self) -> datetime:
        """The instant to build for. Raises ClockNotSet."""
        now, state = self._clocks.wall(), self._state
        if not state.may_publish and state.problem is not None:
            raise ClockNotSet(self._sentence(state.problem, now))
        return now

    def alarms(self) -> tuple[RaisedAlarm, ...]:
        """The alarm that the clock raises now, if any."""
        problem = self._state.problem
        return () if problem is None else (problem.alarm(),)

    def _sentence(self, problem: ClockProblem, now: datetime) -> str:
        """A problem in English, for the log and for programs."""
        return load_messages("en").word(problem.alarm().message, self._user.zone(), now)
