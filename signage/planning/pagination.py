"""Deal occurrences out on pages. Pages are made by the day, so that what ends today leaves Thursday's page alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import TypeVar
from zoneinfo import ZoneInfo

from signage.domain.model import Event
from signage.domain.page_plan import Capacity, Group, PagePlan, Row
from signage.wording.badges import OFF

T = TypeVar("T")
EVENING = time(16)  # from here on what is left of a day is "i kveld"
WHOLE = ("now", "organisation")  # pages that say less when they overflow, and aren't continued
LONG = timedelta(hours=24)  # a timed occurrence longer than this is on the programme of every day it touches


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins, in UTC (comparing instants of two zones costs six times as much)."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


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
            group = Group(day, 0, rows, tonight=_evening(rows, by_id, at, zone))
            plans.append(PagePlan("today", day, (group,), elsewhere))
    return renumber(plans)


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
        rows = tuple(Row(e.id) for e in _of_day(events, day, ahead, zone))
        if not rows:
            continue
        parts = ceil(len(rows) / max(1, capacity.agenda - capacity.heading))
        groups += [Group(day, ahead, chunk) for chunk in even(rows, parts)]
    pages = [PagePlan("agenda", first, tuple(dealt), elsewhere) for dealt in _deal(groups, capacity)]
    return _renumber_parts(pages)


def still_on(pages: Sequence[PagePlan], by_id: Mapping[str, Event], at: datetime, zone: ZoneInfo) -> list[PagePlan]:
    """Agenda pages without what has ended at the instant `at`; pages that become empty go."""
    kept = []
    changed = False
    for page in pages:
        if all(by_id[i].ends_at > at for i in page.event_ids) and page.groups[0].ahead:
            kept.append(page)
            continue
        groups = []
        for group in page.groups:
            left = tuple(row for row in group.rows if by_id[row.event_id].ends_at > at)
            if left:
                groups.append(replace(group, rows=left, tonight=group.ahead == 0 and _evening(left, by_id, at, zone)))
        changed = changed or len(groups) < len(page.groups)
        if groups:
            kept.append(replace(page, groups=tuple(groups)))
    return _renumber_parts(kept) if changed else kept


def _evening(rows: Iterable[Row], by_id: Mapping[str, Event], at: datetime, zone: ZoneInfo) -> bool:
    """Whether all of `rows` belongs to this evening. Changes only when one of them ends or the day does."""
    events = [by_id[row.event_id] for row in rows]
    midnight = day_start(at.astimezone(zone).date(), zone)
    return all(
        not e.all_day and e.starts_at >= midnight and e.starts_at.astimezone(zone).time() >= EVENING for e in events
    )


def _deal(groups: Sequence[Group], capacity: Capacity) -> list[list[Group]]:
    """Following groups on as few pages as hold them, and those pages as evenly full as can be."""
    costs = [len(group.rows) + capacity.heading for group in groups]
    most = capacity.agenda
    pages = _fill(costs, most)
    while most > max(costs, default=0) and len(_fill(costs, most - 1)) == len(pages):
        most -= 1
    return [list(groups[start:end]) for start, end in _fill(costs, most)]


def _fill(costs: Sequence[int], most: int) -> list[tuple[int, int]]:
    """First fit: spans of `costs` that sum to `most` at the most; a single one above that stands alone."""
    spans: list[tuple[int, int]] = []
    filled = most
    for index, cost in enumerate(costs):
        if filled + cost > most:
            spans.append((index, index))
            filled = 0
        spans[-1] = (spans[-1][0], index + 1)
        filled += cost
    return spans


def _renumber_parts(pages: list[PagePlan]) -> list[PagePlan]:
    """Count the parts of a split day anew, after some of them are gone."""
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
            groups.append(replace(group, part=(seen[group.day], of) if of > 1 else None))
        result.append(replace(page, groups=tuple(groups)))
    return result


def week(events: Sequence[Event], first: date, zone: ZoneInfo) -> list[list[Event]]:
    """The programme of seven days from `first` on, as that day begins."""
    return [_of_day(events, first + timedelta(days=ahead), ahead, zone) for ahead in range(7)]


def week_page(
    programme: Sequence[Sequence[Event]], first: date, at: datetime, capacity: Capacity, elsewhere: bool
) -> list[PagePlan]:
    """One page of what is left of a week's programme at `at`: the first rows of each day; none when it is all over."""
    groups = []
    for ahead, of_day in enumerate(programme):
        rows = [Row(e.id) for e in of_day if e.ends_at > at]
        shown = rows if len(rows) <= capacity.week else rows[: capacity.week - 1]
        groups.append(Group(first + timedelta(days=ahead), ahead, tuple(shown), more=len(rows) - len(shown)))
    if not any(group.rows for group in groups):
        return []
    return [PagePlan("week", first, tuple(groups), elsewhere)]


