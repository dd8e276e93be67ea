"""A line of a playlist that can't show anything is reported, and one that only has nothing today isn't."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import signage.app.configuration  # noqa: F401 what may stand in a playlist
from signage.config.load import parse_config
from signage.config.models import Config
from signage.domain.model import Event
from signage.planning.empty_entries import entries_without_events
from tests.fixtures.paths import FIXTURES

START = datetime(2026, 12, 5, 17, tzinfo=UTC)
EVENTS = [
    Event(id="a", title="Vaiana", start=START, starts_at=START, ends_at=START, categories=("Kino",)),
    Event(id="b", title="Strikk", start=START, starts_at=START, ends_at=START, audiences=("Voksne", "Senior")),
]


def config(playlist: str, source: str = "") -> Config:
    text = (FIXTURES / "config" / "small.toml").read_text(encoding="utf-8").replace('{ show = "today" }', playlist)
    return parse_config(text.replace('type = "wis"', f'type = "wis"\n{source}').encode(), "screens.toml", Path())


def test_a_category_that_no_source_has_is_reported_with_the_one_that_was_meant() -> None:
    found = entries_without_events(config('{ show = "today" }, { show = "agenda", categories = ["Kno"] }'), EVENTS)
    assert found == [
        'screens.library.playlist[1].categories: No event has the category "Kno", so this entry shows nothing. '
        'Hint: did you mean "Kino"?'
    ]


def test_an_unknown_audience_in_a_zone_of_a_split_page_is_reported() -> None:
    zone = '{ show = "split", main = { show = "today" }, side = { show = "agenda", audiences = ["Hest", "Ku"] } }'
    (found,) = entries_without_events(config(zone), EVENTS)
    assert found.startswith('screens.library.playlist[0].side.audiences: No event has the audience "Hest" or "Ku"')


def test_one_known_word_is_enough_and_case_does_not_matter() -> None:
    playlist = '{ show = "agenda", categories = ["Film", "kino "], audiences = ["SENIOR"] }'
    assert entries_without_events(config(playlist), EVENTS) == []


def test_a_category_that_a_source_gives_to_its_events_is_known() -> None:
    playlist = '{ show = "agenda", categories = ["Idrett"] }'
    assert entries_without_events(config(playlist), EVENTS)
    assert entries_without_events(config(playlist, 'categories = ["Idrett"]'), EVENTS) == []
