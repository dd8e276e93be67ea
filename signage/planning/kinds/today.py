"""Page kind "today": what is left of the day, from now on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.domain.model import Event
from signage.domain.page_plan import Capacity, EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import even, number_pages
from signage.planning.selection import DaySelection
from signage.wording.rows import RowContext


class Today(EventsEntry):
    show: Literal["today"] = Field(description="What is on today, from now on.")


class TodayContext(TypedDict):
    heading: str
    heading_date: str
    scope: str | None
    rows: list[RowContext]


def today(events: Sequence[Event], at: datetime, zone: ZoneInfo, capacity: Capacity, elsewhere: bool) -> list[PagePlan]:
    """What is left of the day at the instant `at`; `events` are all that touch the day, those already over included.

    Rows are dealt evenly over as few pages as the layout needs, and stay on their page until fewer pages would do; so
    what ends changes one page and not its neighbours.
    """
    left = sum(event.ends_at > at for event in events)
    if not left:
        return []
    day = at.astimezone(zone).date()
    by_id = {event.id: event for event in events}
    pages = ceil(left / capacity.today)
    # what was left when so few pages first sufficed: the occurrences that end last
    lasting = {e.id for e in sorted(events, key=lambda e: (e.ends_at, e.id), reverse=True)[: pages * capacity.today]}
    plans = []
    for chunk in even([Row(event.id) for event in events if event.id in lasting], pages):
        rows = tuple(row for row in chunk if by_id[row.event_id].ends_at > at)
        if rows:
            group = Group(day, 0, rows)
            plans.append(PagePlan("today", day, (group,), elsewhere))
    return number_pages(plans)


class TodayKind(PageKind[Today]):
    name = "today"
    model = Today
    order = 10
    by_tiers = True

    def content(self, entry: Today, key: EntryKey, context: ScreenContext) -> EntryContent:
        everything, zone = context.pool(entry), context.zone
        selection = DaySelection(everything, zone, days=1)

        def pages(at: datetime) -> Sequence[PagePlan]:
            found = selection.at(at)
            return today(found.events, at, zone, context.capacity, found.elsewhere)

        return EntryContent((*(event.ends_at for event in everything.events), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> TodayContext:
        (group,) = plan.groups
        return {
            "heading": writer.heading(group),
            "heading_date": writer.wording.day(group.day, "full_day"),
            "scope": writer.scope(plan),
            "rows": writer.rows(group),
        }

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        return number_pages(plans)

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, zone, capacity = material.at, material.zone, material.capacity
        return {
            "today": today(material.today, at, zone, capacity, False)[0],
            "few": today(material.here[-2:], at, zone, capacity, False)[0],
        }


KIND = TodayKind()
