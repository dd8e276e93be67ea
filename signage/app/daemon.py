"""`signage run`: refresh on schedule, follow screens.toml, and serve what is published, until stopped.

The main thread keeps time, watches the configuration and looks after everything else; it never waits for any of it.
Builds run in a thread of their own (`signage.app.builder`), so that an edit is seen within seconds even in the middle
of a long first build, which then begins again with what it has rendered so far.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from signage.app.alarms import RaisedAlarms, ServerState, alarms
from signage.app.alert_self_test import AlertSelfTest
from signage.app.build_report import SourceReport
from signage.app.build_watch import USUAL_PATIENCE, BuildLimits, BuildWatch
from signage.app.builder import Builder
from signage.app.clock import Clocks, ServerClock
from signage.app.folders import Folders
from signage.app.followed_config import FollowedConfig
from signage.app.jobs import Jobs
from signage.app.live_refresh import live_refresh
from signage.app.pipeline import Pipeline
from signage.app.poster_watch import PosterWatch
from signage.app.processes import kill_descendants
from signage.app.retirement import players_without_screen
from signage.app.server_alerts import ServerAlerts
from signage.app.server_lock import serving
from signage.app.serving import Serving
from signage.app.shutdown import end_together
from signage.app.sign_of_life import SignWriter, ages_carried_over
from signage.app.signals import Signals, follow_signals
from signage.config.built_in import LAYOUTS, built_in
from signage.config.models import Config
from signage.demo import DemoPortal, replace_addresses
from signage.domain.server_status import Message, RaisedAlarm, ServerProblem, ServerStatus
from signage.domain.status_json import BuildingJson, BuildJson, StatusFigures, WorkingJson
from signage.errors import EXIT_OK, ConfigError, SignageError
from signage.fleet.admin_key import AdminKey
from signage.fleet.heartbeats import FleetSite, Players
from signage.fleet.key_takeover import KeyWatch
from signage.fleet.published_pictures import PublishedPictures
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing import SigningKeys
from signage.runtime.cancel import CancelToken
from signage.runtime.systemd import Notifier
from signage.runtime.workers import shared
from signage.web.dns_sd import Announcer
from signage.web.problems import problem_lines
from signage.web.server import ANYWHERE, WebServer
from signage.web.server_address import read_address, remember_address

log = logging.getLogger(__name__)

ADDRESS_SECONDS = 5 * 60.0  # how soon a new address of this machine is announced and noted
WATCH_SECONDS = 2.0  # how soon an edit of screens.toml is noticed where nothing announces it
KEY_SECONDS = 10.0  # how soon `signage key` takes effect
LOOK_SECONDS = 1.0  # how often what is going on is looked at
TICK_SECONDS = 0.5
CLOSE_SECONDS = 1.6  # for each thing to end after a signal, all at once; then what it started is killed


def _now() -> datetime:
    return datetime.now(UTC)


class Daemon:
    """Everything that `signage run` keeps going."""

    def __init__(
        self,
        config: Path,
        layouts: Path,
        folders: Folders,
        host: str,
        port: int,
        demo: bool,
        console: Console,
        announce: bool = False,
        patience: BuildLimits = USUAL_PATIENCE,
        clocks: Clocks | None = None,
    ) -> None:
        self._clocks = clocks or Clocks(_now)
        files = (config, layouts, folders.state)
        self._following = FollowedConfig(*files, self._clocks.wall, self._use_config, self._in_demo)
        self.watched = self._following.watched
        self.folders = folders
        self.console = console
        self.pipeline = Pipeline(folders, layouts)
        registry = Registry(folders.state / REGISTRY_FILE)
        keys = SigningKeys.load_or_make(folders.var)
        self.players = Players(registry, keys, PublishedPictures(folders.published), self._site, self._clocks.wall)
        admin = AdminKey(folders.state)
        shown = {config.parent: "", layouts: "layouts/", folders.var: "var/", folders.published: "published/"}
        shown |= {built_in(LAYOUTS): "layouts/"}
        self._clock = ServerClock(self._clocks, self.pipeline.ledger.issued_at(), self)
        self.alerts = ServerAlerts(self.pipeline, self._effective, self._clock, self._published)
        about = (self.players, admin, shown, self.alerts.desk)
        self.serving = Serving(lambda taken: WebServer(folders.published, self.status, host, taken or port, *about))
        self._announce = announce
        self._patience = patience
        self._portal = DemoPortal(self._today(), now=self._clocks.wall) if demo else None
        self._signals: Signals | None = None
        self._notifier = Notifier()
        self._jobs = Jobs(self._clocks.monotonic)
        self._wake = threading.Event()  # there is something to do before the next tick
        self._raised = RaisedAlarms()
        self._builder: Builder | None = None
        self._keys = KeyWatch(folders.var, self.players, self._refresh_soon, decides=not demo)
        self._without_screen: set[str] = set()
        self._sign = SignWriter(folders.state, self._summary, self._waiting, self._clocks.monotonic)

    def run(self) -> int:
        """Until SIGINT or SIGTERM; gives the exit code. Raises SignageError when it can't start, or can't go on."""
        signals = self._signals = follow_signals()
        signals.begin()
        try:
            with ExitStack() as running:
                self._start(signals, running)
                self._keep_time(signals.stop)
                self._notifier.stopping()
        finally:
            self._end(signals)
        if self._fatal:
            raise self._fatal
        self.console.print("Stopped. The published pages stay in place.")
        return EXIT_OK

    def _keep_time(self, stop: CancelToken) -> None:
        with stop.on_cancel(self._wake.set):
            while not (stop.cancelled or self._fatal):
                self._wake.wait(TICK_SECONDS)
                self._wake.clear()
                self._following.follow_announced()
                self._jobs.run_pending()

    # -- beginning and end

    def _start(self, signals: Signals, running: ExitStack) -> None:
        running.enter_context(serving(self.folders.state))
        builder = self._builder = Builder(self.pipeline, self._effective, self.console, self._clock, signals.stop)
        builder.on_published = self.serving.published
        closers: list[tuple[str, Callable[[], Any]]] = [
            ("the build", lambda: builder.join(CLOSE_SECONDS)),
            ("the workers", shared().close),
            ("the object store", self.pipeline.mirroring.stop),
        ]
        running.callback(end_together, closers, CLOSE_SECONDS)
        running.callback(builder.cancel)
        running.enter_context(signals.stop.on_cancel(builder.cancel))
        self.serving.start()
        closers.append(("the web server", self.serving.stop))
        self._note_address()
        if announcer := self._announcer():
            announcer.__enter__()
            closers.append(("the announcement", lambda: announcer.__exit__(None, None, None)))
        self._print_addresses()
        self._warn_of_players_without_screen()
        self._following.log_part_problems()
        self._following.log_warnings()
        self._clock.look()
        if self._portal:
            portal = self._portal.__enter__()
            closers.append(("the demo portal", lambda: portal.__exit__(None, None, None)))
        self._carry_over(builder)
        self._plan(builder, announcer)
        signals.on_reload(self._reload)
        edits = self._following.announcements(self._wake.set).__enter__()
        closers.append(("following edits", lambda: edits.__exit__(None, None, None)))
        self.pipeline.posters.pages.films.on_converted = builder.files_changed
        pictures = PosterWatch(self._effective, builder.files_changed).__enter__()
        closers.append(("following pictures", lambda: pictures.__exit__(None, None, None)))
        running.callback(self.alerts.stop)
        closers.append(("alerts", lambda: self.alerts.join(CLOSE_SECONDS)))
        self.alerts.start()
        live = live_refresh(self.pipeline, self._effective, self._clock, signals.stop, self.serving.published)
        closers.append(("live pages", lambda: live.join(CLOSE_SECONDS)))
        builder.start()
        builder.refresh()
        self._notifier.ready()

    def _plan(self, builder: Builder, announcer: Announcer | None) -> None:
        every = self._jobs.repeat
        every(WATCH_SECONDS, "following screens.toml", self._following.look)
        self._refresh = every(self._refresh_seconds, "refreshing", builder.refresh)
        every(ADDRESS_SECONDS, "noting the server's address", self._note_address)
        if announcer:
            every(ADDRESS_SECONDS, "announcing the server", announcer.look_again)
        every(LOOK_SECONDS, "watching the clock", self._clock.look)
        every(KEY_SECONDS, "following the signing key", lambda: self._keys.look(self._clocks.wall()))
        watch = BuildWatch(builder, self.pipeline.activity, self._patience)
        every(LOOK_SECONDS, "looking after the build", lambda: watch.look(self._clocks.monotonic()))
        every(LOOK_SECONDS, "looking after the web server", self.serving.look_after)
        every(LOOK_SECONDS, "raising alarms", self._raise_alarms)
        test = AlertSelfTest(self.alerts.desk, self.players, self._test_at, self._clocks.wall)
        every(LOOK_SECONDS, "testing alerts", test.look)
        every(LOOK_SECONDS, "writing the sign of life", self._sign.write_if_due)
        every(LOOK_SECONDS, "notifying the service manager", self._notify)

    def _end(self, signals: Signals) -> None:
        """Nothing that we started outlives us. What still hangs is killed; the files that matter are whole anyway."""
        if self._builder and not self._builder.join(0):
            kill_descendants()  # a browser or a worker that hangs: what waits for it gets on then
            if not self._builder.join(CLOSE_SECONDS / 2):
                log.warning("a build is stuck in this process; ending without it")
        with suppress(SignageError):
            self._sign.write(self._summary(), ended=True)
        kill_descendants()

    # -- the configuration

    @property
    def _config(self) -> Config:
        return self._following.current

    def _effective(self) -> Config:
        return self._following.effective

    def _in_demo(self, config: Config) -> Config:
        return replace_addresses(config, self._portal) if self._portal else config

    @property
    def _refresh_seconds(self) -> float:
        return self.pipeline.live.refresh_minutes(self._config) * 60.0

    def zone(self) -> ZoneInfo:
        """The zone in which instants are shown."""
        return ZoneInfo(self._config.site.zone)

    def _test_at(self) -> tuple[time | None, ZoneInfo]:
        return self._config.alerts.test_at, self.zone()

    def _today(self) -> date:
        return self._clocks.wall().astimezone(self.zone()).date()

    def _use_config(self) -> None:
        assert self._builder is not None
        self._refresh.set_period(self._refresh_seconds)
        self._builder.begin_again(edited=True)
        self._warn_of_players_without_screen()

    def _warn_of_players_without_screen(self) -> None:
        """Say once of each player that its screen has been taken out of screens.toml."""
        found = set(players_without_screen(self.players.registry.players(), self._config))
        for sentence in sorted(found - self._without_screen):
            log.warning("%s", sentence)
        self._without_screen = found

    def _published(self, screen: str) -> None:
        self.serving.published(screen)

    def _reload(self) -> None:
        """SIGHUP: the configuration is read at the next tick, and all sources that are due are read."""
        log.info("SIGHUP: reading screens.toml again, and refreshing")
        assert self._builder is not None
        self._notifier.reloading()
        self._builder.refresh()
        self._notifier.ready()

    # -- looking after everything

    @property
    def _fatal(self) -> SignageError | None:
        """Why it can't go on: no browser, or no web server that stays up. A supervisor starts us again."""
        return (self._builder.fatal if self._builder else None) or self.serving.fatal

    def _state(self, now: float) -> ServerState:
        builder = self._builder
        if builder is None:
            return ServerState(self._refresh_seconds)
        published = builder.published(self._config.screens, now)
        return ServerState(self._refresh_seconds, published, builder.state, self.pipeline.activity.current())

    def _raise_alarms(self) -> None:
        now = self._clocks.monotonic()
        self._raised.update(alarms(self._state(now), now), now, self._clocks.wall(), self.zone())

    def _alarms(self) -> tuple[RaisedAlarm, ...]:
        return (*self._clock.alarms(), *self._raised.alarms)

    def clock_was_set_back(self, now: datetime) -> None:
        """The clock was ahead: what the players' list has of the future is moved to now."""
        self.players.registry.clock_was_put_right(now)

    def clock_is_usable(self) -> None:
        """Pages may be published by the clock again."""
        self._refresh_soon()

    def _refresh_soon(self) -> None:
        if self._builder is not None:
            self._builder.refresh()

    def _notify(self) -> None:
        """WATCHDOG=1 comes from the main loop, so that it stops when that does, and only while the server answers. A
        builder that hangs is dealt with by `BuildWatch`.
        """
        problems = problem_lines(self._summary())
        doing = "building" if self._builder and self._builder.state else "waiting for the next refresh"
        self._notifier.status(f"{doing}; {problems[0]}" if problems else doing)
        if self.serving.answers:
            self._notifier.alive()

    def _waiting(self) -> dict[str, datetime]:
        """Since when each screen has been waiting for a publication."""
        at, now = self._clocks.wall(), self._clocks.monotonic()
        return {screen: at - timedelta(seconds=now - since) for screen, since in self._state(now).published.items()}

    def _carry_over(self, builder: Builder) -> None:
        now, ages = self._clocks.monotonic(), ages_carried_over(self.folders.state, self._clocks.wall())
        builder.waiting_since({screen: now - age for screen, age in ages.items()})

    # -- where the server is

    def _site(self) -> FleetSite:
        """What players are judged by and paired with: the configuration that is in force."""
        site = self._config.site
        private = site.status == "private"
        return FleetSite(
            self._config.screen_names,
            self.zone(),
            site.host_names,
            private,
            site.languages[0],
            self._config.former_screens,
            self._config.may_have,
            site.phone,
        )

    def _announcer(self) -> Announcer | None:
        """To announce the server on this network; None when that is switched off, or only this machine can reach it."""
        if not self._announce or self.serving.server.host not in ANYWHERE:
            return None
        # players take the first by name, which should not be somebody's try at a desk
        name = f"{self._config.site.name} (demo)" if self._portal else self._config.site.name
        return Announcer(name, self.serving.server.port)

    def _note_address(self) -> None:
        """For a command line beside it, that writes settings for players. A router may give this machine another."""
        server = self.serving.server
        address = f"http://{server.for_televisions()}"
        host = "127.0.0.1" if server.host in ANYWHERE else server.host
        local = f"http://[{host}]:{server.port}" if ":" in host else f"http://{host}:{server.port}"
        if (read_address(self.folders.state), read_address(self.folders.state, "local")) != (address, local):
            remember_address(self.folders.state, address, local)

    def _print_addresses(self) -> None:
        self.console.print(f"\n[bold]The screens are at {self.serving.server.address}/[/]  (Ctrl-C ends)")
        self.console.print(f"from other machines: http://{self.serving.server.for_televisions()}/\n")

    # -- the status

    def status(self) -> ServerStatus:
        """For the start page and anyone who watches: what is wrong, and how each source and screen is."""
        state, now = self._state(self._clocks.monotonic()), self._clocks.monotonic()
        building: BuildingJson | None = None
        if state.build:
            working: list[WorkingJson] = [
                {"unit": each.unit, "stage": each.stage, "seconds": each.seconds} for each in state.working
            ]
            building = {"seconds": round(now - state.build.started, 1), "working": working}
        published = {s: at.astimezone(UTC).isoformat(timespec="seconds") for s, at in self._waiting().items()}
        last = self._builder.last if self._builder else None
        reports: BuildJson = last.as_dict() if last else {"generated": None, "screens": [], "sources": []}
        sources = [source.as_dict() for source in self._sources()]
        figures: StatusFigures = {"building": building, "published": published, **reports, "sources": sources}
        screens = self._builder.first_pictures.of(self._config) if self._builder else ()
        return replace(self._summary(), figures=figures, screens=screens)

    def _sources(self) -> tuple[SourceReport, ...]:
        return (*self.pipeline.sources, *self.alerts.reports(self._clocks.wall()))

    def _summary(self) -> ServerStatus:
        """The status without figures."""
        return ServerStatus(self._clocks.wall(), self.zone(), self._alarms(), self._problems())

    def _problems(self) -> tuple[ServerProblem, ...]:
        config = self.watched.problems.problems if isinstance(self.watched.problems, ConfigError) else []
        config = [*config, *self._config.parts.problems]
        server = [*self._jobs.failures, *filter(None, [self.pipeline.store.lost]), *self.pipeline.mirroring.problems]
        server += [*self.pipeline.live_screens.problems, *self.alerts.problems]
        last = self._builder.last if self._builder else None
        return (
            *(ServerProblem(Message("problems.config"), str(problem)) for problem in config),
            *(self._builder.found_problems() if self._builder else ()),
            *(ServerProblem(Message("problems.server"), problem) for problem in server),
            *(problem for source in self._sources() for problem in source.found_problems()),
            *(last.found_problems() if last else ()),
        )
