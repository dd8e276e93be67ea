"""Hostile answers about official alerts: each costs only the alert that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures import portal as answers
from tests.fixtures.alert_office import LIST, XML, AlertOffice
from tests.fixtures.official_alerts import area, cap, gale, info, rss
from tests.fixtures.portal import Answer, Portal, ok

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[AlertOffice]:
    with Portal() as portal:
        yield AlertOffice(tmp_path, portal)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (ok(gale("x", NOON)[:-30], XML), "The XML can't be read"),
        (ok("<html><body>Not here</body></html>"), "The XML is <html> instead of a CAP <alert>."),
        (ok(gale("x", NOON).replace("no</language>", "no</language><!--").replace("<identifier>", "<i>"), XML), "XML"),
        (ok(b"<alert>" + b"x" * 10_000_000, XML), "The answer is larger than 8 MB."),
        (ok("<a>" * 100_000, XML), "The XML can't be read"),
        (
            ok(gale("x", NOON).replace("<alert", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert'), XML),
            "The XML has a DTD",
        ),
        (
            ok(
                gale("x", NOON)
                .replace("<alert", '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><alert')
                .replace("Kuling", "&b;"),
                XML,
            ),
            "The XML has a DTD",
        ),
        (ok(cap("x", NOON, info(NOON + HOUR, area(" ".join(["63.1,9.1"] * 90_000)))), XML), "more than 50,000 points"),
        (ok(cap("x", NOON, info("soon")), XML), "isn't a time"),
        (answers.status(404), "The server answered with status 404."),
        (answers.redirect("http://10.0.0.1/cap.xml"), "The address leads to a private network."),
        (answers.redirect("http://169.254.169.254/latest"), "The address leads to a private network."),
        (answers.redirect("file:///etc/passwd"), "which isn't a web address."),
        (answers.redirect("/x"), "The server redirects more than 5 times."),
    ],
)
def test_a_hostile_file_costs_only_its_alert(office: AlertOffice, broken: Answer, said: str) -> None:
    office.lists(x=broken, good=gale("good", NOON))
    office.refresh(NOON)
    assert office.names(NOON) == ["good"]
    problem, (warning_,) = office.report(NOON)
    assert problem is None, "the feed itself is well"
    assert warning_.startswith(f"{office.portal.url}/x: ")
    assert said in warning_


def test_a_link_into_a_private_network_is_not_followed(office: AlertOffice) -> None:
    office.lists(good=gale("good", NOON))
    office.portal.paths[LIST] = ok(rss("http://192.168.1.1/cap.xml", "http://[::1]:1/cap", "/good"), XML)
    office.refresh(NOON)
    assert office.names(NOON) == ["good"]
    _, warnings = office.report(NOON)
    assert warnings == (
        "http://192.168.1.1/cap.xml: The address leads to a private network.",
        "http://[::1]:1/cap: The address leads to a private network.",
    )


def test_a_file_that_cannot_be_read_is_fetched_twice_more_and_one_that_does_not_come_with_each_list(
    office: AlertOffice,
) -> None:
    office.lists(cut=gale("x", NOON)[:-30], gone=answers.status(503))
    for minutes in range(0, 24 * 60, 10):
        office.refresh(NOON + minutes * MINUTE)
    asked = office.asked()
    assert asked.count("/cut") == 3
    assert asked.count("/gone") == len([path for path in asked if LIST in path]) == 24 * 6
    office.portal.paths["/gone"] = ok(gale("late", NOON, 48), XML)
    for minutes in range(24 * 60, 27 * 60, 10):
        office.refresh(NOON + minutes * MINUTE)
        assert office.names(NOON + minutes * MINUTE) == ["late"]
    assert office.asked().count("/gone") == 1


def test_a_list_that_is_none_fails_as_a_whole_and_the_known_alerts_stay(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON))
    office.refresh(NOON)
    for number, body in enumerate(["<html><body></body></html>", "", "[]", rss("a")[:-9], "<x/>"], 1):
        office.portal.paths[LIST] = ok(body, XML)
        at = NOON + number * HOUR
        office.refresh(at)
        problem, _ = office.report(at)
        assert problem, body
        assert office.names(at) == ["a"]


def test_areas_that_are_too_much_together_cost_what_comes_last(
    office: AlertOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signage.sources.alerts.asking.MOST_POINTS_OF_ALL", 8_100)  # of 400,000: the test is quick
    ring = " ".join(f"{60 + number % 2},{5 + number / 1_000:.4f}" for number in range(1_000))
    files = {f"f{number}": cap(f"f{number}", NOON, info(NOON + HOUR, area(ring))) for number in range(9)}
    office.lists(**files, small=gale("small", NOON))
    office.refresh(NOON)
    assert office.names(NOON) == ["small"], "the others are elsewhere"
    assert office.report(NOON)[1] == (
        f"{office.portal.url}/f8: It is left out, because the areas of all alerts have too many points.",
    )