def posters(
    events: Sequence[Event],
    at: datetime,
    zone: ZoneInfo,
    count: int,
    picture: bool | None,
    elsewhere: bool,
    series: int = 1,
) -> list[PagePlan]:
    """A poster each for `count` coming occurrences: those with a picture first, `series` per title (0: all), in order
    of time.
    """
    first = at.astimezone(zone).date()
    fitting = [e for e in events if e.status not in OFF and (picture is None or picture == (e.picture is not None))]
    by_title: dict[str, list[Event]] = {}
    for event in fitting:
        by_title.setdefault(event.title.casefold(), []).append(event)
    soonest = (event for alike in by_title.values() for event in alike[: series or None])
    best = sorted(soonest, key=lambda e: (e.picture is None, e.starts_at, e.id))[:count]
    pages = []
    for event in sorted(best, key=lambda e: (e.starts_at, e.id)):
        day = max(event.starts_at.astimezone(zone).date(), first)
        ahead = min((day - first).days, 2)  # today, tomorrow, or later: all that the poster's words depend on
        pages.append(PagePlan("event", None, (Group(day, ahead, (Row(event.id),)),), elsewhere))
    return pages


def split(plan: PagePlan) -> list[PagePlan]:
    """What to try in place of a page that overflows; the same page again when there is nothing left to split.

    The caller numbers the pages of the entry anew with `renumber`.
    """
    if plan.parts is not None:
        return _split_zones(plan, plan.parts)
    if plan.kind == "now" and len(plan.groups) > 1:
        return [replace(plan, groups=groups) for groups in even(plan.groups, 2)]
    if plan.kind in WHOLE:
        return _without_last_row(plan)
    rows = [(g, row) for g in plan.groups for row in g.rows]
    if plan.kind == "week":
        most = max(len(g.rows) for g in plan.groups)
        if most <= 1:
            return [plan]
        groups = tuple(replace(g, rows=g.rows[: most - 1], more=g.more + len(g.rows[most - 1 :])) for g in plan.groups)
        return [replace(plan, groups=groups)]
    if len(rows) < 2:
        return [plan]
    middle = ceil(len(rows) / 2)
    halves = []
    for half in (rows[:middle], rows[middle:]):
        days = dict.fromkeys(g for g, _ in half)
        halves.append(replace(plan, groups=tuple(replace(g, rows=tuple(r for h, r in half if h is g)) for g in days)))
    return halves


def _split_zones(plan: PagePlan, parts: tuple[PagePlan, PagePlan]) -> list[PagePlan]:
    """Split the fuller zone, the other one standing beside both halves; what can't be split is tried alone at last."""
    order = sorted((0, 1), key=lambda n: -sum(len(g.rows) for g in parts[n].groups))
    for n in order:
        halves = split(parts[n])
        if halves != [parts[n]]:
            other = parts[1 - n]
            return [replace(plan, parts=(half, other) if n == 0 else (other, half)) for half in renumber(halves)]
    return list(parts)


def _without_last_row(plan: PagePlan) -> list[PagePlan]:
    """A page about one thing is not continued on a further one: it says less."""
    rows = sum(len(group.rows) for group in plan.groups)
    least = 0 if plan.kind == "organisation" else 1
    if rows <= least:
        return [plan]
    last = plan.groups[-1]
    kept = (*plan.groups[:-1], replace(last, rows=last.rows[:-1])) if len(last.rows) > 1 else plan.groups[:-1]
    return [replace(plan, groups=kept)]


def renumber(plans: list[PagePlan]) -> list[PagePlan]:
    """Count the pages of one entry at one instant anew: "2 av 3" for today, the parts of a day for an agenda."""
    if plans and plans[0].parts is not None:
        return _renumber_zones(plans)
    if not plans or plans[0].kind == "agenda":
        return _renumber_parts(plans)
    if plans[0].kind in ("today", "now"):
        of = len(plans)
        return [replace(plan, number=(n, of) if of > 1 else None) for n, plan in enumerate(plans, 1)]
    return plans


def _renumber_zones(plans: list[PagePlan]) -> list[PagePlan]:
    """Count the pages of each zone anew, unless it repeats some of them."""
    zones = []
    for number in (0, 1):
        shown = [plan.parts[number] for plan in plans if plan.parts is not None]
        alike = len({part.kind for part in shown}) == 1 and len(set(shown)) == len(shown) == len(plans)
        zones.append(renumber(shown) if alike else shown)
    if any(len(zone) != len(plans) for zone in zones):
        return plans  # one zone alone took over some of the pages
    return [replace(plan, parts=(main, side)) for plan, main, side in zip(plans, *zones, strict=True)]


def _of_day(events: Iterable[Event], day: date, ahead: int, zone: ZoneInfo) -> list[Event]:
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
