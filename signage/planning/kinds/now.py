"""Page kind "now": what goes on in a house at the moment and next, room by room."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry, Id, Place
from signage.domain.model import NO_EXCESS, Event, Excess
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import PageWriter
from signage.planning.pagination import day_start, even, next_day, number_pages, without_last_row
from signage.wording.badges import OFF
from signage.wording.rows import RowContext

ROWS_OF_A_ROOM = 2  # of a list's rows: its name and what goes on, and what comes next


class Now(EventsEntry):
    show: Literal["now"] = Field(description="What goes on in this house at the moment and next, room by room.")
    place: Literal["here", "anywhere"] | list[Id] = Field(
        "here", description='"here": the screen\'s own place. Or a list of places.'
    )
    heading: str = Field(
        "",
        max_length=60,
        description="The heading; if left out the place's name, or where else everything on the page goes on.",
    )


class RoomContext(TypedDict):
    """`name`: None for the house that the page's heading names; of any other house with that house's name."""

    name: str | None
    now: list[RowContext]
    next: RowContext | None


class NowContext(TypedDict):
    heading: str
    heading_date: str
    scope: str | None
    rooms: list[RoomContext]
    now_label: str
    next_label: str
    nothing: str


def room_of(event: Event, place: Place | None) -> str:
    """In which room of the place an occurrence is: one that screens.toml names, else what the venue says apart from the
    place's own name and town. Empty: the house itself.
    """
    if place is None:
        return event.venue.partition(",")[2].strip()
    text = f"{event.venue}\n{event.title}"
    for room in place.rooms:
        if re.search(rf"(?<!\w){re.escape(room)}(?!\w)", text, re.IGNORECASE):
            return room
    parts = [part.strip() for part in event.venue.split(",") if part.strip()]
    parts = [part for part in parts if part.casefold() != place.town.casefold()]
    house = next((n for n, part in enumerate(parts) if part.casefold().startswith(place.name.casefold())), 0)
    return ", ".join(parts[:house] + parts[house + 1 :])  # by another of its names the house comes first


def now_pages(
    events: Sequence[Event],
    at: datetime,
    zone: ZoneInfo,
    places: Mapping[str, Place],
    entry: EntryKey,
    rows: int,
    own_place: str,
) -> list[PagePlan]:
    """Pages of the rooms where something goes on at the instant `at`, or begins later the same day; none without any.

    `rows`: how many rows a list page of the layout holds. What is called off is left out: nothing goes on there. In a
    house comes first itself, then the rooms that screens.toml names in its order, then others by name. The screen's own
    house leads; other places follow as in screens.toml, then what is none of them by name.
    """
    day = at.astimezone(zone).date()
    tomorrow = day_start(next_day(day), zone)
    by_room: dict[tuple[str, str, str], list[Event]] = {}  # place, house where the place isn't known, room
    for event in events:
        if event.status not in OFF and event.ends_at > at and event.starts_at < tomorrow:
            place = places.get(event.place or "")
            house = "" if place else event.venue.partition(",")[0].strip()
            by_room.setdefault((event.place or "", house, room_of(event, place)), []).append(event)
    known = [own_place, *places]

    def order(key: tuple[str, str, str]) -> tuple[int, str, tuple[bool, int, str]]:
        place, house, room = key
        number = known.index(place) if place in known else len(known)
        return number, house.casefold(), _order(room, places.values())

    groups = []
    for key in sorted(by_room, key=order):
        on = [Row(e.id, on=True) for e in by_room[key] if e.starts_at <= at]
        following = [Row(e.id) for e in by_room[key] if e.starts_at > at][:1]
        groups.append(Group(day, 0, (*on, *following), room=key[-1]))
    most = max(1, rows // ROWS_OF_A_ROOM)
    chunks = even(groups, ceil(len(groups) / most)) if groups else []
    return number_pages([PagePlan("now", day, chunk, entry=entry) for chunk in chunks])


def turns(events: Collection[Event]) -> list[datetime]:
    """The instants at which what goes on changes."""
    return [instant for event in events for instant in (event.starts_at, event.ends_at)]


def _house(group: Group, writer: PageWriter) -> str:
    """In which other house the rows of a group are; empty: in the screen's own."""
    event = writer.events[group.rows[0].event_id]
    if event.place == writer.screen.place:
        return ""
    return writer.lines.broken(writer.lines.venue_lines(event)[0]) or _elsewhere(writer)


def _heading(houses: Sequence[str], writer: PageWriter) -> str:
    """What a page says above its rooms: the screen's own house only if it says something of that one."""
    if "" in houses:
        return writer.place.name
    return houses[0] if len(set(houses)) == 1 else _elsewhere(writer)


def _elsewhere(writer: PageWriter) -> str:
    return writer.words("nearby", area=writer.area)


def _order(room: str, places: Collection[Place]) -> tuple[bool, int, str]:
    listed = [name for place in places for name in place.rooms]
    return room != "", listed.index(room) if room in listed else len(listed), room.casefold()


class NowKind(PageKind[Now]):
    name = "now"
    model = Now
    order = 50
    by_tiers = True

    def content(self, entry: Now, key: EntryKey, context: ScreenContext) -> EntryContent:
        everything = context.pool(entry, timedelta(days=1))
        here = everything.tiers[0]  # what goes on elsewhere is no answer to what goes on in this house
        rows = context.capacity.today

        def pages(at: datetime) -> Sequence[PagePlan]:
            return now_pages(here, at, context.zone, context.config.places, key, rows, context.screen.place)

        return EntryContent((*turns(here), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> NowContext:
        lines, events = writer.lines, writer.events
        entry = writer.entry(plan)
        own_words = entry.heading if isinstance(entry, Now) else ""
        houses = [_house(group, writer) for group in plan.groups]
        heading = own_words or _heading(houses, writer)
        rooms: list[RoomContext] = []
        for group, house in zip(plan.groups, houses, strict=True):
            on = [lines.going_on(events[row.event_id], group) for row in group.rows if row.on]
            later = [lines.row(events[row.event_id], row, group) for row in group.rows if not row.on]
            name = [part for part in ("" if house == heading else house, lines.broken(group.room or "")) if part]
            rooms.append({"name": ", ".join(name) or None, "now": on, "next": later[0] if later else None})
        return {
            "heading": heading,
            "heading_date": writer.wording.day(plan.groups[0].day, "full_day"),
            "scope": writer.scope(plan),
            "rooms": rooms,
            "now_label": writer.words("now_label"),
            "next_label": writer.words("next_label"),
            "nothing": writer.words("nothing_now"),
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """Rooms stay whole; a single room says less."""
        if len(plan.groups) > 1:
            return [replace(plan, groups=groups) for groups in even(plan.groups, 2)]
        return without_last_row(plan, least=1)

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        return number_pages(plans)

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        context, rows, key = material.context, material.capacity.today, material.keys["now"]
        places, own = context.config.places, context.screen.place
        return {"now": now_pages(material.here, material.at, material.zone, places, key, rows, own)[0]}


KIND = NowKind()
