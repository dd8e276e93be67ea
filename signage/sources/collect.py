"""Ask all sources at once, one fetch for all screens, and keep what was good when an answer is not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
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
from signage.runtime.workers import WorkerPool, shared
from signage.sources import record_json
from signage.sources.base import Fetched, FetchWindow, SourceType, Warnings
from signage.sources.credits import credit_line
from signage.sources.formats.times import instant
from signage.sources.images.album import Album, WantedPicture
from signage.sources.net.caching_fetcher import USUAL, Asked, CachingFetcher, FetchLimits, FetchSession
from signage.sources.net.threads import work_on
from signage.sources.registry import source_type
from signage.sources.trust.freshness import HISTORY
from signage.sources.trust.health import Known, SourceStatus, SourceVerdict, judge, pause_after, unasked
from signage.storage.store import SourceState, Store

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

AT_ONCE = 8  # sources; each is a server of its own
KEEP_ANSWERS = timedelta(days=8)  # a source is asked at least once a week; what nobody asks for goes
# Answers are read for some days more than is needed, so that one that has not changed need not be read again tomorrow.
AHEAD = timedelta(days=7)
PAGE_MINUTES = 60  # how often a page made for people is visited, unless screens.toml says otherwise
EARLY = timedelta(seconds=30)  # a refresh that comes this much too early is not worth another round of waiting


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything that is known of the coming days.

    `data_as_of`: the last good answer of the source whose one is oldest; None when none has ever answered. Sources that
    only wait for their time don't count, unless all do.
    """

    records: tuple[Record, ...]
    statuses: tuple[SourceStatus, ...]
    data_as_of: datetime | None
    news: tuple[News, ...] = ()


@dataclass(frozen=True, slots=True)
class _SourceJob:
    """One source's turn. `zone`: of its times that name none. `window`: what to ask about."""

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
        return json.dumps([__version__, self.zone.key, rules], sort_keys=True)

    def covers(self, needed: FetchWindow) -> bool:
        """Whether what is kept tells about the whole window, by today's rules."""
        state = self.known.state
        if state.covers is None or state.reading != self.reading or state.records is None:
            return False
        return state.empty_since is None and FetchWindow(*state.covers).covers(needed)


def collect(
    config: Config,
    store: Store,
    images: Path,
    now: datetime,
    days: int = 60,
    progress: Progress | None = None,
    offline: bool = False,
    limits: FetchLimits = USUAL,
    patient: bool = False,
    cancel: CancelToken | None = None,
    activity: Activity | None = None,
    workers: WorkerPool | None = None,
) -> Collected:
    """The records of all sources from today over `days` days, in the order of the sources.

    `images` is the folder for events' pictures. `progress` is told (source, done, total). With `offline` nobody is
    asked; with `patient` only those sources whose `refresh_minutes` have passed, and those that keep failing less often
    (`signage.sources.trust.health`). A source that fails is in its status, and so is a picture that does;
    only `NotWritable` is raised, when the state can't be kept, and `Cancelled`, when `cancel` is. Sources that are
    being asked are in `activity`. What they answer is read in `workers`; without any, in those of this process.
    """
    cancel, activity, workers = cancel or CancelToken(), activity or Activity(), workers or shared()
    cancel.check()
    zone = ZoneInfo(config.site.zone)
    today = now.astimezone(zone).date()
    needed = FetchWindow(today, today + timedelta(days=days))
    wide = FetchWindow(needed.start, needed.end + AHEAD)
    session = FetchSession(store, now, config.site.contact, limits, workers, cancel)
    desks = [_job_of(source, session, zone, wide) for source in config.sources]
    resting = {} if offline else {desk.source.id: why for desk in desks if (why := _rests(desk, config, now, patient))}
    asked = [] if offline else [desk for desk in desks if desk.source.id not in resting]
    if asked:
        workers.start()
    answers = _ask(asked, needed, progress or _silent, cancel, activity)
    verdicts: list[SourceVerdict] = []
    for desk in desks:  # when cancelled, too: what has been read need not be asked for again
        answer = answers.get(desk.source.id)
        if answer is None:
            verdicts.append(unasked(desk.known, needed, zone, now, resting.get(desk.source.id)))
            continue
        verdict = _judged(desk, answer, store, needed, zone, now)
        if verdict.line:
            log.warning(verdict.line)
        verdicts.append(verdict)
    cancel.check()
    album = Album(images, store, now, workers, cancel, activity)
    records = _with_pictures(desks, verdicts, album, zone)
    statuses = _statuses(desks, verdicts, album, config)
    if not offline:
        store.http_sweep(now - KEEP_ANSWERS)
        album.sweep()
    asked_or_failed = [v for v in verdicts if not (v.status.ok and v.status.outcome == "waiting")]
    good = [v.state.last_good_at for v in asked_or_failed or verdicts if v.state.last_good_at]
    news = tuple(item for verdict in verdicts for item in verdict.news)
    return Collected(records, statuses, min(good, default=None), news)


