"""Page kind "week": seven days side by side."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.domain.model import NO_EXCESS, Event, Excess
from signage.domain.page_plan import Capacity, EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import LONG, of_day
from signage.planning.selection import DaySelection
from signage.wording.dates import RANGE
from signage.wording.rows import BadgeContext, RowContext

DAYS = 7
LEAST_DAYS = 3  # following days with the same activity that are shown as one band
MOST_LANES = 3  # bands above each other
HOUR_CHANGED = timedelta(hours=1)  # a day on which summer time ends is this much longer


class Week(EventsEntry):
    show: Literal["week"] = Field(description="Seven days side by side.")


class WeekdayContext(TypedDict):
    """`count`: how many occurrences there are, those in bands aside; `more`: how many of them there is no room for, in
    words; `empty`: that there is nothing.
    """

    weekday: str
    date: str
    today: bool
    count: int
    rows: list[RowContext]
    more: str | None
    empty: str | None


class BandContext(TypedDict):
    """What is on for several days: in the columns from `first` (1 is today) for `days`. `span`: those in words."""

    first: int
    days: int
    span: str
    time: str
    title: str
    venue: str
    badge: BadgeContext | None
    off: bool


class WeekContext(TypedDict):
    heading: str
    note: str
    scope: str | None
    bands: list[BandContext]
    days: list[WeekdayContext]


def week(events: Sequence[Event], first: date, zone: ZoneInfo) -> list[list[Event]]:
    """The programme of seven days from `first` on, as that day begins."""
    return [of_day(events, first + timedelta(days=ahead), ahead, zone) for ahead in range(DAYS)]


def week_page(
    programme: Sequence[Sequence[Event]], first: date, at: datetime, capacity: Capacity, elsewhere: bool
) -> list[PagePlan]:
    """One page of what is left of a week's programme at `at`: the first rows of each day; none when it is all over."""
    left = [[event for event in day if event.ends_at > at] for day in programme]
    bands = _bands(left, min(MOST_LANES, capacity.week))
    groups = []
    for ahead, day in enumerate(left):
        banded = [Row(e.id, band=True) for e in day if (ahead, e.id) in bands]
        rows = [Row(e.id) for e in day if (ahead, e.id) not in bands]
        shown = rows if len(rows) <= capacity.week else rows[: capacity.week - 1]
        groups.append(Group(first + timedelta(days=ahead), ahead, (*banded, *shown), more=len(rows) - len(shown)))
    if not any(group.rows for group in groups):
        return []
    return [PagePlan("week", first, tuple(groups), elsewhere)]


def _activity(event: Event) -> Hashable:
    """The same for one occurrence of several days, and for what is on at the same hours of following days."""
    if event.all_day or event.ends_at - event.starts_at > LONG:
        return event.id
    start, length = event.start, event.ends_at - event.starts_at
    assert isinstance(start, datetime)
    state = event.status, event.ticket.availability  # a day that is cancelled or sold out is no part of a band
    return event.title.casefold(), event.venue.casefold(), start.time(), length, state


def _runs(days: Sequence[Sequence[tuple[Hashable, str]]]) -> list[tuple[int, list[str]]]:
    """Following days with the same activity: the first of them, and the occurrence on each."""
    runs: list[tuple[int, list[str]]] = []
    going: dict[Hashable, tuple[int, list[str]]] = {}
    for ahead, day in enumerate(days):
        today = dict(day)
        going = {key: going.get(key, (ahead, [])) for key in today}
        for key, run in going.items():
            run[1].append(today[key])
            if len(run[1]) == 1:
                runs.append(run)
    return runs


def _bands(days: Sequence[Sequence[Event]], most_lanes: int) -> set[tuple[int, str]]:
    """What is shown as a band: the day (0 is today) and the id. At most so many bands are above each other."""
    by_id = {event.id: event for day in days for event in day}
    found: set[tuple[int, str]] = set()
    lanes = [0] * most_lanes  # the first day that is free in each
    for first, ids in _runs([[(_activity(event), event.id) for event in day] for day in days]):
        event = by_id[ids[0]]
        lasting = event.ends_at - event.starts_at > LONG + HOUR_CHANGED
        lane = next((n for n, free in enumerate(lanes) if free <= first), None)
        if lane is None or not (lasting or len(ids) >= LEAST_DAYS):
            continue
        lanes[lane] = first + len(ids)
        found |= {(first + n, identity) for n, identity in enumerate(ids)}
    return found


def _plain(group: Group) -> Group:
    """The day without its bands."""
    return replace(group, rows=tuple(row for row in group.rows if not row.band))


