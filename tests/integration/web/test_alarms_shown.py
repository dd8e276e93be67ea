"""Where people and programs see the server's alarms: the pages, /status.json, /metrics, and `signage status`."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from signage.app.alarms import HEARTBEAT_SECONDS, Kind, raised
from signage.app.sign_of_life import SIGN_FILE, SignOfLife, write_sign
from signage.cli.main import main
from signage.domain.server_status import Message, RaisedAlarm, ServerProblem, ServerStatus
from signage.errors import EXIT_PARTIAL
from signage.web.problems import alarm_as_data
from tests.fixtures.desk import NOON, Desk
from tests.fixtures.players import PATIENCE
from tests.fixtures.site import Site

OSLO = ZoneInfo("Europe/Oslo")
EVIL = "<b>hei</b>[red]"


def alarm(kind: Kind = "source_working", unit: str = "choir", at: datetime = NOON) -> RaisedAlarm:
    return raised(kind, unit, at - timedelta(minutes=8))


def in_trouble(desk: Desk) -> None:
    found = (alarm(), alarm("not_published", ""), alarm("page_working", EVIL))
    failing = ServerProblem(
        Message("problems.source_failing", {"source": "choir", "reason": Message("sources.other")}),
        "choir: answered 503",
    )
    figures = {"published": {"library": "2026-09-14T09:52:00+00:00"}, "building": {"seconds": 301.5}}
    desk.status = ServerStatus(NOON, OSLO, found, (failing,), figures)


@pytest.mark.parametrize("path", ["/", "/status"])
def test_the_pages_say_it_in_norwegian(desk: Desk, path: str) -> None:
    assert "data-alarms hidden>" in desk.get(path).text
    in_trouble(desk)
    page = desk.get(path).text
    assert "<strong>Serveren må sjekkes</strong>" in page
    assert "Kilden «choir» har vært under henting siden kl.\u00a011.52." in page
    assert "Ingenting er publisert siden kl.\u00a011.52." in page
    assert "&lt;b&gt;hei&lt;/b&gt;" in page
    assert "<b>hei</b>" not in page


@pytest.mark.parametrize("path", ["/", "/status"])
def test_a_mistake_in_the_configuration_is_on_both_pages(desk: Desk, path: str) -> None:
    assert "data-problems hidden>" in desk.get(path).text
    mistake = ServerProblem(Message("problems.config"), 'screens.toml:59:10: There is no layout "<b>fjrd".')
    desk.status = ServerStatus(NOON, OSLO, (), (mistake,))
    page = desk.get(path).text
    assert "Det er feil i screens.toml. Forrige versjon gjelder til feilen er rettet." in page
    assert "<li>screens.toml:59:10: There is no layout &#34;&lt;b&gt;fjrd&#34;.</li>" in page
    assert "data-problems>" in page


@pytest.mark.parametrize("path", ["/", "/status"])
def test_the_pages_say_each_alarm_once(desk: Desk, path: str) -> None:
    in_trouble(desk)
    page = desk.get(path).text
    assert "has been read since" not in page
    assert "<li>choir: answered 503</li>" in page


def test_status_json_has_what_programs_need(desk: Desk) -> None:
    in_trouble(desk)
    said = desk.get("/status.json").json()
    assert said["ok"] is False
    assert [(each["kind"], each["unit"], each["since"]) for each in said["alarms"]][:2] == [
        ("source_working", "choir", "2026-09-14T09:52:00+00:00"),
        ("not_published", "", "2026-09-14T09:52:00+00:00"),
    ]
    assert said["problems"][0] == said["alarms"][0]["text"]
    assert said["problems"][3] == "choir: answered 503"


@pytest.mark.parametrize(
    ("accepted", "key"), [("nb-NO,en;q=0.5", "nb"), ("nn", "nb"), ("en-GB", "text"), ("de", "nb"), ("uk", "nb")]
)
def test_alarms_are_in_the_language_of_the_page_everywhere(desk: Desk, accepted: str, key: str) -> None:
    in_trouble(desk)
    headers = {"Accept-Language": accepted}
    said = requests.get(f"{desk.url}/status.json", headers=headers, timeout=PATIENCE).json()
    assert [each["sentence"] for each in said["alarms"]] == [each[key] for each in said["alarms"]]
    for path in ("/", "/status"):
        page = html.unescape(requests.get(desk.url + path, headers=headers, timeout=PATIENCE).text)
        assert [each["sentence"] for each in said["alarms"] if each["sentence"] not in page] == []


def test_metrics(desk: Desk) -> None:
    in_trouble(desk)
    families = {family.name: family for family in text_string_to_metric_families(desk.get("/metrics").text)}
    assert families["signage_alarms"].samples[0].value == 3
    since = {
        (sample.labels["kind"], sample.labels["unit"]): sample.value
        for sample in families["signage_alarm_since_timestamp_seconds"].samples
    }
    assert since["source_working", "choir"] == (NOON - timedelta(minutes=8)).timestamp()
    assert families["signage_screen_published_timestamp_seconds"].samples[0].labels == {"screen": "library"}
    assert families["signage_build_seconds"].samples[0].value == 301.5
    desk.status = ServerStatus(NOON, OSLO)
    families = {family.name: family for family in text_string_to_metric_families(desk.get("/metrics").text)}
    assert families["signage_alarms"].samples[0].value == 0


# --- signage status


def typed(site: Site, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = main(site.arguments("status", *more))
    return code, capsys.readouterr().out


def left(site: Site, at: datetime, ended: bool = False, *alarms: RaisedAlarm) -> None:
    data = [alarm_as_data(each, OSLO, at) for each in alarms]
    write_sign(site.folder / "var", SignOfLife(at, 4711, ended, {}, data, ()))


def test_where_no_server_has_run_nothing_is_wrong_with_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    assert "server" not in typed(site, capsys)[1]


def test_a_running_servers_alarms(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    now = datetime.now(UTC)
    left(site, now, False, alarm(at=now), alarm("not_published", "nowhere", now), alarm("page_working", EVIL, now))
    code, out = typed(site, capsys)
    assert code == EXIT_PARTIAL
    assert '● server  alarm: The source "choir" has been read since' in out
    assert EVIL in out
    (screen,) = json.loads(typed(site, capsys, "--json")[1])
    assert [each["kind"] for each in screen["alarms"]] == ["source_working", "page_working"]


def test_a_server_that_is_not_heard_of_any_more(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    now = datetime.now(UTC)
    left(site, now - timedelta(seconds=HEARTBEAT_SECONDS + 5))
    code, out = typed(site, capsys)
    assert code == EXIT_PARTIAL
    assert "The server has not reported since" in out
    left(site, now)
    assert "server" not in typed(site, capsys)[1]
    later = (now + timedelta(hours=1)).isoformat()
    assert "The server has not reported since" in typed(site, capsys, "--at", later)[1]


def test_a_server_that_was_stopped(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    left(site, datetime.now(UTC) - timedelta(minutes=1), True)
    code, out = typed(site, capsys)
    assert (code, "The server was stopped at" in out) == (EXIT_PARTIAL, True)


def test_a_damaged_sign_of_life_does_not_end_the_command(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    (site.folder / "var").mkdir()
    (site.folder / "var" / SIGN_FILE).write_text('{"at": "2026-01-01T00:00:00+00:00", "alarms": [1]}')
    assert typed(site, capsys)[0] == EXIT_PARTIAL
