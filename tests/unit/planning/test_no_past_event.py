"""Rule 1: whatever the calendar, no page whose window is open lists an occurrence that has ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Config
from signage.domain.model import Event, Organisation, Picture
from signage.domain.page_plan import Capacity
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import ScreenPlan, plan_screen
from tests.fixtures.make import OSLO
from tests.fixtures.properties import examples

CAPACITY = Capacity(today=3, agenda=6, heading=1, week=2)
HORIZON = timedelta(days=14)
# Both daylight-saving days of 2026 lie in one of these fortnights.
STARTS = [
    datetime(2026, 3, 20, 12, tzinfo=OSLO),
    datetime(2026, 10, 18, 12, tzinfo=OSLO),
    datetime(2026, 12, 24, tzinfo=OSLO),
]
SCREEN: dict[str, Any] = {
    "place": "here",
    "hours": {"mon-fri": "08:00-16:00"},
    "when_closed": "dark",
    "playlist": [
        {"show": "today"},
        {"show": "today", "place": "here"},
        {"show": "agenda", "days": 5},
        {"show": "week"},
        {"show": "event", "count": 3},
        {"show": "notice", "title": "Velkommen"},
        {"show": "now", "place": "anywhere"},
        {"show": "countdown", "event": "Title*"},
        {"show": "organisation", "count": 2},
        {"show": "split", "main": {"show": "agenda"}, "side": {"show": "now", "place": "here"}},
    ],
}
ORGANISATIONS = [Organisation("songlag", "Hemne songlag", about="Vi synger."), Organisation("il", "Kyrksæterøra IL")]
CONFIG = Config.model_validate(
    {
        "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
        "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
        "places": {"here": {"name": "Her", "near": ["there"]}, "there": {"name": "Der"}},
        "screens": {"dark": SCREEN, "lit": {**SCREEN, "when_closed": "show"}},
    }
)


def catalog(events: list[Event]) -> Catalog:
    return Catalog.of(events, organisations=ORGANISATIONS)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[datetime, list[Event]]:
    start = draw(st.sampled_from(STARTS)) + timedelta(minutes=draw(st.integers(0, 3 * 24 * 60)))
    events = []
    for number in range(draw(st.integers(0, 25))):
        begins = start + timedelta(minutes=draw(st.integers(-3 * 24 * 60, 15 * 24 * 60)))
        picture = Picture("0" * 64, 10, 10) if draw(st.booleans()) else None
        more: dict[str, Any] = {"place": draw(st.sampled_from(["here", "there", None])), "picture": picture}
        more["organisation"] = draw(st.sampled_from([None, *(one.id for one in ORGANISATIONS)]))
        if draw(st.integers(0, 4)) == 0:
            first = begins.astimezone(OSLO).date()
            last = first + timedelta(days=draw(st.integers(1, 4)))
            edges = [datetime(d.year, d.month, d.day, tzinfo=OSLO) for d in (first, last)]
            events.append(
                Event(f"e{number}", edges[0], edges[1], title=f"Title {number}", start=first, end=last, **more)
            )
        else:
            ends = begins + timedelta(minutes=draw(st.integers(1, 3 * 24 * 60)))
            events.append(Event(f"e{number}", begins, ends, title=f"Title {number}", start=begins, end=ends, **more))
    return start, events


def assert_nothing_past(plan: ScreenPlan, events: list[Event]) -> None:
    ends = {event.id: event.ends_at for event in events}
    for page in plan.pages:
        for event_id in page.plan.event_ids:
            assert page.until <= ends[event_id], f"{event_id} has ended but is on {page}"


@pytest.mark.parametrize("screen", ["dark", "lit"])
@settings(max_examples=examples(60), deadline=None)
@given(calendars())
def test_no_generated_calendar_shows_an_ended_occurrence(screen: str, made: tuple[datetime, list[Event]]) -> None:
    start, events = made
    plan = plan_screen(CONFIG, screen, catalog(events), start, start + HORIZON, CAPACITY, {})
    assert_nothing_past(plan, events)


@settings(max_examples=examples(40), deadline=None)
@given(calendars())
def test_what_is_on_today_is_shown_from_its_first_minute_to_its_last(made: tuple[datetime, list[Event]]) -> None:
    """The other half of trust: nothing that goes on is missing from the day's page."""
    start, events = made
    plan = plan_screen(CONFIG, "lit", catalog(events), start, start + HORIZON, CAPACITY, {})
    today = [page for page in plan.pages if page.entry == 0]
    for event in events:
        for probe in (event.starts_at, event.ends_at - timedelta(seconds=1)):
            if start <= probe < start + HORIZON:
                on = {i for page in today if page.start <= probe < page.until for i in page.plan.event_ids}
                assert event.id in on


@settings(max_examples=examples(30), deadline=None)
@given(calendars())
def test_a_dark_screen_shows_nothing_else(made: tuple[datetime, list[Event]]) -> None:
    start, events = made
    plan = plan_screen(CONFIG, "dark", catalog(events), start, start + HORIZON, CAPACITY, {})
    nights = [page for page in plan.pages if page.plan.kind == "dark"]
    assert nights
    for night in nights:
        for page in plan.pages:
            assert page is night or page.until <= night.start or page.start >= night.until


@settings(max_examples=examples(30), deadline=None)
@given(calendars(), st.randoms(use_true_random=False))
def test_the_order_of_the_sources_changes_nothing(made: tuple[datetime, list[Event]], chance: Any) -> None:
    start, events = made
    shuffled = list(events)
    chance.shuffle(shuffled)
    plans = [plan_screen(CONFIG, "lit", catalog(e), start, start + HORIZON, CAPACITY, {}) for e in (events, shuffled)]
    assert plans[0] == plans[1]
