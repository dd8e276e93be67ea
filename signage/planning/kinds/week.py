"""Page kind "week": seven days side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.domain.model import Event
from signage.domain.page_plan import Capacity, EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import of_day
from signage.planning.selection import DaySelection
from signage.wording.rows import RowContext

DAYS = 7


class Week(EventsEntry):
    show: Literal["week"] = Field(description="Seven days side by side.")


class WeekdayContext(TypedDict):
    """`more`: how many occurrences there is no room for, in words; `empty`: that there is nothing."""

    weekday: str
    date: str
    today: bool
    rows: list[RowContext]
    more: str | None
    empty: str | None


class WeekContext(TypedDict):
    heading: str
    note: str
    scope: str | None
    days: list[WeekdayContext]


def week(events: Sequence[Event], first: date, zone: ZoneInfo) -> list[list[Event]]:
    """The programme of seven days from `first` on, as that day begins."""
    return [of_day(events, first + timedelta(days=ahead), ahead, zone) for ahead in range(DAYS)]


def week_page(
    programme: Sequence[Sequence[Event]], first: date, at: datetime, capacity: Capacity, elsewhere: bool
) -> list[PagePlan]:
    """One page of what is left of a week's programme at `at`: the first rows of each day; none when it is all over."""
    groups = []
    for ahead, day in enumerate(programme):
        rows = [Row(e.id) for e in day if e.ends_at > at]
        shown = rows if len(rows) <= capacity.week else rows[: capacity.week - 1]
        groups.append(Group(first + timedelta(days=ahead), ahead, tuple(shown), more=len(rows) - len(shown)))
    if not any(group.rows for group in groups):
        return []
    return [PagePlan("week", first, tuple(groups), elsewhere)]


class WeekKind(PageKind[Week]):
    name = "week"
    model = Week
    order = 30
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
                "rows": writer.rows(group, narrow=True),
                "more": words("more", count=group.more) if group.more else None,
                "empty": None if group.rows or group.more else words("nothing"),
            }
            for group in plan.groups
        ]
        return {
            "heading": words("week_title", area=writer.area),
            "note": words("week_note", week=plan.day.isocalendar().week, calendar=writer.calendar),
            "scope": writer.scope(plan),
            "days": days,
        }

    def split(self, plan: PagePlan) -> list[PagePlan]:
        """All days stay on one page: the fullest ones say less, until each says one thing."""
        most = max(len(g.rows) for g in plan.groups)
        if most <= 1:
            return [plan]
        groups = tuple(replace(g, rows=g.rows[: most - 1], more=g.more + len(g.rows[most - 1 :])) for g in plan.groups)
        return [replace(plan, groups=groups)]

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, zone = material.at, material.zone
        programme = week(material.events, at.date(), zone)
        return {"week": week_page(programme, at.date(), at, material.capacity, False)[0]}


KIND = WeekKind()
