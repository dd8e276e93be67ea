"""What goes on in a house, room by room."""

from __future__ import annotations

import pytest

from signage.config.models import Place
from signage.domain.model import Event, Status
from signage.domain.page_plan import PagePlan
from signage.planning.kinds.now import now_pages, room_of
from tests.fixtures.make import OSLO, event, oslo

HALL = Place(name="Halsahallen", town="Liabøen", rooms=["Hall B", "Hall A"])
CHURCH = Place(name="Halsa kirke", town="Liabøen", rooms=["Sakristiet"])
PLACES = {"kirke": CHURCH, "hall": HALL}
AFTERNOON = oslo("2026-11-23 15:42")


def pages(events: list[Event], at: str = "2026-11-23 15:42", rows: int = 8) -> list[PagePlan]:
    ordered = sorted(events, key=lambda e: (e.starts_at, e.id))
    return now_pages(ordered, oslo(at), OSLO, PLACES, (0, ""), rows, "hall")


def in_hall(uid: str, start: str, end: str | None = None, room: str = "Hall A", **more: object) -> Event:
    day = "2026-11-23"
    until = f"{day} {end}" if end else None
    return event(uid, f"{day} {start}", until, venue=f"Halsahallen, {room}", place="hall", **more)


@pytest.mark.parametrize(
    ("venue", "title", "room"),
    [
        ("Halsahallen, hall a", "Trening", "Hall A"),
        ("Halsahallen", "Turn i Hall B", "Hall B"),
        ("Halsahallen, Liabøen", "Trening", ""),
        ("Halsahallen, Liabøen, møterommet", "Styrekurs", "møterommet"),
        ("Kafeen, Halsahallen", "Kafé", "Kafeen"),
        ("Halsahallen", "Hall Apekatt", ""),
        ("Gymsalen på Liabøen", "Trening", ""),  # the house by another name, which `match` brought here
        ("", "Trening", ""),
    ],
)
def test_the_room_is_read_from_venue_and_title(venue: str, title: str, room: str) -> None:
    assert room_of(event(title, "2026-11-23 18:00", venue=venue, place="hall"), HALL) == room


def test_of_an_unknown_place_the_venue_says_it() -> None:
    assert room_of(event("Quiz", "2026-11-23 18:00", venue="kulØr'n, scenen"), None) == "scenen"


def test_each_room_says_what_is_on_and_what_comes_next() -> None:
    (page,) = pages(
        [
            in_hall("turn", "15:00", "16:30"),
            in_hall("fotball", "18:00", "19:30"),
            in_hall("styrke", "20:00", "21:00"),
            in_hall("konsert", "17:00", "18:00", room="Hall B"),
            in_hall("over", "12:00", "15:42"),
            in_hall("avlyst", "15:00", "17:00", status=Status.CANCELLED),
            event("i-morgen", "2026-11-24 18:00", venue="Halsahallen", place="hall"),
        ]
    )
    told = [(g.room, [(row.event_id.split(":")[1], row.on) for row in g.rows]) for g in page.groups]
    assert told == [("Hall B", [("konsert", False)]), ("Hall A", [("turn", True), ("fotball", False)])]


def test_the_page_changes_the_moment_something_begins_or_ends() -> None:
    events = [in_hall("turn", "15:00", "16:30"), in_hall("fotball", "16:30", "18:00")]
    on = {
        at: [r.event_id.split(":")[1] for g in p.groups for r in g.rows if r.on]
        for at in ("2026-11-23 14:59", "2026-11-23 15:00", "2026-11-23 16:30")
        for p in pages(events, at)
    }
    assert on == {"2026-11-23 14:59": [], "2026-11-23 15:00": ["turn"], "2026-11-23 16:30": ["fotball"]}
    assert pages(events, "2026-11-23 18:00") == []


def test_many_rooms_are_dealt_evenly_and_numbered() -> None:
    found = pages([in_hall(f"e{n}", "15:00", "17:00", room=f"rom {n}") for n in range(9)])
    assert [len(page.groups) for page in found] == [3, 3, 3]
    assert [page.number for page in found] == [(1, 3), (2, 3), (3, 3)]


def test_houses_are_apart_and_the_screens_own_comes_first() -> None:
    day = "2026-11-23 18:00"
    found = pages(
        [
            event("quiz", day, venue="kulØr'n, scenen"),
            event("gravferd", day, venue="Halsa kirke", place="kirke"),
            event("øving", day, venue="Halsa kirke, sakristiet", place="kirke"),
            event("vaffel", day, venue="Aure kafé"),
            event("bingo", day, venue="Halsahallen", place="hall"),
            in_hall("turn", "18:00"),
            in_hall("dans", "18:00", room="Hall B"),
        ],
        rows=20,
    )
    told = [([row.event_id.split(":")[1] for row in group.rows], group.room) for page in found for group in page.groups]
    assert told == [
        (["bingo"], ""),
        (["dans"], "Hall B"),
        (["turn"], "Hall A"),
        (["gravferd"], ""),
        (["øving"], "Sakristiet"),
        (["vaffel"], ""),
        (["quiz"], "scenen"),
    ]
