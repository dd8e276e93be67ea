"""A screen in another time zone: what it shows, and when, is by the clock on the wall there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.app.screen_build import ScreenBuild
from signage.config.models import Config
from signage.domain.model import Event
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import plan_screen
from signage.wording.languages import load as load_words
from tests.fixtures.entry_times import may_be_shown
from tests.fixtures.make import OSLO, event
from tests.fixtures.shots import one_screen
from tests.fixtures.unrendered import CAPACITY, manifest

HELSINKI = ZoneInfo("Europe/Helsinki")  # an hour ahead
START = datetime(2026, 10, 23, 12, tzinfo=OSLO)
DAYS = timedelta(days=7)


def config(playlist: list[dict[str, Any]], **more: Any) -> Config:
    return one_screen(playlist=playlist, zone="Europe/Helsinki", **more)


def spans(made: Config, events: list[Event] | None = None) -> list[tuple[datetime, datetime]]:
    plan = plan_screen(made, "s", Catalog.of(events or []), START, START + DAYS, CAPACITY, {})
    return [(page.start, page.until) for page in plan.pages]


@pytest.mark.parametrize(
    "entry",
    [
        {"hours": "08-12"},
        {"days": "sat, sun"},
        {"hours": "22-03:30", "days": "sat"},
        {"from": date(2026, 10, 24), "until": date(2026, 10, 25)},
    ],
)
def test_the_times_of_an_entry_are_local_there(entry: dict[str, Any]) -> None:
    found = spans(config([{"show": "notice", "title": "a", **entry}]))
    for minutes in range(0, 7 * 24 * 60, 15):
        at = START + timedelta(minutes=minutes)
        assert any(a <= at < b for a, b in found) == may_be_shown(entry, at, HELSINKI), at


def test_times_in_a_shared_playlist_are_those_of_the_screen_that_shows_it() -> None:
    morning = "2026-10-24T09:00:00"
    written = config([{"show": "today"}]).model_dump(by_alias=True, exclude_unset=True)
    split = {"show": "split", "main": {"show": "notice", "title": "b", "from": morning}, "side": {"show": "now"}}
    written["playlists"] = {"common": {"entries": [{"show": "notice", "title": "a", "from": morning}, split]}}
    written["screens"] = {
        "s": {"place": "bibliotek", "zone": "Europe/Helsinki", "playlist": [{"use": "common", "until": "2026-10-25"}]},
        "here": {"place": "bibliotek", "playlist": [{"use": "common"}]},
    }
    made = Config.model_validate(written)
    there = datetime(2026, 10, 24, 9, tzinfo=HELSINKI)
    lines = made.screens["s"].lines
    assert lines[0].entry.from_ == there  # type: ignore[attr-defined]
    assert lines[1].entry.main.from_ == there  # type: ignore[attr-defined]
    assert lines[0].around[0].until == datetime(2026, 10, 26, tzinfo=HELSINKI)
    assert made.screens["here"].lines[0].entry.from_ == datetime(2026, 10, 24, 9, tzinfo=OSLO)  # type: ignore[attr-defined]


def test_a_time_with_an_offset_is_an_instant() -> None:
    at = datetime.fromisoformat("2026-10-24T09:00:00+02:00")
    ((begin, _),) = spans(config([{"show": "notice", "title": "a", "from": at}]))
    assert begin == at


def test_opening_hours_are_local_there() -> None:
    made = config([{"show": "evergreen"}], hours={"fri": "13-15"}, when_closed="dark")
    lit = plan_screen(made, "s", Catalog.of([]), START, START + DAYS, CAPACITY, {}).pages
    (page,) = [page for page in lit if page.plan.kind == "evergreen"]
    assert page.until == datetime(2026, 10, 23, 15, tzinfo=HELSINKI)


def test_an_event_of_whole_days_ends_at_midnight_there() -> None:
    """And never later: rule 1."""
    day = event("Marked", "2026-10-24", "2026-10-25")
    assert day.ends_at == datetime(2026, 10, 25, tzinfo=OSLO)
    made = config([{"show": "today"}])
    build = ScreenBuild(made, "s", load_words, CAPACITY, Catalog.of([day]), START, START + DAYS)
    assert build.by_id[day.id].ends_at == datetime(2026, 10, 25, tzinfo=HELSINKI)
    assert build.by_id[day.id].starts_at == datetime(2026, 10, 24, tzinfo=HELSINKI)
    pages = [page for page in manifest(made, [day], START)["pages"] if page["kind"] == "today"]
    assert pages
    assert max(datetime.fromisoformat(page["until"]) for page in pages) == datetime(2026, 10, 25, tzinfo=HELSINKI)


def test_times_on_pages_and_the_clock_are_those_there() -> None:
    made = manifest(config([{"show": "today"}]), [event("Kor", "2026-10-23 18:00", "2026-10-23 19:00")], START)
    assert made["zone"] == "Europe/Helsinki"
    (text,) = {page["alt"] for page in made["pages"] if page["kind"] == "today"}
    assert "19.00" in text
    assert "18.00" not in text