def _silent(what: str, done: int, total: int) -> None:
    """Nobody is watching."""


def _job_of(source: Source, session: FetchSession, zone: ZoneInfo, window: FetchWindow) -> _SourceJob:
    kind = source_type(source.type)
    address = f"{source.type} {source.url}"
    state = session.store.source_get(source.id)
    if state.address != address:
        # Another address under the same name is another source: what was known is not of it.
        state = SourceState(source.id, address)
    kept: tuple[Record, ...] = ()
    news: tuple[News, ...] = ()
    if state.records:
        try:
            kept, news = record_json.loads(state.records, zone), record_json.loads_news(state.news)
        except (ValueError, KeyError, TypeError):
            log.warning("%s: its last good events were kept by another version and can't be read", source.id)
            state = replace(state, records=None)
    today = session.now.astimezone(zone).date()
    weeks = tuple(session.store.weeks_get(source.id, today - HISTORY, today))
    fetcher = CachingFetcher(source.id, source.url, session, kind.page)
    own_zone = ZoneInfo(source.zone) if source.zone else zone
    return _SourceJob(source, kind, Known(state, kept, news, weeks), fetcher, own_zone, window)


def _rests(desk: _SourceJob, config: Config, now: datetime, patient: bool) -> str | None:
    """Why a source is not asked now; None when it is."""
    state = desk.known.state
    if state.not_before and now < state.not_before:
        return f"asked us to stay away until {state.not_before.astimezone(desk.zone):%H:%M}"
    due = _due(desk, state, config)
    if not patient or due is None or now >= due - EARLY:
        return None
    again = f"is asked again at {due.astimezone(desk.zone):%H:%M}"
    return f"has failed {state.failures} times in a row; {again}" if state.failures > 1 else again


def _due(desk: _SourceJob, state: SourceState, config: Config) -> datetime | None:
    """When a source is to be asked the next time; None when it has never been."""
    if state.last_tried_at is None:
        return None
    refresh = timedelta(minutes=config.site.refresh_minutes)
    minutes = max(PAGE_MINUTES if desk.kind.page else 0, config.site.refresh_minutes)
    usual = timedelta(minutes=desk.source.refresh_minutes or minutes)
    if state.problem is None:
        return state.last_tried_at + usual
    return state.last_tried_at + pause_after(state.failures, state.unreachable, refresh, usual)


def _ask(
    desks: Sequence[_SourceJob], needed: FetchWindow, progress: Progress, cancel: CancelToken, activity: Activity
) -> dict[str, Fetched | SourceError]:
    """What each source answered; without those that were still at it when this was cancelled."""
    answers: dict[str, Fetched | SourceError] = {}
    progress("", 0, len(desks))

    def ask(desk: _SourceJob) -> Fetched | SourceError:
        with activity.working(desk.source.id, "fetching"):
            return _fetched(desk, needed)

    for desk, answer in work_on(desks, ask, AT_ONCE, cancel, "source"):
        answers[desk.source.id] = answer
        progress(desk.source.id, len(answers), len(desks))
    return answers


def _fetched(desk: _SourceJob, needed: FetchWindow) -> Fetched | SourceError:
    known = desk.known
    try:
        desk.fetcher.secret = desk.kind.secret(desk.source)
        if desk.covers(needed) and desk.fetcher.unchanged([Asked(**each) for each in json.loads(known.state.asked)]):
            # Nothing to read: what is kept was read from just this.
            return Fetched(known.records, known.state.warnings, True, known.news, kept=True)
        return desk.kind.fetch(desk.source, desk.fetcher, desk.window, desk.zone)
    except SourceError as error:
        return error
    except (NotWritable, Cancelled):
        raise
    except Exception as error:  # a fault of ours in reading one source costs that source
        desk.fetcher.cancel.check()
        log.exception("%s: internal error while reading it", desk.source.id)
        return SourceError(
            desk.source.id, desk.source.url, f"could not be read (internal error: {type(error).__name__})"
        )


