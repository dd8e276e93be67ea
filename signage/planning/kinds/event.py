"""Page kind "event": coming events, each as a poster of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.config.playlist import Most
from signage.domain.model import Event, Status
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import AboutEvent, PageWriter
from signage.planning.selection import DaySelection
from signage.wording.badges import OFF
from signage.wording.typography import beginning, set_text

SUMMARY_LENGTH = 280  # characters of description on a poster: what is read in ten seconds


class EventPoster(EventsEntry):
    show: Literal["event"] = Field(description="Coming events, each as a poster of its own.")
    count: int = Field(2, ge=1, le=10, description="A poster each for this many coming events.")
    days: int = Field(14, ge=1, le=60, description="How many days ahead to look.")
    picture: bool | None = Field(None, description="true: only events with a picture. false: only those without.")
    series: Most = 1


class PosterContext(AboutEvent):
    weekday: str
    when: str
    summary: str


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


def when(event: Event, day: date, writer: PageWriter) -> str:
    """When an occurrence is, beside the name of the poster's day: "5. desember kl. 18.00–20.00", "4.–6. desember".

    On its last day, when it began on an earlier one: "5. desember, til 20.00".
    """
    wording = writer.wording
    dates = writer.lines.dates(event)
    if event.all_day:
        return dates
    if wording.first_day(event) == day:
        if wording.lasts_for_days(event):
            return wording.running(event)
        return writer.words("at_time", date=dates, time=wording.span(event))
    if wording.last_day(event) <= day:
        return f"{wording.day(day, 'day')}, {wording.time(event, day)}"
    return dates


class EventKind(PageKind[EventPoster]):
    name = "event"
    model = EventPoster
    order = 40
    by_tiers = True

    def content(self, entry: EventPoster, key: EntryKey, context: ScreenContext) -> EntryContent:
        def gets_a_poster(event: Event) -> bool:
            pictured = entry.picture is None or entry.picture == (event.picture is not None)
            return pictured and event.status is not Status.CANCELLED

        everything, zone = context.pool(entry, counts=gets_a_poster), context.zone
        selection = DaySelection(everything, zone, entry.days)

        def pages(at: datetime) -> Sequence[PagePlan]:
            found = selection.at(at, whole_days=False)
            return posters(found.events, at, zone, entry.count, entry.picture, found.elsewhere, entry.series)

        return EntryContent((*(event.ends_at for event in everything.events), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> PosterContext:
        (group,) = plan.groups
        (row,) = group.rows
        event = writer.events[row.event_id]
        return {
            "weekday": writer.heading(group),
            "when": set_text(when(event, group.day, writer)),
            "summary": writer.lines.broken(beginning(event.summary, SUMMARY_LENGTH)),
            **writer.about_event(event),
        }

    def usual_pages(self, entry: EventPoster) -> int:
        return entry.count

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        at, zone = material.at, material.zone
        pictured = next(e for e in material.events if e.picture)
        return {
            "event": posters([pictured], at, zone, 1, None, False)[0],
            "event-plain": posters([material.plain], at, zone, 1, None, False)[0],
        }


KIND = EventKind()
