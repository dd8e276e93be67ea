"""Departures on screens: made every minute beside the builds, with nothing else planned, rendered or asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest

from player.rotation import open_pages
from player.store.manifest import verify
from signage.app import live_pages, live_refresh, unchanged_screens
from signage.app.build_publisher import BuildPublisher
from signage.domain.departures import FRESH
from signage.planning import screen_plan
from signage.publishing import SigningKeys
from signage.publishing.serials import Serials
from signage.runtime.cancel import CancelToken
from tests.fixtures import entur
from tests.fixtures.bundles import SCHEMA
from tests.fixtures.entur import MINUTE, STOP, call
from tests.fixtures.live_pages import LINE, OTHER, PLAYLIST, Server
from tests.fixtures.portal import Answer, silent, status
from tests.fixtures.quick import HELD_SECONDS, Awaited
from tests.fixtures.site import NOW, Site


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


def test_no_build_is_waited_for(server: Server) -> None:
    """Not even by the screen that it is building: what is due now is published first, and has departures then."""
    go_on = Awaited()
    server.pipeline.look = lambda spec: go_on if spec.kind == "agenda" else None
    config = server.write()
    building = threading.Thread(target=server.pipeline.build, args=(config, server.clock.at))
    building.start()
    try:
        assert server.pipeline.live_screens.wake.wait(HELD_SECONDS)
        server.refresh.look()
        assert "Orkanger" in server.board()
        assert building.is_alive()
        server.clock.passes(MINUTE)
        server.leave(call(server.clock.at + 9 * MINUTE, to="Aure"))
        server.refresh.look()
        assert "Aure" in server.board()
    finally:
        go_on.set()
        building.join()
    assert go_on.came
    assert "Aure" in server.board()
    assert "agenda" in server.shown()


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


def test_the_notice_of_a_retired_screen_has_no_departures_beside_it(server: Server) -> None:
    server.build()
    pipe = server.pipeline
    (screen,) = pipe.live_screens.all()
    keys, serials = SigningKeys.load_or_make(pipe.folders.var), Serials(pipe.ledger)
    publisher = BuildPublisher(
        pipe.folders.published, keys, serials, CancelToken(), server.published.append, pipe.live_screens
    )
    publisher.publish(replace(screen.bundle, places=()), {})
    server.refresh.look()
    assert server.published == ["bibliotek"], "by the retirement, and not again"
    assert server.shown() == []


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


def test_players_take_it_and_show_it_in_its_turn(server: Server) -> None:
    server.build()
    server.refresh.look()
    out = server.pipeline.folders.published
    folder = out / "screens" / "bibliotek"
    data, signature = ((folder / name).read_bytes() for name in ("manifest.json", "manifest.json.sig"))
    manifest = verify(data, signature, bytes.fromhex((out / "signage.pub").read_text().strip()), "bibliotek")
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(data))
    assert [page.kind for page in open_pages(manifest, server.clock.at, clock_trusted=True)][:2] == [
        "today",
        "departures",
    ]
    assert all((out / "assets" / page.picture.name).is_file() for page in manifest.pages)
    assert "departures" not in {page.kind for page in open_pages(manifest, server.clock.at, clock_trusted=False)}


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
