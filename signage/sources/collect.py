"""Ask all sources at once, one fetch for all screens, and keep what was good when an answer is not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.config.models import Config, Source
from signage.errors import NotWritable, SourceError
from signage.model import Picture, Record
from signage.sources import SOURCE_TYPES
from signage.sources import records as text
from signage.sources.base import Fetched, Window
from signage.sources.health import SourceStatus, Verdict, judge, unasked
from signage.sources.http import Fetcher, Limits
from signage.sources.ical.series import instant
from signage.sources.images import Album, Wanted
from signage.store import SourceState, Store

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

USUAL = Limits()
AT_ONCE = 8  # sources; each is a server of its own
KEEP_ANSWERS = timedelta(days=3)  # a portal's address changes with the date; older answers are never asked for again


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything that is known of the coming days.

    `data_as_of`: the last good answer of the source whose one is oldest; None when none has ever answered.
    """

    records: tuple[Record, ...]
    statuses: tuple[SourceStatus, ...]
    data_as_of: datetime | None


@dataclass(frozen=True, slots=True)
class _Desk:
    """One source's turn."""

    source: Source
    state: SourceState
    kept: tuple[Record, ...]
    fetcher: Fetcher


def collect(
    config: Config,
    store: Store,
    images: Path,
    now: datetime,
    days: int = 60,
    progress: Progress | None = None,
    offline: bool = False,
    limits: Limits = USUAL,
) -> Collected:
    """The records of all sources from today over `days` days, in the order of the sources.

    `images` is the folder for events' pictures. `progress` is told (source, done, total). With `offline` nobody is
    asked. A source that fails is in its status; only `NotWritable` is raised, when the state can't be kept.
    """
    zone = ZoneInfo(config.site.zone)
    today = now.astimezone(zone).date()
    window = Window(today, today + timedelta(days=days))
    desks = [_desk(source, config, store, zone, now, limits) for source in config.sources]
    answers = {} if offline else _ask(desks, window, zone, progress or _silent)
    verdicts: list[Verdict] = []
    for desk in desks:
        answer = answers.get(desk.source.id)
        if answer is None:
            verdicts.append(unasked(desk.state, desk.kept, window, zone, now))
            continue
        verdict = judge(desk.state, desk.kept, answer, window, zone, now)
        if verdict.line:
            log.warning(verdict.line)
        store.source_put(verdict.state)
        if isinstance(answer, Fetched):
            desk.fetcher.remember()
        verdicts.append(verdict)
    album = Album(images, store, now)
    records = _with_pictures(desks, verdicts, album, zone)
    if not offline:
        store.http_sweep(now - KEEP_ANSWERS)
        album.sweep()
    good = [verdict.state.last_good_at for verdict in verdicts if verdict.state.last_good_at]
    return Collected(records, tuple(verdict.status for verdict in verdicts), min(good, default=None))


def _silent(what: str, done: int, total: int) -> None:
    """Nobody is watching."""


def _desk(source: Source, config: Config, store: Store, zone: ZoneInfo, now: datetime, limits: Limits) -> _Desk:
    address = f"{source.type} {source.url}"
    state = store.source_get(source.id)
    if state.address != address:
        # Another address under the same name is another source: what was known is not of it.
        state = SourceState(source.id, address)
    kept: tuple[Record, ...] = ()
    if state.records:
        try:
            kept = text.loads(state.records, zone)
        except (ValueError, KeyError, TypeError):
            log.warning("%s: its last good events were kept by another version and can't be read", source.id)
    return _Desk(source, state, kept, Fetcher(source.id, source.url, store, now, config.site.contact, limits))


def _ask(
    desks: Sequence[_Desk], window: Window, zone: ZoneInfo, progress: Progress
) -> dict[str, Fetched | SourceError]:
    answers: dict[str, Fetched | SourceError] = {}
    progress("", 0, len(desks))
    with ThreadPoolExecutor(min(AT_ONCE, len(desks)), thread_name_prefix="source") as pool:
        asked: dict[Future[Fetched | SourceError], str] = {
            pool.submit(_ask_one, desk, window, zone): desk.source.id for desk in desks
        }
        for done, future in enumerate(as_completed(asked), 1):
            answers[asked[future]] = future.result()
            progress(asked[future], done, len(desks))
    return answers


def _ask_one(desk: _Desk, window: Window, zone: ZoneInfo) -> Fetched | SourceError:
    try:
        return SOURCE_TYPES[desk.source.type].fetch(desk.source, desk.fetcher, window, zone)
    except SourceError as error:
        return error
    except NotWritable:
        raise
    except Exception as error:  # a fault of ours in reading one source costs that source
        log.exception("%s: a fault while reading it", desk.source.id)
        return SourceError(desk.source.id, desk.source.url, f"could not be read (a fault: {type(error).__name__})")


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
        _completed(record, desk.source, pictures)
        for desk, verdict in zip(desks, verdicts, strict=True)
        for record in verdict.records
    )


def _completed(record: Record, source: Source, pictures: Mapping[str, Picture]) -> Record:
    """Add the picture and what screens.toml says of the whole source; last, so that an edit counts for kept events."""
    return replace(
        record,
        venue=record.venue if record.venue.strip() else source.venue,
        categories=tuple(dict.fromkeys((*record.categories, *source.categories))),
        picture=pictures.get(record.picture_url or ""),
    )
