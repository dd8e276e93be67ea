"""What goes on in a house, room by room: at the moment, and next. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from signage.config.models import Place
from signage.domain.model import Event
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.planning.pagination import day_start, even, next_day
from signage.wording.badges import OFF

ROWS_OF_A_ROOM = 2  # of a list's rows: its name and what goes on, and what comes next


def room_of(event: Event, place: Place | None) -> str:
    """In which room of the place an occurrence is: one that screens.toml names, else what the venue says besides the
    place's own name and town. Empty: the house itself.
    """
    if place is None:
        return event.venue.partition(",")[2].strip()
    told = f"{event.venue}\n{event.title}"
    for room in place.rooms:
        if re.search(rf"(?<!\w){re.escape(room)}(?!\w)", told, re.IGNORECASE):
            return room
    parts = [part.strip() for part in event.venue.split(",") if part.strip()]
    parts = [part for part in parts if part.casefold() != place.town.casefold()]
    house = next((n for n, part in enumerate(parts) if part.casefold().startswith(place.name.casefold())), 0)
    return ", ".join(parts[:house] + parts[house + 1 :])  # by another of its names the house stands first


def now_pages(
    events: Sequence[Event],
    at: datetime,
    zone: ZoneInfo,
    places: Mapping[str, Place],
    entry: EntryKey,
    rows: int,
    elsewhere: bool = False,
) -> list[PagePlan]:
    """Pages of the rooms where something goes on at the instant `at`, or begins later the same day; none without any.

    `rows`: how many rows a list page of the layout holds. What is called off is left out: nothing goes on there. In a
    room that screens.toml names comes first what it names first; other rooms follow by name, the house itself leads.
    """
    day = at.astimezone(zone).date()
    tomorrow = day_start(next_day(day), zone)
    by_room: dict[str, list[Event]] = {}
    for event in events:
        if event.status not in OFF and event.ends_at > at and event.starts_at < tomorrow:
            by_room.setdefault(room_of(event, places.get(event.place or "")), []).append(event)
    groups = []
    for room in sorted(by_room, key=lambda name: _order(name, places.values())):
        on = [Row(e.id, on=True) for e in by_room[room] if e.starts_at <= at]
        following = [Row(e.id) for e in by_room[room] if e.starts_at > at][:1]
        groups.append(Group(day, 0, (*on, *following), room=room))
    most = max(1, rows // ROWS_OF_A_ROOM)
    chunks = even(groups, ceil(len(groups) / most)) if groups else []
    of = len(chunks)
    return [
        PagePlan("now", day, chunk, elsewhere, number=(n, of) if of > 1 else None, entry=entry)
        for n, chunk in enumerate(chunks, 1)
    ]


def turns(events: Collection[Event]) -> list[datetime]:
    """The instants at which what goes on changes."""
    return [instant for event in events for instant in (event.starts_at, event.ends_at)]


def _order(room: str, places: Collection[Place]) -> tuple[bool, int, str]:
    listed = [name for place in places for name in place.rooms]
    return room != "", listed.index(room) if room in listed else len(listed), room.casefold()
