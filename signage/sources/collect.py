"""Ask all sources at once, one fetch for all screens, and keep what was good when an answer is not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from signage import __version__
from signage.activity import Activity
from signage.cancel import CancelToken
from signage.config.models import Config, Source
from signage.errors import NotWritable, SourceError
from signage.model import News, Picture, Record
from signage.sources import records as text
from signage.sources.base import Fetched, SourceType, Window
from signage.sources.credits import credit_line
from signage.sources.freshness import HISTORY
from signage.sources.health import Known, SourceStatus, Verdict, judge, unasked
from signage.sources.http import USUAL, Asked, Fetcher, Limits
from signage.sources.images import Album, Wanted
from signage.sources.manners import Manners
from signage.sources.registry import source_type
from signage.sources.times import instant
from signage.store import SourceState, Store
from signage.workers import WorkerPool, shared

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
class _Desk:
    """One source's turn. `zone`: of its times that name none. `window`: what to ask about."""

    source: Source
    kind: SourceType
    known: Known
    fetcher: Fetcher
    zone: ZoneInfo
    window: Window

    @property
    def reading(self) -> str:
        """By which rules its answers are read: kept records are only used again under the same ones."""
        rules = self.source.model_dump(include={"type", "url", "links", "columns", "customer"})
        return json.dumps([__version__, self.zone.key, rules], sort_keys=True)

    def covers(self, needed: Window) -> bool:
        """Whether what is kept tells about the whole window, by today's rules."""
        state = self.known.state
        if state.covers is None or state.reading != self.reading or state.records is None:
            return False
        return state.empty_since is None and Window(*state.covers).covers(needed)


def collect(
    config: Config,
    store: Store,
    images: Path,
    now: datetime,
    days: int = 60,
    progress: Progress | None = None,
    offline: bool = False,
    limits: Limits = USUAL,
    patient: bool = False,
    cancel: CancelToken | None = None,
    activity: Activity | None = None,
    workers: WorkerPool | None = None,
) -> Collected:
    """The records of all sources from today over `days` days, in the order of the sources.

    `images` is the folder for events' pictures. `progress` is told (source, done, total). With `offline` nobody is
    asked; with `patient` only those sources whose `refresh_minutes` have passed. A source that fails is in its status;
    only `NotWritable` is raised, when the state can't be kept, and `Cancelled`, when `cancel` is. Sources that are
    being asked are in `activity`. What they answer is read in `workers`; without any, in those of this process.
    """
    cancel, activity, workers = cancel or CancelToken(), activity or Activity(), workers or shared()
    cancel.check()
    zone = ZoneInfo(config.site.zone)
    today = now.astimezone(zone).date()
    needed = Window(today, today + timedelta(days=days))
    wide = Window(needed.start, needed.end + AHEAD)
    manners = Manners(limits.pause_seconds, limits.page_pause_seconds)
    desks = [
        _desk(source, config, store, zone, wide, now, limits, manners, workers, cancel) for source in config.sources
    ]
    resting = {} if offline else {desk.source.id: why for desk in desks if (why := _rests(desk, config, now, patient))}
    asked = [] if offline else [desk for desk in desks if desk.source.id not in resting]
    answers = _ask(asked, needed, progress or _silent, activity)
    cancel.check()
    verdicts: list[Verdict] = []
    for desk in desks:
        answer = answers.get(desk.source.id)
        if answer is None:
            verdicts.append(unasked(desk.known, needed, zone, now, resting.get(desk.source.id)))
            continue
        verdict = judge(desk.known, answer, needed, zone, now)
        if verdict.line:
            log.warning(verdict.line)
        _remember(desk, answer, verdict, store, today)
        verdicts.append(verdict)
    album = Album(images, store, now)
    records = _with_pictures(desks, verdicts, album, zone)
    if not offline:
        store.http_sweep(now - KEEP_ANSWERS)
        album.sweep()
    asked_or_failed = [v for v in verdicts if not (v.status.ok and v.status.outcome == "waiting")]
    good = [v.state.last_good_at for v in asked_or_failed or verdicts if v.state.last_good_at]
    news = tuple(item for verdict in verdicts for item in verdict.news)
    return Collected(records, tuple(verdict.status for verdict in verdicts), min(good, default=None), news)


def _silent(what: str, done: int, total: int) -> None:
    """Nobody is watching."""


