"""The thread that builds: one build at a time, whenever one is wanted, each with a token that cancels it.

An edit of screens.toml cancels the build that is going on, and the next one begins with the new configuration. Sources
are not waited for then: what is known of them is published with the new configuration first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from rich.console import Console

from signage.app.alarms import BuildState
from signage.app.build_report import BuildReport
from signage.app.clock_watch import ClockNotSet
from signage.app.first_pictures import Count, FirstPictures
from signage.app.pipeline import Pipeline
from signage.app.progress import Bars
from signage.config.models import Config
from signage.domain.printable import counted
from signage.domain.server_status import Message, ServerProblem
from signage.errors import NoBrowser, NotWritable, SignageError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.memory import give_back
from signage.sources.collect import address_of

log = logging.getLogger(__name__)

SEARCH_SECONDS = 3600.0  # between two searches of all that lives for garbage, if no build renders anything
KEPT_SECONDS = 60.0  # that browsers wait for another build: one edit of screens.toml is often followed by another
AGAIN_SECONDS = 15.0  # after that, doubled by each failure: until a build that failed is tried again
MOST_DOUBLINGS = 8  # of that: an hour, so that no source is asked too often
SPARED_SECONDS = 60.0  # a folder in which something always changes must not keep a long build from ever ending


class BuildClock(Protocol):
    """The server's clocks."""

    def for_building(self) -> datetime:
        """The instant to build for. Raises ClockNotSet."""

    def monotonic(self) -> float:
        """Seconds of a clock that never jumps."""


