"""Page kind "countdown": how many days are left until a big event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.domain.model import Event
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import AboutEvent, PageWriter
from signage.wording.badges import OFF


class Countdown(EventsEntry):
    """The days that are left until a big event: the next one that the filters and `event` choose."""

    show: Literal["countdown"] = Field(description="How many days are left until a big event.")
    event: str = Field(
        min_length=1, description='The event\'s title: "Heimsdagan*". Without a * anywhere: a title with these words.'
    )
    days: int = Field(60, ge=1, le=365, description="From how many days before.")


class CountdownContext(AboutEvent):
    """`count`: None on the day itself; `unit` is then "I dag"."""

    count: str | None
    unit: str
    when: str


def titled(events: Iterable[Event], wanted: str) -> list[Event]:
    """The events whose title fits: "Heimsdagan*" as a pattern, or, without a * anywhere, a title with these words."""
    pieces = [re.escape(piece) for piece in re.split(r"\*+", wanted.strip().casefold())]
    pattern = re.compile(".*".join(pieces) if "*" in wanted else rf".*(?<!\w){pieces[0]}(?!\w).*", re.DOTALL)
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


class CountdownKind(PageKind[Countdown]):
    name = "countdown"
    model = Countdown
    order = 60

    def content(self, entry: Countdown, key: EntryKey, context: ScreenContext) -> EntryContent:
        soon = timedelta(days=entry.days + 1, hours=2)  # the day's own hours and a time change included
        awaited = titled(context.pool(entry, soon).events, entry.event)
        awaited.sort(key=lambda event: (event.starts_at, event.id))
        instants = (*(event.ends_at for event in awaited), *context.midnights())
        return EntryContent(instants, lambda at: countdown(awaited, at, context.zone, entry.days, key))

    def context(self, plan: PagePlan, writer: PageWriter) -> CountdownContext:
        """The days that are left, as large as can be; on the day itself its time."""
        (group,) = plan.groups
        (row,) = group.rows
        event, left = writer.events[row.event_id], group.ahead
        return {
            "count": str(left) if left else None,
            "unit": writer.words.plural("days_unit", left) if left else writer.heading(group),
            "when": writer.wording.running(event),
            **writer.about_event(event),
        }

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"event": "*"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, zone, key = material.at, material.zone, material.keys["countdown"]
        return {
            "countdown": countdown([material.awaited], at, zone, 365, key)[0],
            "countdown-plain": countdown([material.plain], at, zone, 365, key)[0],
        }


KIND = CountdownKind()
