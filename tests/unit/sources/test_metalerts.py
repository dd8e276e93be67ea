"""MET Norway's MetAlerts 2.0 in JSON: what is read of an alert, and what of it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signage.domain.official_alert import OfficialAlert, concerns, in_force
from signage.sources.alerts.base import together
from signage.sources.alerts.metalerts import index_address, json_address, read_json
from signage.sources.base import UnusableAnswer
from tests.fixtures.official_alerts import collection, feature, square

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIBRARY = (63.29, 9.08)


def read(*features: Any) -> tuple[list[OfficialAlert], tuple[str, ...]]:
    found = read_json(collection(*features).encode(), "no")
    return [alert for message in found.messages for alert in message.alerts], found.problems


def refusal(body: str | bytes) -> str:
    with pytest.raises(UnusableAnswer) as caught:
        read_json(body.encode() if isinstance(body, str) else body, "no")
    return caught.value.message


def test_the_addresses() -> None:
    service = "https://api.met.no/weatherapi/metalerts/2.0"
    assert index_address(service, "50") == f"{service}/current.rss?lang=no&county=50"
    assert json_address(f"{service}/", "", "en") == f"{service}/current.json?lang=en"


def test_an_alert() -> None:
    (found,), problems = read(feature("a", NOON, awareness_level="4; red; Extreme"))
    assert problems == ()
    assert (found.id, found.level, found.kind, found.onset, found.expires) == (
        "a",
        "red",
        "gale",
        NOON,
        NOON + 12 * HOUR,
    )
    (text,) = found.texts
    assert (text.language, text.event, text.instruction) == ("nb", "Kuling", "Sikre løse gjenstander.")
    assert (text.consequence, text.area) == ("Noen ferger kan bli innstilt.", "Heim")
    assert text.headline == "", "its times are for programs: 2026-11-27T12:00:00+00:00"
    assert concerns(found, LIBRARY, "")
    assert not concerns(found, (63.43, 10.4), "5055")
    assert concerns(found, None, "5055")
    assert not concerns(found, None, "5001")


def test_it_is_shown_before_it_begins_and_not_after_it_ends() -> None:
    messages = read_json(collection(feature("a", NOON + 5 * HOUR)).encode(), "no").messages
    assert len(in_force(messages, NOON)) == 1
    assert in_force(messages, NOON + 17 * HOUR) == ()


def test_both_languages_make_one_alert() -> None:
    norwegian = read_json(collection(feature("a", NOON)).encode(), "no").messages
    english = read_json(collection(feature("a", NOON, title="Gale"), feature("b", NOON)).encode(), "en").messages
    both, only = together((*norwegian, *english))
    assert [text.language for text in both.alerts[0].texts] == ["nb", "en"]
    assert both.alerts[0].text_in("en").headline == "Gale"
    assert [text.language for text in only.alerts[0].texts] == ["en"]


def test_every_polygon_of_several_counts_and_a_hole_is_none_of_it() -> None:
    outer, hole = (square(*sides)["coordinates"][0] for sides in ((8, 63, 10, 64), (9, 63.2, 9.2, 63.4)))
    far = square(5, 60, 6, 61)["coordinates"]
    (found,), _ = read(feature("a", NOON, geometry={"type": "MultiPolygon", "coordinates": [far, [outer, hole]]}))
    assert not concerns(found, LIBRARY, "")
    assert concerns(found, (63.1, 9.1), "")
    assert concerns(found, (60.5, 5.5), "")


def test_the_height_of_a_position_is_ignored() -> None:
    tall = square(8, 63, 10, 64)
    tall["coordinates"][0] = [[*position, 120.5] for position in tall["coordinates"][0]]
    (found,), problems = read(feature("a", NOON, geometry=tall))
    assert problems == ()
    assert concerns(found, LIBRARY, "")


def test_tests_and_cancelled_alerts_are_not_shown() -> None:
    features = [
        feature("a", NOON, status="Test"),
        feature("b", NOON, type="Cancel"),
        feature("c", NOON, severity="Minor"),
    ]
    features[2]["properties"]["awareness_level"] = "1; green; Minor"
    messages = read_json(collection(*features).encode(), "no").messages
    assert len(messages) == 3
    assert in_force(messages, NOON) == ()


def test_where_only_numbers_are_given_they_are_the_area() -> None:
    (found,), _ = read(feature("a", NOON, geometry=None))
    assert concerns(found, LIBRARY, "5055")
    assert not concerns(found, LIBRARY, "")


def test_the_end_of_the_event_stands_in_for_that_of_the_alert() -> None:
    one = feature("a", NOON, eventEndingTime="2026-11-27T15:00:00+00:00")
    one["when"] = {"interval": ["2026-11-27T12:00:00+00:00"]}
    (found,), _ = read(one)
    assert found.expires == NOON + 3 * HOUR
    del one["properties"]["eventEndingTime"]
    (found,), _ = read(one)
    assert found.expires == NOON + 24 * HOUR


def without(*path: str) -> dict[str, Any]:
    one = feature("a", NOON)
    inside: Any = one
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return one


def having(value: Any, *path: str) -> dict[str, Any]:
    one = feature("a", NOON)
    inside: Any = one
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return one


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("text", "An alert is a text instead of an object."),
        ([], "An alert is a list instead of an object."),
        (without("properties"), 'Its "properties" are null instead of an object.'),
        (without("properties", "id"), "It has no id."),
        (without("when"), "a: It isn't known when it ends: when.interval and eventEndingTime are missing."),
        (having(["x", "y"], "when", "interval"), 'a: "x" isn\'t a time.'),
        (having(["2026-11-27T12:00:00Z", "2026-11-28"], "when", "interval"), 'a: "2026-11-28" has no time of day.'),
        (having("here", "geometry"), "a: Its geometry is a text instead of an object."),
        (
            having({"type": "Point", "coordinates": [9, 63]}, "geometry"),
            'a: Its geometry is of the type "Point", not Polygon or MultiPolygon.',
        ),
        (having([], "geometry", "coordinates"), "a: A polygon has 0 different points, and needs three."),
        (having([[["9", 63]]], "geometry", "coordinates"), "a: A polygon has a point \"['9', 63]\"."),
        (
            having([[[9, 163], [9, 1], [8, 1]]], "geometry", "coordinates"),
            "a: A polygon has a point that isn't on earth.",
        ),
        (having([[[True, 63]]], "geometry", "coordinates"), 'a: A polygon has a point "[True, 63]".'),
    ],
)
def test_an_alert_that_cannot_be_read_costs_only_itself(broken: Any, said: str) -> None:
    found, problems = read(feature("good", NOON), broken)
    assert [alert.id for alert in found] == ["good"]
    assert problems == (said,)
    assert refusal(collection(broken)) == f"None of its 1 alerts can be read. For example: {said}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "The answer is empty."),
        ("[]", "The answer is a list instead of an object."),
        ("null", "The answer is null instead of an object."),
        (
            '{"type": "FeatureCollection", "alerts": []}',
            'The answer has no list called "features". It has "type", "alerts".',
        ),
        ('{"features": {}}', 'The answer has no list called "features". It has "features".'),
        ("<rss/>", "The answer is HTML instead of JSON."),
        (collection(feature("a", NOON))[:-20], "The JSON stops in the middle."),
        ('{"features": ' + "[" * 100_000, "The JSON can't be read."),
        (b"\xff\xfe{}", "The answer isn't UTF-8."),
    ],
)
def test_an_answer_of_another_shape_is_reported_with_what_it_was(body: str | bytes, said: str) -> None:
    assert refusal(body) == said


def test_wrong_types_anywhere_never_raise_anything_else() -> None:
    values: list[Any] = [None, 0, -1.5, True, "", "x", [], [[]], {}, {"a": 1}, 1e300, [None], ["x", 3]]
    one = feature("a", NOON)
    paths = [("geometry",), ("when",), ("properties",), ("geometry", "type"), ("geometry", "coordinates")]
    paths += [("properties", key) for key in one["properties"]] + [("when", "interval")]
    for path in paths:
        for value in values:
            found, _ = read(feature("good", NOON), having(value, *path))
            assert found[0].id == "good"
