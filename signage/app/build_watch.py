"""The watchdog of builds: what hangs is cancelled, then what it may wait for is killed, then all of us begin again."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass

from signage.app.alarms import STILL_SECONDS, last_progress
from signage.app.builder import Builder
from signage.app.processes import kill_descendants
from signage.runtime.activity import Activity

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """How long a build that hangs is borne with, in seconds (docs/status.md).

    `still`: without getting on, until it is cancelled. `cancelled`: from then, until the processes are killed that it
    may be waiting for. `killed`: from then, until the whole server starts again in place: a thread can't be killed.
    """

    still: float = STILL_SECONDS
    cancelled: float = 20.0
    killed: float = 40.0


USUAL_PATIENCE = BuildLimits()


class BuildWatch:
    """Looks after the builds of one builder."""

    def __init__(self, builder: Builder, activity: Activity, patience: BuildLimits) -> None:
        self._builder = builder
        self._activity = activity
        self._patience = patience
        self._killed_for: float | None = None  # the cancelled build for which processes were killed

    def look(self, now: float) -> None:
        """See to it that the builder gets on. `now`: seconds of `time.monotonic`."""
        self._builder.ensure_alive()
        state = self._builder.state
        if state is None:
            return
        if state.cancelled is None:
            # a little after the alarm, which is raised at the same age and must be seen
            if now - last_progress(state, self._activity.current(), now) > self._patience.still + 1:
                log.error("a build has made no progress for %g s; cancelling and restarting it", self._patience.still)
                self._builder.begin_again()
        elif now - state.cancelled > self._patience.cancelled + self._patience.killed:
            restart_in_place()
        elif now - state.cancelled > self._patience.cancelled and self._killed_for != state.started:
            log.error("a cancelled build did not end; killed %d processes", kill_descendants())
            self._killed_for = state.started


def restart_in_place() -> None:
    """Begin again as the same process: the one way to end a thread that hangs, and its memory with it."""
    log.error("the build is stuck; restarting the server")
    kill_descendants()
    sys.stderr.flush()
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 our own command line
