"""Pages about one thing: an event that is awaited, an organisation, a sponsor. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.domain.model import Event
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.wording.badges import OFF


def titled(events: Iterable[Event], wanted: str) -> list[Event]:
    """The events whose title fits: "Heimsdagan*" as a pattern, or, without a * anywhere, a title with these words."""
    pieces = [re.escape(piece) for piece in re.split(r"\*+", wanted.strip().casefold())]
    pattern = re.compile(".*".join(pieces) if "*" in wanted else rf".*\b{pieces[0]}\b.*", re.DOTALL)
    return [event for event in events if pattern.fullmatch(event.title.casefold())]


def countdown(events: Sequence[Event], at: datetime, zone: ZoneInfo, days: int, entry: EntryKey) -> list[PagePlan]:
    """A page for the next of the events that begins within `days`, or is on today; none when there is none."""
    today = at.astimezone(zone).date()
    for event in events:
        first = max(event.starts_at.astimezone(zone).date(), today)
        ahead = (first - today).days
        if event.status not in OFF and event.ends_at > at and ahead <= days:
            return [PagePlan("countdown", today, (Group(first, ahead, (Row(event.id),)),), entry=entry)]
    return []


def organisation_page(organisation: str, coming: Iterable[Event], at: datetime, zone: ZoneInfo) -> PagePlan:
    """A page about an organisation with what it has coming, a row each."""
    today = at.astimezone(zone).date()
    groups = []
    for event in coming:
        day = max(event.starts_at.astimezone(zone).date(), today)
        groups.append(Group(day, (day - today).days, (Row(event.id),)))
    return PagePlan("organisation", today, tuple(groups), organisation=organisation)


def pair(main: Sequence[PagePlan], side: Sequence[PagePlan]) -> list[PagePlan]:
    """Split pages of what two zones show: as many as the longer one needs, the shorter one begins anew.

    A zone that has nothing to show leaves the whole page to the other one.
    """
    if not main or not side:
        return [*main, *side]
    of = max(len(main), len(side))
    return [
        PagePlan("split", main[0].day or side[0].day, parts=(main[n % len(main)], side[n % len(side)]))
        for n in range(of)
    ]


def soon(days: int) -> timedelta:
    """How far ahead to look for what begins within `days`, the day's own hours and a time change included."""
    return timedelta(days=days + 1, hours=2)
