"""The commands about sources and organisations, as an administrator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from signage.app.daemon import Daemon
from signage.app.folders import Folders
from signage.cli.main import main
from tests.fixtures import portal as answers
from tests.fixtures.make import oslo
from tests.fixtures.portal import Portal

TOML = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"
organisations = "foreninger.csv"

[[sources]]
id = "iheim"
type = "wis"
url = "{url}"

[[sources]]
id = "koret"
type = "ical"
url = "koret.ics"
organizer = "Bygdekoret"

[[hold_back]]
title = "Styremøte*"
reason = "styremøter"

[places.kulorn]
name = "kulØr'n"

[screens.kulorn]
place = "kulorn"
playlist = [ {{ show = "today" }} ]
"""
ROWS = [
    {
        "id": 1,
        "title": "Julekonsert",
        "startDate": "2026-12-05",
        "startTime": "18:00",
        "location": "kulØr'n",
        "organizer": "Bygdekoret",
    },
    {"id": 2, "title": "Styremøte i koret", "startDate": "2026-12-06", "startTime": "18:00", "location": "kulØr'n"},
    {"id": 3, "title": "Quiz", "startDate": "2026-12-07", "startTime": "20:00", "location": "kulØr'n"},
]
CALENDAR = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:k1\r\nSUMMARY:Julekonsert\r\nLOCATION:kulØr'n\\, Øragata\r\n"
    "DTSTART;TZID=Europe/Oslo:20261205T180000\r\nDTEND;TZID=Europe/Oslo:20261205T200000\r\n"
    "DESCRIPTION:Fire kor synger julen inn.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
AT = ["--at", "2026-12-01T12:00"]


@dataclass
class House:
    """A folder with screens.toml, and the portal that it names."""

    folder: Path
    portal: Portal

    def run(self, *words: str) -> int:
        return main([*words, "--config", str(self.folder / "screens.toml"), "--var", str(self.folder / "var")])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    layouts = tmp_path / "layouts" / "fjord"
    layouts.mkdir(parents=True)
    (layouts / "layout.toml").touch()
    (tmp_path / "koret.ics").write_text(CALENDAR, "utf-8")
    (tmp_path / "foreninger.csv").write_text(
        "Navn;Også kjent som;Type\nBygdekoret i Heim;Bygdekoret;forening\n", "utf-8"
    )
    with Portal() as portal:
        portal.wis(answers.ok(json.dumps(ROWS)))
        (tmp_path / "screens.toml").write_text(TOML.format(url=portal.url), "utf-8")
        yield House(tmp_path, portal)


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_events_of_two_sources_are_one_list(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("events", "--json", *AT) == 0
    concert, quiz = lines(capsys)
    assert (concert["title"], quiz["title"]) == ("Julekonsert", "Quiz")
    assert {origin["source"] for origin in concert["origins"]} == {"iheim", "koret"}
    assert concert["end"] == "2026-12-05T20:00:00+01:00"
    assert concert["summary"] == "Fire kor synger julen inn."


def test_held_back_names_the_rule(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.run("events", "--held-back", *AT)
    assert "Styremøte i koret" in (out := capsys.readouterr().out)
    assert "hold_back rule 1 (styremøter)" in out


def test_explain_says_where_each_field_comes_from(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("events", "--explain", "iheim:1:2026-12-05", *AT) == 0
    out = capsys.readouterr().out
    assert "koret:k1" in out
    assert "iheim:1" in out
    assert house.run("events", "--json", "--explain", "koret:k1", *AT) == 0
    assert json.loads(capsys.readouterr().out)


def test_explain_of_what_is_not_there(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("events", "--explain", "iheim:99", *AT) == 2
    assert 'There is no event "iheim:99"' in capsys.readouterr().err


def test_organisations_and_what_they_have_coming(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("organisations", "--json", *AT) == 0
    (choir,) = lines(capsys)
    assert choir["name"] == "Bygdekoret i Heim"
    assert [event["title"] for event in choir["events"]] == ["Julekonsert"]
    house.run("organisations", *AT)
    assert "Bygdekoret i Heim  (1 coming)" in capsys.readouterr().out


def test_status_without_asking_anybody(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.run("events", *AT)
    house.portal.wis(answers.status(500))
    house.run("events", "--at", "2026-12-01T13:00")
    house.portal.asked.clear()
    capsys.readouterr()
    assert house.run("sources", "status", "--json", "--at", "2026-12-01T14:00") == 3
    portal, choir = json.loads(capsys.readouterr().out)
    assert house.portal.asked == []
    assert (portal["source"], portal["problem"], portal["answered"]) == (
        "iheim",
        "The server answered with status 500.",
        "2026-12-01T11:00:00+00:00",
    )
    assert portal["alarms"] == [
        {"kind": "failing", "since": "2026-12-01T12:00:00+00:00", "text": "The server answered with status 500."}
    ]
    assert (choir["events"], choir["alarms"]) == (1, [])
    house.run("sources", "status", "--at", "2026-12-01T14:00")
    assert "iheim: 3 events, 3 in the coming week; answered 2026-12-01 12.00" in capsys.readouterr().err


def test_a_sheet_of_organisations_that_is_not_there_costs_the_sheet(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    (house.folder / "foreninger.csv").unlink()
    assert house.run("organisations", "--json", *AT) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["name"] == "Bygdekoret"
    assert "foreninger.csv" in captured.err


def test_the_status_of_the_daemon_knows_the_sources_before_the_first_picture(house: House) -> None:
    """A first build takes minutes; what is wrong with a source is known after seconds."""
    house.portal.wis(answers.status(503))
    folders = Folders(house.folder / "var")
    daemon = Daemon(house.folder / "screens.toml", house.folder / "layouts", folders, "127.0.0.1", 0, False, Console())
    assert daemon.status().figures["sources"] == []
    assert daemon.watched.current is not None
    daemon.pipeline.gather(daemon.watched.current, oslo("2026-12-01 12:00"))
    status = daemon.status()
    assert [source["source"] for source in status.figures["sources"]] == ["iheim", "koret"]
    assert [alarm["kind"] for alarm in status.figures["sources"][0]["alarms"]] == ["failing"]
    assert [problem.detail for problem in status.problems] == ["iheim: The server answered with status 503."]
    assert status.figures["screens"] == []
