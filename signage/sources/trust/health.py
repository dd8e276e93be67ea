"""Failure is not emptiness: what to believe of an answer, what to keep, and how long to leave a source alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from signage.domain.model import News, Record
from signage.domain.table import Table
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow
from signage.sources.formats.times import day_of
from signage.sources.trust.coming import RecordsInWindow
from signage.sources.trust.freshness import Alarm, alarms, compare_shapes, usual_week
from signage.storage.stored_values import SourceState

# A source that had this many coming events and now has none is not believed at once ...
SUSPICIOUS = 3
# ... but when it has been empty for this long: a calendar that was really emptied is off the screens the next day.
BELIEVE_EMPTY_AFTER = timedelta(hours=24)
# An answer with less than a tenth of a large calendar is believed, with a warning.
LARGE = 30
# A server may ask us to wait; one that asks for longer is tried again the next day.
LONGEST_WAIT = timedelta(hours=24)
LONGEST_PAUSE = timedelta(hours=6)  # four times a day is enough for a site that was moved or closed
# Without any answer it may be our own network that was down; when that is back, the events must not be hours late.
LONGEST_UNREACHABLE = timedelta(hours=1)
_DOUBLINGS = 16


Outcome = Literal["fetched", "unchanged", "kept", "waiting", "offline"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is. `events`: its occurrences from now on that are shown, new or kept. `problem`: what is wrong, in
    sentences; `fault` and `fault_values`: the same for the message catalogue.

    `outcome`: "fetched" (a new answer), "unchanged", "kept" (failed; the last good events stay),
    "waiting" (not fetched now: `waits_for` says why), "offline" (nothing is fetched).

    `changed_at`: when its events last changed. `week_events`: how many it has in the coming seven days,
    and `usual_week`: how many it usually has (None: not known yet). `alarms`: what a person should look at.
    `asked_again`: when a source that failed is fetched the next time.
    """

    id: str
    ok: bool
    events: int
    last_good_at: datetime | None
    problem: str | None
    warnings: tuple[str, ...]
    outcome: Outcome
    waits_for: str | None = None
    changed_at: datetime | None = None
    week_events: int = 0
    usual_week: float | None = None
    alarms: tuple[Alarm, ...] = ()
    asked_again: datetime | None = None
    fault: str = "other"
    fault_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceVerdict:
    """What to show, what to remember, how to report it, and a line for the log when the source fell or rose."""

    shown: RecordsInWindow
    state: SourceState
    status: SourceStatus
    news: tuple[News, ...] = ()
    line: str | None = None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a source before it was fetched. `records` may hold past occurrences; `weeks` are the counts of
    earlier days (`Store.weeks_get`). `shown`: what was shown of some records before.
    """

    state: SourceState
    records: tuple[Record, ...] = ()
    news: tuple[News, ...] = ()
    weeks: tuple[int, ...] = ()
    shown: RecordsInWindow | None = None
    table: Table | None = None

    def in_window(self, records: Sequence[Record], window: FetchWindow, zone: ZoneInfo) -> RecordsInWindow:
        """What of the records is in the window."""
        if self.shown is not None and self.shown.is_of(records, window, zone):
            return self.shown
        return RecordsInWindow(records, window, zone)


def judge(
    known: Known, answer: Fetched | SourceError, window: FetchWindow, zone: ZoneInfo, now: datetime
) -> SourceVerdict:
    """Decide whether an answer is believed, and what is shown."""
    state = known.state
    if isinstance(answer, SourceError) and answer.waiting:
        return unasked(known, window, zone, now, answer.message)
    tried = replace(state, last_tried_at=now, not_before=None)
    before = known.in_window(known.records, window, zone)
    if isinstance(answer, SourceError):
        if answer.retry_after:
            tried = replace(tried, not_before=now + min(timedelta(seconds=answer.retry_after), LONGEST_WAIT))
        tried = replace(tried, failures=state.failures + 1, unreachable=answer.unreachable)
        return _refuse(known, before, tried, answer, zone, now)
    shown = before if answer.records is known.records else known.in_window(answer.records, window, zone)
    expected, upcoming = before.count(now), shown.count(now)
    if not upcoming and expected >= SUSPICIOUS:
        since = state.empty_since or now
        if now - since < BELIEVE_EMPTY_AFTER:
            hours = f"{BELIEVE_EMPTY_AFTER / timedelta(hours=1):g} h"
            message = f"It has no events now, but had {expected}. This is believed when it lasts for {hours}."
            emptied = SourceError(
                state.id, state.address.partition(" ")[2], message, fault="emptied", values={"count": expected}
            )
            tried = replace(tried, empty_since=since, failures=0, unreachable=False)
            return _refuse(known, before, tried, emptied, zone, now)
    warnings = answer.warnings
    if expected >= LARGE and upcoming * 10 < expected:
        warnings = (*warnings, f"It has only {upcoming} events now, but had {expected}.")
    remembered, lost = compare_shapes(state.shape, state.shape_lost, shown.shape(now), now)
    good = replace(
        tried,
        warnings=warnings,
        last_good_at=now,
        changed_at=state.changed_at if _is_same(known, answer, shown, before, now) else now,
        problem=None,
        fault="other",
        fault_values={},
        problem_since=None,
        empty_since=None,
        failures=0,
        unreachable=False,
        shape=remembered,
        shape_lost=lost,
    )
    outcome: Outcome = "unchanged" if answer.unchanged else "fetched"
    line = None
    if state.problem and state.problem_since:
        line = f"{state.id} is back after {spoken(now - state.problem_since)}."
    status = _status(known, good, shown, warnings, outcome, now)
    return SourceVerdict(shown, good, status, answer.news, line, answer.table)


def unasked(
    known: Known, window: FetchWindow, zone: ZoneInfo, now: datetime, waits_for: str | None = None
) -> SourceVerdict:
    """What is shown when nothing is fetched, or this source not now."""
    shown = known.in_window(known.records, window, zone)
    outcome: Outcome = "waiting" if waits_for else "offline"
    status = _status(known, known.state, shown, known.state.warnings, outcome, now, waits_for)
    return SourceVerdict(shown, known.state, status, known.news, table=known.table)


def _status(
    known: Known,
    state: SourceState,
    shown: RecordsInWindow,
    warnings: tuple[str, ...],
    outcome: Outcome,
    now: datetime,
    waits_for: str | None = None,
) -> SourceStatus:
    week, usual = shown.week(now), usual_week(known.weeks)
    changed = state.changed_at if known.table is None else None  # a pool's hours may stay the same for years
    return SourceStatus(
        id=state.id,
        ok=state.problem is None and (state.last_good_at is not None or waits_for is not None),
        events=shown.count(now),
        last_good_at=state.last_good_at,
        problem=state.problem,
        warnings=warnings,
        outcome=outcome,
        waits_for=waits_for,
        changed_at=state.changed_at,
        week_events=week,
        usual_week=usual,
        fault=state.fault,
        fault_values=state.fault_values,
        alarms=alarms(state.problem, state.problem_since, changed, week, usual, state.shape_lost, now),
    )


def _is_same(known: Known, answer: Fetched, shown: RecordsInWindow, before: RecordsInWindow, now: datetime) -> bool:
    """Whether an answer has the same events as before. Events on days that were not fetched before don't count."""
    if known.state.changed_at is None:
        return False
    if answer.unchanged or shown is before:
        return True
    covers = known.state.covers
    coming_before = [r for r in shown.coming(now) if covers is None or day_of(r.start) <= covers[1]]
    return coming_before == before.coming(now) and (answer.news, answer.table) == (known.news, known.table)


