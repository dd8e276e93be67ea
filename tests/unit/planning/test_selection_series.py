"""A weekly or daily activity does not fill the screen, and is never missing from it either."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Config, EventsEntry
from signage.domain.model import Event, Picture, Status
from signage.domain.page_plan import Capacity
from signage.planning.catalog import Catalog
from signage.planning.kinds.agenda import Agenda
from signage.planning.kinds.event import EventPoster
from signage.planning.kinds.today import Today
from signage.planning.kinds.week import Week
from signage.planning.screen_plan import ScreenPlan, plan_screen
from signage.planning.selection import pool
from signage.planning.series import activity
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.properties import examples

START = oslo("2026-11-23 00:00")  # a Monday
DAY = timedelta(days=1)
CAPACITY = Capacity(today=6, agenda=30, heading=1, week=6)
KINDS: dict[str, type[EventsEntry]] = {"today": Today, "agenda": Agenda, "week": Week, "event": EventPoster}


def daily(title: str, days: int, clock: str = "18:00", first: int = 0, **more: Any) -> list[Event]:
    dates = [(START + timedelta(days=first + n)).date() for n in range(days)]
    where = more.get("venue", "")
    return [event(title, f"{day} {clock}", id=f"{title} {where} {day} {clock}", **more) for day in dates]


def chosen(kind: str, events: list[Event], at: datetime, days: int = 7, whole: bool = True, **keys: Any) -> list[str]:
    entry = KINDS[kind].model_validate({"show": kind, **keys})
    midnight = at.replace(hour=0, minute=0)
    found = pool(entry, events, "", {}).between(at, midnight + days * DAY, since=midnight if whole else None)
    return [f"{e.title} {e.starts_at.astimezone(OSLO):%d %H}" for e in found.events]


def plan(entry: dict[str, Any], events: list[Event], days: int = 3) -> ScreenPlan:
    config = Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
            "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
            "places": {"hall": {"name": "Halsahallen"}},
            "screens": {"hall": {"place": "hall", "playlist": [entry]}},
        }
    )
    return plan_screen(config, "hall", Catalog.of(events), START, START + days * DAY, CAPACITY, {})


def shown(plan: ScreenPlan, at: datetime) -> set[str]:
    return {i for page in plan.pages if page.start <= at < page.until for i in page.plan.event_ids}


def test_an_agenda_shows_the_next_three_of_what_is_on_every_day() -> None:
    events = [*daily("Bading", 7), event("Konsert", "2026-11-28 20:00")]
    assert chosen("agenda", events, START) == ["Bading 23 18", "Bading 24 18", "Bading 25 18", "Konsert 28 20"]


def test_posters_show_one_of_each_and_the_next_when_it_is_over() -> None:
    events = daily("Bading", 7)
    assert chosen("event", events, oslo("2026-11-23 19:59"), whole=False) == ["Bading 23 18"]
    assert chosen("event", events, oslo("2026-11-23 20:00"), whole=False) == ["Bading 24 18"]


@pytest.mark.parametrize("kind", ["today", "week"])
def test_a_day_and_a_week_show_all(kind: str) -> None:
    assert len(chosen(kind, daily("Bading", 7), START)) == 7


def test_the_playlist_says_how_many() -> None:
    assert len(chosen("agenda", daily("Bading", 7), START, series=5)) == 5
    assert len(chosen("agenda", daily("Bading", 7), START, series=0)) == 7
    assert len(chosen("week", daily("Bading", 7), START, series=2)) == 2


def test_what_ends_leaves_its_gap_until_all_that_were_shown_are_over() -> None:
    """So the pages of the coming days stay as they are; a hall with one activity is never without it."""
    events = [e for clock in ("10:00", "13:00", "16:00") for e in daily("Bading", 3, clock)]
    first = ["Bading 23 10", "Bading 23 13", "Bading 23 16"]
    assert chosen("agenda", events, oslo("2026-11-23 00:00")) == first
    assert chosen("agenda", events, oslo("2026-11-23 15:30")) == first
    assert chosen("agenda", events, oslo("2026-11-23 18:00")) == ["Bading 24 10", "Bading 24 13", "Bading 24 16"]
    assert chosen("agenda", events, oslo("2026-11-25 18:00")) == []


def test_one_activity_is_title_venue_and_organisation() -> None:
    one = event("Strikkekafé!", "2026-11-23 18:00", venue="Peisestua, Helsesenteret", organizer="Hemne IL")
    same = event("strikkekafé", "2026-11-24", venue="PEISESTUA, Kyrksæterøra", organizer="Hemne idrettslag")
    assert activity(one) == activity(same)
    others = [
        event("Strikking", "2026-11-23 18:00", venue="Peisestua", organizer="Hemne IL"),
        event("Strikkekafé", "2026-11-23 18:00", venue="Trudvang", organizer="Hemne IL"),
        event("Strikkekafé", "2026-11-23 18:00", venue="Peisestua", organizer="Halsa IL"),
        event("Strikkekafé", "2026-11-23 18:00", venue="Peisestua", place="helsesenteret", organizer="Hemne IL"),
    ]
    assert len({activity(e) for e in [one, *others]}) == 5
    assert activity(event("🎉", "2026-11-23")) != activity(event("🎄", "2026-11-23"))


def test_two_halls_have_three_each() -> None:
    events = [*daily("Bading", 5, venue="Halsahallen"), *daily("Bading", 5, "19:00", venue="Hemnehallen")]
    assert len(chosen("agenda", events, START)) == 6


def test_what_gets_no_poster_does_not_stand_in_the_way_of_the_next() -> None:
    picture = Picture("0" * 64, 10, 10)
    first, second, third = daily("Bading", 3)
    events = [
        Event(**{**_fields(first), "status": Status.CANCELLED}),
        second,
        Event(**{**_fields(third), "picture": picture}),
    ]
    posters = plan({"show": "event", "days": 7, "picture": True}, events)
    assert shown(posters, START) == {third.id}
    assert shown(plan({"show": "event", "days": 7}, events), START) == {second.id}


def test_more_posters_of_one_activity_on_request() -> None:
    events = daily("Bading", 7)
    assert len(shown(plan({"show": "event", "count": 5}, events), START)) == 1
    assert len(shown(plan({"show": "event", "count": 5, "series": 3}, events), START)) == 3
    assert len(shown(plan({"show": "event", "count": 5, "series": 0}, events), START)) == 5


def test_the_rest_of_the_agenda_stays_while_an_activity_goes_on() -> None:
    """One window for tomorrow's page, however often today's activity is held."""
    events = [*daily("Bading", 7), event("Konsert", "2026-11-24 20:00")]
    pages = [p for p in plan({"show": "agenda", "days": 7}, events, 1).pages if p.plan.kind == "agenda"]
    assert len(pages) == 2  # before and after today's has ended


def test_the_agenda_of_a_hall_with_one_activity_is_never_empty() -> None:
    events = [e for clock in ("08:00", "10:00", "12:00", "14:00") for e in daily("Bading", 7, clock, place="hall")]
    made = plan({"show": "agenda", "place": "here"}, events)
    for hours in range(72):
        assert shown(made, START + timedelta(hours=hours)), hours


def _fields(one: Event) -> dict[str, Any]:
    return {name: getattr(one, name) for name in (each.name for each in fields(Event))}


@st.composite
def calendars(draw: st.DrawFn) -> list[Event]:
    made = []
    for number in range(draw(st.integers(0, 20))):
        begins = START + timedelta(minutes=15 * draw(st.integers(-96, 96 * 8)))
        ends = begins + timedelta(minutes=15 * draw(st.integers(1, 200)))
        title = draw(st.sampled_from(["Bading", "Kino", "Kor"]))
        made.append(
            Event(
                f"e{number}",
                begins,
                ends,
                title=title,
                start=begins,
                end=ends,
                place=draw(st.sampled_from([None, "hall"])),
            )
        )
    return made


@settings(max_examples=examples(150), deadline=None)
@given(calendars(), st.integers(1, 4), st.sampled_from(["agenda", "week", "today"]), st.randoms(use_true_random=False))
def test_at_no_instant_is_there_more_than_the_cap_and_nothing_that_goes_on_is_missing(
    events: list[Event], most: int, kind: str, chance: Any
) -> None:
    entry = KINDS[kind].model_validate({"show": kind, "series": most})
    chance.shuffle(events)
    whole = pool(entry, events, "", {})
    until = START + 7 * DAY
    instants = [START + timedelta(hours=h) for h in range(24)]
    found = [whole.between(at, until, since=START) for at in instants]
    for at, selection in zip(instants, found, strict=True):
        kept: dict[object, list[Event]] = {}
        for one in selection.events:
            kept.setdefault(activity(one), []).append(one)
        coming = {activity(e) for e in events if e.ends_at > at and e.starts_at < until}
        assert all(len(of_one) <= most for of_one in kept.values())
        assert all(any(e.ends_at > at for e in kept[name]) for name in coming)
    for before, after in pairwise(one for one in found if one.events):
        assert (before.rolled == after.rolled) == (before.events == after.events)
        assert before.rolled <= after.rolled


@settings(max_examples=examples(60), deadline=None)
@given(calendars(), st.integers(0, 3))
def test_the_plan_of_every_instant_is_that_of_a_selection_made_for_it_alone(events: list[Event], most: int) -> None:
    """What is worked out once a day is worked out anew when the next occurrences of an activity take their turn."""
    made = plan({"show": "agenda", "days": 7, "series": most}, events, 2)
    entry = Agenda(show="agenda", series=most)
    for at in (START + timedelta(hours=h, minutes=1) for h in range(0, 48, 3)):
        midnight = at.replace(hour=0, minute=0)
        alone = pool(entry, events, "", {}).between(at, midnight + 7 * DAY, since=midnight)
        assert shown(made, at) == {e.id for e in alone.events if e.ends_at > at}
