"""Fetch all sources at the same time, once for all screens. A source that fails keeps its last good events."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from signage import __version__
from signage.config.models import Config, Source
from signage.domain.model import News, Picture, Record
from signage.errors import NotWritable, SourceError
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import WorkerPool, shared
from signage.sources import record_json
from signage.sources.base import Fetched, FetchWindow, SourceType, Warnings, login_of
from signage.sources.credits import credit_line
from signage.sources.formats.times import instant
from signage.sources.images.album import Album, WantedPicture
from signage.sources.net.caching_fetcher import Asked, CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import USUAL, FetchLimits
from signage.sources.net.http_client import redacted
from signage.sources.net.network import Network
from signage.sources.registry import source_type
from signage.sources.trust.freshness import HISTORY
from signage.sources.trust.health import Known, SourceStatus, SourceVerdict, judge, pause_after, unasked
from signage.storage.store import SourceState, Store

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
    answered. Sources that only wait for their time don't count, unless all do.
    """

    records: tuple[Record, ...]
    statuses: tuple[SourceStatus, ...]
    data_as_of: datetime | None
    news: tuple[News, ...] = ()


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
        if state.covers is None or state.reading != self.reading or state.records is None:
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
    fetched are in `activity`. Their answers are read in `workers`, by default in those of this process.
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


def collect(config: Config, refresh: Refresh) -> Collected:
    """The records of all sources of the wanted days, in the order of the sources.

    A source that fails is in its status, and so is a picture that does; only `NotWritable` is raised, when the state
    can't be kept, and `Cancelled`, when `refresh.cancel` is.
    """
    store, now, workers, cancel = refresh.store, refresh.now, refresh.workers, refresh.cancel
    cancel.check()
    zone = ZoneInfo(config.site.zone)
    today = now.astimezone(zone).date()
    needed = FetchWindow(today, today + timedelta(days=refresh.days))
    wide = FetchWindow(needed.start, needed.end + AHEAD)
    session = FetchSession(store, now, config.site.contact, refresh.limits, workers, cancel, Network.of(config.site))
    jobs = [_job_of(source, session, zone, wide) for source in config.sources]
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
            verdicts.append(unasked(job.known, needed, zone, now, resting.get(job.source.id)))
            continue
        verdict = _judged(job, answer, store, needed, zone, now)
        if verdict.line:
            log.warning(verdict.line)
        verdicts.append(verdict)
    cancel.check()
    album = Album(refresh.images, store, now, workers, cancel, refresh.activity)
    records = _with_pictures(jobs, verdicts, album, zone)
    statuses = _statuses(jobs, verdicts, album, config)
    if not refresh.offline:
        store.http_sweep(now - KEEP_ANSWERS)
        album.sweep()
    asked_or_failed = [v for v in verdicts if not (v.status.ok and v.status.outcome == "waiting")]
    good = [v.state.last_good_at for v in asked_or_failed or verdicts if v.state.last_good_at]
    news = tuple(item for verdict in verdicts for item in verdict.news)
    return Collected(records, statuses, min(good, default=None), news)


def _job_of(source: Source, session: FetchSession, zone: ZoneInfo, window: FetchWindow) -> _SourceJob:
    kind = source_type(source.type)
    address = f"{source.type} {source.url}"
    state = session.store.source_get(source.id)
    if state.address != address:
        # Another address under the same name is another source: what was known doesn't apply to it.
        state = SourceState(source.id, address)
    kept: tuple[Record, ...] = ()
    news: tuple[News, ...] = ()
    if state.records:
        try:
            kept, news = record_json.loads(state.records, zone), record_json.loads_news(state.news)
        except (ValueError, KeyError, TypeError):
            log.warning("%s: its stored events are of another version, and can't be read", source.id)
            state = replace(state, records=None)
    today = session.now.astimezone(zone).date()
    weeks = tuple(session.store.weeks_get(source.id, today - HISTORY, today))
    fetcher = CachingFetcher(source.id, source.url, session, kind.page)
    own_zone = ZoneInfo(source.zone) if source.zone else zone
    return _SourceJob(source, kind, Known(state, kept, news, weeks), fetcher, own_zone, window)


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
            return Fetched(known.records, known.state.warnings, True, known.news, kept=True)
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
    job: _SourceJob, answer: Fetched | SourceError, store: Store, needed: FetchWindow, zone: ZoneInfo, now: datetime
) -> SourceVerdict:
    """Judge an answer, and store the verdict. A fault of ours costs this source's update."""
    today = now.astimezone(zone).date()
    try:
        verdict = judge(job.known, answer, needed, zone, now)
        _remember(job, answer, verdict, store, today)
    except NotWritable:
        raise
    except Exception as error:
        log.exception("%s: internal error while judging the answer", job.source.id)
        answer = _faulty(job, error)
        verdict = judge(job.known, answer, needed, zone, now)
        _remember(job, answer, verdict, store, today)
    return verdict


def _remember(job: _SourceJob, answer: Fetched | SourceError, verdict: SourceVerdict, store: Store, day: date) -> None:
    """Store the verdict, and how to find out next time whether anything has changed."""
    state = verdict.state
    believed = isinstance(answer, Fetched) and verdict.status.ok
    if isinstance(answer, Fetched):
        job.fetcher.remember()
    if isinstance(answer, Fetched) and believed:
        if not answer.kept:
            asked = [asdict(each) for each in job.fetcher.asked] if answer.complete else []
            covers = (job.window.start, job.window.end)
            state = replace(state, covers=covers, reading=job.reading, asked=json.dumps(asked))
        store.week_put(state.id, day, verdict.status.week_events, day - HISTORY)
    store.source_put(state)


def _with_pictures(
    jobs: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, zone: ZoneInfo
) -> tuple[Record, ...]:
    """Resolve the pictures, soonest events first; new ones are only fetched of sources that have just answered."""
    wanted = [
        (instant(record.start, zone), WantedPicture(record.picture_url, job.fetcher))
        for job, verdict in zip(jobs, verdicts, strict=True)
        if verdict.status.outcome in ("fetched", "unchanged")
        for record in verdict.records
        if record.picture_url
    ]
    soonest = [item for _, item in sorted(wanted, key=lambda pair: (pair[0], pair[1].url))]
    every = [record.picture_url for verdict in verdicts for record in verdict.records if record.picture_url]
    try:
        found = album.resolve(soonest)
    except (NotWritable, Cancelled):
        raise
    except Exception:  # a fault of ours costs the new pictures
        log.exception("internal error while fetching pictures")
        found = {}
    pictures = {**album.known(every), **found}
    return tuple(
        completed(record, job.source, pictures.get(record.picture_url or ""))
        for job, verdict in zip(jobs, verdicts, strict=True)
        for record in verdict.records
    )


def _statuses(
    jobs: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, config: Config
) -> tuple[SourceStatus, ...]:
    """How each source is, with the pictures that are left out and, for failed ones, when they are fetched again."""
    every = [record.picture_url for verdict in verdicts for record in verdict.records if record.picture_url]
    problems = album.problems(every)
    statuses = []
    for job, verdict in zip(jobs, verdicts, strict=True):
        left_out = Warnings()
        for url, title in {record.picture_url: record.title for record in reversed(verdict.records)}.items():
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
    return replace(
        record,
        venue=record.venue if record.venue.strip() else source.venue,
        organizer=record.organizer if record.organizer.strip() else source.organiser,
        categories=tuple(dict.fromkeys((*record.categories, *source.categories))),
        picture=picture,
    )
