"""The thread that makes live pages: once a minute their data is fetched, each subject once for all screens.

It waits for no build. A subject that fails costs the pages that need it, for as long as it does: their windows end by
themselves (`signage.domain.departures.FRESH`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from signage.app.clock_watch import ClockNotSet
from signage.app.live_pages import LivePages
from signage.app.live_places import LiveScreen, LiveScreens
from signage.app.pipeline import Pipeline
from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.errors import NotWritable, SignageError, SourceError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import describe
from signage.runtime.threads import work_on
from signage.runtime.workers import shared
from signage.sources.base import UnusableAnswer
from signage.sources.live import live_types
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.network import Network
from signage.sources.trust.pace import Pace
from signage.storage.store import Store

log = logging.getLogger(__name__)

PERIOD = timedelta(minutes=1)  # between two requests for one subject: Entur's terms of service ask for no more
LONGEST = timedelta(minutes=10)  # between two attempts at what fails, unless its server asks for more
PACE = Pace(PERIOD, LONGEST, LONGEST, forgiven=3, busy=timedelta(minutes=5))
LOOK_SECONDS = 15.0  # how late a place that opens is noticed
AT_ONCE = 8  # requests

# One attempt: the next minute is another, and who is not there must not keep the others waiting.
LIMITS = FetchLimits(connect_seconds=5.0, read_seconds=8.0, total_seconds=12.0, attempts=1, feed_bytes=1_000_000)

Fetch = Callable[[WantedData, Config, datetime, CancelToken], object]


class LiveClock(Protocol):
    """The server's clocks."""

    def for_building(self) -> datetime: ...
    def monotonic(self) -> float: ...


@dataclass
class _Subject:
    """What is known of a subject. `due`: when it may be asked for again, by the clock that never jumps."""

    due: float = float("-inf")
    value: object = None
    failures: int = 0
    problem: str = ""


