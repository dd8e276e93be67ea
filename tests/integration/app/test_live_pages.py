"""Departures on screens: made every minute beside the builds, with nothing else planned, rendered or asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from player.store.manifest import verify
from signage.app import live_pages, live_refresh, unchanged_screens
from signage.app.build_report import BuildReport
from signage.app.live_pages import LivePages
from signage.app.live_refresh import LiveRefresh, fetching
from signage.config.load import load
from signage.config.models import Config
from signage.domain.departures import FRESH
from signage.domain.model import PageSpec
from signage.planning import screen_plan
from signage.publishing.manifest import open_pages
from signage.rendering.document import Typesetter
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import CancelToken
from tests.fixtures import entur
from tests.fixtures.entur import MINUTE, STOP, by_stop, call, good
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Answer, silent, status
from tests.fixtures.quick import QuickPipeline, QuickStudio
from tests.fixtures.site import NOW, Site

LINE = f'{{ show = "departures", stop = "{STOP}" }}'
PLAYLIST = f'{{ show = "today" }}, {LINE}, {{ show = "agenda", days = 4, today = false }}'
OTHER = """
[screens.hallen]
place = "bibliotek"
size = "1280x720"
playlist = [{ show = "today" }]
"""


class QuickPages(LivePages):
    """Everything but the browser is real."""

    seen: list[PageSpec]

    def _new_pool(self, typesetter: Typesetter) -> RendererPool:
        renderers = super()._new_pool(typesetter)
        renderers.__class__ = QuickStudio
        assert isinstance(renderers, QuickStudio)
        renderers.look = self.look
        return renderers

    def look(self, spec: PageSpec) -> None:
        self.seen.append(spec)


@dataclass
class Clock:
    at: datetime
    ticks: float = 1000.0

    def for_building(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def passes(self, by: timedelta) -> datetime:
        self.at += by
        self.ticks += by.total_seconds()
        return self.at


@dataclass
class Server:
    """What `signage run` has, one step at a time. `asked`: the stops that were, in order."""

    site: Site
    more: str = OTHER
    playlist: str = PLAYLIST
    questions: list[dict[str, Any]] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(NOW)
        self.built: list[PageSpec] = []
        self.pipeline = QuickPipeline(self.site.folder, self.built.append)
        self.answers: dict[str, Answer] = {}
        self.site.portal.paths[entur.PATH] = by_stop(self.answers, self.questions)
        pipe = self.pipeline
        pages = self.pages = QuickPages(pipe.folders, pipe.live_screens, pipe.ledger, pipe.lock)
        pages.seen = []
        fetch = fetching(pipe.store)
        self.refresh = LiveRefresh(pages, pipe.live_screens, lambda: self.config, self.clock, CancelToken(), fetch)
        self.refresh.on_published = lambda screen, now: self.published.append(screen)

    @property
    def config(self) -> Config:
        config = load(self.site.path, LAYOUTS)
        services = config.services.model_copy(update={"departures": self.site.portal.url + entur.PATH})
        return config.model_copy(update={"services": services})

    def build(self) -> BuildReport:
        self.site.write(self.playlist, self.more)
        return self.pipeline.build(self.config, self.clock.at)

    def leave(self, *calls: Any, stop: str = STOP) -> None:
        self.answers[stop] = good(*calls)

    def shown(self, at: datetime | None = None, screen: str = "bibliotek") -> list[str]:
        """The kinds of what is open, in order."""
        return [page["kind"] for page in open_pages(self.manifest(screen), at or self.clock.at)]  # type: ignore[arg-type]

    def manifest(self, screen: str = "bibliotek") -> dict[str, Any]:
        return self.site.manifest(screen)

    def board(self, at: datetime | None = None, screen: str = "bibliotek") -> str:
        """What is written on the page of departures that is open; empty when there is none."""
        pages = open_pages(self.manifest(screen), at or self.clock.at)  # type: ignore[arg-type]
        return next((page["alt"] for page in pages if page["kind"] == "departures"), "")


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    server = Server(site)
    server.leave(call(NOW + 20 * MINUTE, "310", "Orkanger"), call(NOW + 40 * MINUTE, "313", "Vinjeøra", late=3))
    yield server
    server.pages.close_browsers()
    server.pipeline.close_browsers()


def test_departures_come_at_their_place_in_the_rotation(server: Server) -> None:
    server.build()
    assert server.shown() == ["today", "agenda", "agenda"][: len(server.shown())]
    server.refresh.look()
    assert server.shown()[:3] == ["today", "departures", "agenda"]
    assert "Orkanger" in server.board()
    assert server.published == ["bibliotek"]


def test_nothing_else_is_planned_rendered_published_or_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build()
    before, other = len(server.built), server.manifest("hallen")
    asked = len(server.site.portal.asked)
    for module in (screen_plan, unchanged_screens):
        for name in ("plan_screen", "pool"):
            monkeypatch.setattr(module, name, None, raising=False)
    monkeypatch.setattr("signage.app.screen_build.plan_screen", None)
    for minute in range(3):
        server.leave(call(NOW + (30 + minute) * MINUTE))
        server.refresh.look()
        server.clock.passes(MINUTE)
    assert [spec.kind for spec in server.pages.seen] == ["departures"] * 3
    assert len(server.built) == before
    assert server.manifest("hallen") == other
    assert [path for path, _ in server.site.portal.asked[asked:]] == [entur.PATH] * 3
    assert not server.refresh._faults


def test_all_else_of_the_manifest_stays_as_it_was(server: Server) -> None:
    server.build()
    before = server.manifest()
    server.refresh.look()
    after = server.manifest()
    assert [page for page in after["pages"] if not page.get("live")] == before["pages"]
    for key in before.keys() - {"pages", "serial", "generated", "assets"}:
        assert after[key] == before[key], key
    assert (after["planned_serial"], after["planned"]) == (before["serial"], before["generated"])
    assert before["assets"].items() <= after["assets"].items()


def test_the_same_departures_are_not_rendered_twice(server: Server) -> None:
    server.build()
    server.refresh.look()
    server.clock.passes(MINUTE)
    server.refresh.look()
    assert len(server.pages.seen) == 1
    assert server.board(server.clock.at + MINUTE)


def test_without_new_data_the_page_is_gone_after_two_minutes(server: Server) -> None:
    server.build()
    server.refresh.look()
    server.answers[STOP] = status(503)
    fetched = server.clock.at
    for _ in range(5):
        server.clock.passes(timedelta(seconds=30))
        server.refresh.look()
        assert bool(server.board()) == (server.clock.at < fetched + FRESH)
    assert server.shown()


def test_a_stop_is_asked_once_a_minute_for_all_screens(server: Server) -> None:
    server.more = OTHER.replace('{ show = "today" }', LINE)
    server.build()
    for _ in range(12):
        server.refresh.look()
        server.clock.passes(timedelta(seconds=15))
    assert len(server.questions) == 3
    assert set(server.published) == {"bibliotek", "hallen"}
    assert "Orkanger" in server.board(screen="hallen")


def test_a_question_names_the_organisation_and_the_stop(server: Server) -> None:
    server.build()
    server.refresh.look()
    path, headers = server.site.portal.asked[-1]
    assert (path, headers["ET-Client-Name"]) == (entur.PATH, "heimkommune-signage")
    assert "heim-signage/" in headers["User-Agent"]
    (question,) = server.questions
    assert question["variables"] == {"stop": STOP, "seconds": 7200, "number": 30}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(429, retry_after="200"), "status 429"),
        (entur.ok(entur.failed("stop is gone")), "stop is gone"),
        (entur.ok("<html>"), "isn't JSON"),
        (entur.ok('{"data": {"stopPlace": null}}'), "There is no stop"),
    ],
)
def test_a_failure_is_named_and_others_go_on(server: Server, answer: Answer, words: str) -> None:
    other = "NSR:StopPlace:1"
    server.more = OTHER.replace('{ show = "today" }', LINE.replace(STOP, other))
    server.leave(call(NOW + 10 * MINUTE, to="Aure"), stop=other)
    server.answers[STOP] = answer
    server.build()
    server.refresh.look()
    assert "Aure" in server.board(screen="hallen")
    assert not server.board()
    (problem,) = server.refresh.problems
    assert words in problem
    assert problem.startswith(f"Entur ({STOP}): ")


def test_after_a_429_it_is_left_alone_as_long_as_it_says(server: Server) -> None:
    server.build()
    server.answers[STOP] = status(429, retry_after="200")
    for _ in range(4):
        server.refresh.look()
        server.clock.passes(MINUTE)
    assert len(server.questions) == 1
    server.leave(call(server.clock.at + 9 * MINUTE))
    server.refresh.look()
    assert len(server.questions) == 2
    assert server.refresh.problems == []
    assert server.board()


def test_what_fails_for_long_is_asked_less_and_less_often(server: Server) -> None:
    server.build()
    server.answers[STOP] = status(500)
    for _ in range(120):
        server.refresh.look()
        server.clock.passes(MINUTE)
    assert 10 <= len(server.questions) <= 20


def test_a_build_keeps_the_departures_that_hold_still(server: Server) -> None:
    server.build()
    server.refresh.look()
    server.clock.passes(timedelta(seconds=20))
    server.site.listings.pop()
    server.build()
    assert server.shown()[:3] == ["today", "departures", "agenda"]
    server.clock.passes(timedelta(seconds=100))
    assert "departures" not in server.shown()
    server.answers[STOP] = status(503)
    server.refresh.look()
    assert not any(page["kind"] == "departures" for page in server.manifest()["pages"])


def test_an_edit_of_the_line_takes_its_old_pages_away(server: Server) -> None:
    server.build()
    server.refresh.look()
    server.playlist = PLAYLIST.replace(STOP, "NSR:StopPlace:7")
    server.leave(call(NOW + 5 * MINUTE, to="Tustna"), stop="NSR:StopPlace:7")
    server.clock.passes(timedelta(seconds=5))
    server.build()
    assert not server.board()
    server.refresh.look()
    assert "Tustna" in server.board()
    server.playlist = '{ show = "today" }'
    server.build()
    server.refresh.look()
    assert server.shown() == ["today"]


def test_a_refresh_without_news_does_not_plan_the_screen_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[str] = []
    real = screen_plan.plan_screen
    monkeypatch.setattr(
        "signage.app.screen_build.plan_screen",
        lambda config, screen, *more: (planned.append(screen), real(config, screen, *more))[1],
    )
    server.build()
    planned.clear()
    for _ in range(3):
        for _ in range(2):
            server.refresh.look()
            server.clock.passes(MINUTE)
        report = server.build()
        assert not any(screen.problems for screen in report.screens)
    assert planned == []
    manifest = server.manifest()
    server.refresh.look()
    assert server.board()
    assert server.manifest()["planned_serial"] < manifest["serial"]
    server.clock.passes(31 * MINUTE)
    server.build()  # in order that the age of the data is right
    manifest = server.manifest()
    assert manifest["planned_serial"] == manifest["serial"]
    server.leave(call(server.clock.at + 9 * MINUTE))
    server.refresh.look()
    assert server.manifest()["planned_serial"] == manifest["serial"]
    assert planned == []


def test_outside_the_opening_hours_nobody_is_asked(server: Server) -> None:
    server.more = 'hours = { mon-fri = "10:00-18:00" }\n' + OTHER
    server.build()
    server.refresh.look()
    assert server.board()
    server.clock.passes(timedelta(hours=5, minutes=59, seconds=30))
    server.leave(call(server.clock.at + 30 * MINUTE))
    server.refresh.look()
    closing = NOW.replace(hour=18)
    assert server.board()
    assert server.board(closing - timedelta(seconds=1))
    assert not server.board(closing)
    asked = len(server.questions)
    server.clock.passes(MINUTE)
    server.refresh.look()
    assert len(server.questions) == asked
    assert not any(page["kind"] == "departures" for page in server.manifest()["pages"])


def test_unless_the_line_wants_them_all_the_same(server: Server) -> None:
    server.playlist = PLAYLIST.replace(' }, { show = "agenda"', ', when_closed = "show" }, { show = "agenda"')
    server.more = 'hours = { mon-fri = "14:00-18:00" }\n' + OTHER
    server.build()
    server.refresh.look()
    assert server.board()


def test_pictures_of_earlier_minutes_are_deleted(server: Server) -> None:
    server.build()
    kept = {path.name for path in (server.site.folder / "var" / "published" / "assets").iterdir()}
    for minute in range(30):
        server.leave(call(NOW + (60 + minute) * MINUTE))
        server.refresh.look()
        server.clock.passes(MINUTE)
    assets = {path.name for path in (server.site.folder / "var" / "published" / "assets").iterdir()}
    assert kept <= assets
    assert len(assets - kept) <= 12
    assert len(list((server.pipeline.folders.state / live_pages.FOLDER).iterdir())) <= 12


def test_players_take_what_is_published(server: Server) -> None:
    server.build()
    server.refresh.look()
    folder = server.site.folder / "var" / "published" / "screens" / "bibliotek"
    public = bytes.fromhex((server.site.folder / "var" / "published" / "signage.pub").read_text().strip())
    assert json.loads((folder / "manifest.json").read_bytes())["serial"] > 0
    assert public
    assert verify is not None


def test_a_stop_that_does_not_answer_keeps_no_other_waiting(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "NSR:StopPlace:1"
    server.more = OTHER.replace('{ show = "today" }', LINE.replace(STOP, other))
    server.leave(call(NOW + 10 * MINUTE, to="Aure"), stop=other)
    server.answers[STOP] = silent
    server.build()
    limits: Mapping[str, float] = {"read_seconds": 0.5, "total_seconds": 0.6}
    monkeypatch.setattr(live_refresh, "LIMITS", replace(live_refresh.LIMITS, **limits))
    done: list[tuple[str, int]] = []
    server.refresh.on_published = lambda screen, now: done.append((screen, len(server.refresh.problems)))
    server.refresh.look()
    assert done == [("hallen", 0)]
    assert "No answer" in server.refresh.problems[0]


def test_the_last_pictures_stay_while_a_manifest_names_them(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build()
    server.refresh.look()
    (sha256,) = (page["asset"] for page in server.manifest()["pages"] if page["kind"] == "departures")
    server.clock.passes(timedelta(hours=1))
    server.pages.sweep(server.clock.at)
    assets = server.site.folder / "var" / "published" / "assets"
    assert [path for path in assets.iterdir() if path.stem == sha256]
    server.leave()
    server.refresh.look()
    server.pages.sweep(server.clock.at)
    assert not [path for path in assets.iterdir() if path.stem == sha256]