class Builder:
    """Builds `config()` with `pipeline` in a separate thread, until `stop` is cancelled."""

    def __init__(
        self,
        pipeline: Pipeline,
        config: Callable[[], Config],
        console: Console,
        clock: BuildClock,
        stop: CancelToken,
    ) -> None:
        self.pipeline = pipeline
        pipeline.keeps_browsers = True
        self.last: BuildReport | None = None
        """What the last complete build did."""
        self.failure: SignageError | None = None
        """Why the last build failed; None when it didn't."""
        self.fatal: SignageError | None = None
        """Why it can't go on."""
        self.first_pictures = FirstPictures()
        """How far the screens are that show nothing yet."""
        self.on_published: Callable[[str], None] = lambda screen: None
        """Called with each screen that was published or found unchanged."""
        self._config = config
        self._console = console
        self._clock = clock
        self._stop = stop
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._token: CancelToken | None = None
        self._state: BuildState | None = None
        self._edited = False  # what is built next has another configuration than what was built, or was being built
        self._refresh = True  # sources are due: the next build reads them
        self._read_with: Config | None = None  # the configuration of the last build that read the sources to its end
        self._failures = 0  # builds that failed since the last one that didn't
        self._cancelled_for_files = float("-inf")
        self._published: dict[str, float] = {}
        self._rendered = True  # something, in the build that is going on, or nobody knows
        self._searched: float | None = None  # when all that lives was last searched for garbage
        self._thread = self._new_thread()

    # -- for the main loop and the status

    def start(self) -> None:
        """Build from now on."""
        self._thread.start()

    def ensure_alive(self) -> None:
        """Begin a new thread where the old one has ended, which only a fault of ours can bring about."""
        if not self._thread.is_alive() and self.fatal is None and not self._stop.cancelled:
            log.error("the builder thread had ended; restarting it")
            self._thread = self._new_thread()
            self._wanted.set()
            self._thread.start()

    def refresh(self) -> None:
        """Read the sources again, and build, once the running build has ended."""
        with self._lock:
            self._refresh = True
        self._wanted.set()

    def begin_again(self, edited: bool = False) -> None:
        """Cancel the build that is going on, and build again. `edited`: the configuration is another one."""
        with self._lock:
            self._edited = self._edited or edited
            token = self._token
        self._wanted.set()
        if token is not None:
            self._cancel(token)

    def files_changed(self) -> None:
        """Build again with other pictures. The build that is going on is cancelled, but not again and again."""
        now = self._clock.monotonic()
        with self._lock:
            self._edited = True
            token = self._token if now - self._cancelled_for_files >= SPARED_SECONDS else None
            if token is not None:
                self._cancelled_for_files = now
        self._wanted.set()
        if token is not None:
            self._cancel(token)

    def cancel(self) -> None:
        """End: with `stop` cancelled, no further build begins."""
        self.begin_again()

    def join(self, seconds: float) -> bool:
        """Wait for the thread's end; gives whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def state(self) -> BuildState | None:
        """The build that is going on; None when none is. Seconds of the monotonic clock."""
        return self._state

    def published(self, screens: Iterable[str], now: float) -> Mapping[str, float]:
        """When each of these screens was last published or found unchanged; a screen that is new waits from `now` on.
        Seconds of the monotonic clock.
        """
        with self._lock:
            self._published = {screen: self._published.get(screen, now) for screen in screens}
            return dict(self._published)

    def waiting_since(self, screens: Mapping[str, float]) -> None:
        """Screens that were waited for by an earlier process already."""
        with self._lock:
            self._published = {**screens, **self._published}

    # -- in the thread

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="builder", daemon=True)

    def _run(self) -> None:
        try:
            self._build_repeatedly()
        finally:
            self.pipeline.close_browsers()
            self.pipeline.alert_pictures.close()

    def _build_repeatedly(self) -> None:
        while True:
            self._wait()
            self._wanted.clear()
            with self._lock:
                token = CancelToken()
                edited, self._edited = self._edited, False
                refresh, self._refresh = self._refresh, False
                self._token = token
            if self._stop.cancelled:
                return
            try:
                self._build(token, edited, refresh)
            except Cancelled:
                self._put_back(edited, refresh)
            except Exception as error:
                if token.cancelled:  # what was killed under it complains
                    log.debug("while a build was cancelled: %s: %s", type(error).__name__, error)
                    self._put_back(edited, refresh)
                elif isinstance(error, NoBrowser) and self.last is None:
                    self.fatal = error  # later on a browser may be gone for a moment: while it is upgraded
                    return
                else:
                    self._note_failure(error)
                    self._failures += 1
                    self._put_back(True, refresh)  # what failed may work in a minute: a disk has room again
            finally:
                with self._lock:
                    self._token, self._state = None, None
                self.first_pictures.end()
                self._give_back()

    def _wait(self) -> None:
        """Until a build is wanted, or one that failed is due again."""
        if self._wanted.wait(KEPT_SECONDS):
            return
        self.pipeline.close_browsers()
        again = AGAIN_SECONDS * 2 ** min(self._failures, MOST_DOUBLINGS) if self._failures else None
        self._wanted.wait(again)

    def _give_back(self) -> None:
        now = self._clock.monotonic()
        search = self._rendered or self._searched is None or now - self._searched >= SEARCH_SECONDS
        give_back(everything=search)
        if search:
            self._searched = now

    def _put_back(self, edited: bool, refresh: bool) -> None:
        """What a cancelled build was to do is left to the next one."""
        with self._lock:
            self._edited, self._refresh = self._edited or edited, self._refresh or refresh

    def found_problems(self) -> list[ServerProblem]:
        """Why the last build failed. A clock that isn't set has an alarm of its own."""
        if self.failure is None or isinstance(self.failure, ClockNotSet):
            return []
        key = "problems.disk" if isinstance(self.failure, NotWritable) else "problems.server"
        return [ServerProblem(Message(key), str(self.failure))]

    def _note_failure(self, error: Exception) -> None:
        if isinstance(error, SignageError):
            if str(error) != str(self.failure):
                log.error("%s", error)
            self.failure = error
            return
        failure = SignageError(f"a refresh failed: {type(error).__name__}: {error}")
        if str(failure) != str(self.failure):
            log.error("a refresh failed; the screens keep their content", exc_info=error)
        self.failure = failure

    def _build(self, token: CancelToken, edited: bool, refresh: bool) -> None:
        config = self._config()
        now = self._clock.monotonic()
        self._state = BuildState(now, now)
        self._rendered = True
        self.first_pictures.begin()
        if edited and self._can_wait_for_sources(config):
            self._one(config, token, offline=True)
            read = self._read_with
            same = read is not None and read.sources == config.sources and read.site == config.site
            if not refresh and same and not self.pipeline.live.lacks(config):
                return
        self._one(config, token, offline=False)
        self._read_with = config

    def _can_wait_for_sources(self, config: Config) -> bool:
        """Whether the new configuration can be published with what is known: no source has another address now, which
        would take its events away until it has answered; and something is known at all.
        """
        states = [(source, self.pipeline.store.source_get(source.id)) for source in config.sources]
        known = [(source, state) for source, state in states if state.last_good_at]
        return bool(known) and all(state.address == address_of(source) for source, state in known)

    def _one(self, config: Config, token: CancelToken, offline: bool) -> None:
        first = self.last is None
        with Bars(self._console) as bars:
            progress = _Progress(self, bars, announce=first and not self._console.is_terminal)
            now = self._clock.for_building()
            report = self.pipeline.build(config, now, progress, patient=True, offline=offline, cancel=token)
        self._log_result(report, first)
        self._rendered = any(screen.rendered for screen in report.screens)
        self.last, self.failure, self._failures = report, None, 0

    def note_progress(self) -> None:
        """The build got on: a source answered, a picture was made, or a screen was published."""
        with self._lock:
            if self._state is not None:
                self._state = replace(self._state, progressed=self._clock.monotonic())

    def note_published(self, screen: str) -> None:
        """The pages of this screen were published, or found unchanged."""
        with self._lock:
            self._published[screen] = self._clock.monotonic()
        self.on_published(screen)
        self.note_progress()

    def _cancel(self, token: CancelToken) -> None:
        with self._lock:
            if self._state is not None and self._state.cancelled is None:
                self._state = replace(self._state, cancelled=self._clock.monotonic())
        token.cancel()

    def _log_result(self, report: BuildReport, first: bool) -> None:
        rendered = sum(screen.rendered for screen in report.screens)
        if first or rendered:
            pictures = sum(screen.pictures for screen in report.screens)
            log.info(
                "%s published: %s, %d new, %.1f s",
                counted(len(report.screens), "screen"),
                counted(pictures, "picture"),
                rendered,
                report.seconds,
            )
        known = set(self.last.warnings) if self.last else set()
        for warning in report.warnings:
            if warning not in known:
                log.warning("%s", warning)
        before = {problem for screen in self.last.screens for problem in screen.problems} if self.last else set()
        for screen in report.screens:
            for problem in screen.problems:
                if problem not in before:
                    log.warning("%s: %s", screen.screen, problem)


class _Progress:
    """Passes the progress of a build to the builder and the bars. `announce`: log how many pictures are made."""

    def __init__(self, builder: Builder, bars: Bars, *, announce: bool) -> None:
        self._builder = builder
        self._bars = bars
        self._announce = announce  # a journal has no bars, and a first build takes minutes

    def fetching(self, source: str, done: int, total: int) -> None:
        self._builder.note_progress()
        self._builder.first_pictures.fetching(done, total)
        self._bars.fetching(source, done, total)

    def rendering(self, done: int, total: int) -> None:
        self._builder.note_progress()
        if self._announce:
            log.info("rendering; on each screen, what is due now comes first")
            self._announce = False
        self._bars.rendering(done, total)

    def first_pages(self, pages: Mapping[str, Count]) -> None:
        self._builder.first_pictures.rendering(pages)

    def published(self, screen: str) -> None:
        self._builder.note_published(screen)
