"""Failure is not emptiness: what to believe of an answer, and what to keep. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from signage.errors import SourceError
from signage.model import Record
from signage.sources import records as text
from signage.sources.base import Fetched, Window
from signage.store import SourceState

# A source that had this many coming events and now has none is not believed at once ...
SUSPICIOUS = 3
# ... but when it has said so for this long: a calendar that was really emptied is off the screens the next day.
BELIEVE_EMPTY_AFTER = timedelta(hours=24)
# An answer with less than a tenth of a large calendar is believed, and said.
LARGE = 30


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is. `events`: its occurrences from now on that are shown, new or kept. `problem`: a short reason.

    `outcome`: "fetched" (a new answer), "unchanged" (the server said so), "kept" (failed; the last good events stay),
    "offline" (not asked).
    """

    id: str
    ok: bool
    events: int
    last_good_at: datetime | None
    problem: str | None
    warnings: tuple[str, ...]
    outcome: Literal["fetched", "unchanged", "kept", "offline"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to show, what to remember, how to report it, and a line for the log when the source fell or rose."""

    records: tuple[Record, ...]
    state: SourceState
    status: SourceStatus
    line: str | None = None


def judge(
    state: SourceState,
    kept: Sequence[Record],
    answer: Fetched | SourceError,
    window: Window,
    zone: ZoneInfo,
    now: datetime,
) -> Verdict:
    """Decide on an answer. `state` and `kept` are what was known before; `kept` may hold past occurrences."""
    tried = replace(state, last_tried_at=now)
    expected = coming(kept, window, zone, now)
    if isinstance(answer, SourceError):
        return _refuse(tried, kept, answer.reason, window, zone, now)
    told = coming(answer.records, window, zone, now)
    if not told and len(expected) >= SUSPICIOUS:
        since = state.empty_since or now
        if now - since < BELIEVE_EMPTY_AFTER:
            hours = f"{BELIEVE_EMPTY_AFTER / timedelta(hours=1):g} h"
            reason = f"answered with no events, where {len(expected)} were known; believed when it says so for {hours}"
            return _refuse(replace(tried, empty_since=since), kept, reason, window, zone, now)
    warnings = answer.warnings
    if len(expected) >= LARGE and len(told) * 10 < len(expected):
        warnings = (*warnings, f"only {len(told)} events, where {len(expected)} were known")
    good = replace(
        tried,
        records=text.dumps(answer.records),
        warnings=json.dumps(warnings),
        last_good_at=now,
        problem=None,
        problem_since=None,
        empty_since=None,
    )
    outcome: Literal["fetched", "unchanged"] = "unchanged" if answer.unchanged else "fetched"
    status = SourceStatus(state.id, True, len(told), now, None, warnings, outcome)
    line = None
    if state.problem and state.problem_since:
        line = f"{state.id} is back after {spoken(now - state.problem_since)}"
    return Verdict(_in_window(answer.records, window, zone), good, status, line)


def unasked(state: SourceState, kept: Sequence[Record], window: Window, zone: ZoneInfo, now: datetime) -> Verdict:
    """What is shown when nobody is asked."""
    told = coming(kept, window, zone, now)
    warnings = tuple(json.loads(state.warnings))
    ok = state.problem is None and state.last_good_at is not None
    status = SourceStatus(state.id, ok, len(told), state.last_good_at, state.problem, warnings, "offline")
    return Verdict(_in_window(kept, window, zone), state, status)


def coming(records: Sequence[Record], window: Window, zone: ZoneInfo, now: datetime) -> list[Record]:
    """The records in the window that have not ended at `now`: last good events age like all others."""
    return [record for record in records if window.holds(record, zone) and not ended(record, now)]


def ended(record: Record, now: datetime) -> bool:
    """Whether a timed occurrence with an end is over. Others go by the day, with `Window.holds`."""
    return isinstance(record.end, datetime) and record.end <= now


def spoken(time: timedelta) -> str:
    """A length of time for a log line: "41 min", "3 h 5 min", "2 days"."""
    minutes = max(0, round(time.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def _refuse(
    state: SourceState, kept: Sequence[Record], reason: str, window: Window, zone: ZoneInfo, now: datetime
) -> Verdict:
    expected = coming(kept, window, zone, now)
    failed = replace(state, problem=reason, problem_since=state.problem_since or now)
    warnings = tuple(json.loads(state.warnings)) if expected else ()
    status = SourceStatus(state.id, False, len(expected), state.last_good_at, reason, warnings, "kept")
    line = None
    if state.problem is None:
        line = f"{state.id} is down: {reason} ({_showing(state.last_good_at, zone, now)})"
    return Verdict(_in_window(kept, window, zone), failed, status, line)


def _in_window(records: Sequence[Record], window: Window, zone: ZoneInfo) -> tuple[Record, ...]:
    return tuple(record for record in records if window.holds(record, zone))


def _showing(last_good_at: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    if last_good_at is None:
        return "nothing is known from it yet"
    local, today = last_good_at.astimezone(zone), now.astimezone(zone).date()
    return f"showing events from {local:%H:%M}" if local.date() == today else f"showing events from {local:%d %b %H:%M}"
