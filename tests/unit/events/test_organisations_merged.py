"""From what sources tell to events that know their organisation."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.domain.model import Organisation, Record
from signage.events import merge_events
from signage.events.organisations import Register
from signage.sources.base import FetchWindow
from signage.sources.types.wis import Wis
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data

CONFIG = Config.model_validate(
    {
        "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
        "sources": [
            {"id": "iheim", "type": "wis", "url": "https://iheim.no"},
            {"id": "shop", "type": "tec", "url": "https://shop.example"},
        ],
        "places": {"hall": {"name": "Halsahallen"}},
        "screens": {"hall": {"place": "hall", "playlist": [{"show": "today"}]}},
    }
)


def record(title: str, source: str = "iheim", **more: object) -> Record:
    return Record(source, title, title=title, start=oslo("2026-11-23 18:00"), **more)  # type: ignore[arg-type]


def test_two_sources_that_tell_of_one_event_name_one_organisation() -> None:
    records = [
        record("Skirenn på Trollheimen", venue="Halsahallen", organizer="Halsa Idrettslag", organizer_id="12"),
        record("Skirenn på Trollheimen", "shop", venue="Halsahallen", organizer="HALSA IL", organizer_id="3"),
        record(
            "Basar", "shop", venue="Trudvang", organizer="Halsa il", organizer_id="3", organizer_url="https://h.example"
        ),
    ]
    merged = merge_events(records, CONFIG)
    assert len(merged.events) == 2
    assert {e.organisation for e in merged.events} == {"halsa-il"}
    assert [(o.name, o.url) for o in merged.organisations] == [("Halsa Idrettslag", "https://h.example")]
    assert len(Register(merged.organisations, merged.events).coming("halsa-il")) == 2


def test_an_id_joins_what_its_own_source_calls_by_it_also_when_another_source_s_fields_win() -> None:
    """The merged event has the portal's name and the shop's id; the two must not be taken for a pair."""
    records = [
        record("Konsert", organizer="Hemne mannskor"),
        record("Konsert", "shop", organizer="kulØr'n", organizer_id="5"),
        record("Foredrag", "shop", organizer="kulØr’n scene", organizer_id="5"),
    ]
    merged = merge_events(records, CONFIG)
    assert sorted(o.names for o in merged.organisations) == [("Hemne mannskor",), ("kulØr'n", "kulØr’n scene")]


def test_the_sheet_s_rows_are_there_without_an_event_and_what_is_held_back_names_nobody() -> None:
    sheet = [Organisation("kiwi", "Kiwi", listed=True)]
    merged = merge_events([record("Utleid", organizer="Kari Nordmann")], CONFIG, sheet)
    assert merged.events == ()
    assert [o.name for o in merged.organisations] == ["Kiwi"]


def test_the_portal_s_three_days_have_two_organisers() -> None:
    body = (shared_data() / "wis" / "heim-2026-09-14--16.json").read_bytes()
    assert json.loads(body)
    window = FetchWindow(date(2026, 9, 14), date(2026, 9, 16))
    read = Wis().parse(body, CONFIG.sources[0], window, ZoneInfo("Europe/Oslo"))
    merged = merge_events(read.records, CONFIG)
    register = Register(merged.organisations, merged.events)
    assert [(o.id, len(register.coming(o.id))) for o in merged.organisations] == [
        ("heim-kommune", 1),
        ("hemne-turmarsjklubb", 1),
    ]