def spoken(time: timedelta) -> str:
    """A length of time for a log line: "41 min", "3 h 5 min", "2 days"."""
    minutes = max(0, round(time.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def _refuse(
    known: Known, before: RecordsInWindow, state: SourceState, error: SourceError, zone: ZoneInfo, now: datetime
) -> SourceVerdict:
    failed = replace(
        state,
        problem=error.reason,
        fault=error.fault,
        fault_values=error.values,
        problem_since=state.problem_since or now,
    )
    status = _status(known, failed, before, state.warnings if before.count(now) else (), "kept", now)
    line = None
    if state.problem is None:
        line = f"{state.id} is down. {error.reason} {_showing(state.last_good_at, zone, now)}"
    return SourceVerdict(before, failed, status, known.news, line, known.table)


def _showing(last_good_at: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    if last_good_at is None:
        return "It has no stored events."
    local, today = last_good_at.astimezone(zone), now.astimezone(zone).date()
    return f"Its events of {local:%H:%M}{'' if local.date() == today else f' on {local:%d %b}'} are shown."


def pause_after(failures: int, unreachable: bool, refresh: timedelta, usual: timedelta) -> timedelta:
    """From an attempt until the next one: none after the first failure, which may be chance; the next refresh, whenever
    that is, asks again. Then twice `refresh`, the time between two refreshes, doubled with each further failure.

    `unreachable`: no answer came at all. `usual`: how often the source is asked when it is well; the limits are never
    shorter.
    """
    if failures <= 1:
        return timedelta(0)
    longest = max(usual, LONGEST_UNREACHABLE if unreachable else LONGEST_PAUSE)
    doubled: timedelta = refresh * 2 ** min(failures - 1, _DOUBLINGS)
    return min(doubled, longest)
