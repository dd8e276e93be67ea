"""Alerts whose pictures are slow or lost, and documents that held answers are wrong about."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from player.net import alerts, held_request
from player.store.alerts import verify_alerts
from tests.fixtures.alerts import AlertEntry, alert, alert_document, publish_alerts
from tests.fixtures.bundle_server import BundleServer, send
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.raw_http import until
from tests.player.net.test_alerts import NEVER, PUBLIC, Fetcher, fetcher, held, playing, serial, server
from tests.player.net.test_service import PATIENCE, Box

__all__ = ["fetcher", "server"]  # fixtures


def complete(box: Box) -> bool:
    found = box.service.alerts
    return found is not None and all(box.store.has(asset) for asset in found.document.assets.values())


def test_a_picture_that_the_card_lost_is_fetched_when_the_display_misses_it(
    server: BundleServer, tmp_path: Path
) -> None:
    publish_alerts(server.folder, 1, alert("water"))
    with playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and serial(box) == 1 and held(server), "a request is held")
        assert box.service.alerts is not None
        asset = next(iter(box.service.alerts.document.assets.values()))
        path = box.store.folder / "assets" / asset.name
        path.write_bytes(bytes(asset.bytes))
        assert box.store.read(asset) is None
        box.alerted.clear()
        box.service.poll_now()
        publish(server.folder, 2, page("b"), evergreen(), poll_seconds=NEVER)  # ends the request that is held
        until(lambda: box.store.read(asset) is not None, "it is back")
        until(box.alerted.is_set, "and the display is woken")


@contextlib.contextmanager
def stale(server: BundleServer, answered: int) -> Iterator[threading.Event]:
    """Held requests are answered, once the event is set: with this serial, and that document 1 is the newest."""
    free = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        free.wait(PATIENCE)
        with contextlib.suppress(OSError):
            send(handler, 200, json.dumps({"serial": answered, "alerts": 1}).encode())

    server.misbehave["&alerts=1"] = answer
    publish_alerts(server.folder, 1, alert("water"))
    try:
        yield free
    finally:
        free.set()


def test_held_answers_without_news_look_after_the_disk_and_the_pictures(server: BundleServer, tmp_path: Path) -> None:
    with stale(server, 1) as free, playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and serial(box) == 1 and held(server), "a request is held")
        assert box.service.alerts is not None
        asset = next(iter(box.service.alerts.document.assets.values()))
        (box.store.folder / "assets" / asset.name).unlink()
        copy = box.store.folder / "library.alerts-copy"
        assert not copy.exists()
        free.set()
        until(copy.exists, "the copy of the document")
        until(lambda: box.store.read(asset) is not None, "the picture is back")


def test_the_document_is_asked_for_whatever_held_answers_say(
    server: BundleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 60 < held_request.AT_LEAST <= 300
    monkeypatch.setattr(held_request, "AT_LEAST", 0.2)
    with stale(server, 1) as free, playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and serial(box) == 1 and held(server), "a request is held")
        publish_alerts(server.folder, 2)
        free.set()
        until(lambda: serial(box) == 2, "the newer one is in force")


def test_a_manifest_that_names_a_newer_document_has_it_fetched(server: BundleServer, tmp_path: Path) -> None:
    with stale(server, 2) as free, playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and serial(box) == 1 and held(server), "a request is held")
        publish_alerts(server.folder, 2)
        publish(server.folder, 2, page("b"), evergreen(), poll_seconds=NEVER, alerts=2)
        free.set()
        until(lambda: serial(box) == 2, "the newer one is in force")


# --- pictures that are slow


@contextlib.contextmanager
def pictures_stuck(server: BundleServer, entry: AlertEntry) -> Iterator[threading.Event]:
    """The pictures of this alert begin to come, and the rest only once the event is set."""
    free = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        body = (server.folder / handler.path.lstrip("/")).read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body[:1])
            free.wait(PATIENCE)
            handler.wfile.write(body[1:])

    server.misbehave |= dict.fromkeys(alert_document(1, entry)[1], slow)
    try:
        yield free
    finally:
        free.set()


def test_what_ends_waits_for_no_picture_of_what_begins(
    server: BundleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "WAIT_SECONDS", NEVER)
    monkeypatch.setattr(alerts, "ANSWER_SECONDS", PATIENCE)
    publish_alerts(server.folder, 1, alert("water"))
    with pictures_stuck(server, alert("storm")) as free, playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and serial(box) == 1 and held(server), "a request is held")
        publish_alerts(server.folder, 2, alert("storm"))
        until(lambda: serial(box) == 2, "the first one has ended")
        assert not complete(box)
        free.set()
        until(lambda: complete(box), "the picture has come")


def test_an_alert_is_in_force_before_a_picture_that_takes_long(
    server: BundleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alerts.WAIT_SECONDS <= 2
    monkeypatch.setattr(alerts, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(alerts, "ANSWER_SECONDS", PATIENCE)
    with pictures_stuck(server, alert("storm")) as free, playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and held(server), "a request is held")
        publish_alerts(server.folder, 1, alert("storm"))
        until(lambda: serial(box) == 1, "it is in force, in words")
        assert (box.store.folder / "library.alerts").exists()
        until(box.alerted.is_set, "the display is woken")
        free.set()
        until(lambda: complete(box), "the picture has come")


def test_no_picture_that_trickles_holds_the_next_document_up(
    server: BundleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alerts.BODY_SECONDS <= 15
    monkeypatch.setattr(alerts, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(alerts, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(alerts, "ANSWER_SECONDS", PATIENCE)
    with pictures_stuck(server, alert("storm")), playing(tmp_path / "store", server.url) as box:
        until(lambda: box.service.fetched and held(server), "a request is held")
        publish_alerts(server.folder, 1, alert("storm"))
        until(lambda: serial(box) == 1, "it is in force, in words")
        publish_alerts(server.folder, 2)
        until(lambda: serial(box) == 2, "it has ended")


def test_a_late_document_does_not_take_the_place_of_a_newer_one(server: BundleServer, fetcher: Fetcher) -> None:
    publish_alerts(server.folder, 1, alert("water"))
    data = (server.folder / "alerts/library.signed").read_bytes()
    publish_alerts(server.folder, 2)
    assert fetcher.fetcher.fetch()
    fetcher.fetcher._put_in_force(verify_alerts(data, (PUBLIC,), "library"), data)
    assert fetcher.fetcher.serial == 2
