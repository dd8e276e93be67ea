"""The demo's month: from weekly.toml, month.toml and a first day to listings in the portal's own shape. No I/O but
reading those two files.

The shape is the contract of the WIS portal (iheim.no): one listing per occurrence, dates and times local to
Europe/Oslo, texts as volunteers type them, HTML and entities included. The same day gives the same listings.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import TypedDict

from signage.config.hours_text import WEEKDAYS
from signage.demo.motifs import MOTIFS

DAYS_BEFORE = 1  # what began yesterday and goes on past midnight
DAYS_AHEAD = 34  # the longest month, and whatever is left of its last week
TYPES = {"free": (1, "Gratis"), "members": (2, "Betalt medlemskap"), "tickets": (3, "Billettsalg")}
AUDIENCES = ("Barn", "Ungdom", "Familie", "Voksne", "Senior")
FIRST_PICTURE = 880101  # picture ids count from here, in the order of MOTIFS
REGION = (5055, "Heim")  # the municipality's number
IDS = 60_000_000  # ids are spread over as many numbers, from ten million: never those of the real portal

Entry = TypedDict(  # of weekly.toml and month.toml; a class can't have an attribute `from`
    "Entry",
    {
        "title": str,
        "on": str,
        "last": str,
        "days": int,
        "day": list[str],
        "cancels": str,
        "film": str,
        "from": str,
        "to": str,
        "ends": str,
        "place": str,
        "by": str,
        "kind": str,
        "type": str,
        "for": list[str],
        "picture": str,
        "text": str,
    },
    total=False,
)


class Texts(TypedDict):
    """weekly.toml, with a family film and an evening film for each week in turn, or month.toml."""

    weekly: list[Entry]
    films: list[dict[str, Entry]]
    events: list[Entry]


class Listing(TypedDict):
    """An event as the portal delivers it."""

    id: int
    title: str
    startDate: str
    endDate: str | None
    startTime: str
    endTime: str
    location: str
    organizer: str
    organizerId: int | None
    organizerTypeId: int | None
    organizerUrlText: str
    regionId: int
    regionName: str
    typeId: int
    typeName: str
    targetIds: list[int]
    targetNames: list[str]
    activityId: int | None
    activityNames: str
    imageId: int | None
    imageMeta: str
    urlText: str
    url: str
    description: str
    details: str


def programme(today: date) -> list[Listing]:
    """All listings from the day before `today` to DAYS_AHEAD after it, by date and time."""
    entries = [*_weekly(today), *_month(today)]
    entries.sort(key=lambda entry: (entry[0], entry[1].get("from", ""), entry[1]["title"], entry[1].get("place", "")))
    taken: set[int] = set()
    return [_listing(day, entry, taken) for day, entry in entries]


def picture_ids() -> dict[int, str]:
    """Which motif is behind each `imageId`."""
    return {FIRST_PICTURE + number: motif for number, motif in enumerate(MOTIFS)}


def day_of(on: str, today: date) -> date:
    """ "+2" is the day after tomorrow; "sat 1" the first Saturday after today, "sat 2" the one after that."""
    if on.startswith("+"):
        return today + timedelta(days=int(on))
    name, which = on.split()
    tomorrow = today + timedelta(days=1)
    ahead = (WEEKDAYS.index(name) - tomorrow.weekday()) % 7
    return tomorrow + timedelta(days=ahead + 7 * (int(which) - 1))


@lru_cache(None)
def _texts(name: str) -> Texts:
    data = tomllib.loads(files("signage.demo").joinpath(name).read_text("utf-8"))
    return {"weekly": data.get("weekly", []), "films": data.get("films", []), "events": data.get("events", [])}


def _weekly(today: date) -> Iterator[tuple[date, Entry]]:
    texts = _texts("weekly.toml")
    cancelled = {
        (day_of(entry["on"], today), entry["cancels"]) for entry in _texts("month.toml")["events"] if "cancels" in entry
    }
    for offset in range(-DAYS_BEFORE, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        films = texts["films"][day.isocalendar().week % len(texts["films"])]
        for entry in texts["weekly"]:
            if WEEKDAYS[day.weekday()] not in entry["day"]:
                continue
            if "film" in entry:
                yield day, _film(entry, films[entry["film"]])
            elif (day, entry["title"]) in cancelled:
                yield day, {**entry, "title": f"AVLYST: {entry['title']}"}
            else:
                yield day, entry


def _film(entry: Entry, film: Entry) -> Entry:
    audience = ["Barn", "Familie"] if entry["film"] == "family" else ["Voksne"]
    prefix = "KINO" if entry["place"].startswith("kulØr'n") else "Kino"  # the two houses write it each in their way
    return {**entry, **film, "title": f"{prefix}: {film['title']}", "kind": "Kino", "type": "tickets", "for": audience}


def _month(today: date) -> Iterator[tuple[date, Entry]]:
    for entry in _texts("month.toml")["events"]:
        if "cancels" in entry:
            continue
        first = day_of(entry["on"], today)
        for number in range(entry.get("days", 1)):
            day = first + timedelta(days=number)
            if "last" in entry:
                span = (day_of(entry["last"], today) - first).days % 7  # "sun 2" may be nearer than "fri 2"
                yield day, {**entry, "ends": (day + timedelta(days=span)).isoformat()}
            else:
                yield day, entry


def _listing(day: date, entry: Entry, taken: set[int]) -> Listing:
    identity = 10_000_000 + zlib.crc32(f"{day}/{entry['title']}/{entry.get('place')}".encode()) % IDS
    while identity in taken:
        identity += 1
    taken.add(identity)
    type_id, type_name = TYPES[entry.get("type", "free")]
    organizer = entry.get("by", "")
    audiences = entry.get("for", [])
    pictures = {motif: number for number, motif in picture_ids().items()}
    picture = pictures[entry["picture"]] if "picture" in entry else None
    return {
        "id": identity,
        "title": entry["title"],
        "startDate": day.isoformat(),
        "endDate": entry.get("ends"),
        "startTime": entry.get("from", ""),
        "endTime": entry.get("to", ""),
        "location": entry.get("place", ""),
        "organizer": organizer,
        "organizerId": 1000 + zlib.crc32(organizer.encode()) % 9000 if organizer else None,
        "organizerTypeId": 1 if organizer else None,
        "organizerUrlText": organizer.lower().replace(" ", "-").replace("'", ""),
        "regionId": REGION[0],
        "regionName": REGION[1],
        "typeId": type_id,
        "typeName": type_name,
        "targetIds": [AUDIENCES.index(audience) + 1 for audience in audiences],
        "targetNames": audiences,
        "activityId": 100 + zlib.crc32(entry["kind"].encode()) % 900 if "kind" in entry else None,
        "activityNames": entry.get("kind", ""),
        "imageId": picture,
        "imageMeta": "quality=85" if picture else "",
        "urlText": f"{day:%d%m%Y}-{identity}",
        # The address in the contract's form, whatever port the demo has today: the same day gives the same QR codes.
        "url": f"https://iheim.no/hendelse?Id={identity}",
        "description": entry.get("text", ""),
        "details": "",
    }
