"""The weather, from MET's answer to what players show: on the screens that want it, and for as long as it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from player.rotation import open_pages
from player.store.manifest import verify
from signage.app.build_report import BuildReport
from signage.config.load import load
from signage.config.models import Config
from signage.config.place_positions import unlikely_positions
from signage.demo import DemoPortal, replace_addresses
from signage.errors import EXIT_OK, EXIT_PARTIAL, ConfigError
from signage.planning import screen_plan
from tests.fixtures import met
from tests.fixtures import portal as answers
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Portal
from tests.fixtures.quick import QuickPipeline

NOON = datetime(2026, 11, 29, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FILE = """[site]
name = "Heim kommune"
calendar = "https://iheim.no"
contact = "post@example.org"
expiry_hours = 2

[services]
weather = "{url}/compact"

[[sources]]
id = "iheim"
type = "wis"
url = "{url}"

[places.hallen]
name = "Halsahallen"
position = [63.12996, 8.29]

[places.kino]
name = "Kinoen"

[screens.hallen]
place = "hallen"
playlist = [{{ show = "weather" }}]

[screens.kino]
place = "kino"
playlist = [{{ show = "weather", place = "hallen" }}, {{ show = "evergreen" }}]

[screens.andre]
place = "kino"
playlist = [{{ show = "evergreen" }}]
"""


@dataclass
class Server:
    folder: Path
    portal: Portal
    planned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pipeline = QuickPipeline(self.folder)

    def config(self, text: str = FILE) -> Config:
        path = self.folder / "screens.toml"
        path.write_text(text.format(url=self.portal.url))
        return load(path, LAYOUTS)

    def build(self, at: datetime, monkeypatch: pytest.MonkeyPatch, *, offline: bool = False) -> BuildReport:
        self.planned.clear()
        original = screen_plan.plan_screen

        def watched(config: object, screen_id: str, *rest: object) -> object:
            self.planned.add(screen_id)
            return original(config, screen_id, *rest)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr("signage.app.screen_build.plan_screen", watched)
            return self.pipeline.build(self.config(), at, patient=True, offline=offline)

    def shown(self, screen: str, at: datetime) -> list[str]:
        """The kinds that a player shows at an instant."""
        published = self.folder / "var" / "published"
        key = bytes.fromhex((published / "signage.pub").read_text().strip())
        names = ("manifest.json", "manifest.json.sig")
        data, signature = ((published / "screens" / screen / name).read_bytes() for name in names)
        return [page.kind for page in open_pages(verify(data, signature, key, screen), at, clock_trusted=True)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Portal() as portal:
        portal.wis(answers.ok("[]"))
        portal.paths["/compact"] = met.good(NOON, NOON)
        yield Server(tmp_path, portal)


def test_it_is_fetched_once_and_shown_until_it_is_too_old(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.build(NOON, monkeypatch).exit_code == EXIT_OK
    asked = [path for path, _ in server.portal.asked if path.startswith("/compact")]
    assert asked == ["/compact?lat=63.13&lon=8.29"]
    for half_hours in range(12):
        at = NOON + half_hours * 30 * MINUTE
        assert server.shown("hallen", at) == ["weather"]
        assert server.shown("kino", at) == ["weather", "evergreen"]
    assert server.shown("hallen", NOON + timedelta(hours=6)) == ["evergreen"]  # for there is nothing else
    assert server.shown("kino", NOON + timedelta(hours=6)) == ["evergreen"]


def test_a_new_forecast_plans_the_screens_that_show_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build(NOON, monkeypatch)
    assert server.planned == {"hallen", "kino", "andre"}
    server.build(NOON + 10 * MINUTE, monkeypatch)
    assert server.planned == set()
    server.portal.paths["/compact"] = met.good(NOON + 30 * MINUTE, NOON + 30 * MINUTE)
    server.build(NOON + 40 * MINUTE, monkeypatch)
    assert server.planned == {"hallen", "kino"}


def test_a_failure_costs_no_page_and_is_reported(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.portal.paths["/compact"] = answers.html
    report = server.build(NOON, monkeypatch)
    assert report.exit_code == EXIT_PARTIAL
    assert [(one.source, one.problem) for one in report.sources][1:] == [
        ("MET Norway (63.13,8.29)", "The answer isn't JSON.")
    ]
    assert all(screen.problems == () for screen in report.screens)
    assert server.shown("kino", NOON) == ["evergreen"]
    assert server.pipeline.sources[1].found_problems()


def test_a_build_without_a_network_has_the_last_forecast(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build(NOON, monkeypatch)
    server.pipeline = QuickPipeline(server.folder)  # as after a restart
    server.portal.paths.clear()
    server.build(NOON + 90 * MINUTE, monkeypatch, offline=True)
    assert server.shown("hallen", NOON + 90 * MINUTE) == ["weather"]


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        (
            "position = [63.12996, 8.29]",
            "",
            'screens.toml:24:13: screens.hallen.playlist[0]: The position of the place "hallen" isn\'t known, '
            "so its weather can't be shown. "
            "Hint: write position = [63.3, 9.1], its latitude and longitude, under [places.hallen].",
        ),
        (
            'contact = "post@example.org"',
            "",
            "screens.toml:24:13: screens.hallen.playlist[0]: MET Norway gives forecasts only to those whom it can "
            'reach. Hint: write contact = "name@example.org", your own address, under [site].',
        ),
        (
            'place = "hallen" }}',
            'place = "halen" }}',
            'screens.toml:28:41: screens.kino.playlist[0].place: There is no place "halen". '
            'Hint: did you mean "hallen"?',
        ),
    ],
)
def test_what_is_missing_is_named_with_line_and_fix(server: Server, wrong: str, right: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        server.config(FILE.replace(wrong, right))
    first = str(caught.value.problems[0])
    assert first.removeprefix(f"{server.folder}/") == message


def test_a_position_with_its_numbers_swapped_is_doubted(server: Server) -> None:
    config = server.config(FILE.replace("[63.12996, 8.29]", "[8.29, 63.12996]"))
    assert [(one.path, one.hint) for one in unlikely_positions(config)] == [
        (("places", "hallen", "position"), "write [63.13, 8.29].")
    ]
    assert list(unlikely_positions(server.config())) == []


def test_the_demo_gives_forecasts_as_met_does(server: Server) -> None:
    with DemoPortal(NOON.date(), now=lambda: NOON) as demo:
        config = replace_addresses(
            server.config(FILE.replace('contact = "post@example.org"', 'contact = "a@b.no"')), demo
        )
        report = server.pipeline.build(config, NOON)
        assert report.sources[-1].problem is None
        assert server.shown("hallen", NOON) == ["weather"]
        address = demo.services.weather
        agent = {"User-Agent": "test (a@b.no)"}
        good = requests.get(address, {"lat": "63.3", "lon": "9.1"}, headers=agent, timeout=5)
        assert good.headers["Expires"] == "Sun, 29 Nov 2026 11:34:00 GMT"
        again = {**agent, "If-Modified-Since": good.headers["Last-Modified"]}
        asked = [
            ({"lat": "63.3", "lon": "9.1"}, again, 304),
            ({"lat": "63.3", "lon": "9.1"}, {}, 403),
            ({"lat": "63.30001", "lon": "9.1"}, agent, 400),
        ]
        for query, headers, status in asked:
            assert requests.get(address, query, headers=headers, timeout=5).status_code == status
