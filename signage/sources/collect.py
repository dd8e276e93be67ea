"""Fetch all sources at the same time, once for all screens. A source that fails keeps its last good events."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from signage import __version__
from signage.config.models import Config, Source
from signage.domain.model import News, Picture, Record
from signage.domain.table import Table
from signage.errors import NotWritable, SourceError
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import WorkerPool, shared
from signage.sources import record_json
from signage.sources.base import Fetched, FetchWindow, SourceType, Warnings, login_of
from signage.sources.credits import credit_line
from signage.sources.images.album import Album, WantedPicture
from signage.sources.memory import Memory
from signage.sources.net.caching_fetcher import Asked, CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import USUAL, FetchLimits
from signage.sources.net.http_client import redacted
from signage.sources.net.network import Network
from signage.sources.registry import source_type
from signage.sources.trust.freshness import HISTORY
from signage.sources.trust.health import Known, SourceStatus, SourceVerdict, judge, pause_after, unasked
from signage.storage.store import Store
from signage.storage.stored_values import SourceState, StoredRecords

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

AT_ONCE = 8  # sources; each is on another server
KEEP_ANSWERS = timedelta(days=8)  # a source is fetched at least once a week; an older answer isn't used any more
# Answers are read for some days more than is needed, so that one that has not changed need not be read again tomorrow.
AHEAD = timedelta(days=7)
PAGE_MINUTES = 60  # how often a page made for people is visited, unless screens.toml says otherwise
EARLY = timedelta(seconds=30)  # a refresh that comes this much too early is not worth another round of waiting


@dataclass(frozen=True, slots=True)
class Collected:
    """All records of the coming days.

    `data_as_of`: when the source that has gone longest without a good answer had its last one; None when no source ever
    answered. Sources that only wait for their time don't count, unless all do. `tables`: by the id of the source.
    """

    records: tuple[Record, ...]
    statuses: tuple[SourceStatus, ...]
    data_as_of: datetime | None
    news: tuple[News, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _SourceJob:
    """One source to fetch. `zone`: of its times without a zone. `window`: the days to fetch."""

    source: Source
    kind: SourceType[Any]
    known: Known
    fetcher: CachingFetcher
    zone: ZoneInfo
    window: FetchWindow

    @property
    def reading(self) -> str:
        """By which rules its answers are read: kept records are only used again under the same ones."""
        rules = self.source.model_dump(include={"type", "url", *self.source.own_settings()})
        return json.dumps([__version__, self.zone.key, self.source.language, rules], sort_keys=True)

    def covers(self, needed: FetchWindow) -> bool:
        """Whether the stored records cover the whole window, by today's rules."""
        state = self.known.state
        if state.covers is None or state.reading != self.reading or state.records_hash is None:
            return False
        return state.empty_since is None and FetchWindow(*state.covers).covers(needed)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """One refresh of the sources: what it reads and writes, at which instant, and how.

    `images` is the folder for events' pictures. `days`: how many are wanted from today. With `offline` nothing is
    fetched; with `patient` only those sources whose `refresh_minutes` have passed, and those that keep failing less
    often (`signage.sources.trust.health`). `progress` is called with (source, done, total). Sources that are being
    fetched are in `activity`. Their answers are read in `workers`, by default in those of this process. `memory`: of
    the refreshes before in this process.
    """

    store: Store
    images: Path
    now: datetime
    days: int = 60
    offline: bool = False
    patient: bool = False
    limits: FetchLimits = USUAL
    progress: Progress = _silent
    cancel: CancelToken = field(default_factory=CancelToken)
    activity: Activity = field(default_factory=Activity)
    workers: WorkerPool = field(default_factory=shared)
    memory: Memory = field(default_factory=Memory)


