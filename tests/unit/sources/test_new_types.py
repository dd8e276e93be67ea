"""Source types of ticket sellers, associations and parishes, on small inputs."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import pytest

from signage.errors import SourceError
from signage.sources.registry import source_type
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.unit.sources.test_field import WINDOW, ZONE, only, parse


def test_sources_with_types_of_their_own() -> None:
    folder = shared_data() / "field"
    show = only(parse((folder / "hoopla.json").read_bytes(), "hoopla"))
    assert (show.start, show.end) == (oslo("2026-12-11 20:00"), oslo("2026-12-11 22:00"))
    assert (show.venue, show.url) == ("Puben, Gata 6, Sagvåg", "https://example.no/event/174397646")
    swim = only(parse((folder / "n06-kulturhus-page-data.json").read_bytes(), "ebillett"))
    assert (swim.title, swim.start, swim.venue) == ("Symjing", oslo("2026-12-11 18:00"), "Symjehallen")
    service = only(parse((folder / "n04-kyrkja.html").read_bytes(), "kirken"))
    assert (service.title, service.start, service.uid) == ("Gudsteneste", oslo("2026-12-06 11:00"), "1-2")


def test_every_showing_is_a_ticket_of_its_own() -> None:
    tickets = [{"id": n, "date": f"2026-12-1{n} 18:00:00"} for n in (1, 2)]
    event = {"id": "e", "title": "Flåklypa", "tickets": tickets}
    body = json.dumps({"result": {"pageContext": {"blocks": [{"data": {"events": [event]}}]}}}).encode()
    assert [(r.uid, r.start.day) for r in parse(body, "ebillett").records] == [("1", 11), ("2", 12)]


def test_series_of_friskus_are_expanded_and_its_other_shape_is_read() -> None:
    row = {"id": "a", "title": "Turgruppe", "starts_at": "2026-12-01T10:00:00+01:00", "rrule": "FREQ=WEEKLY;COUNT=3"}
    body = json.dumps({"data": {"events": [row, {**row, "id": "b", "rrule": "hver uke"}]}}).encode()
    found = parse(body, "friskus")
    assert [record.start for record in found.records] == [oslo(f"2026-12-{day:02} 10:00") for day in (1, 8, 15)]
    assert any('"hver uke" is not understood' in warning for warning in found.warnings)


def test_texts_of_linked_events_are_in_the_sites_language() -> None:
    row = {"id": "1", "name": {"fi": "Konsertti", "sv": None, "en": "Concert"}, "start_time": "2026-12-05"}
    kind = source_type("linkedevents")
    section = kind.settings.model_validate({"id": "x", "type": "linkedevents", "url": "https://example.no/v1/event/"})
    section.read_in("en")
    head = {**row, "id": "2", "super_event_type": "recurring"}
    found = only(kind.parse(json.dumps({"data": [row, head]}).encode(), section, WINDOW, ZONE))
    assert (found.title, found.start) == ("Concert", date(2026, 12, 5))


def test_a_parishs_year_is_in_the_heading_above() -> None:
    items = [
        f'<h3>Januar {year}</h3><div class="calendar-item"><div class="calendar-date">03.01</div><div class="event">'
        '<div class="event-time">kl. 22.00 - 01.00</div><p class="info-text">Nattkonsert</p></div></div>'
        for year in (2027, 2028)
    ]
    found = only(parse("".join(items).encode(), "kirken"))
    assert (found.start, found.end) == (oslo("2027-01-03 22:00"), oslo("2027-01-04 01:00"))


def programme(*tickets: dict[str, Any], title: str = "Flåklypa") -> bytes:
    return json.dumps({"result": {"events": [{"id": "e", "title": title, "tickets": list(tickets)}]}}).encode()


def test_a_film_without_showings_and_a_series_that_is_over_are_no_faults() -> None:
    assert parse(programme(), "ebillett").records == ()
    row = {"id": "a", "title": "Tur", "starts_at": "2025-01-01T10:00:00+01:00", "rrule": "FREQ=WEEKLY;COUNT=3"}
    assert parse(json.dumps({"data": [row]}).encode(), "friskus").records == ()


def test_a_bad_showing_costs_that_showing() -> None:
    bad, good = {"id": 1, "date": "0001-01-01 00:00:00"}, {"id": 2, "date": "2026-12-06 18:00:00"}
    found = parse(programme({"id": 3, "date": "snart"}, bad, good), "ebillett")
    assert [record.uid for record in found.records] == ["2"]
    assert 'Showing 1 of "Flåklypa" is left out' in found.warnings[0]
    with pytest.raises(SourceError, match="None of its 1 events can be read"):
        parse(programme({"id": 3, "date": "snart"}), "ebillett")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("DTSTART:20261201T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20261208T090000Z", [1, 15]),
        (f"FREQ=DAILY;BYMONTHDAY={','.join(map(str, range(1, 32)))};COUNT=2", [1, 2]),
        ("FREQ=WEEKLY;COUNT=3 and now and then", []),
    ],
)
def test_all_of_a_rule_counts(rule: str, days: list[int]) -> None:
    row = {"id": "a", "title": "Tur", "starts_at": "2026-12-01T10:00:00+01:00", "rrule": rule}
    other = {"id": "b", "title": "Kor", "starts_at": "2026-12-24T10:00:00+01:00"}
    found = parse(json.dumps({"data": [row, other]}).encode(), "friskus")
    assert [record.start.day for record in found.records] == [*days, 24]
    assert bool(found.warnings) is not bool(days)


def test_of_two_names_of_a_field_the_filled_one_counts() -> None:
    row = {"id": "a", "name": "", "title": "Tur", "starts_at": None, "start_at": "2026-12-01T10:00:00+01:00"}
    assert only(parse(json.dumps({"data": [row]}).encode(), "friskus")).title == "Tur"


def test_an_exhibition_of_linked_events_lasts_until_its_last_day() -> None:
    row = {"id": "1", "name": {"fi": "Näyttely"}, "start_time": "2026-12-01T09:00:00Z", "end_time": "2026-12-10"}
    offers = [{"is_free": True}, {"is_free": False, "price": {"fi": "10"}}]
    found = only(parse(json.dumps({"data": [{**row, "offers": offers}]}).encode(), "linkedevents"))
    assert (found.start, found.end) == (oslo("2026-12-01 10:00"), oslo("2026-12-11 00:00"))
    assert found.ticket.kind == "tickets"


def test_a_year_in_an_events_own_heading_is_not_the_calendars() -> None:
    item = (
        '<div class="calendar-item"><div class="calendar-date">{}</div><div class="event"><h3>{}</h3>'
        '<div class="event-time">kl. 11</div><p class="info-text">{}</p></div></div>'
    )
    body = "<h2>Desember 2026</h2>" + item.format("06.12", "Mot 2027", "Kor") + item.format("13.12", "", "Messe")
    assert [record.start.year for record in parse(body.encode(), "kirken").records] == [2026, 2026]


@pytest.mark.parametrize("word", ["=?utf-7?Q?+2D0-?=", "=?raw_unicode_escape?Q?=5Cud83d?="])
def test_half_a_letter_in_an_encoded_word_is_not_read(word: str) -> None:
    row = {"event_id": "1", "name": f"Kor {word}", "start": "2026-12-05T18:00:00Z"}
    only(parse(json.dumps({"events": [row]}).encode(), "hoopla")).title.encode()


def test_a_giant_address_or_id_costs_neither_the_source_nor_the_state_file() -> None:
    row = {"event_id": "1" * 3_000_000, "name": "Kor", "start": "2026-12-05T18:00:00Z"}
    row["images"] = {"crop16x9": {"url": "<a " * 1_000_000}}
    begun = time.process_time()
    found = only(parse(json.dumps({"events": [row]}).encode(), "hoopla"))
    assert time.process_time() - begun < 1
    assert (found.picture_url, found.url) == (None, None)
    assert len(found.uid) < 300
