"""Page kind "agenda": the coming days, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import ceil
from operator import is_
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.config.playlist import Most
from signage.domain.model import Event
from signage.domain.page_plan import Capacity, EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import even, of_day
from signage.planning.selection import DaySelection
from signage.wording.rows import RowContext


class Agenda(EventsEntry):
    show: Literal["agenda"] = Field(description="The coming days, day by day.")
    today: bool = Field(True, description="false: begin tomorrow, for a screen that shows today on a page of its own.")
    days: int = Field(7, ge=1, le=14, description="How many days, the first included.")
    series: Most = 3


class DayContext(TypedDict):
    """`part`: "1 av 2", when the day's rows stand on several pages."""

    heading: str
    date: str
    today: bool
    rows: list[RowContext]
    part: str | None


class AgendaContext(TypedDict):
    groups: list[DayContext]
    scope: str | None


def agenda(
    events: Sequence[Event], first: date, zone: ZoneInfo, capacity: Capacity, days: range, elsewhere: bool
) -> list[PagePlan]:
    """The coming days, grouped by day, as the local day `first` begins; `days` counts from it, 0 being today.

    `events` are all that touch those days. The deal is made for whole days; what is over later in the day is taken out
    with `still_on`, so that the other pages stay as they are.
    """
    groups: list[Group] = []
    for ahead in days:
        day = first + timedelta(days=ahead)
        rows = tuple(Row(e.id) for e in of_day(events, day, ahead, zone))
        if not rows:
            continue
        parts = ceil(len(rows) / max(1, capacity.agenda - capacity.heading))
        groups += [Group(day, ahead, chunk) for chunk in even(rows, parts)]
    pages = [PagePlan("agenda", first, tuple(dealt), elsewhere) for dealt in _deal(groups, capacity)]
    return number_parts(pages)


def still_on(pages: Sequence[PagePlan], by_id: Mapping[str, Event], at: datetime) -> list[PagePlan]:
    """Agenda pages without what has ended at the instant `at`; pages that become empty go."""
    kept = []
    changed = False
    for page in pages:
        if all(by_id[row.event_id].ends_at > at for group in page.groups for row in group.rows):
            kept.append(page)
            continue
        groups = []
        for group in page.groups:
            left = tuple(row for row in group.rows if by_id[row.event_id].ends_at > at)
            if left:
                groups.append(replace(group, rows=left))
        changed = changed or len(groups) < len(page.groups)
        if groups:
            kept.append(replace(page, groups=tuple(groups)))
    return number_parts(kept) if changed else kept


def number_parts(pages: list[PagePlan]) -> list[PagePlan]:
    """Count the parts of each day that is on several pages."""
    total: dict[date, int] = {}
    for page in pages:
        for group in page.groups:
            total[group.day] = total.get(group.day, 0) + 1
    seen: dict[date, int] = {}
    result = []
    for page in pages:
        groups = []
        for group in page.groups:
            seen[group.day] = seen.get(group.day, 0) + 1
            of = total[group.day]
            part = (seen[group.day], of) if of > 1 else None
            groups.append(group if group.part == part else replace(group, part=part))
        same = all(map(is_, groups, page.groups))  # then it keeps its hash, too
        result.append(page if same else replace(page, groups=tuple(groups)))
    return result


def _deal(groups: Sequence[Group], capacity: Capacity) -> list[list[Group]]:
    """Following groups on as few pages as hold them, and those pages as evenly full as can be."""
    costs = [len(group.rows) + capacity.heading for group in groups]
    most = capacity.agenda
    pages = _fill(costs, most)
    while most > max(costs, default=0) and len(_fill(costs, most - 1)) == len(pages):
        most -= 1
    return [list(groups[start:end]) for start, end in _fill(costs, most)]


def _fill(costs: Sequence[int], most: int) -> list[tuple[int, int]]:
    """First fit: spans of `costs` that sum to `most` at the most; a single one above that is alone."""
    spans: list[tuple[int, int]] = []
    filled = most
    for index, cost in enumerate(costs):
        if filled + cost > most:
            spans.append((index, index))
            filled = 0
        spans[-1] = (spans[-1][0], index + 1)
        filled += cost
    return spans


class AgendaKind(PageKind[Agenda]):
    name = "agenda"
    model = Agenda
    order = 20
    by_tiers = True

    def content(self, entry: Agenda, key: EntryKey, context: ScreenContext) -> EntryContent:
        everything, zone = context.pool(entry), context.zone
        selection = DaySelection(everything, zone, entry.days, begin=0 if entry.today else 1)
        by_id = {event.id: event for event in everything.events}
        dealt: dict[tuple[date, int, int], list[PagePlan]] = {}

        def pages(at: datetime) -> Sequence[PagePlan]:
            first = at.astimezone(zone).date()
            found = selection.at(at)
            day = (first, found.tier, found.rolled)
            if day not in dealt:
                dealt[day] = agenda(found.events, first, zone, context.capacity, selection.days, found.elsewhere)
            return still_on(dealt[day], by_id, at)

        return EntryContent((*(event.ends_at for event in everything.events), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> AgendaContext:
        groups: list[DayContext] = [
            {
                "heading": writer.heading(group),
                "date": writer.wording.day(group.day, "full_day" if group.ahead < 2 else "day"),
                "today": group.ahead == 0,
                "rows": writer.rows(group),
                "part": writer.words("part", n=group.part[0], of=group.part[1]) if group.part else None,
            }
            for group in plan.groups
        ]
        return {"groups": groups, "scope": writer.scope(plan)}

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        return number_parts(plans)

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, capacity = material.at, material.capacity
        return {"agenda": agenda(material.events, at.date(), material.zone, capacity, range(1, 6), False)[0]}


KIND = AgendaKind()