def collect(config: Config, refresh: Refresh) -> Collected:
    """The records of all sources of the wanted days, in the order of the sources.

    A source that fails is in its status, and so is a picture that does; only `NotWritable` is raised, when the state
    can't be kept, and `Cancelled`, when `refresh.cancel` is.
    """
    store, now, workers, cancel = refresh.store, refresh.now, refresh.workers, refresh.cancel
    memory = refresh.memory
    cancel.check()
    store.look()
    memory.keep_only(source.id for source in config.sources)
    zone = ZoneInfo(config.site.zone)
    today = now.astimezone(zone).date()
    needed = FetchWindow(today, today + timedelta(days=refresh.days))
    wide = FetchWindow(needed.start, needed.end + AHEAD)
    session = FetchSession(store, now, config.site.contact, refresh.limits, workers, cancel, Network.of(config.site))
    jobs = [_job_of(source, session, zone, wide, memory) for source in config.sources]
    resting: dict[str, str] = {}
    asked: list[_SourceJob] = []
    if not refresh.offline:
        resting = {job.source.id: why for job in jobs if (why := _rests(job, config, now, refresh.patient))}
        asked = [job for job in jobs if job.source.id not in resting]
    if asked:
        workers.start()
    answers = _ask(asked, needed, refresh)
    verdicts: list[SourceVerdict] = []
    for job in jobs:  # when cancelled, too: what has been read need not be fetched again
        answer = answers.get(job.source.id)
        if answer is None:
            verdict = unasked(job.known, needed, zone, now, resting.get(job.source.id))
        else:
            verdict = _judged(job, answer, refresh, needed, zone)
            if verdict.line:
                log.warning(verdict.line)
        memory.of(job.source.id).shown = verdict.shown
        verdicts.append(verdict)
    cancel.check()
    album = Album(refresh.images, store, now, workers, cancel, refresh.activity, memory.pictures)
    records = _with_pictures(jobs, verdicts, album, memory)
    statuses = _statuses(jobs, verdicts, album, config)
    if not refresh.offline and memory.sweep_is_due(now):
        store.http_sweep(now - KEEP_ANSWERS)
        album.sweep()
    asked_or_failed = [v for v in verdicts if not (v.status.ok and v.status.outcome == "waiting")]
    good = [v.state.last_good_at for v in asked_or_failed or verdicts if v.state.last_good_at]
    news = tuple(item for verdict in verdicts for item in verdict.news)
    tables = {v.state.id: v.table for v in verdicts if v.table is not None}
    return Collected(records, statuses, min(good, default=None), news, tables)


def address_of(source: Source) -> str:
    """What a source's state is kept under: with another type or URL, it is another source."""
    return f"{source.type} {source.url}"


def _job_of(source: Source, session: FetchSession, zone: ZoneInfo, window: FetchWindow, memory: Memory) -> _SourceJob:
    kind = source_type(source.type)
    address = address_of(source)
    state = session.store.source_get(source.id)
    if state.address != address:
        # Another address under the same name is another source: what was known doesn't apply to it.
        state = SourceState(source.id, address)
    kept = memory.of(source.id)
    if (kept.records_hash, kept.zone) != (state.records_hash, zone.key):
        records, (news, table), state = _stored(state, session.store, zone)
        kept.keep(state.records_hash, zone, records, news, table)
    today = session.now.astimezone(zone).date()
    weeks = tuple(session.store.weeks_get(source.id, today - HISTORY, today))
    fetcher = CachingFetcher(source.id, source.url, session, kind.page)
    own_zone = ZoneInfo(source.zone) if source.zone else zone
    known = Known(state, kept.records, kept.news, weeks, kept.shown, kept.table)
    return _SourceJob(source, kind, known, fetcher, own_zone, window)


def _stored(
    state: SourceState, store: Store, zone: ZoneInfo
) -> tuple[tuple[Record, ...], tuple[tuple[News, ...], Table | None], SourceState]:
    """The records of a state, its news and its table, and the state, which names none when they can't be read."""
    stored = store.records_get(state)
    if stored is not None:
        try:
            return record_json.loads(stored.records, zone), record_json.loads_others(stored.news), state
        except (ValueError, KeyError, TypeError, OverflowError):
            log.warning("%s: its stored events are of another version, and can't be read", state.id)
    return (), ((), None), replace(state, records_hash=None)