def _desk(
    source: Source,
    config: Config,
    store: Store,
    zone: ZoneInfo,
    window: Window,
    now: datetime,
    limits: Limits,
    manners: Manners,
    workers: WorkerPool,
    cancel: CancelToken,
) -> _Desk:
    kind = source_type(source.type)
    address = f"{source.type} {source.url}"
    state = store.source_get(source.id)
    if state.address != address:
        # Another address under the same name is another source: what was known is not of it.
        state = SourceState(source.id, address)
    kept: tuple[Record, ...] = ()
    news: tuple[News, ...] = ()
    if state.records:
        try:
            kept, news = text.loads(state.records, zone), text.loads_news(state.news)
        except (ValueError, KeyError, TypeError):
            log.warning("%s: its last good events were kept by another version and can't be read", source.id)
            state = replace(state, records=None)
    today = now.astimezone(zone).date()
    weeks = tuple(store.weeks_get(source.id, today - HISTORY, today))
    fetcher = Fetcher(
        source.id, source.url, store, now, config.site.contact, limits, manners, kind.page, workers, cancel
    )
    own_zone = ZoneInfo(source.zone) if source.zone else zone
    return _Desk(source, kind, Known(state, kept, news, weeks), fetcher, own_zone, window)


def _rests(desk: _Desk, config: Config, now: datetime, patient: bool) -> str | None:
    """Why a source is not asked now; None when it is."""
    state = desk.known.state
    if state.not_before and now < state.not_before:
        return f"asked us to stay away until {state.not_before.astimezone(desk.zone):%H:%M}"
    if not patient or state.last_tried_at is None or state.problem:
        return None
    usual = PAGE_MINUTES if desk.kind.page else config.site.refresh_minutes
    pause = timedelta(minutes=desk.source.refresh_minutes or max(usual, config.site.refresh_minutes))
    due = state.last_tried_at + pause
    return None if now >= due - EARLY else f"is asked again at {due.astimezone(desk.zone):%H:%M}"


def _ask(
    desks: Sequence[_Desk], needed: Window, progress: Progress, activity: Activity
) -> dict[str, Fetched | SourceError]:
    answers: dict[str, Fetched | SourceError] = {}
    progress("", 0, len(desks))
    if not desks:
        return answers
    with ThreadPoolExecutor(min(AT_ONCE, len(desks)), thread_name_prefix="source") as pool:
        asked: dict[Future[Fetched | SourceError], str] = {
            pool.submit(_ask_one, desk, needed, activity): desk.source.id for desk in desks
        }
        for done, future in enumerate(as_completed(asked), 1):
            answers[asked[future]] = future.result()
            progress(asked[future], done, len(desks))
    return answers


def _ask_one(desk: _Desk, needed: Window, activity: Activity) -> Fetched | SourceError:
    with activity.working(desk.source.id, "fetching"):
        return _fetched(desk, needed)


def _fetched(desk: _Desk, needed: Window) -> Fetched | SourceError:
    known = desk.known
    try:
        desk.fetcher.secret = desk.kind.secret(desk.source)
        if desk.covers(needed) and desk.fetcher.unchanged([Asked(**each) for each in json.loads(known.state.asked)]):
            # Nothing to read: what is kept was read from just this.
            return Fetched(known.records, known.state.warnings, True, known.news, kept=True)
        return desk.kind.fetch(desk.source, desk.fetcher, desk.window, desk.zone)
    except SourceError as error:
        return error
    except NotWritable:
        raise
    except Exception as error:  # a fault of ours in reading one source costs that source
        log.exception("%s: a fault while reading it", desk.source.id)
        return SourceError(desk.source.id, desk.source.url, f"could not be read (a fault: {type(error).__name__})")


def _remember(desk: _Desk, answer: Fetched | SourceError, verdict: Verdict, store: Store, day: date) -> None:
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
    desks: Sequence[_Desk], verdicts: Sequence[Verdict], album: Album, zone: ZoneInfo
) -> tuple[Record, ...]:
    """Resolve the pictures, soonest events first; only of sources that have just answered are new ones fetched."""
    wanted = [
        (instant(record.start, zone), Wanted(record.picture_url, desk.fetcher))
        for desk, verdict in zip(desks, verdicts, strict=True)
        if verdict.status.outcome in ("fetched", "unchanged")
        for record in verdict.records
        if record.picture_url
    ]
    soonest = [item for _, item in sorted(wanted, key=lambda pair: (pair[0], pair[1].url))]
    every = [record.picture_url for verdict in verdicts for record in verdict.records if record.picture_url]
    pictures = {**album.known(every), **album.resolve(soonest)}
    return tuple(
        completed(record, desk.source, pictures.get(record.picture_url or ""))
        for desk, verdict in zip(desks, verdicts, strict=True)
        for record in verdict.records
    )


def completed(record: Record, source: Source, picture: Picture | None = None) -> Record:
    """Add the picture and what screens.toml says of the whole source; last, so that an edit counts for kept events."""
    if picture and (credit := credit_line(record.picture_credit)):
        picture = replace(picture, credit=credit)
    return replace(
        record,
        venue=record.venue if record.venue.strip() else source.venue,
        organizer=record.organizer if record.organizer.strip() else source.organizer,
        categories=tuple(dict.fromkeys((*record.categories, *source.categories))),
        picture=picture,
    )