def _shortened(group: Group, count: int) -> Group:
    """The day with so many of its rows that aren't bands."""
    banded, rows = tuple(row for row in group.rows if row.band), _plain(group).rows
    return replace(group, rows=(*banded, *rows[:count]), more=group.more + len(rows) - count)


def _fewer(counts: Sequence[int], excess: int) -> list[int]:
    """How many rows the days keep when this many go, each from the fullest day, of several the last one; so does
    signage/rendering/excess.js count them. When it isn't known how many have to go, one from each of the fullest days.
    """
    left = list(counts)
    most = max(left)
    if not excess:
        return [count - (count == most) for count in left]
    for _ in range(min(excess, sum(count - 1 for count in left if count))):
        fullest = max(range(len(left)), key=lambda n: (left[n], n))
        left[fullest] -= 1
    return left


def _without_bands(group: Group) -> Group:
    rows = _plain(group).rows
    return replace(group, rows=rows, more=group.more + len(group.rows) - len(rows))


class WeekKind(PageKind[Week]):
    name = "week"
    model = Week
    order = 30
    by_tiers = True
    zone = False

    def content(self, entry: Week, key: EntryKey, context: ScreenContext) -> EntryContent:
        everything, zone = context.pool(entry), context.zone
        selection = DaySelection(everything, zone, DAYS)
        programmes: dict[tuple[date, int, int], list[list[Event]]] = {}

        def pages(at: datetime) -> Sequence[PagePlan]:
            first = at.astimezone(zone).date()
            found = selection.at(at)
            day = (first, found.tier, found.rolled)
            if day not in programmes:
                programmes[day] = week(found.events, first, zone)
            return week_page(programmes[day], first, at, context.capacity, found.elsewhere)

        return EntryContent((*(event.ends_at for event in everything.events), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> WeekContext:
        assert plan.day is not None
        words, wording = writer.words, writer.wording
        days: list[WeekdayContext] = [
            {
                "weekday": writer.heading(group),
                "date": wording.day(group.day, "day_short"),
                "today": group.ahead == 0,
                "count": len(_plain(group).rows) + group.more,
                "rows": writer.rows(_plain(group), narrow=True),
                "more": words("more", count=group.more) if group.more else None,
                "empty": None if group.rows or group.more else words("nothing"),
            }
            for group in plan.groups
        ]
        return {
            "heading": words("week_title", area=writer.area),
            "note": words("week_note", week=plan.day.isocalendar().week, calendar=writer.calendar),
            "scope": writer.scope(plan),
            "bands": self._band_contexts(plan, writer),
            "days": days,
        }

    def _band_contexts(self, plan: PagePlan, writer: PageWriter) -> list[BandContext]:
        events = writer.events
        days = [[(_activity(events[r.event_id]), r.event_id) for r in g.rows if r.band] for g in plan.groups]
        made: list[BandContext] = []
        for first, ids in _runs(days):
            group, last = plan.groups[first], plan.groups[first + len(ids) - 1]
            row = writer.rows(replace(group, rows=(Row(ids[0]),)), narrow=True)[0]
            names = [writer.heading(each) for each in dict.fromkeys((group, last))]
            made.append(
                {
                    "first": first + 1,
                    "days": len(ids),
                    "span": RANGE.join(names),
                    "time": row["time"],
                    "title": row["title"],
                    "venue": row["venue"],
                    "badge": row["badge"],
                    "off": row["off"],
                }
            )
        return made

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """All days stay on one page. Those whose columns are too short say less, or else the fullest ones, until each
        says one thing; then bands go. They go sooner where a column is too short for one thing.
        """
        counts = [len(_plain(group).rows) for group in plan.groups]
        most = max(counts)
        crowded = {n: rows for n, rows in excess.groups if n in range(len(counts)) and counts[n] > 1}
        banded = any(row.band for group in plan.groups for row in group.rows)
        if crowded or (most > 1 and not (excess.groups and banded)):
            left = _fewer(counts, excess.rows) if not crowded else counts
            kept = (max(1, min(count - 1, crowded[n])) if n in crowded else left[n] for n, count in enumerate(counts))
            groups = (_shortened(group, rows) for group, rows in zip(plan.groups, kept, strict=True))
            return [replace(plan, groups=tuple(groups))]
        if banded and most:
            return [replace(plan, groups=tuple(_without_bands(group) for group in plan.groups))]
        return [plan]

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, zone = material.at, material.zone
        programme = week(material.events, at.date(), zone)
        return {"week": week_page(programme, at.date(), at, material.capacity, False)[0]}


KIND = WeekKind()
