"""Live data for all screens: each subject is fetched once, in parallel, and the last good answer of each is kept.

A failure costs its own subject's update. `begin` starts fetching, and `finish` of what it gives waits: meanwhile the
sources can be read.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from signage.app.build_report import SourceReport
from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.errors import NotWritable, SourceError
from signage.planning.kinds import wanted_data
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import WorkerPool, shared
from signage.sources.base import UnusableAnswer
from signage.sources.live import LiveData, live_types
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.network import Network
from signage.sources.trust.freshness import Alarm
from signage.sources.trust.health import spoken
from signage.sources.trust.pace import Pace, holds_until
from signage.storage.store import Store
from signage.storage.stored_values import SourceState, StoredRecords

log = logging.getLogger(__name__)

# One attempt: the next refresh is another, and a server that has answered 429 must not be asked again at once. A server
# that is slow keeps no event from being published for long.
LIMITS = FetchLimits(connect_seconds=5.0, read_seconds=10.0, total_seconds=15.0, attempts=1, feed_bytes=4_000_000)
AT_ONCE = 4  # subjects; they are on one or two servers
MOST_MINUTES = 60  # between two refreshes, where live data is shown
EARLY = timedelta(seconds=2)  # a refresh that comes this much too early is not worth another round of waiting


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """What is known of everything that the screens want, and how each is. Ages are the values' own matter."""

    data: Mapping[WantedData, object] = field(default_factory=dict)
    reports: tuple[SourceReport, ...] = ()


@dataclass(frozen=True, slots=True)
class _Job:
    """One subject. `service`: the address under [services]."""

    wanted: WantedData
    live: LiveData[Any]
    service: str
    state: SourceState
    fetcher: CachingFetcher

    @property
    def name(self) -> str:
        """As people read it."""
        return self.state.id


class LiveShelf:
    """Keeps the answers in the store, so that a restart or a build without a network has them."""

    def __init__(self, store: Store, activity: Activity | None = None) -> None:
        self._store = store
        self._activity = activity or Activity()
        self._read: dict[str, tuple[str, object]] = {}  # by the state's id: the hash of its stored value, and the value

    def wants(self, config: Config) -> tuple[WantedData, ...]:
        """What the screens show, each once."""
        found = dict.fromkeys(one for screen in config.screens.values() for one in wanted_data(config, screen))
        known = live_types()
        return tuple(one for one in found if one.type in known)

    def refresh_minutes(self, config: Config) -> int:
        """How often a server refreshes. A forecast holds for six hours; the sources are asked as rarely as ever."""
        usual = config.site.refresh_minutes
        return min(usual, MOST_MINUTES) if self.wants(config) else usual

    def lacks(self, config: Config) -> bool:
        """Whether something is wanted that was never asked for: a line was added."""
        return any(
            self._store.source_get(_name(one, live_types()[one.type])).last_tried_at is None
            for one in self.wants(config)
        )

    def begin(
        self,
        config: Config,
        now: datetime,
        *,
        offline: bool = False,
        patient: bool = False,
        cancel: CancelToken | None = None,
        workers: WorkerPool | None = None,
    ) -> LiveRefresh:
        """Fetch what is due. `offline`: nothing; `patient`: only what wasn't fetched within its type's period. What its
        server doesn't want to be asked for yet (Expires, Retry-After) isn't in any case.
        """
        cancel = cancel or CancelToken()
        wants = self.wants(config)
        if not wants:
            return LiveRefresh(self, (), now, ZoneInfo(config.site.zone), offline, patient, cancel)
        pool = workers or shared()
        session = FetchSession(self._store, now, config.site.contact, LIMITS, pool, cancel, Network.of(config.site))
        jobs = tuple(self._job(one, config, session) for one in wants)
        refresh = LiveRefresh(self, jobs, now, ZoneInfo(config.site.zone), offline, patient, cancel)
        if refresh.asked:
            pool.start()
            refresh.start(self._activity)
        return refresh

    def _job(self, one: WantedData, config: Config, session: FetchSession) -> _Job:
        live = live_types()[one.type]
        service = getattr(config.services, one.type)
        name = _name(one, live)
        state = self._store.source_get(name)
        if state.address != service:  # what was known stays; why that other server was not asked doesn't
            kept = (state.records_hash, state.last_good_at)
            state = SourceState(name, service, records_hash=kept[0], last_good_at=kept[1])
        return _Job(one, live, service, state, CachingFetcher(name, service, session))

    def value(self, live: LiveData[Any], state: SourceState) -> object | None:
        """What is stored; None when nothing is, or when another version wrote it."""
        known = self._read.get(state.id)
        if known is not None and known[0] == state.records_hash:
            return known[1]
        stored = self._store.records_get(state)
        if stored is None:
            return None
        try:
            value: object = TypeAdapter(live.value).validate_json(stored.records)
        except ValidationError:
            log.warning("%s: what is stored of it is from another version and can't be read", state.id)
            return None
        self._read[state.id] = stored.hash, value
        return value

    def put(self, job: _Job, state: SourceState, value: object = None) -> SourceState:
        """Remember how a subject is, and `value`, a new answer's, if there is one."""
        stored = None
        if value is not None:
            adapter: TypeAdapter[object] = TypeAdapter(job.live.value)
            stored = StoredRecords(adapter.dump_json(value).decode())
            same = stored.hash == state.records_hash
            state = replace(
                state, records_hash=stored.hash, changed_at=state.changed_at if same else state.last_good_at
            )

        def write() -> None:
            if value is not None:
                job.fetcher.remember()
            self._store.source_put(state, stored)

        self._store.together(write)
        if stored is not None:
            self._read[state.id] = stored.hash, value
        return state