def _rests(job: _SourceJob, config: Config, now: datetime, patient: bool) -> str | None:
    """Why a source is not fetched now, in a sentence; None when it is."""
    state = job.known.state
    if state.not_before and now < state.not_before:
        return f"The server asked us to wait until {state.not_before.astimezone(job.zone):%H:%M}."
    due = _due(job, state, config)
    if not patient or due is None or now >= due - EARLY:
        return None
    next_at = f"It is fetched again at {due.astimezone(job.zone):%H:%M}."
    return f"It has failed {state.failures} times in a row. {next_at}" if state.failures > 1 else next_at


def _due(job: _SourceJob, state: SourceState, config: Config) -> datetime | None:
    """When a source is to be fetched the next time; None when it has never been."""
    if state.last_tried_at is None:
        return None
    refresh = timedelta(minutes=config.site.refresh_minutes)
    minutes = max(PAGE_MINUTES if job.kind.page else 0, config.site.refresh_minutes)
    usual = timedelta(minutes=job.source.refresh_minutes or minutes)
    if state.problem is None:
        return state.last_tried_at + usual
    return state.last_tried_at + pause_after(state.failures, state.unreachable, refresh, usual)


def _ask(jobs: Sequence[_SourceJob], needed: FetchWindow, refresh: Refresh) -> dict[str, Fetched | SourceError]:
    """What each source answered; without those that were not finished when this was cancelled."""
    answers: dict[str, Fetched | SourceError] = {}
    refresh.progress("", 0, len(jobs))

    def ask(job: _SourceJob) -> Fetched | SourceError:
        with refresh.activity.working(job.source.id, "fetching"):
            return _fetched(job, needed)

    for job, answer in work_on(jobs, ask, AT_ONCE, refresh.cancel, "source"):
        answers[job.source.id] = answer
        refresh.progress(job.source.id, len(answers), len(jobs))
    return answers


def _fetched(job: _SourceJob, needed: FetchWindow) -> Fetched | SourceError:
    known = job.known
    try:
        job.fetcher.secret = job.kind.secret(job.source)
        job.fetcher.login = login_of(job.source)
        if job.covers(needed) and job.fetcher.unchanged([Asked(**each) for each in json.loads(known.state.asked)]):
            # Nothing to read: what is kept was read from just this.
            return Fetched(known.records, known.state.warnings, True, known.news, kept=True, table=known.table)
        return job.kind.fetch(job.source, job.fetcher, job.window, job.zone)
    except SourceError as error:
        return error
    except (NotWritable, Cancelled):
        raise
    except Exception as error:  # a fault of ours in reading one source costs that source
        job.fetcher.cancel.check()
        log.exception("%s: internal error while reading it", job.source.id)
        return _faulty(job, error)


def _faulty(job: _SourceJob, error: Exception) -> SourceError:
    message = f"Internal error ({type(error).__name__}). The log has the details."
    return SourceError(job.source.id, job.source.url, message, fault="fault")


def _judged(
    job: _SourceJob, answer: Fetched | SourceError, refresh: Refresh, needed: FetchWindow, zone: ZoneInfo
) -> SourceVerdict:
    """Judge an answer, and store the verdict. A fault of ours costs this source's update."""
    now = refresh.now
    try:
        stored = None
        if isinstance(answer, Fetched) and not answer.kept:
            others = record_json.dumps_others(answer.news, answer.table)
            stored = StoredRecords(record_json.dumps(answer.records), others)
            if stored.hash == job.known.state.records_hash:  # a new answer that says the same
                known = job.known
                answer, stored = replace(answer, records=known.records, news=known.news, table=known.table), None
        verdict = judge(job.known, answer, needed, zone, now)
        _remember(job, answer, stored, verdict, refresh, zone)
    except NotWritable:
        raise
    except Exception as error:
        log.exception("%s: internal error while judging the answer", job.source.id)
        answer = _faulty(job, error)
        verdict = judge(job.known, answer, needed, zone, now)
        _remember(job, answer, None, verdict, refresh, zone)
    return verdict


