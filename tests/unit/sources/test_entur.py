"""Entur's Journey Planner v3: the contract, and whatever else comes."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.config.site import Site
from signage.domain.departures import Departures
from signage.sources.base import UnusableAnswer
from signage.sources.live import live_types
from signage.sources.live.entur import DESTINATION, LINE, QUAY, Entur, client_name
from tests.fixtures.entur import STOP, body, call, failed

NOW = datetime(2026, 11, 29, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def parse(text: str | bytes) -> Departures:
    return Entur().parse(text.encode() if isinstance(text, str) else text, STOP, NOW)


def one(**more: Any) -> dict[str, Any]:
    return call(NOW + 5 * MINUTE, **more)


def test_the_contract() -> None:
    found = parse(body(call(NOW + 9 * MINUTE, "313", "Vinjeøra", cancellation=True), one(late=2, realtime=True)))
    assert (found.stop, found.fetched_at) == ("Kyrksæterøra sentrum", NOW)
    first, second = found.calls
    assert (first.line, first.destination, first.mode, first.quay) == ("310", "Orkanger", "bus", "1")
    assert (first.aimed, first.expected) == (NOW + 5 * MINUTE, NOW + 7 * MINUTE)
    assert (first.realtime, first.cancelled) == (True, False)
    assert (second.destination, second.cancelled, second.realtime) == ("Vinjeøra", True, False)


def test_it_is_found_by_its_type() -> None:
    assert isinstance(live_types()["departures"], Entur)


def test_a_stop_where_nothing_leaves_is_no_failure() -> None:
    assert parse(body()).calls == ()


def test_an_offset_counts() -> None:
    (found,) = parse(body(one(expectedDepartureTime="2026-11-29T13:30:00+02:00"))).calls
    assert found.expected == datetime(2026, 11, 29, 11, 30, tzinfo=UTC)


def test_what_there_is_only_one_time_of_leaves_then() -> None:
    (found,) = parse(body(one(expectedDepartureTime=None))).calls
    assert found.aimed == found.expected == NOW + 5 * MINUTE


@pytest.mark.parametrize(
    "fields",
    [
        {"aimedDepartureTime": "2026-11-29T12:30:00", "expectedDepartureTime": "2026-11-29T12:30:00"},  # no offset
        {"aimedDepartureTime": None, "expectedDepartureTime": "soon"},
        {"aimedDepartureTime": "0001-01-01T00:00:00+14:00", "expectedDepartureTime": 1e999},
        {"aimedDepartureTime": "2027-11-29T12:30:00Z", "expectedDepartureTime": "2027-11-29T12:30:00Z"},
        {"destinationDisplay": None},
        {"destinationDisplay": {"frontText": " \n "}},
    ],
)
def test_a_bad_departure_costs_itself(fields: dict[str, Any]) -> None:
    text = body(one(**fields), one(to="Aure"), None, [], 7, "x")
    assert [found.destination for found in parse(text).calls] == ["Aure"]
    with pytest.raises(UnusableAnswer, match="None of its 1 departures can be read"):
        parse(body(one(**fields)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (failed("Too many\x1b[31m stops"), "Entur refused the question: Too many"),
        (json.dumps({"errors": "x" * 999}), "Entur refused the question: x"),
        (json.dumps({"errors": [None]}), r"Entur refused the question\."),
        ('{"data": {"stopPlace": null}}', f"There is no stop {STOP}"),
        ('{"data": {"stopPlace": []}}', "no list of departures"),
        ('{"data": {"stopPlace": {"estimatedCalls": {}}}}', "no list of departures"),
        ('{"data": null}', "no stop place"),
        ("[]", "isn't an object"),
        ("<html>", "isn't JSON"),
        ("", "isn't JSON"),
        ("[" * 5000, "isn't JSON"),
        (b"\xff\xfe", "isn't JSON"),
    ],
)
def test_an_answer_that_is_none_says_why(text: str | bytes, words: str) -> None:
    with pytest.raises(UnusableAnswer, match=words) as caught:
        parse(text)
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 300


def test_long_and_odd_texts_are_cut_and_cleaned() -> None:
    line = {"publicCode": 310, "transportMode": "hovercraft"}
    more = {"quay": {"publicCode": "Q" * 99}, "serviceJourney": {"journeyPattern": {"line": line}}}
    (found,) = parse(body(one(to="Å" * 9999 + "\u202e\x07", **more))).calls
    assert len(found.destination) == DESTINATION
    assert (found.line, found.mode, len(found.quay)) == ("310", "", QUAY)
    (found,) = parse(body(one(line="x" * 99, to="Orkanger\u202e\n\ud800"))).calls
    assert (len(found.line), found.destination) == (LINE, "Orkanger ?")


def test_ten_thousand_departures_are_not_all_read() -> None:
    assert len(parse(body(*(one(line=str(n)) for n in range(10_000)))).calls) == 100


def test_the_same_departure_twice_is_one() -> None:
    assert len(parse(body(one(), one())).calls) == 1


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.just("2026-11-29T12:30:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(one())), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(values, max_size=4), values)
def test_no_answer_leads_to_anything_but_departures_or_a_reason(calls: list[Any], name: Any) -> None:
    with suppress(UnusableAnswer):
        assert all(each.destination and each.leaves.tzinfo for each in parse(body(*calls, name=name)).calls)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Heim kommune", "heimkommune-signage"), ("Ålesund – Møre", "alesundmore-signage"), ("Київ", "unknown-signage")],
)
def test_who_asks_is_named_as_a_header_can(name: str, expected: str) -> None:
    site = Site.model_validate({"name": name, "calendar": "https://iheim.no"})
    assert client_name(site) == expected
    assert Entur().headers(site) == {"ET-Client-Name": expected}
