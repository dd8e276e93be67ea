"""How occurrences are dealt out on pages: by the day, so that what ends today leaves Thursday's page alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import TypeVar
from zoneinfo import ZoneInfo

from signage.domain.model import Event
from signage.domain.page_plan import PagePlan

T = TypeVar("T")
LONG = timedelta(hours=24)  # a timed occurrence longer than this is on the programme of every day it touches


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins, in UTC (comparing instants of two zones costs six times as much)."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def whole_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of the local day of `start` to the end of that of `end`."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    return day_start(first, zone), day_start(next_day(last), zone)


def next_day(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def on_day(event: Event, day: date, zone: ZoneInfo) -> bool:
    """Whether the occurrence is on the programme of a local day: it starts then, or lasts for days and touches it."""
    if event.starts_at.astimezone(zone).date() == day:
        return True
    lasting = event.all_day or event.ends_at - event.starts_at > LONG
    return lasting and _touches(event, day, zone)


def _touches(event: Event, day: date, zone: ZoneInfo) -> bool:
    return event.starts_at < day_start(day + timedelta(days=1), zone) and event.ends_at > day_start(day, zone)


def halves(plan: PagePlan) -> list[PagePlan]:
    """The page's rows on two pages; the same page again when it has but one row, or none."""
    rows = [(g, row) for g in plan.groups for row in g.rows]
    if len(rows) < 2:
        return [plan]
    middle = ceil(len(rows) / 2)
    found = []
    for half in (rows[:middle], rows[middle:]):
        days = dict.fromkeys(g for g, _ in half)
        found.append(replace(plan, groups=tuple(replace(g, rows=tuple(r for h, r in half if h is g)) for g in days)))
    return found


def without_last_row(plan: PagePlan, least: int) -> list[PagePlan]:
    """A page about one thing is not continued on a further one: it says less. The same page again at `least` rows."""
    rows = sum(len(group.rows) for group in plan.groups)
    if rows <= least:
        return [plan]
    last = plan.groups[-1]
    kept = (*plan.groups[:-1], replace(last, rows=last.rows[:-1])) if len(last.rows) > 1 else plan.groups[:-1]
    return [replace(plan, groups=kept)]


def number_pages(plans: list[PagePlan]) -> list[PagePlan]:
    """ "2 av 3" on each of several pages."""
    of = len(plans)
    return [replace(plan, number=(n, of) if of > 1 else None) for n, plan in enumerate(plans, 1)]


def of_day(events: Iterable[Event], day: date, ahead: int, zone: ZoneInfo) -> list[Event]:
    """A day's programme; today's also holds what began yesterday evening and goes on past midnight."""
    fits = _touches if ahead == 0 else on_day
    return [e for e in events if fits(e, day, zone)]


def even(rows: Sequence[T], parts: int) -> list[tuple[T, ...]]:
    """`rows` in order, in `parts` pieces whose lengths differ by one at most."""
    size, extra = divmod(len(rows), parts)
    pieces = []
    start = 0
    for n in range(parts):
        end = start + size + (n < extra)
        pieces.append(tuple(rows[start:end]))
        start = end
    return pieces
