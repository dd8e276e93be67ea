"""Official alerts over HTTP: politely, each file once; the last good ones stay until their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from signage.cli.main import main
from tests.fixtures import portal as answers
from tests.fixtures.alert_office import LIST, XML, AlertOffice
from tests.fixtures.official_alerts import (
    HEIM,
    area,
    avalanche,
    cap,
    collection,
    feature,
    gale,
    info,
    listed,
    rss,
    warning,
)
from tests.fixtures.portal import Answer, Portal, ok

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[AlertOffice]:
    with Portal() as portal:
        yield AlertOffice(tmp_path, portal)


def test_an_alert_is_at_the_places_it_concerns_with_its_credit(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON))
    assert office.refresh(NOON)
    (active,) = office.active(NOON)
    assert (active.show, active.alert.feed, active.alert.source) == ("page", "met", "MET Norway")
    assert active.alert.credit == "Data fra MET Norway"
    assert active.alert.text_in("nb").event == "Kuling"
    assert office.active(NOON, "hall") == ()
    assert office.report(NOON) == (None, ())
    assert not office.refresh(NOON + 20 * MINUTE), "nothing is new"


def test_each_file_is_fetched_once_also_after_a_restart(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON), b=gale("b", NOON))
    office.refresh(NOON)
    assert sorted(path.partition("?")[0] for path in office.asked()) == ["/a", "/b", LIST]
    office.lists(a=gale("a", NOON), b=gale("b", NOON), c=gale("c", NOON))
    office.open()
    assert office.names(NOON + MINUTE) == ["a", "b"], "what is known is there before anything is asked"
    office.refresh(NOON + 11 * MINUTE)
    assert [path.partition("?")[0] for path in office.asked()] == [LIST, "/c"]
    assert sorted(office.names(NOON + 11 * MINUTE)) == ["a", "b", "c"]
    for minutes in range(22, 60, 11):
        office.refresh(NOON + minutes * MINUTE)
    assert {path.partition("?")[0] for path in office.asked()} == {LIST}


def test_met_norway_is_asked_every_ten_minutes_at_most_and_told_who_asks(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON))
    office.refresh(NOON)
    assert [path for path in office.asked() if LIST in path] == ["/current.rss?lang=no&county=50"]
    for seconds in range(10, 600, 59):
        office.refresh(NOON + timedelta(seconds=seconds))
        office.open()
    assert office.asked() == []
    assert office.feeds.next_refresh(office.config, NOON) == NOON + 10 * MINUTE
    office.refresh(NOON + 10 * MINUTE)
    ((_, headers),) = office.portal.asked
    assert "post@heim.kommune.no" in headers["User-Agent"]


def test_the_county_is_that_of_all_places(office: AlertOffice) -> None:
    office.lists()
    office.refresh(NOON)
    assert office.asked() == ["/current.rss?lang=no&county=50"]
    office.sections += 'county = "15"\n'
    office.refresh(NOON + 10 * MINUTE)
    assert office.asked() == ["/current.rss?lang=no&county=15"]

    office.sections, office.hall = 'type = "met"\nurl = "{url}"\n', "1505"
    office.refresh(NOON + 20 * MINUTE)
    assert office.asked() == ["/current.rss?lang=no"], "one county isn't enough"


def test_expires_is_heeded_and_the_next_request_is_conditional(office: AlertOffice) -> None:
    dates = {name: format_datetime(at, usegmt=True) for name, at in (("expires", NOON + 30 * MINUTE), ("date", NOON))}

    def answer(handler: answers.Handler) -> None:
        known = handler.headers.get("If-Modified-Since") == dates["date"]
        body = rss().encode()
        handler.send_response_only(304 if known else 200)
        for name, value in (("Date", dates["date"]), ("Expires", dates["expires"]), ("Last-Modified", dates["date"])):
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0" if known else str(len(body)))
        handler.end_headers()
        handler.wfile.write(b"" if known else body)

    office.portal.paths[LIST] = answer
    office.refresh(NOON)
    office.refresh(NOON + 25 * MINUTE)
    assert len(office.portal.asked) == 1
    office.refresh(NOON + 32 * MINUTE)
    (_, _), (_, headers) = office.portal.asked
    assert headers["If-Modified-Since"] == dates["date"]
    assert office.report(NOON + 32 * MINUTE) == (None, ())


@pytest.mark.parametrize(("header", "minutes"), [({"retry_after": "5400"}, 90), ({}, 60)])
def test_a_429_stops_asking(office: AlertOffice, header: dict[str, str], minutes: int) -> None:
    office.portal.paths[LIST] = answers.status(429, **header)
    office.refresh(NOON)
    office.open()
    for later in (11, 31, minutes - 1):
        office.refresh(NOON + later * MINUTE)
    assert len(office.asked()) == 1
    problem, _ = office.report(NOON + MINUTE)
    assert problem == "The server answered with status 429."
    office.refresh(NOON + minutes * MINUTE)
    assert len(office.asked()) == 1


def test_a_feed_that_fails_is_asked_more_rarely_and_its_alerts_stay_until_their_end(
    office: AlertOffice,
) -> None:
    office.lists(a=gale("a", NOON, 12))
    office.refresh(NOON)
    office.portal.paths[LIST] = answers.status(500)
    office.asked()
    for minutes in range(10, 11 * 60, 10):
        office.refresh(NOON + minutes * MINUTE)
        assert office.names(NOON + minutes * MINUTE) == ["a"]
    assert 10 <= len(office.asked()) <= 16
    assert office.names(NOON + 12 * HOUR - MINUTE) == ["a"]
    assert office.names(NOON + 12 * HOUR) == []
    assert office.names(NOON + timedelta(days=14)) == []
    (report,) = office.feeds.reports(office.config, NOON + 11 * HOUR)
    assert (report.problem, report.live) == ("The server answered with status 500.", True)
    assert report.last_good_at == NOON
    office.lists(b=gale("b", NOON + 11 * HOUR))
    office.refresh(NOON + 12 * HOUR)
    assert office.report(NOON + 12 * HOUR)[0] is None
    assert office.names(NOON + 12 * HOUR) == ["b"]


def test_an_alert_that_met_norways_list_no_longer_has_is_over(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON), b=gale("b", NOON))
    office.refresh(NOON)
    office.lists(a=gale("a", NOON))
    assert office.refresh(NOON + 10 * MINUTE)
    assert office.names(NOON + 10 * MINUTE) == ["a"]
    office.lists(a=gale("a", NOON), b=gale("b", NOON))
    office.asked()
    office.refresh(NOON + 20 * MINUTE)
    assert sorted(office.names(NOON + 20 * MINUTE)) == ["a", "b"]
    assert len(office.asked()) == 1, "the file is kept on disk"


@pytest.mark.parametrize("answer", [answers.status(503), answers.status(404), ok("<html/>", XML)])
def test_what_an_update_replaces_stays_until_the_update_has_come(office: AlertOffice, answer: Answer) -> None:
    office.lists(a=gale("a", NOON), x=gale("x", NOON))
    office.refresh(NOON)
    office.lists(b=answer)
    office.refresh(NOON + 10 * MINUTE)
    assert sorted(office.names(NOON + 10 * MINUTE)) == ["a", "x"], "any of them may be what it replaces"
    office.open()
    assert office.names(NOON + 12 * HOUR) == [], "never past its end"
    office.lists(b=gale("b", NOON + 8 * MINUTE, msg_type="Update", references=[("a", NOON)]))
    office.refresh(NOON + 41 * MINUTE)
    assert office.names(NOON + 41 * MINUTE) == ["b"]


def test_a_file_that_did_not_arrive_is_fetched_in_the_next_round(office: AlertOffice) -> None:
    office.lists(a=answers.status(503))
    for minutes in (0, 10, 20):
        office.refresh(NOON + minutes * MINUTE)
    assert [path.partition("?")[0] for path in office.asked()] == [LIST, "/a"] * 3
    office.lists(a=gale("a", NOON))
    office.refresh(NOON + 30 * MINUTE)
    assert office.names(NOON + 30 * MINUTE) == ["a"]
    assert office.report(NOON + 30 * MINUTE) == (None, ())


@pytest.mark.parametrize(("header", "minutes"), [({"retry_after": "1500"}, 30), ({}, 60)])
def test_a_file_whose_server_asks_to_wait_is_left_alone(
    office: AlertOffice, header: dict[str, str], minutes: int
) -> None:
    office.lists(a=answers.status(429, **header))
    for later in range(0, minutes, 10):
        office.refresh(NOON + later * MINUTE)
        office.open()
    assert [path for path in office.asked() if LIST not in path] == ["/a"]
    office.refresh(NOON + minutes * MINUTE)
    assert [path for path in office.asked() if LIST not in path] == ["/a"]


def test_a_file_that_goes_on_failing_keeps_no_new_one_waiting(office: AlertOffice) -> None:
    office.lists(a=answers.status(503))
    office.refresh(NOON)
    office.lists(a=answers.status(503), b=gale("b", NOON))
    office.asked()
    office.refresh(NOON + 10 * MINUTE)
    assert [path.partition("?")[0] for path in office.asked()] == [LIST, "/b", "/a"]


def test_an_alert_that_another_list_no_longer_has_stays_until_its_end_or_its_cancel(office: AlertOffice) -> None:
    office.sections = 'type = "cap"\nid = "county"\nname = "Fylket"\nurl = "{url}/current.rss"\n'
    office.lists(a=gale("a", NOON), b=gale("b", NOON))
    office.refresh(NOON)
    cancel = cap("c", NOON + 5 * MINUTE, msg_type="Cancel", references=[("a", NOON)])
    office.lists(c=cancel)
    office.refresh(NOON + 5 * MINUTE)
    assert office.names(NOON + 5 * MINUTE) == ["b"]
    office.lists(d=gale("d", NOON, 24))
    office.refresh(NOON + 10 * MINUTE)
    assert sorted(office.names(NOON + 10 * MINUTE)) == ["b", "d"], "a cancel that left the list still counts"
    office.refresh(NOON + 13 * HOUR)
    assert office.names(NOON + 13 * HOUR) == ["d"]
    office.sections += "only_listed = true\n"
    office.lists()
    office.refresh(NOON + 14 * HOUR)
    assert office.names(NOON + 14 * HOUR) == []


def test_updates_keep_the_id_and_end_what_they_replace(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON))
    office.refresh(NOON)
    (before,) = office.active(NOON)
    office.lists(b=gale("b", NOON + 8 * MINUTE, msg_type="Update", references=[("a", NOON)]))
    office.refresh(NOON + 10 * MINUTE)
    (after,) = office.active(NOON + 10 * MINUTE)
    assert (after.alert.identifier, after.alert.id) == ("b", before.alert.id)


def test_exercises_and_areas_in_words_only_are_reported_and_not_shown(office: AlertOffice) -> None:
    words = cap("w", NOON, info(NOON + HOUR, area(words="Hele Trøndelag")))
    office.lists(e=gale("e", NOON, headline="ØVELSE Kuling"), t=gale("t", NOON, status="Test"), w=words)
    office.refresh(NOON)
    assert office.names(NOON) == []
    assert office.report(NOON)[1] == (
        'e: It isn\'t shown, because its texts call it an exercise: "ØVELSE Kuling".',
        'w: It isn\'t shown, because its area is in words only: "Kuling, gult nivå, Heim".',
    )
    assert office.report(NOON + 13 * HOUR)[1] == ()


def test_json_is_read_in_the_languages_of_the_screens(office: AlertOffice) -> None:
    office.sections += 'format = "json"\n'
    office.languages = '["nb", "en"]'

    def answer(handler: answers.Handler) -> None:
        language = "en" if "lang=en" in handler.path else "no"
        ok(collection(feature("a", NOON, title="Gale" if language == "en" else "Kuling")))(handler)

    office.portal.paths["/current.json"] = answer
    office.refresh(NOON)
    assert sorted(office.asked()) == ["/current.json?lang=en&county=50", "/current.json?lang=no&county=50"]
    (active,) = office.active(NOON)
    assert active.alert.text_in("en").headline == "Gale"
    assert active.alert.text_in("nb").headline == "Kuling"


def test_nve_is_asked_for_each_municipality_and_position(office: AlertOffice) -> None:
    office.sections = 'type = "nve"\nurl = "{url}/forecast"\n'
    flood = "/forecast/flood/v1.0.10/api/Warning/County/50/no"
    slide = flood.replace("flood", "landslide")
    snow = "/forecast/avalanche/v6.3.0/api/AvalancheWarningByCoordinates/Detail/63.29/9.08/1/2026-11-27/2026-11-29"
    office.portal.paths = {
        flood: ok(listed(warning("1", "2026-11-27T07:00:00", "2026-11-28T06:59:00", "4"))),
        slide: ok(listed(warning("2", "2026-11-27T07:00:00", "2026-11-28T06:59:00", "1"))),
        snow: ok(listed(avalanche("3", "2026-11-27T00:00:00", "2026-11-27T23:59:59", "2"))),
        snow.replace("63.29/9.08", "63.43/10.40"): ok(listed()),
    }
    office.refresh(NOON)
    assert len(office.asked()) == 4
    assert [(each.show, each.alert.kind) for each in office.active(NOON)] == [
        ("takeover", "flood"),
        ("page", "avalanche"),
    ]
    assert office.active(NOON, "hall") == ()
    office.portal.paths[flood] = ok('{"warnings": []}')
    office.refresh(NOON + 15 * MINUTE)
    assert sorted(path.split("/")[2] for path in office.asked()) == ["flood", "landslide"]
    assert office.report(NOON + 15 * MINUTE)[0] == 'The answer is an object instead of a list. It has "warnings".'
    assert len(office.active(NOON + 15 * MINUTE)) == 2
    assert office.feeds.next_change(office.config, NOON) == datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)


def test_the_level_decides_what_is_shown_and_how(office: AlertOffice) -> None:
    office.sections = (
        'type = "met"\nurl = "{url}"\nfrom_level = "orange"\nshow = { red = "banner" }\n---'
        'type = "met"\nid = "again"\nurl = "{url}"\nshow = { orange = "takeover", yellow = "banner" }\n'
    )
    colours = {"y": "Moderate", "o": "Severe", "r": "Extreme"}
    office.lists(**{name: gale(name, NOON, severity=severity) for name, severity in colours.items()})
    office.refresh(NOON)
    shown = [(each.alert.identifier, each.show, each.alert.feed) for each in office.active(NOON)]
    assert shown == [("r", "takeover", "again"), ("o", "takeover", "again"), ("y", "banner", "again")]


@pytest.mark.parametrize(("level", "shown"), [("yellow", "roy"), ("orange", "ro"), ("red", "r")])
def test_alerts_below_the_chosen_level_are_not_shown(office: AlertOffice, level: str, shown: str) -> None:
    office.sections += f'from_level = "{level}"\n'
    colours = {"y": "Moderate", "o": "Severe", "r": "Extreme", "g": "Minor"}
    office.lists(**{name: gale(name, NOON, severity=severity) for name, severity in colours.items()})
    office.refresh(NOON)
    assert "".join(office.names(NOON)) == shown


def test_two_senders_may_use_the_same_number_in_one_list(office: AlertOffice) -> None:
    office.sections = 'type = "cap"\nname = "Fylket"\nurl = "{url}/current.rss"\n'
    there = area("63.4,10.3 63.5,10.3 63.5,10.5 63.4,10.5")
    first = cap("1", NOON, info(NOON + HOUR, there), sender="a")
    other = cap("1", NOON, info(NOON + HOUR, area(HEIM)), sender="b")
    office.lists(a=first, b=other)
    office.refresh(NOON)
    assert [each.alert.sender for each in office.active(NOON)] == ["b"]
    assert [each.alert.sender for each in office.active(NOON, "hall")] == ["a"]


def test_another_address_forgets_what_the_old_one_said(office: AlertOffice) -> None:
    office.lists(a=gale("a", NOON))
    office.refresh(NOON)
    office.sections = 'type = "met"\nurl = "{url}/other"\n'
    assert office.names(NOON) == []
    office.portal.paths["/other/current.rss"] = ok(rss(), XML)
    office.refresh(NOON + MINUTE)
    assert office.report(NOON + MINUTE) == (None, ())


def test_a_clock_that_was_ahead_delays_no_alert(office: AlertOffice) -> None:
    office.lists()
    office.refresh(NOON + timedelta(days=365))
    office.lists(a=gale("a", NOON))
    office.refresh(NOON)
    assert office.names(NOON) == ["a"]


def test_a_disk_that_is_full_keeps_no_alert_off_the_screens(office: AlertOffice) -> None:
    ((pages,),) = office.store._rows("PRAGMA page_count")
    office.store._rows(f"PRAGMA max_page_count = {pages}")
    office.lists(a=gale("a", NOON, description="Kok vannet. " * 500))
    office.refresh(NOON)
    assert office.names(NOON) == ["a"]
    problem, _ = office.report(NOON)
    assert problem is not None
    assert "full" in problem
    office.refresh(NOON + 5 * MINUTE)
    assert sorted(path.partition("?")[0] for path in office.asked()) == ["/a", LIST], (
        "it isn't asked more often for that"
    )
    office.store._rows("PRAGMA max_page_count = 1000000")
    office.refresh(NOON + 10 * MINUTE)
    assert office.report(NOON + 10 * MINUTE)[0] is None


def test_the_command_line_says_how_a_feed_is(office: AlertOffice, capsys: pytest.CaptureFixture[str]) -> None:
    office.lists(a=gale("a", NOON), x="<html/>")
    office.refresh(NOON)
    office.store.close()
    config = office.folder / "screens.toml"
    config.write_text(office.toml, encoding="utf-8")
    said = ["--config", str(config), "--var", str(office.folder), "--at", "2026-11-27T14:00"]
    code = main(["sources", "status", *said])
    output = capsys.readouterr()
    printed = " ".join((output.out + output.err).split())
    assert code == 0, printed
    assert "MET Norway (alerts: met): answered 2026-11-27 13.00, changed 2026-11-27 13.00" in printed
    assert "The XML is <html> instead of a CAP <alert>." in printed
