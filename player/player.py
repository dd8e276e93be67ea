"""Shows pages until somebody ends it: the first picture from the store, before anything of the network is loaded."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from player import __version__
from player.clock import Timekeeper
from player.config.options import Options, start_options
from player.display.glass import Glass
from player.display.notices import NoticePicture, waiting
from player.display.slim_pygame import give_back, limit_malloc_arenas
from player.health import proof, vitals
from player.health.proof import Proof
from player.health.vitals import RecentProblems
from player.health.watchdog import Watchdog
from player.loop import Loop
from player.rotation import Moment
from player.store.alerts import AlertDocument, AlertsInForce, in_force
from player.store.identity import IdentityRecord
from player.store.manifest import Manifest
from player.store.store import BundleStore

if TYPE_CHECKING:  # imported late, for these bring the network's libraries
    from player.net.heartbeat import HeartbeatTarget, HeartbeatThread
    from player.net.heartbeat_report import PlayerState, Problem
    from player.net.service import Service

SOONEST, LATEST = 0.5, 3.0  # seconds after alerts came until they are reported: not by all players at once
GOODBYE_SECONDS = 0.3  # for what a thread is at; nothing gets its final name before it is whole

log = logging.getLogger("player")


class AlertReports:
    """When a heartbeat is sent because of other alerts. Pure; seconds of the steady clock.

    `alerts`: those in force at the start, which need no report of their own.
    """

    def __init__(self, alerts: AlertsInForce | None, chance: Callable[[], float]) -> None:
        self._last = alerts
        self._chance = chance
        self._due: float | None = None

    def due(self, alerts: AlertsInForce | None, ticks: float) -> bool:
        """Is it time for one? To be called about once a second; counts as sent then."""
        if alerts is not self._last:
            self._last = alerts
            self._due = ticks + SOONEST + (LATEST - SOONEST) * self._chance()
        if self._due is None or ticks < self._due:
            return False
        self._due = None
        return True


class Player:
    """`record` and `stored` are what the store holds, `newest` is when the newest known manifest was generated."""

    def __init__(
        self,
        options: Options,
        store: BundleStore,
        record: IdentityRecord,
        stored: Manifest | None,
        newest: datetime | None,
        recent_problems: RecentProblems,
        started: float,
        alerts: AlertDocument | None = None,
    ) -> None:
        """Open the display. Raises NoDisplay only where a window was requested. `started`: ticks of the process."""
        limit_malloc_arenas()
        self._options = options
        self._store = store
        self._record = record
        self._stored = stored
        self._newest = newest
        self._stored_alerts = in_force(alerts, None, started) if alerts is not None else None
        self._alert_reports = AlertReports(self._stored_alerts, random.random)
        self._recent_problems = recent_problems
        self._started = started
        self._clock = Timekeeper(store, options.at, options.trust_clock)
        self._glass = Glass(options.look)
        self._service: Service | None = None
        self._reporter: HeartbeatThread | None = None
        self._watchdog = Watchdog()
        self._proof = Proof()
        self._well: float | None = None  # ticks at which all was well last
        self._introduced: str | None = None  # the player's id under which it has reported
        self._loop = Loop(self._glass, store, self)

    def run(self) -> None:
        """Returns when the window is closed, or by a signal."""
        _end_on_signals(lambda: setattr(self._glass, "quit", True))
        logged = False
        while not self._glass.quit:
            pause = self._loop.step()
            if self._loop.shown and not logged:
                lived = time.monotonic() - self._started + _before_main(self._started)
                log.debug("first picture after %.2f s", lived)
                logged = True
            if self._service is None and (self._loop.shown or pause):
                self._start_service()
            if pause:
                self._glass.wait(pause)
        self._watchdog.stopping()
        self._glass.close()
        for seconds in (0.0, GOODBYE_SECONDS):  # both are stopped before either is waited for
            for thread in (self._service, self._reporter):
                if thread is not None:
                    thread.stop(seconds)
        self._watchdog.close()

    # -- for the loop (player.loop.LoopHost) --------------------------------------------------------------------

    @property
    def manifest(self) -> Manifest | None:
        return self._service.manifest if self._service else self._stored

    @property
    def alerts(self) -> AlertDocument | None:
        found = self._alerts_in_force()
        return found.document if found is not None else None

    def _alerts_in_force(self) -> AlertsInForce | None:
        return self._service.alerts if self._service else self._stored_alerts

    def moment(self) -> Moment:
        # never the later of the two: what was made by a server's clock that was ahead is not the newest any more
        fetched = self._service.newest if self._service else None
        return self._clock.moment(fetched or self._newest)

    def notice(self) -> NoticePicture:
        return self._service.notice() if self._service else waiting(self._options.server)

    def poll_now(self) -> None:
        if self._service is not None:
            self._service.poll_now()

    def alive(self, *, picture_ok: bool) -> None:
        now = time.monotonic()
        well = picture_ok or not self._glass.present
        if well:
            self._well = now
        self._watchdog.notify_due(now, self._well, self._status())
        self._proof.look(now, well and self._service is not None)
        self._introduce()
        if self._alert_reports.due(self._alerts_in_force(), now):
            self.heartbeat()

    def _introduce(self) -> None:
        """Report as soon as it shows what is published now, not at the next minute: somebody waits to see it
        green."""
        me = self._service.identity if self._service else None  # taken once: its thread may take it away
        if self._service is None or me is None or not self._service.fetched or self._loop.page is None:
            return
        if me.player != self._introduced:
            self._introduced = me.player
            self.heartbeat()

    def _status(self) -> str:
        """For `systemctl status`."""
        if not self._glass.present:
            return "waiting for a display"
        me = self._service.identity if self._service else None
        if self._loop.page is not None:
            return f'showing the screen "{me.screen}"' if me else "showing what is stored"
        return self._loop.notice.headline[1] if self._loop.notice else "starting"

    def heartbeat(self) -> None:
        give_back()
        if self._reporter is not None and self.target() is not None:
            self._reporter.submit(self._state())

    # -- the threads --------------------------------------------------------------------------------------------

    def _start_service(self) -> None:
        from player.net.heartbeat import HeartbeatThread
        from player.net.service import Service

        self._service = Service(
            start_options(self._options),
            self._record,
            self._store,
            self._stored,
            self._clock,
            self._changed,
            self._about,
            spread=self._options.service,
            alerts=self._stored_alerts,
            alerted=self._alerted,
        )
        self._service.start()
        self._reporter = HeartbeatThread(self)
        self._reporter.start()

    def _changed(self) -> None:
        """There is something new to show; called by the service's thread."""
        self._loop.retry_unreadable()
        self._glass.wake()

    def _alerted(self) -> None:
        """There are other alerts; called by the thread that fetches them."""
        self._loop.retry_unreadable()
        self._glass.wake(urgent=True)

    def _about(self) -> str:
        """What the player reports about itself in a pairing request."""
        panel = (self._glass.panel or "").partition("@")[0] or None
        return json.dumps({"version": __version__, "model": vitals.model() or None, "panel": panel})

    # -- for the heartbeat (player.net.heartbeat.HeartbeatSource) -----------------------------------------------

    def target(self) -> HeartbeatTarget | None:
        from player.net.heartbeat import HeartbeatTarget

        service = self._service
        me, server = (service.identity, service.server) if service else (None, None)
        if service is None or me is None or me.token is None or server is None:
            return None
        server = server.rstrip("/")
        return HeartbeatTarget(server, me.token, service.proven_server == server, me.seed, me.known)

    def _state(self) -> PlayerState:
        from player.net.heartbeat_report import PlayerState, reported

        glass = self._glass
        return PlayerState(
            wall=self._clock.wall(),
            since_boot=self._clock.since_boot(),
            clock=self._clock.verdict,
            manifest=self.manifest,
            page=self._loop.page,
            notice=self._loop.notice,
            snapshot=glass.snapshot(),
            display=glass.display,
            output=glass.output_name,
            panel=glass.panel,
            rotate=glass.rotate,
            overscan=self._options.look.overscan,
            alerts=reported(self._alerts_in_force(), self._loop.alerts_shown, time.monotonic()),
        )

    def report(self, state: PlayerState) -> Mapping[str, object]:
        from player.net.heartbeat_report import PlayerInfo, Problem, report

        assert self._service is not None
        me, network = self._service.identity, self._service.network()
        about = PlayerInfo(
            version=__version__,
            fallback_from=proof.fallback_from(),
            screen=me.screen if me else "",
            running=time.monotonic() - self._started,
            failing_since=network.failing_since,
            network=Problem(network.problem, network.kind),
            storage=Problem(self._store.problem, self._store.problem_kind),
            errors=self._recent_problems.last(),
            keys=self._service.keys,
            film=self._film(),
        )
        return report(state, about, vitals.read(self._store.folder, state.since_boot))

    def _film(self) -> Problem | None:
        """Why films are not played; None when the bundle has none."""
        from player.net.heartbeat_report import Problem

        if self.manifest is None or not self.manifest.films:
            return None
        found = self._loop.films.problem
        return Problem(found.problem, found.kind) if found else Problem()


def _end_on_signals(end: Callable[[], None]) -> None:
    def handler(number: int, frame: FrameType | None) -> None:
        end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _before_main(started: float) -> float:
    """Seconds that the process had lived before `main` began: the interpreter's own start (proc(5), field 22)."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    lived = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return max(0.0, lived - (time.monotonic() - started))
