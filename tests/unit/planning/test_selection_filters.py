"""Events by organisation, in any spelling, and by source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signage.config.load import parse_config
from signage.domain.model import Event, Organisation, Origin
from signage.errors import ConfigError
from signage.events.organisations import register
from signage.planning.kinds.agenda import Agenda
from signage.planning.selection import pool
from tests.fixtures.make import event, oslo
from tests.fixtures.paths import LAYOUTS

SHEET = (Organisation("kyrksæterøra-il", "Kyrksæterøra IL", spellings=("KIL",), listed=True),)
EVENTS = [
    event("Årsmøte", "2026-11-23 18:00", organizer="Kyrksæterøra idrettslag"),
    event("Skirenn", "2026-11-24 18:00", organizer="Kyrksæterøra IL ski"),
    event("Slekt", "2026-11-25 18:00", organizer="Hemne historielag", organizer_id="7"),
    event("Åpent", "2026-11-26 18:00"),
]


def titles(keys: dict[str, object], events: list[Event]) -> list[str]:
    entry = Agenda.model_validate({"show": "agenda", **keys})
    found = pool(entry, events, "", {}).between(oslo("2026-11-23 00:00"), oslo("2026-11-30 00:00"))
    return [e.title for e in found.events]


@pytest.mark.parametrize(
    "name", ["Kyrksæterøra IL", "kyrksæterøra i.l.", "Kyrksæterøra Idrettslag", "KIL", "kil", "kyrksæterøra-il"]
)
def test_any_name_of_an_organisation_means_all_of_its_events(name: str) -> None:
    events = list(register(EVENTS, SHEET).events)
    assert titles({"organisers": [name]}, events) == ["Årsmøte"]
    assert titles({"organisers": [name, "Hemne Historielaget"]}, events) == ["Årsmøte", "Slekt"]


def test_a_name_that_nobody_has_finds_nothing() -> None:
    events = list(register(EVENTS, SHEET).events)
    assert titles({"organisers": ["Halsa historielag"]}, events) == []
    assert titles({"organisers": [""]}, events) == []


def test_an_event_is_found_by_its_organiser_where_no_register_was_made() -> None:
    assert titles({"organisers": ["HEMNE HISTORIELAG"]}, EVENTS) == ["Slekt"]


def test_an_event_that_only_names_its_organiser_s_id_is_found_by_the_name() -> None:
    nameless = replace(event("Tur", "2026-11-27 18:00", organizer_id="7"), origins=(Origin("t", "9"),))
    events = list(register([*EVENTS, nameless]).events)
    assert titles({"organisers": ["Hemne historielag"]}, events) == ["Slekt", "Tur"]


def test_any_of_an_event_s_sources_is_enough() -> None:
    both = replace(EVENTS[0], origins=(Origin("iheim", "1"), Origin("kil", "2")))
    other = replace(EVENTS[1], origins=(Origin("facebook", "3"),))
    assert titles({"sources": ["kil"]}, [both, other]) == ["Årsmøte"]
    assert titles({"sources": ["iheim", "facebook"]}, [both, other]) == ["Årsmøte", "Skirenn"]
    assert titles({"sources": []}, [both, other]) == ["Årsmøte", "Skirenn"]


def test_a_source_that_is_not_there_is_a_mistake() -> None:
    text = """
    screens.hall.place = "hall"
    screens.hall.playlist = [{ show = "today", sources = ["iheim", "ihem"] }, { show = "week", sources = ["zzz"] }]
    places.hall.name = "Halsahallen"
    [site]
    name = "Heim kommune"
    calendar = "https://iheim.no"
    [[sources]]
    id = "iheim"
    type = "wis"
    url = "https://iheim.no"
    """
    with pytest.raises(ConfigError) as caught:
        parse_config(text.encode(), "screens.toml", LAYOUTS)
    assert [str(p).split(": ", 1)[1] for p in caught.value.problems] == [
        'screens.hall.playlist[0].sources[1]: There is no source "ihem". Hint: did you mean "iheim"?',
        'screens.hall.playlist[1].sources[0]: There is no source "zzz". Hint: write the id of one of the [[sources]].',
    ]
