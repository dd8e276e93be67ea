"""Alerts come at once, whatever else is being fetched and whatever a server makes of them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from player.clock import ClockTrust, SystemClock
from player.config.options import StartOptions
from player.net.alerts import AlertFetcher
from player.net.held_request import HeldRequests
from player.net.http import Http, Unreachable
from player.store.alert_store import AlertStore
from player.store.alerts import AlertsInForce
from player.store.identity import Identity
from player.store.store import BundleStore
from tests.fixtures.alerts import alert, alert_document, publish_alerts, signed, write_alerts
from tests.fixtures.bundle_server import Answer, BundleServer, cut_short, endless, says, send, serve
from tests.fixtures.bundles import KEY, OTHER_KEY, evergreen, manifest, page, publish
from tests.fixtures.player_parts import SettableClock
from tests.fixtures.raw_http import until
from tests.player.net.test_service import PATIENCE, Box
from tests.player.net.test_sync import Rig

NEVER = 3600  # seconds between two polls: what arrives in a test came by a held request
PUBLIC = KEY.verify_key.encode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 1, page("a"), evergreen(), poll_seconds=NEVER)
    with serve(tmp_path / "site") as server:
        server.holds = True
        yield server


@contextlib.contextmanager
def playing(store: Path, url: str) -> Iterator[Box]:
    box = Box(store, StartOptions(url, Identity("library", PUBLIC)))
    try:
        yield box
    finally:
        box.end()


def serial(box: Box) -> int:
    found = box.service.alerts
    return found.document.version.serial if found else 0


def in_force(box: Box, number: int) -> bool:
    return serial(box) == number


def held(server: BundleServer) -> bool:
    return "/next?" in server.asked[-1] if server.asked else False


class Fetcher:
    """An `AlertFetcher` without its thread."""

    def __init__(self, server: BundleServer, folder: Path, keys: tuple[bytes, ...] = (PUBLIC,)) -> None:
        self.http = Http(server.url)
        self.store = BundleStore(folder, "library")
        self.clock = SettableClock(lambda: datetime.now(UTC))
        self.changes = 0
        self.fetcher = AlertFetcher(self.http, self.store, "library", lambda: keys, self.clock, None, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def close(self) -> None:
        self.http.close()
        self.store.close()


@pytest.fixture
def fetcher(server: BundleServer, tmp_path: Path) -> Iterator[Fetcher]:
    made = Fetcher(server, tmp_path / "store")
    yield made
    made.close()


def test_they_are_in_force_at_once_and_ended_at_once(server: BundleServer, tmp_path: Path) -> None:
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: held(server), "a request is held")
        for number in (1, 2, 3):
            publish_alerts(server.folder, number, *([alert("water")] if number % 2 else []))
            began = time.monotonic()
            until(partial(in_force, box, number), "it is in force")
            assert time.monotonic() - began < 10, "no poll was waited for"
        found = box.service.alerts
        assert found is not None
        assert [entry.id for entry in found.document.alerts] == ["water"]
        assert all(box.store.read(asset) for asset in found.document.assets.values())


def test_another_document_wakes_the_display_as_urgent_and_nothing_else_does(
    server: BundleServer, tmp_path: Path
) -> None:
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and held(server), "a request is held")
        assert not box.alerted.is_set()
        box.turned.clear()
        publish_alerts(server.folder, 1, alert("water"))
        until(box.alerted.is_set, "the urgent wake")
        assert serial(box) == 1
        assert not box.turned.is_set()


def test_no_alert_waits_for_a_bundle_that_is_being_fetched(server: BundleServer, tmp_path: Path) -> None:
    """Neither for the first one nor for another, however long it takes to come."""
    free = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        free.wait(PATIENCE)
        send(handler, 404, b"")

    with playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and held(server), "a request is held")
        made = publish(server.folder, 2, page("slow"), evergreen(), poll_seconds=NEVER)
        server.misbehave |= {f"{sha256}.webp": slow for sha256 in made["assets"]}
        until(lambda: any("after=2" in path for path in server.asked), "a request is held beside the sync")
        publish_alerts(server.folder, 1, alert("water"))
        until(lambda: serial(box) == 1, "the alert is in force")
        assert box.serial() == 1, "the bundle is not"
        free.set()


def test_a_bundle_that_is_refused_holds_no_alert_up(server: BundleServer, tmp_path: Path) -> None:
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and held(server), "a request is held")
        publish(server.folder, 2, page("b"), evergreen(), key=OTHER_KEY)
        until(lambda: not box.service._poller.worked or box.service._poller.trouble is not None, "it is refused")
        publish_alerts(server.folder, 1, alert("water"))
        until(lambda: serial(box) == 1, "the alert is in force")


def test_plain_files_are_asked_with_each_poll(server: BundleServer, tmp_path: Path) -> None:
    server.holds = False
    publish(server.folder, 2, page("a"), evergreen(), poll_seconds=1)
    publish_alerts(server.folder, 1, alert("water"))
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: serial(box) == 1, "at the start")
        publish_alerts(server.folder, 2)
        until(lambda: serial(box) == 2, "with a poll")


def test_a_server_without_alerts_is_hardly_asked(server: BundleServer, tmp_path: Path) -> None:
    server.holds = False
    publish(server.folder, 2, page("a"), evergreen(), poll_seconds=1)
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: sum("manifest.signed" in path for path in server.asked) >= 4, "it polls")
        assert box.service.alerts is None
        assert sum("alerts/" in path for path in server.asked) <= 2


def test_what_the_newest_serial_was_survives_a_restart(server: BundleServer, tmp_path: Path) -> None:
    old = signed(alert_document(5, alert("water"))[0])
    with playing(tmp_path / "store", server.url) as box:
        publish_alerts(server.folder, 6)
        until(lambda: serial(box) == 6, "it is in force")
    write_alerts(server.folder, old)
    made = Fetcher(server, tmp_path / "store")
    stored = AlertStore(made.store).load(PUBLIC)
    assert stored is not None
    made.fetcher.alerts = AlertsInForce(stored, {})
    assert made.fetcher.fetch() is False
    assert made.fetcher.serial == 6
    made.close()


BAD: dict[str, bytes] = {
    "forged": signed(alert_document(9, alert("x"))[0], OTHER_KEY),
    "of another site": signed(alert_document(9, alert("x"), key=OTHER_KEY)[0], OTHER_KEY),
    "of another screen": signed(alert_document(9, alert("x"), screen="hall")[0]),
    "replayed": signed(alert_document(4, alert("x"))[0]),
    "without an end": signed(alert_document(9, alert("x", more={"until": None}))[0]),
    "a manifest": signed(manifest(9)[0]),
    "64 KiB and more": signed(alert_document(9, alert("x"), mood="x" * 65536)[0]),
    "nothing": b"",
}
ANSWERS: dict[str, Answer] = {
    **{name: says(200, data) for name, data in BAD.items()},
    "a page for everything": says(200, b"<!doctype html><title>Login</title>"),
    "a login page elsewhere": says(302, b"", Location="http://login.example/"),
    "without end": endless,
    "gone": says(404, b""),
    "compressed": says(200, BAD["replayed"], Content_Encoding="gzip"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_whatever_is_offered_what_was_in_force_stays(server: BundleServer, fetcher: Fetcher, answer: Answer) -> None:
    publish_alerts(server.folder, 5, alert("water"))
    assert fetcher.fetcher.fetch()
    server.misbehave["library.signed"] = answer
    with contextlib.suppress(Unreachable):
        assert not fetcher.fetcher.fetch()
    assert fetcher.fetcher.serial == 5
    assert fetcher.changes == 1
    del server.misbehave["library.signed"]
    publish_alerts(server.folder, 6)
    assert fetcher.fetcher.fetch()


def test_one_that_is_cut_on_the_way_is_no_document(server: BundleServer, fetcher: Fetcher) -> None:
    server.misbehave["library.signed"] = cut_short(signed(alert_document(9, alert("water"))[0]))
    with pytest.raises(Unreachable):
        fetcher.fetcher.fetch()
    assert fetcher.fetcher.alerts is None


def test_a_wrong_picture_costs_only_itself(server: BundleServer, fetcher: Fetcher) -> None:
    made = publish_alerts(server.folder, 5, alert("water"), alert("fire"))
    first, second = sorted(made["assets"])
    server.misbehave[f"{first}.webp"] = says(200, b"x" * made["assets"][first]["bytes"])
    assert fetcher.fetcher.fetch()
    assert fetcher.fetcher.lacking
    assert set(fetcher.store.have()) == {f"{second}.webp"}
    server.misbehave.clear()
    assert not fetcher.fetcher.fetch(), "nothing but the picture is new"
    assert not fetcher.fetcher.lacking
    assert fetcher.changes == 2


def test_a_document_of_the_announced_key_is_believed(server: BundleServer, tmp_path: Path) -> None:
    made = Fetcher(server, tmp_path / "store", (PUBLIC, OTHER_KEY.verify_key.encode()))
    publish_alerts(server.folder, 5, alert("water"), key=OTHER_KEY)
    assert made.fetcher.fetch()
    made.close()


def test_prepared_pictures_come_after_what_the_pages_show(server: BundleServer, tmp_path: Path) -> None:
    prepared = alert_document(1, alert("water"))[0]["assets"]
    publish_alerts(server.folder, 1, alert("water"))
    (server.folder / "alerts" / "library.signed").unlink()
    publish(server.folder, 2, page("b"), evergreen(), poll_seconds=NEVER, alert_assets=prepared)
    with playing(tmp_path / "store", server.url) as box:
        (name,) = (f"{sha256}.webp" for sha256 in prepared)
        until(lambda: name in box.store.have(), "it is here")
        assets = [path for path in server.asked if path.startswith("/assets/")]
        assert assets[-1] == f"/assets/{name}"
        until(lambda: box.service.fetched, "the poll has ended")
        asked = len(server.asked)
        publish_alerts(server.folder, 1, alert("water"))
        until(lambda: serial(box) == 1, "the alert is in force")
        assert not any(path.startswith("/assets/") for path in server.asked[asked:]), "there was nothing left to fetch"


def test_one_prepared_picture_that_is_missing_is_no_trouble(server: BundleServer, tmp_path: Path) -> None:
    prepared = alert_document(1, alert("water"))[0]["assets"]
    publish(server.folder, 2, page("b"), evergreen(), poll_seconds=NEVER, alert_assets=prepared)
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched, "the poll went well")
        assert box.serial() == 2


def prepared_pictures(server: BundleServer) -> tuple[str, ...]:
    """Publish three in advance, and a bundle that names them; gives their names, in the order of that."""
    made, files = alert_document(1, alert("water"), alert("storm"), alert("road"))
    publish(server.folder, 2, page("b"), evergreen(), alert_assets=made["assets"])
    for name, data in files.items():
        (server.folder / "assets" / name).write_bytes(data)
    return tuple(files)


def test_a_prepared_picture_that_can_not_be_had_keeps_no_other_one_away(
    server: BundleServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    missing, damaged, good = prepared_pictures(server)
    (server.folder / "assets" / missing).unlink()
    (server.folder / "assets" / damaged).write_bytes(b"RIFF")
    rig = Rig(server, tmp_path / "store")
    for _ in range(3):
        rig.syncer.round()
    assert {name: name in rig.store.have() for name in (missing, damaged, good)} == {
        missing: False,
        damaged: False,
        good: True,
    }
    assert caplog.text.count("a picture of an alert that is prepared could not be fetched") == 2, "once for each"
    rig.close()


def test_a_busy_server_is_asked_for_one_prepared_picture_only(server: BundleServer, tmp_path: Path) -> None:
    names = prepared_pictures(server)
    server.misbehave |= dict.fromkeys(names, says(503, b""))
    rig = Rig(server, tmp_path / "store")
    rig.syncer.round()
    assert [path for path in server.asked if path.removeprefix("/assets/") in names] == [f"/assets/{names[0]}"]
    server.misbehave.clear()
    rig.syncer.round()
    assert set(names) <= set(rig.store.have())
    rig.close()


# --- the server's time


def test_the_time_of_its_answers_is_kept(server: BundleServer, fetcher: Fetcher) -> None:
    server.behind = timedelta(days=1)
    publish_alerts(server.folder, 5, alert("water"))
    fetcher.fetcher.fetch()
    fetcher.fetcher.fetch()
    assert len(fetcher.clock.server_times) == 2
    assert fetcher.clock.server_times[0] == pytest.approx(time.time() - 86400, abs=5)


def test_a_refused_answer_says_nothing_about_the_time(server: BundleServer, fetcher: Fetcher) -> None:
    server.misbehave["library.signed"] = says(200, BAD["forged"])
    fetcher.fetcher.fetch()
    assert not fetcher.clock.server_times


@pytest.mark.parametrize("age", ["999999999999", "9" * 30, "-999999999999", "253000000000"])
def test_an_age_that_can_not_be_says_nothing_about_the_time(server: BundleServer, fetcher: Fetcher, age: str) -> None:
    publish_alerts(server.folder, 1, alert("water"))
    data = (server.folder / "alerts/library.signed").read_bytes()
    server.misbehave["library.signed"] = says(200, data, Age=age)
    assert fetcher.fetcher.fetch()
    assert not fetcher.clock.server_times


@pytest.mark.parametrize("year", [1971, 2024, 2200, 9998])
def test_a_date_that_can_not_be_says_nothing_about_the_time(server: BundleServer, fetcher: Fetcher, year: int) -> None:
    publish_alerts(server.folder, 1, alert("water"))
    server.behind = datetime.now(UTC) - datetime(year, 6, 1, tzinfo=UTC)
    assert fetcher.fetcher.fetch()
    assert not fetcher.clock.server_times


def test_a_time_before_the_newest_bundle_is_a_lie() -> None:
    trust = ClockTrust("boot", system=lambda: SystemClock(False, 0), rtc=lambda: None)
    assert trust.server_time(100.0, None) is None
    trust.note_server_time(1_000_000.0, 100.0)
    assert trust.server_time(160.0, None) == 1_000_060.0
    assert trust.server_time(160.0, 1_000_000.0) == 1_000_060.0
    assert trust.server_time(160.0, 1_000_500.0) is None


# --- when they are asked for


def test_while_the_server_is_away_it_is_asked_ever_more_seldom(
    server: BundleServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: ticks)
    server.misbehave["library.signed"] = says(503, b"")
    asking = HeldRequests(fetcher.http, "library", lambda: None, fetcher.fetcher, chance=lambda: 1.0)
    pauses = []
    for _ in range(8):
        assert not asking._fetch_alerts()
        pauses.append(asking._due - ticks)
        ticks = asking._due
    assert pauses[:5] == [2.0, 4.0, 8.0, 16.0, 32.0]
    assert max(pauses) <= 60.0
