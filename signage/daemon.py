"""`signage run`: refresh on schedule, follow screens.toml, and serve what is published, until told to stop.

The main thread keeps time and watches the configuration; builds run in a thread of their own, so that an edit is seen
within seconds even in the middle of a long first build, which then begins anew with what it has rendered so far.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import schedule
from rich.console import Console

from signage.bundle import SigningKeys
from signage.cli.players import screen_names
from signage.cli.progress import Bars
from signage.config.models import Config
from signage.config.watch import WatchedConfig
from signage.demo import DemoPortal, replace_addresses
from signage.errors import EXIT_OK, ConfigError, NoBrowser, SignageError
from signage.pipeline import BuildReport, Folders, Pipeline
from signage.players.admin import AdminKey
from signage.players.glimpse import Glimpse
from signage.players.registry import REGISTRY_FILE, Registry
from signage.players.service import Players, Site
from signage.serve.announce import Announcer
from signage.serve.server import ANYWHERE, Server
from signage.serve.whereabouts import read_address, remember_address

log = logging.getLogger(__name__)

LOOK_MINUTES = 5  # how soon a new address of this machine is announced and noted
WATCH_SECONDS = 2  # how soon an edit of screens.toml is noticed
TICK_SECONDS = 0.5


class Superseded(Exception):
    """The configuration changed, or the daemon ends, while a build was going on."""


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
    ) -> None:
        self.watched = WatchedConfig(config, layouts)
        if self.watched.current is None:
            assert self.watched.problems is not None
            raise self.watched.problems
        self.folders = folders
        self.console = console
        self.pipeline = Pipeline(folders, layouts)
        registry = Registry(folders.state / REGISTRY_FILE)
        keys = SigningKeys.load_or_make(folders.var)
        self.players = Players(registry, keys, Glimpse(folders.published), self._site, lambda: datetime.now(UTC))
        self.server = Server(folders.published, self.status, host, port, self.players, AdminKey(folders.state))
        self._announce = announce
        self._portal = DemoPortal(self._today()) if demo else None
        self._stop = threading.Event()
        self._abort = threading.Event()
        self._wanted = threading.Event()
        self._builder = threading.Thread(target=self._build_when_wanted, name="builder", daemon=True)
        self._last: BuildReport | None = None
        self._failure: SignageError | None = None
        self._fatal: SignageError | None = None

    def run(self) -> int:
        """Until SIGINT or SIGTERM; gives the exit code. Raises SignageError when it can't start."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        scheduler = schedule.Scheduler()
        scheduler.every(WATCH_SECONDS).seconds.do(self._follow_config)
        refresh = scheduler.every(self._config.site.refresh_minutes).minutes.do(self._wanted.set)
        scheduler.every(LOOK_MINUTES).minutes.do(self._note_address)
        with self.server, self._announced() as announcer:
            if announcer:
                scheduler.every(LOOK_MINUTES).minutes.do(announcer.look_again)
            self._say_addresses()
            if self._portal:
                self._portal.__enter__()
            self._wanted.set()
            self._builder.start()
            while not self._stop.wait(TICK_SECONDS):
                scheduler.run_pending()
                if refresh.interval != self._config.site.refresh_minutes:
                    scheduler.cancel_job(refresh)
                    refresh = scheduler.every(self._config.site.refresh_minutes).minutes.do(self._wanted.set)
                if self._fatal:
                    break
            self._abort.set()
            self._wanted.set()
            self._stop.set()
            self._builder.join()
            if self._portal:
                self._portal.__exit__(None, None, None)
        if self._fatal:
            raise self._fatal
        self.console.print("stopped; what is published stays in place")
        return EXIT_OK

    @property
    def _config(self) -> Config:
        assert self.watched.current is not None
        return self.watched.current

    def _today(self) -> Any:
        return datetime.now(ZoneInfo(self._config.site.zone)).date()

    def _follow_config(self) -> None:
        match self.watched.poll():
            case "changed":
                log.info("%s has changed: building with it", self.watched.path)
                self._begin_anew()
            case "repaired":
                log.info("%s is right again: building with it", self.watched.path)
                self._begin_anew()
            case "broken":
                assert self.watched.problems is not None
                log.warning("%s can't be used; the screens go on with what it said before:", self.watched.path)
                for problem in self.watched.problems.problems:
                    log.warning("  %s", problem)
            case "unchanged":
                pass

    def _begin_anew(self) -> None:
        self._abort.set()
        self._wanted.set()

    def _build_when_wanted(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self._abort.clear()
            if self._stop.is_set():
                return
            try:
                self._build()
            except Superseded:
                continue
            except SignageError as error:
                if isinstance(error, NoBrowser) and self._last is None:
                    self._fatal = error  # later on a browser may be gone for a moment: while it is upgraded
                    return
                if str(error) != str(self._failure):
                    log.error("%s", error)
                self._failure = error
            except Exception as error:
                log.exception("a refresh failed; the screens keep what they have")
                self._failure = SignageError(f"a refresh failed: {type(error).__name__}: {error}")

    def _build(self) -> None:
        config = replace_addresses(self._config, self._portal) if self._portal else self._config
        first = quiet = self._last is None
        with Bars(self.console) as bars:

            def rendering(done: int, total: int) -> None:
                if self._abort.is_set() or self._stop.is_set():
                    raise Superseded
                nonlocal quiet
                if quiet and not self.console.is_terminal:  # a journal has no bars, and the first build takes minutes
                    log.info("making %d pictures; each screen's first day is shown as soon as it is there", total)
                    quiet = False
                bars.rendering(done, total)

            report = self.pipeline.build(config, datetime.now(UTC), bars.fetching, rendering, patient=True)
        self._tell(report, first)
        self._last, self._failure = report, None

    def _tell(self, report: BuildReport, first: bool) -> None:
        rendered = sum(screen.rendered for screen in report.screens)
        if first or rendered:
            pictures = sum(screen.pictures for screen in report.screens)
            log.info(
                "%d screens published: %d pictures, %d new, %.1f s",
                len(report.screens),
                pictures,
                rendered,
                report.seconds,
            )
        before = {problem for screen in self._last.screens for problem in screen.problems} if self._last else set()
        for screen in report.screens:
            for problem in screen.problems:
                if problem not in before:
                    log.warning("%s: %s", screen.screen, problem)

    def _site(self) -> Site:
        """What players are judged by and paired with: the configuration that is in force."""
        return Site(screen_names(self._config), ZoneInfo(self._config.site.zone))

    @contextmanager
    def _announced(self) -> Iterator[Announcer | None]:
        """Announce the server in the house, unless told not to, or when only this machine can reach it."""
        self._note_address()
        if not self._announce or self.server.host not in ANYWHERE:
            yield None
            return
        # players take the first by name, which should not be somebody's try at a desk
        name = f"{self._config.site.name} (demo)" if self._portal else self._config.site.name
        with Announcer(name, self.server.port) as announcer:
            yield announcer

    def _note_address(self) -> None:
        """For a command line beside it, that writes settings for players. A router may give this machine another."""
        address = f"http://{self.server.for_televisions()}"
        if read_address(self.folders.state) != address:
            remember_address(self.folders.state, address)

    def _say_addresses(self) -> None:
        self.console.print(f"\n[bold]The screens are at {self.server.address}/[/]  (Ctrl-C ends)")
        self.console.print(f"from other machines: http://{self.server.for_televisions()}/\n")

    def status(self) -> dict[str, Any]:
        """For the start page and whoever watches: what is wrong, and how each source and screen is."""
        problems: list[str] = []
        if isinstance(self.watched.problems, ConfigError):
            problems += [str(problem) for problem in self.watched.problems.problems]
        if self._failure:
            problems.append(str(self._failure))
        last = self._last.as_dict() if self._last else {"generated": None, "screens": [], "sources": []}
        last["sources"] = [source.as_dict() for source in self.pipeline.sources]
        problems += [f"{s['source']}: {s['problem']}" for s in last["sources"] if s["problem"]]
        problems += [
            f"{s['source']}: {alarm['text']}"
            for s in last["sources"]
            for alarm in s["alarms"]
            if alarm["kind"] != "failing"
        ]
        problems += [f"{s['screen']}: {p}" for s in last["screens"] for p in s["problems"]]
        return {"ok": not problems, "problems": problems, **last}