class LiveRefresh:
    """A refresh that was begun. `finish` may be called once, by the thread that began it."""

    def __init__(
        self,
        shelf: LiveShelf,
        jobs: tuple[_Job, ...],
        now: datetime,
        zone: ZoneInfo,
        offline: bool,
        patient: bool,
        cancel: CancelToken,
    ) -> None:
        self._shelf = shelf
        self._jobs = jobs
        self._now, self._zone = now, zone
        self._cancel = cancel
        self._resting = {} if offline else {j.name: why for j in jobs if (why := self._rests(j, patient))}
        self.asked = () if offline else tuple(job for job in jobs if job.name not in self._resting)
        self._answers: dict[str, object] = {}
        self._fault: BaseException | None = None
        self._done = threading.Event()
        if not self.asked:
            self._done.set()

    def start(self, activity: Activity) -> None:
        """Ask, in threads of their own."""

        def ask(job: _Job) -> object:
            with activity.working(job.name, "fetching"):
                return _fetched(job, self._now)

        def run() -> None:
            try:
                for job, answer in work_on(self.asked, ask, AT_ONCE, self._cancel, "live data"):
                    self._answers[job.name] = answer
            except BaseException as error:
                self._fault = error
            finally:
                self._done.set()

        threading.Thread(target=run, name="live data", daemon=True).start()

    def finish(self) -> LiveAnswers:
        """Wait for the answers, and keep them. Raises `NotWritable`, and `Cancelled` when the token is."""
        self._done.wait()
        data: dict[WantedData, object] = {}
        reports = []
        for job in self._jobs:  # when cancelled, too: what has been read need not be fetched again
            state = self._judged(job, self._answers[job.name]) if job.name in self._answers else job.state
            value = self._shelf.value(job.live, state)
            if value is not None:
                data[job.wanted] = value
            reports.append(self._report(job, state))
        self._cancel.check()
        if self._fault is not None:
            raise self._fault
        return LiveAnswers(data, tuple(reports))

    def _rests(self, job: _Job, patient: bool) -> str | None:
        """Why a subject is not asked for now, in a sentence; None when it is."""
        state, now = job.state, self._now
        if state.not_before and now < state.not_before:
            return f"It is asked for again at {state.not_before.astimezone(self._zone):%H:%M}."
        due = _due(job.live, state)
        if not patient or due is None or now >= due - EARLY:
            return None
        return f"It is asked for again at {due.astimezone(self._zone):%H:%M}."

    def _judged(self, job: _Job, answer: object) -> SourceState:
        """Judge an answer, and keep it. A fault of ours costs this subject's update."""
        try:
            return self._kept(job, answer)
        except NotWritable:
            raise
        except Exception as error:
            log.exception("%s: internal error while keeping its answer", job.name)
            return self._kept(job, _faulty(job, error))

    def _kept(self, job: _Job, answer: object) -> SourceState:
        state, now = job.state, self._now
        tried = replace(state, last_tried_at=now, not_before=None)
        if isinstance(answer, SourceError):
            if state.problem is None:
                log.warning("%s is down. %s", job.name, answer.reason)
            return self._shelf.put(job, Pace(job.live.period).failed(tried, answer, now))
        if state.problem and state.problem_since:
            log.warning("%s is back after %s.", job.name, spoken(now - state.problem_since))
        good = replace(
            tried,
            last_good_at=now,
            problem=None,
            problem_since=None,
            fault="other",
            fault_values={},
            failures=0,
            unreachable=False,
            not_before=holds_until(job.fetcher.lifetime, f"{job.fetcher.agent} {job.name}", now),
        )
        return self._shelf.put(job, good, answer)

    def _report(self, job: _Job, state: SourceState) -> SourceReport:
        failing = Alarm("failing", state.problem, state.problem_since) if state.problem else None
        due = max(filter(None, (_due(job.live, state), state.not_before)), default=None)
        return SourceReport(
            source=job.name,
            events=0,
            age_seconds=(self._now - state.last_good_at).total_seconds() if state.last_good_at else None,
            problem=state.problem,
            last_good_at=state.last_good_at,
            changed_at=state.changed_at,
            waits_for=self._resting.get(job.name),
            alarms=(failing,) if failing else (),
            asked_again=due if state.problem else None,
            fault=state.fault,
            fault_values=state.fault_values,
            live=True,
        )


def _name(one: WantedData, live: LiveData[Any]) -> str:
    """What a subject is called in messages and in the store: "MET Norway (63.3,9.1)"."""
    return f"{live.provider} ({one.subject})"


def _fetched(job: _Job, now: datetime) -> object:
    """The new value, or the failure."""
    try:
        return job.live.fetch(job.service, job.wanted.subject, job.fetcher, now)
    except SourceError as error:
        return error
    except UnusableAnswer as error:
        fault = "format" if error.fault == "unreadable" else error.fault  # whose sentence speaks of events
        return SourceError(job.name, job.service, error.message, error.hint, fault=fault)
    except (NotWritable, Cancelled):
        raise
    except Exception as error:  # a fault of ours in reading one answer costs that answer
        job.fetcher.cancel.check()
        log.exception("%s: internal error while reading it", job.name)
        return _faulty(job, error)


def _faulty(job: _Job, error: Exception) -> SourceError:
    message = f"Internal error ({type(error).__name__}). The log has the details."
    return SourceError(job.name, job.service, message, fault="fault")


def _due(live: LiveData[Any], state: SourceState) -> datetime | None:
    """When a subject is to be asked for the next time; None when it never has been."""
    if state.last_tried_at is None:
        return None
    return state.last_tried_at + Pace(live.period).pause(state.failures, state.unreachable)