def _judged(
    desk: _SourceJob, answer: Fetched | SourceError, store: Store, needed: FetchWindow, zone: ZoneInfo, now: datetime
) -> SourceVerdict:
    """What to make of an answer, remembered. A fault of ours in it costs this source's update."""
    today = now.astimezone(zone).date()
    try:
        verdict = judge(desk.known, answer, needed, zone, now)
        _remember(desk, answer, verdict, store, today)
    except NotWritable:
        raise
    except Exception as error:
        log.exception("%s: a fault while taking what it answered", desk.source.id)
        reason = f"could not be taken (a fault: {type(error).__name__})"
        answer = SourceError(desk.source.id, desk.source.url, reason)
        verdict = judge(desk.known, answer, needed, zone, now)
        _remember(desk, answer, verdict, store, today)
    return verdict


def _remember(desk: _SourceJob, answer: Fetched | SourceError, verdict: SourceVerdict, store: Store, day: date) -> None:
    """Keep what the verdict says, and how to find out next time whether anything has changed."""
    state = verdict.state
    believed = isinstance(answer, Fetched) and verdict.status.ok
    if isinstance(answer, Fetched):
        desk.fetcher.remember()
    if isinstance(answer, Fetched) and believed:
        if not answer.kept:
            asked = [asdict(each) for each in desk.fetcher.asked] if answer.complete else []
            covers = (desk.window.start, desk.window.end)
            state = replace(state, covers=covers, reading=desk.reading, asked=json.dumps(asked))
        store.week_put(state.id, day, verdict.status.week_events, day - HISTORY)
    store.source_put(state)


def _with_pictures(
    desks: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, zone: ZoneInfo
) -> tuple[Record, ...]:
    """Resolve the pictures, soonest events first; only of sources that have just answered are new ones fetched."""
    wanted = [
        (instant(record.start, zone), WantedPicture(record.picture_url, desk.fetcher))
        for desk, verdict in zip(desks, verdicts, strict=True)
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
        log.exception("a fault while fetching pictures")
        found = {}
    pictures = {**album.known(every), **found}
    return tuple(
        completed(record, desk.source, pictures.get(record.picture_url or ""))
        for desk, verdict in zip(desks, verdicts, strict=True)
        for record in verdict.records
    )


def _statuses(
    desks: Sequence[_SourceJob], verdicts: Sequence[SourceVerdict], album: Album, config: Config
) -> tuple[SourceStatus, ...]:
    """How each source is, with the pictures that are left out and, for those that failed, when they are asked again."""
    every = [record.picture_url for verdict in verdicts for record in verdict.records if record.picture_url]
    problems = album.problems(every)
    statuses = []
    for desk, verdict in zip(desks, verdicts, strict=True):
        said = Warnings()
        for url, title in {record.picture_url: record.title for record in reversed(verdict.records)}.items():
            if url in problems:
                said.add(f'the picture of "{title[:60]}" is left out: it {problems[url]}')
        warnings = (*verdict.status.warnings, *said.all)
        statuses.append(
            replace(verdict.status, warnings=warnings, asked_again=_asked_again(desk, verdict.state, config))
        )
    return tuple(statuses)


def _asked_again(desk: _SourceJob, state: SourceState, config: Config) -> datetime | None:
    """When a source that has failed is asked the next time; None when it is well."""
    if state.problem is None or state.last_tried_at is None:
        return None
    next_refresh = state.last_tried_at + timedelta(minutes=config.site.refresh_minutes)
    return max(filter(None, (next_refresh, _due(desk, state, config), state.not_before)))


def completed(record: Record, source: Source, picture: Picture | None = None) -> Record:
    """Add the picture and what screens.toml says of the whole source; last, so that an edit counts for kept events."""
    if picture and (credit := credit_line(record.picture_credit)):
        picture = replace(picture, credit=credit)
    return replace(
        record,
        venue=record.venue if record.venue.strip() else source.venue,
        organizer=record.organizer if record.organizer.strip() else source.organiser,
        categories=tuple(dict.fromkeys((*record.categories, *source.categories))),
        picture=picture,
    )
