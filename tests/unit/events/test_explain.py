"""`signage events --explain`: where each field came from, and why records were joined or not."""

from __future__ import annotations

import json
from datetime import date

import pytest

from signage.config.models import Config, Source
from signage.domain.model import Picture, Record, Status, Ticket, TicketKind
from signage.events import merge_events
from signage.events.explain import Explanation, explain
from signage.sources.base import FetchWindow
from signage.sources.types.wis import Wis
from tests.fixtures.make import OSLO
from tests.fixtures.make_records import config, record
from tests.fixtures.paths import shared_data

START = "2026-09-15 18:00"
KOR = (
    record("Kor", START, uid="1", venue="Trudvang", url="https://iheim.no/1"),
    record(
        "KOR!",
        START,
        "2026-09-15 20:00",
        source="kultur",
        uid="2",
        description="Vi synger sammen.",
        ticket=Ticket(TicketKind.TICKETS, "https://checkin.no/event/1"),
        status=Status.CANCELLED,
    ),
    record("Kor", "2026-09-15", source="frivillig", uid="3", description="Sang.", picture=Picture("a" * 64, 400, 300)),
)


def explained(*records: Record, of: str, using: Config | None = None) -> Explanation:
    found = explain(records, using or config(), of)
    assert found is not None
    json.dumps(found.as_dict())
    assert all(isinstance(line, str) and "\n" not in line for line in found.lines())
    return found


def why(found: Explanation, uid: str) -> str:
    (other,) = (other for other in found.others if other.id.endswith(f":{uid}"))
    assert not other.merged
    return other.why


def test_the_fields_and_their_reasons() -> None:
    found = explained(*KOR, of="iheim:1:2026-09-15")
    said = {field.name: (field.origins, field.why) for field in found.fields}
    assert said == {
        "title": (("iheim:1",), "first in screens.toml"),
        "start": (("iheim:1",), "first in screens.toml"),
        "end": (("kultur:2",), "only one that has it"),
        "venue": (("iheim:1",), "only one that has it"),
        "status": (("kultur:2",), "cancelled wins over what the others say"),
        "ticket": (("kultur:2",), "only one that has it"),
        "url": (("iheim:1",), "only one that has it"),
        "summary": (("kultur:2",), "longest text"),
        "picture": (("frivillig:3",), "only one that has it"),
    }
    assert [other.merged for other in found.others] == [True] * 3


def test_best_for_is_a_reason() -> None:
    data = config().model_dump(mode="json", by_alias=True)
    data["sources"][1]["best_for"] = ["title", "text"]
    found = explained(*KOR, of="iheim:1", using=Config.model_validate(data))
    said = {field.name: (field.value, field.why) for field in found.fields}
    assert said["title"] == ("KOR!", "best_for title")
    assert said["summary"] == ("Vi synger sammen.", "best_for text")


def test_it_is_the_event_that_the_merging_gives() -> None:
    (event,) = merge_events(KOR, config()).events
    assert explained(*KOR, of=event.id).event == event


@pytest.mark.parametrize("name", ["iheim:1:2026-09-15", "iheim:1", "kultur:2", "frivillig:3:2026-09-15"])
def test_it_is_found_by_the_id_of_every_record_that_went_into_it(name: str) -> None:
    assert explained(*KOR, of=name).id == "iheim:1:2026-09-15"


@pytest.mark.parametrize("name", ["iheim:9", "kultur", "iheim:1:2026-09-16", "", "iheim:"])
def test_nothing_has_that_id(name: str) -> None:
    assert explain(KOR, config(), name) is None


def test_of_a_series_the_first() -> None:
    series = [record("Kor", f"2026-09-{day} 18:00", uid="1") for day in (22, 15, 29)]
    assert explained(*series, of="iheim:1").id == "iheim:1:2026-09-15"
    assert explained(*series, of="iheim:1:2026-09-22").id == "iheim:1:2026-09-22"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (record("Kor", "2026-09-15 20:30", source="kultur", uid="2"), "starts 150 min apart"),
        (record("Kor", "2026-09-16 18:00", source="kultur", uid="2"), "another date: 2026-09-16, 2026-09-15"),
        (
            record("Kor", START, source="kultur", uid="2", venue="Halsahallen"),
            'venues contradict each other: "Halsahallen", "Trudvang"',
        ),
        (record("Bingo", START, source="kultur", uid="2", venue="Trudvang"), 'titles differ: "Bingo", "Kor"'),
        (record("Kor 2", "2026-09-15 19:00", uid="2"), "one source, another start: 19:00, 18:00"),
        (record("Utleid: kor", START, source="kultur", uid="2"), "held back: built-in rule (a booking)"),
    ],
)
def test_why_two_were_not_joined(other: Record, reason: str) -> None:
    assert why(explained(record("Kor", START, uid="1", venue="Trudvang"), other, of="iheim:1"), "2") == reason


def test_what_fits_two() -> None:
    found = explained(
        record("Åpen hall", START, uid="1", venue="Halsahallen"),
        record("Åpen hall", START, uid="2", venue="Trudvang"),
        record("Åpen hall", START, source="kultur", uid="3"),
        of="kultur:3",
    )
    assert "fits two entries equally well: iheim:1 and iheim:2" in why(found, "1")
    assert "fits two entries equally well" in why(found, "2")


def test_what_belongs_to_another() -> None:
    found = explained(
        record("Vaiana", "2026-09-15 17:00", uid="1"),
        record("Vaiana", "2026-09-15 18:00", uid="2"),
        record("Vaiana", "2026-09-15 18:00", source="kultur", uid="3"),
        of="iheim:1",
    )
    assert why(found, "3") == "one of them is joined with what the other can't be: iheim:1 and iheim:2"


def test_what_has_nothing_in_common_is_not_listed() -> None:
    found = explained(
        record("Kor", START, uid="1", venue="Trudvang"),
        record("Bingo", START, uid="2", venue="Halsahallen"),
        record("Kor", "2026-09-18 18:00", uid="3", venue="Trudvang"),
        of="iheim:1",
    )
    assert found.others == ()


def test_what_is_held_back_says_so() -> None:
    found = explained(record("Utleid", START, uid="1"), of="iheim:1")
    assert (found.event, found.held) == (None, "built-in rule (a booking)")
    assert found.lines() == ["iheim:1:2026-09-15 is held back: built-in rule (a booking)"]


def test_the_examples_of_the_portal() -> None:
    body = (shared_data() / "wis" / "heim-2026-09-14--16.json").read_bytes()
    source = Source(id="iheim", type="wis", url="https://iheim.no")
    records = Wis().parse(body, source, FetchWindow(date(2026, 9, 14), date(2026, 9, 16)), OSLO).records
    kaillkaffe = explained(*records, of="iheim:2704214")
    assert kaillkaffe.id == "iheim:1062097:2026-09-15"
    assert [other.id for other in kaillkaffe.others if other.merged] == ["iheim:1062097", "iheim:2704214"]
    vaiana = explained(*records, of="iheim:2703368")
    assert why(vaiana, "2712138") == "another date: 2026-09-15, 2026-09-14"
