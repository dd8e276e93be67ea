"""NVE's warnings: local times, levels that are no danger, municipalities, avalanches, and answers of another shape."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from signage.domain.alert_area import AlertArea
from signage.domain.official_alert import OfficialAlert, concerns, in_force
from signage.sources.alerts.base import numbers, together
from signage.sources.alerts.nve import Question, questions, read_warnings
from signage.sources.base import UnusableAnswer
from tests.fixtures.official_alerts import avalanche, listed, warning

HERE = (63.29, 9.08)
FLOOD = Question("flood", "https://nve.example/flood", "flood", "no", AlertArea())
SERVICE = "https://api01.nve.no/hydrology/forecast"
TODAY = date(2026, 11, 27)
(SNOW,) = questions(SERVICE, ["avalanche"], [], [HERE], ["no"], TODAY)


def read(*warnings: Any, question: Question = FLOOD) -> tuple[list[OfficialAlert], tuple[str, ...]]:
    found = read_warnings(listed(*warnings).encode(), question)
    return [alert for message in found.messages for alert in message.alerts], found.problems


def refusal(body: str) -> str:
    with pytest.raises(UnusableAnswer) as caught:
        read_warnings(body.encode(), FLOOD)
    return caught.value.message


def test_a_flood_warning() -> None:
    (found,), problems = read(warning("17", "2026-11-27T07:00:00", "2026-11-28T06:59:00", "3"))
    assert problems == ()
    assert (found.id, found.identifier, found.level, found.kind) == (
        "flood-m17-20261127",
        "flood-17",
        "orange",
        "flood",
    )
    assert found.onset == datetime(2026, 11, 27, 6, tzinfo=UTC)
    assert found.expires == datetime(2026, 11, 28, 5, 59, tzinfo=UTC)
    assert found.sent == datetime(2026, 11, 26, 7, tzinfo=UTC)
    (text,) = found.texts
    assert (text.event, text.headline, text.area) == ("Flom", "Gult nivå: Flomfare i Heim", "Heim, Hitra")
    assert text.description == "Mye regn og snøsmelting gir stor vannføring."
    assert text.instruction == "Hold deg unna elver og bekker."
    assert text.consequence == "Lokale oversvømmelser."
    assert concerns(found, None, "5055")
    assert concerns(found, HERE, "5056")
    assert not concerns(found, HERE, "5001")
    assert found.web == "https://www.varsom.no"


@pytest.mark.parametrize(("level", "colour"), [("2", "yellow"), (3, "orange"), ("4", "red"), (2.0, "yellow")])
def test_the_colours_of_the_levels(level: Any, colour: str) -> None:
    (found,), _ = read(warning("1", "2026-11-27T07:00:00", "2026-11-28T06:59:00", level))
    assert found.level == colour


@pytest.mark.parametrize("level", ["0", "1", 0, 1])
def test_no_danger_is_no_alert_and_nothing_to_report(level: Any) -> None:
    assert read(warning("1", "x", "y", level, MainText=None)) == ([], ())


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2026-03-28T07:00:00", "2026-03-29T06:59:00", ("2026-03-28T06:00", "2026-03-29T04:59")),
        ("2026-10-24T07:00:00", "2026-10-25T06:59:00", ("2026-10-24T05:00", "2026-10-25T05:59")),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00.9", ("2026-10-25T00:30", "2026-10-25T00:30")),
        ("2026-03-29T02:30:00", "2026-03-29T03:30:00", ("2026-03-29T01:30", "2026-03-29T01:30")),
        ("2026-07-01T00:00:00", "2026-07-01T23:59:00", ("2026-06-30T22:00", "2026-07-01T21:59")),
        ("2026-11-27T06:00:00Z", "2026-11-27T08:00:00+02:00", ("2026-11-27T06:00", "2026-11-27T06:00")),
        ("2026-11-27T07:00:00.1505425", "2026-11-28T07:00:00", ("2026-11-27T06:00", "2026-11-28T06:00")),
    ],
)
def test_times_without_an_offset_are_those_of_oslo(begins: str, ends: str, expected: tuple[str, str]) -> None:
    (found,), _ = read(warning("1", begins, ends))
    assert found.onset is not None
    assert (f"{found.onset:%Y-%m-%dT%H:%M}", f"{found.expires:%Y-%m-%dT%H:%M}") == expected


def test_the_municipalities_may_be_a_text_only_or_those_asked_about() -> None:
    bare = warning("1", "2026-11-27T07:00:00", "2026-11-28T06:59:00", MunicipalityList=None)
    (found,), _ = read(bare)
    assert concerns(found, None, "5056")
    del bare["MunicipalityCsvString"]
    (found,), _ = read(bare, question=replace(FLOOD, area=numbers(["5055"])))
    assert concerns(found, None, "5055")
    assert not concerns(found, None, "5056")
    with pytest.raises(UnusableAnswer, match=r'It has no municipality\. It has "Id", "MasterId"'):
        read(bare)


def test_an_avalanche_warning_is_for_where_it_was_asked() -> None:
    one = avalanche("9", "2026-11-27T00:00:00", "2026-11-27T23:59:59", "5")
    (found,), problems = read(one, question=SNOW)
    assert problems == ()
    assert (found.level, found.kind) == ("red", "avalanche")
    assert found.texts[0].description == "Nysnø og vind gir ustabile flak."
    assert found.texts[0].instruction == "Unngå bratte heng.\n\nVent en dag."
    assert concerns(found, HERE, "")
    assert concerns(found, (63.294, 9.083), "")
    assert not concerns(found, (63.43, 10.4), "5061")


def test_a_region_that_two_places_are_in_gives_one_alert_for_both() -> None:
    there = (63.1, 8.9)
    both = questions(SERVICE, ["avalanche"], [], [HERE, there], ["no", "en"], TODAY)
    body = listed(avalanche("9", "2026-11-27T00:00:00", "2026-11-27T23:59:59")).encode()
    (message,) = together(m for question in both for m in read_warnings(body, question).messages)
    (found,) = message.alerts
    assert concerns(found, HERE, "")
    assert concerns(found, there, "")
    assert [text.language for text in found.texts] == ["nb", "en"]


def test_what_is_asked() -> None:
    asked = questions(SERVICE, ["flood", "avalanche"], ["5055"], [(63.2951, 9.0849)], ["no", "en"], TODAY)
    assert [question.address for question in asked] == [
        f"{SERVICE}/flood/v1.0.10/api/Warning/Municipality/5055/no",
        f"{SERVICE}/flood/v1.0.10/api/Warning/Municipality/5055/en",
        f"{SERVICE}/avalanche/v6.3.0/api/AvalancheWarningByCoordinates/Detail/63.30/9.08/1/2026-11-27/2026-11-29",
        f"{SERVICE}/avalanche/v6.3.0/api/AvalancheWarningByCoordinates/Detail/63.30/9.08/2/2026-11-27/2026-11-29",
    ]
    counties = questions(SERVICE, ["landslide"], ["5055", "5056", "1505"], [], ["no"], TODAY)
    assert [question.address.rpartition("Warning/")[2] for question in counties] == [
        "County/50/no",
        "Municipality/1505/no",
    ]
    tomorrow = questions(SERVICE, ["avalanche"], [], [HERE], ["no"], TODAY + timedelta(days=1))
    assert [question.name for question in tomorrow] == [SNOW.name]


def test_a_warning_is_shown_from_when_it_was_published() -> None:
    messages = read_warnings(
        listed(warning("1", "2026-11-28T07:00:00", "2026-11-29T06:59:00")).encode(), FLOOD
    ).messages
    assert in_force(messages, datetime(2026, 11, 26, 6, 59, tzinfo=UTC)) == ()
    assert len(in_force(messages, datetime(2026, 11, 26, 7, 0, tzinfo=UTC))) == 1
    assert in_force(messages, datetime(2026, 11, 29, 5, 59, tzinfo=UTC)) == ()


GOOD = warning("1", "2026-11-27T07:00:00", "2026-11-28T06:59:00")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ActivityLevel": "high"}, '2: Its level is "high", not one of 0 to 5.'),
        ({"ActivityLevel": "6"}, '2: Its level is "6", not one of 0 to 5.'),
        ({"ValidFrom": None}, "2: It has no ValidFrom."),
        ({"ValidTo": "later"}, '2: Its ValidTo is "later", not a time.'),
        ({"ValidTo": "2026-11-28"}, '2: Its ValidTo is "2026-11-28", not a time.'),
        ({"MainText": "", "WarningText": None}, "2: It has no MainText and no WarningText."),
    ],
)
def test_a_warning_that_cannot_be_read_costs_only_itself(change: dict[str, Any], said: str) -> None:
    found, problems = read(GOOD, {**GOOD, "Id": "2", **change})
    assert [alert.identifier for alert in found] == ["flood-1"]
    assert problems == (said,)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{}", "The answer is an object instead of a list. It has nothing."),
        ('{"Warnings": [], "Version": 2}', 'The answer is an object instead of a list. It has "Warnings", "Version".'),
        ('{"Message": "No HTTP resource was found."}', "NVE refused the question: No HTTP resource was found."),
        ('"ok"', "The answer is a text instead of a list."),
        ("<ArrayOfWarning/>", "The answer is HTML instead of JSON."),
        (
            '[{"id": 1, "activityLevel": "2"}]',
            "None of its 1 warnings can be read. For example: It has no ActivityLevel and no DangerLevel. "
            'It has "id", "activityLevel".',
        ),
        ("[1, 2]", "None of its 2 warnings can be read. For example: A warning is a number instead of an object."),
        (
            json.dumps([{key: value for key, value in GOOD.items() if key not in ("Id", "MasterId")}]),
            'None of its 1 warnings can be read. For example: It has no Id. It has "ActivityLevel", "ValidFrom", '
            '"ValidTo", "PublishTime", "DangerTypeName", "MainText", "WarningText", "AdviceText", "ConsequenceText", '
            '"MunicipalityList", "MunicipalityCsvString", "CauseList".',
        ),
    ],
)
def test_an_answer_of_another_shape_is_reported_with_what_it_was(body: str, said: str) -> None:
    assert refusal(body)[:300] == said[:300]


def test_an_empty_answer_is_no_failure() -> None:
    assert read() == ([], ())


def test_wrong_types_anywhere_never_raise_anything_else() -> None:
    values: list[Any] = [None, 0, -1.5, True, "", "x", [], [[]], {}, {"a": 1}, 1e300, [None], ["x", 3], [{"Id": []}]]
    for one, question in ((GOOD, FLOOD), (avalanche("9", "2026-11-27T00:00:00", "2026-11-27T23:59:59"), SNOW)):
        for key in one:
            for value in values:
                found, _ = read(one, {**one, key: value}, question=question)
                assert found