class LiveRefresh:
    """Makes the live pages of `screens` until `stop` is cancelled."""

    def __init__(
        self,
        pages: LivePages,
        screens: LiveScreens,
        config: Callable[[], Config],
        clock: LiveClock,
        stop: CancelToken,
        fetch: Fetch,
    ) -> None:
        self.on_published: Callable[[str, datetime], None] = lambda screen, now: None
        """Called with each screen that was published."""
        self._pages = pages
        self._screens = screens
        self._config = config
        self._clock = clock
        self._stop = stop
        self._fetch = fetch
        self._subjects: dict[WantedData, _Subject] = {}
        self._shown: dict[str, frozenset[str]] = {}  # by screen: the places that it had when its pages were last made
        self._faults: dict[str, str] = {}  # by screen
        self._thread = threading.Thread(target=self._run, name="live pages", daemon=True)

    def start(self) -> None:
        """Make pages from now on."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the thread's end; gives whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def problems(self) -> list[str]:
        """What fails now, in sentences."""
        return [*(each.problem for each in self._subjects.values() if each.problem), *self._faults.values()]

    def _run(self) -> None:
        with self._stop.on_cancel(self._screens.wake.set):
            while not self._stop.cancelled:
                self._screens.wake.clear()
                try:
                    self.look()
                except (Cancelled, ClockNotSet):
                    pass
                except Exception as error:  # the edge of a loop that must go on
                    self._note("", error)
                self._screens.problems = self.problems
                self._screens.wake.wait(self._pause())
        self._pages.close_browsers()

    def _pause(self) -> float | None:
        """How many seconds there is nothing to do; None: until a screen has places."""
        if not self._screens.all():
            return None
        now = self._clock.monotonic()
        due = min((each.due for each in self._subjects.values()), default=now + LOOK_SECONDS)
        return min(max(due - now, 0.5), LOOK_SECONDS)

    def look(self) -> None:
        """Fetch what is due, and make the pages of the screens that show it, each as soon as all it needs has come."""
        now, ticks = self._clock.for_building(), self._clock.monotonic()
        wanted = {screen.screen_id: list(screen.wanted(now)) for screen in self._screens.all()}
        everything = dict.fromkeys(one for some in wanted.values() for one in some)
        for one, subject in list(self._subjects.items()):
            if one not in everything:  # it may be wanted again before it may be asked for again
                subject.problem = ""
                if subject.due <= ticks:
                    del self._subjects[one]
        self._subjects |= {one: _Subject() for one in everything if one not in self._subjects}
        self._faults = {name: fault for name, fault in self._faults.items() if wanted.get(name)}
        due = [one for one in everything if self._subjects[one].due <= ticks]
        waiting = [(screen, set(due).intersection(wanted.get(screen.screen_id, ()))) for screen in self._screens.all()]
        for screen, missing in waiting:
            if not missing and self._shown.get(screen.screen_id, frozenset()) != _names(screen, now):
                self._make(screen)
        if not everything:
            self._pages.close_browsers()
        for one in due:
            self._subjects[one].due = ticks + PERIOD.total_seconds()
        config = self._config()
        for one, answer in work_on(due, lambda one: self._asked(one, config, now), AT_ONCE, self._stop, "live data"):
            self._learn(one, answer, ticks)
            for screen, missing in waiting:
                if one in missing:
                    missing.remove(one)
                    if not missing:
                        self._make(screen)

    def _asked(self, one: WantedData, config: Config, now: datetime) -> object:
        """The value, or why there is none."""
        try:
            return self._fetch(one, config, now, self._stop)
        except (SourceError, NotWritable) as error:
            return error
        except Cancelled:
            raise
        except Exception as error:  # a fault of ours costs this subject
            self._stop.check()
            log.exception("%s: internal error while reading it", one.subject)
            return SignageError(f"{one.subject}: internal error ({type(error).__name__}). The log has the details.")

    def _learn(self, one: WantedData, answer: object, ticks: float) -> None:
        subject = self._subjects[one]
        if not isinstance(answer, SignageError):
            if subject.problem:
                log.warning("%s: it answers again", one.subject)
            subject.value, subject.failures, subject.problem = answer, 0, ""
            return
        subject.failures += 1
        sentence = f"{answer.source}: {answer}" if isinstance(answer, SourceError) else str(answer)
        if not subject.problem:
            log.warning("%s", sentence)
        subject.problem = sentence
        pause = max(PACE.pause(subject.failures), PACE.asked_to_wait(answer))
        subject.due = ticks + pause.total_seconds()

    def _make(self, screen: LiveScreen) -> None:
        """Make a screen's pages of what is known. A fault costs this screen's."""
        name = screen.screen_id
        data: Mapping[WantedData, object] = {one: each.value for one, each in self._subjects.items() if each.value}
        try:
            now = self._clock.for_building()
            made = self._pages.make(screen, data, now, self._stop)
        except (Cancelled, ClockNotSet):
            raise
        except Exception as error:
            self._note(name, error)
            return
        if made.problems:
            self._note(name, SignageError("; ".join(made.problems) + "."))
        else:
            self._faults.pop(name, None)
        self._shown[name] = _names(screen, now)
        if made.published:
            self.on_published(name, now)

    def _note(self, name: str, error: Exception) -> None:
        what = f"the live pages of the screen {name}" if name else "live pages"
        sentence = f"{what}: {describe(error)}"
        if self._faults.get(name) != sentence:
            log.error("%s", sentence, exc_info=None if isinstance(error, SignageError) else error)
        self._faults[name] = sentence


def _names(screen: LiveScreen, at: datetime) -> frozenset[str]:
    return frozenset(place.name for place in screen.open_at(at))


def fetching(store: Store) -> Fetch:
    """How a subject is fetched, of whatever type. Raises SourceError, Cancelled."""

    def fetch(one: WantedData, config: Config, now: datetime, cancel: CancelToken) -> object:
        live, service = live_types()[one.type], getattr(config.services, one.type)
        session = FetchSession(store, now, config.site.contact, LIMITS, shared(), cancel, Network.of(config.site))
        fetcher = CachingFetcher(f"{live.provider} ({one.subject})", service, session)
        fetcher.headers = live.headers(config.site)
        try:
            return live.fetch(service, one.subject, fetcher, now)
        except UnusableAnswer as error:
            raise SourceError(fetcher.source, service, error.message, error.hint, fault=error.fault) from None

    return fetch


def live_refresh(
    pipeline: Pipeline,
    config: Callable[[], Config],
    clock: LiveClock,
    stop: CancelToken,
    published: Callable[[str], None],
) -> LiveRefresh:
    """What makes the live pages beside the builds of a pipeline. `published` is called with each screen that is."""
    pages = LivePages(pipeline.folders, pipeline.live_screens, pipeline.ledger, pipeline.lock)
    refresh = LiveRefresh(pages, pipeline.live_screens, config, clock, stop, fetching(pipeline.store))

    def note(screen: str, now: datetime) -> None:
        pipeline.mirroring.changed(screen, now)
        published(screen)

    refresh.on_published = note
    refresh.start()
    return refresh