def _remember(
    job: _SourceJob,
    answer: Fetched | SourceError,
    stored: StoredRecords | None,
    verdict: SourceVerdict,
    refresh: Refresh,
    zone: ZoneInfo,
) -> None:
    """Store the verdict, and how to find out next time whether anything has changed. `stored`: the answer's records, if
    they are others than before.

    In one transaction: with the ETag of a new answer and the records of the old one, the new one would not be read.
    """
    store, today = refresh.store, refresh.now.astimezone(zone).date()
    state = verdict.state
    believed = isinstance(answer, Fetched) and verdict.status.ok
    if isinstance(answer, Fetched) and believed and not answer.kept:
        asked = [asdict(each) for each in job.fetcher.asked] if answer.complete else []
        covers = (job.window.start, job.window.end)
        state = replace(state, covers=covers, reading=job.reading, asked=json.dumps(asked))
        if stored is not None:
            state = replace(state, records_hash=stored.hash)

    def write() -> None:
        if isinstance(answer, Fetched):
            job.fetcher.remember()
        if believed:
            store.week_put(state.id, today, verdict.status.week_events, today - HISTORY)
        store.source_put(state, stored if believed else None)

    store.together(write)
    if isinstance(answer, Fetched) and believed and stored is not None:
        refresh.memory.of(state.id).keep(stored.hash, zone, answer.records, answer.news, answer.table)


def _with_pictures(
    jobs: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, memory: Memory
) -> tuple[Record, ...]:
    """Resolve the pictures, soonest events first; new ones are only fetched of sources that have just answered."""
    wanted = [
        (start, WantedPicture(url, job.fetcher))
        for job, verdict in zip(jobs, verdicts, strict=True)
        if verdict.status.outcome in ("fetched", "unchanged")
        for start, url in verdict.shown.pictures
    ]
    soonest = [item for _, item in sorted(wanted, key=lambda pair: (pair[0], pair[1].url))]
    try:
        album.resolve(soonest)
    except (NotWritable, Cancelled):
        raise
    except Exception:  # a fault of ours costs the new pictures
        log.exception("internal error while fetching pictures")
    found = album.known([url for verdict in verdicts for url in verdict.shown.titles])
    parts = []
    for job, verdict in zip(jobs, verdicts, strict=True):
        pictures = {url: found[url] for url in verdict.shown.titles if url in found}

        def complete(record: Record, source: Source = job.source, own: Mapping[str, Picture] = pictures) -> Record:
            return completed(record, source, own.get(record.picture_url or ""))

        parts.append(memory.of(job.source.id).complete(verdict.shown, job.source, pictures, complete))
    return memory.join(parts)


def _statuses(
    jobs: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, config: Config
) -> tuple[SourceStatus, ...]:
    """How each source is, with the pictures that are left out and, for failed ones, when they are fetched again."""
    problems = album.problems([url for verdict in verdicts for url in verdict.shown.titles])
    statuses = []
    for job, verdict in zip(jobs, verdicts, strict=True):
        left_out = Warnings()
        for url, title in verdict.shown.titles.items() if problems else ():
            if url in problems:
                reason = f"{problems[url]} Its address is {redacted(url)}."
                left_out.add(f'The picture of "{title[:60]}" is left out. {reason}')
        warnings = (*verdict.status.warnings, *left_out.every)
        statuses.append(
            replace(verdict.status, warnings=warnings, asked_again=_asked_again(job, verdict.state, config))
        )
    return tuple(statuses)


def _asked_again(job: _SourceJob, state: SourceState, config: Config) -> datetime | None:
    """When a source that has failed is fetched the next time; None when it is well."""
    if state.problem is None or state.last_tried_at is None:
        return None
    next_refresh = state.last_tried_at + timedelta(minutes=config.site.refresh_minutes)
    return max(filter(None, (next_refresh, _due(job, state, config), state.not_before)))


def completed(record: Record, source: Source, picture: Picture | None = None) -> Record:
    """Add the picture, and the settings of the source in screens.toml; last, so that an edit counts for kept events."""
    if picture and (credit := credit_line(record.picture_credit)):
        picture = replace(picture, credit=credit)
    venue = record.venue if record.venue.strip() else source.venue
    organizer = record.organizer if record.organizer.strip() else source.organiser
    categories = tuple(dict.fromkeys((*record.categories, *source.categories)))
    if (venue, organizer, categories, picture) == (record.venue, record.organizer, record.categories, record.picture):
        return record  # and not one more of the thousands that are kept
    return replace(record, venue=venue, organizer=organizer, categories=categories, picture=picture)
