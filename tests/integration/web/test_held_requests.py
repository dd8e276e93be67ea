"""Requests that are held until something is published: over real sockets, with real files."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from signage.app.serving import Serving
from signage.storage.durable_file import write_file
from signage.web import make_app, publications
from signage.web.connections import ConnectionLimits, affordable_held
from signage.web.loopback import Threaded
from signage.web.publications import Publications, Serials
from signage.web.routes import bundle
from signage.web.server import WebServer
from tests.fixtures.bundles import evergreen, page, publish, write_manifest
from tests.fixtures.raw_http import answer_of, ask, closed, connect, until
from tests.fixtures.well import all_well

SOON = 5.0  # seconds: more than a busy machine needs, and far less than a request is held


class Site:
    """A folder that is served, and who waits there."""

    def __init__(self, folder: Path, limits: ConnectionLimits | None = None) -> None:
        self.folder = folder
        self.app = make_app(folder, all_well)
        self.server = Threaded(self.app, limits=limits)
        self.publications: Publications = self.app.state.publications

    def publish(self, serial: int, screen: str = "library") -> None:
        """By another process: the server isn't informed."""
        publish(self.folder, serial, page("a"), evergreen(), screen=screen)

    def alert(self, serial: int) -> None:
        """Publish an alert document of the library."""
        (self.folder / "alerts").mkdir(exist_ok=True)
        write_file(self.folder / "alerts" / "library.signed", bytes(64) + json.dumps({"serial": serial}).encode())

    def waiting(self) -> int:
        return sum(map(len, list(self.publications._waiting.values())))

    def ask(self, query: str, screen: str = "library", method: str = "GET") -> bytes:
        head = f"{method} /screens/{screen}/next{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        return ask(self.server.port, head.encode())

    def hold(self, after: int = 1, screen: str = "library", source: str = "") -> socket:
        """A client that waits."""
        head = f"GET /screens/{screen}/next?after={after} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        return connect(self.server.port, source, head.encode())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path) as site:
        yield site


@contextlib.contextmanager
def serving(folder: Path, limits: ConnectionLimits | None = None) -> Iterator[Site]:
    site = Site(folder, limits)
    site.publish(1)
    with site.server:
        yield site


@pytest.fixture
def clients() -> Iterator[list[socket]]:
    held: list[socket] = []
    yield held
    for each in held:
        each.close()


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


def serial(said: bytes) -> int:
    assert status(said) == 200, said
    return int(json.loads(said.partition(b"\r\n\r\n")[2])["serial"])


def body(said: bytes) -> object:
    assert status(said) == 200, said
    return json.loads(said.partition(b"\r\n\r\n")[2])


# --- what is answered


def test_news_is_answered_at_once_and_may_not_be_kept_by_a_cache(site: Site) -> None:
    site.publish(7)
    said = site.ask("?after=1")
    assert serial(said) == 7
    assert b"\r\ncache-control: no-store\r\n" in said.lower()
    assert serial(site.ask("")) == 7, "without a serial nobody waits"
    assert serial(site.ask("?after=0")) == 7


def test_a_client_waits_until_the_server_is_informed_of_a_publication(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0)
    with site.hold() as held:
        until(lambda: site.waiting() == 1, "it waits")
        site.publications.published("library")  # a build that found nothing new
        site.publications.published("elsewhere")
        assert not closed(held)
        site.publish(2)
        began = time.monotonic()
        site.publications.published("library")
        assert serial(answer_of(held)) == 2
        assert time.monotonic() - began < SOON
        held.sendall(b"GET /screens/library/next?after=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert serial(answer_of(held)) == 2, "on the same connection; it is a state, so it is not too late"


def test_what_another_process_publishes_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications, "LOOK_SECONDS", 0.02)
    with site.hold() as one, site.hold() as other, site.hold(5) as ahead:
        until(lambda: site.waiting() == 3, "they wait")
        site.publish(2)
        assert serial(answer_of(one)) == serial(answer_of(other)) == 2
        assert not closed(ahead)
        site.publish(6)
        assert serial(answer_of(ahead)) == 6
    until(lambda: site.publications._looking is None, "nobody waits, so nothing is looked at")


def test_the_daemon_informs_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0)
    publish(tmp_path, 1, page("a"), evergreen())
    serving = Serving(lambda port: WebServer(tmp_path, all_well, "127.0.0.1", port))
    serving.published("library")  # before it serves
    serving.start()
    try:
        port = serving.server.port
        with connect(port, first=b"GET /screens/library/next?after=1 HTTP/1.1\r\nHost: localhost\r\n\r\n") as held:
            until(lambda: bool(serving.server._publications._waiting), "it waits")
            publish(tmp_path, 2, page("a"), evergreen())
            serving.published("library")
            assert serial(answer_of(held)) == 2
    finally:
        serving.stop()
    serving.published("library")  # and after


@pytest.mark.parametrize("informed", [True, False], ids=["by this process", "by another process"])
def test_a_publication_between_looking_and_waiting_is_not_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch, informed: bool
) -> None:
    """The client's request has seen the old serial, and does not wait yet."""
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0 if informed else 0.02)
    look, first = site.publications.serials, True

    def publish_then_answer(screen: str) -> Serials | None:
        nonlocal first
        found = look(screen)
        if first:
            first = False
            site.publish(2)
            if informed:
                other = threading.Thread(target=site.publications.published, args=("library",))
                other.start()
                other.join()
        return found

    monkeypatch.setattr(site.publications, "serials", publish_then_answer)
    with site.hold() as held:
        assert serial(answer_of(held)) == 2


def test_an_alert_is_news_to_those_who_ask_for_alerts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0)
    assert body(site.ask("?alerts=0")) == {"serial": 1, "alerts": 0}, "without `after` it isn't held"
    head = b"GET /screens/library/next?after=1&alerts=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with site.hold() as old, connect(site.server.port, first=head) as held:
        until(lambda: site.waiting() == 2, "they wait")
        site.alert(5)
        site.publications.published("library")
        document = base64.b64encode((site.folder / "alerts" / "library.signed").read_bytes()).decode()
        assert body(answer_of(held)) == {"serial": 1, "alerts": 5, "document": document}
        held.sendall(head)
        assert body(answer_of(held)) == {"serial": 1, "alerts": 5, "document": document}, "a state"
        assert not closed(old), "who doesn't know alerts is not woken by one"
        site.publish(2)
        site.publications.published("library")
        assert body(answer_of(old)) == {"serial": 2}, "nor sees it"
    for query in ("?after=1&alerts=x", "?after=1&alerts=-1", "?alerts=x", "?after=1&alerts="):
        assert status(site.ask(query)) == 400, query


def test_alerts_that_a_manifest_shows_as_pages_are_no_news_to_those_who_know_alerts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them would fetch a manifest each, in the seconds in which an alert goes out."""
    monkeypatch.setattr(publications, "LOOK_SECONDS", 600.0)
    head = b"GET /screens/library/next?after=1&alerts=5 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    site.alert(5)
    with site.hold() as old, connect(site.server.port, first=head) as held:
        until(lambda: site.waiting() == 2, "they wait")
        publish(site.folder, 2, page("a"), evergreen(), news=1)
        site.publications.published("library")
        assert body(answer_of(old)) == {"serial": 2}
        assert not closed(held)
        assert site.waiting() == 1
        publish(site.folder, 3, page("a"), evergreen())
        site.publications.published("library")
        assert body(answer_of(held)) == {"serial": 3, "alerts": 5}


def test_a_large_alert_document_is_not_enclosed(site: Site) -> None:
    site.alert(1)
    write_file(site.folder / "alerts" / "library.signed", bytes(64) + b'{"serial": 9}' + b" " * 20_000)
    assert body(site.ask("?after=0&alerts=1")) == {"serial": 1, "alerts": 9}


def test_the_alert_document_is_served(site: Site) -> None:
    site.alert(5)
    head = "GET /alerts/{}.signed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    said = ask(site.server.port, head.format("library").encode())
    assert status(said) == 200
    assert said.endswith(b'{"serial": 5}')
    assert b"\r\ncache-control: no-cache\r\n" in said.lower()
    assert b"\r\netag: " in said.lower()
    for name in ("hallen", "..%2fscreens", ".library", "library%2f"):
        assert status(ask(site.server.port, head.format(name).encode())) == 404


def test_without_news_the_state_is_answered_after_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 40 <= min(bundle.HOLD_SECONDS) < max(bundle.HOLD_SECONDS) <= 55, "nginx waits for 60 s"
    monkeypatch.setattr(bundle, "HOLD_SECONDS", (0.05, 0.05))
    assert serial(site.ask("?after=1")) == 1
    assert serial(site.ask("?after=99")) == 1, "of a server that was set up again, and is behind"
    assert site.waiting() == 0


def test_what_can_not_be_answered_is_refused_at_once(site: Site) -> None:
    for query, screen in (("?after=1", "nowhere"), ("", "nowhere"), ("?after=1", ".library.1"), ("?after=1", "..")):
        assert status(site.ask(query, screen)) == 404, screen
    for serial_text in ("", "-1", "1.5", "now", "%C2%B2", "1%0A", "9" * 4000):
        assert status(site.ask(f"?after={serial_text}")) == 400, serial_text


def test_only_a_get_is_held(site: Site) -> None:
    assert status(site.ask("?after=1", method="HEAD")) == 200
    assert status(site.ask("?after=1", method="POST")) == 405
    unfinished = b"GET /screens/library/next?after=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with connect(site.server.port, first=unfinished) as slow:
        assert serial(answer_of(slow)) == 1, "a body that does not come is no reason to hold it"


def test_a_damaged_manifest_is_none_and_its_successor_is_found(site: Site) -> None:
    for damaged in (b"", b"[]", b'{"serial": "x"}', b'{"serial": null}', b"\xff", b"[" * 100_000):
        write_manifest(site.folder, damaged)
        assert status(site.ask("?after=1")) == 404, damaged[:20]
    site.publish(3)
    assert serial(site.ask("?after=1")) == 3


def test_of_a_manifest_only_the_end_is_read(site: Site) -> None:
    """Hundreds may be published in a second, a megabyte each; what their pages say is for players to judge."""
    write_manifest(site.folder, b'{\n "pages": [' + b"[" * 1_000_000 + b'],\n "serial": 3\n}\n')
    assert serial(site.ask("?after=1")) == 3
    write_manifest(site.folder, b'{\n "pages": [],\n "news": 3,\n "serial": 4\n}\n')
    assert body(site.ask("?after=1")) == {"serial": 4}
    assert body(site.ask("?after=1&alerts=0")) == {"serial": 3, "alerts": 0}
    write_manifest(site.folder, b'{"news": 5, "serial": 6}')  # as another program might write it
    assert body(site.ask("?after=1&alerts=0")) == {"serial": 5, "alerts": 0}


def test_a_screen_that_is_taken_away_while_a_client_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publications, "LOOK_SECONDS", 0.02)
    with site.hold() as held:
        until(lambda: site.waiting() == 1, "it waits")
        folder = (site.folder / "screens" / "library").resolve()
        (site.folder / "screens" / "library").unlink()
        shutil.rmtree(folder)
        assert status(answer_of(held)) == 404


# --- what it costs


def test_a_held_request_has_no_thread_and_is_forgotten_with_its_client(site: Site, clients: list[socket]) -> None:
    site.ask("")
    before = threading.active_count()
    clients += [site.hold() for _ in range(60)]
    until(lambda: site.waiting() == 60, "they wait")
    assert threading.active_count() == before
    for each in clients[:30]:
        each.close()
    until(lambda: site.waiting() == 30, "those that are gone don't wait")
    until(lambda: site.server.connections == 30, "and have no connection")
    assert not any(map(closed, clients[30:]))


FEW = ConnectionLimits(per_address=3, total=16, held=18, held_per_address=4)


def test_held_requests_take_no_place_of_other_requests_and_are_not_without_limit(
    tmp_path: Path, clients: list[socket], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with serving(tmp_path, FEW) as site:
        for number in range(18):  # more than there may be connections
            clients.append(site.hold(source=f"127.0.0.{2 + number // 4}"))
            until(lambda number=number: site.waiting() == number + 1, "it waits")
            if number == 3:
                with site.hold(source="127.0.0.2") as fifth:
                    assert serial(answer_of(fifth)) == 1, "an address has its share"
        for source in ("127.0.0.2", "127.0.0.6", "127.0.0.7"):
            with site.hold(source=source) as one_more:
                assert serial(answer_of(one_more)) == 1, "answered at once, so it polls"
            slow = [connect(site.server.port, source, b"GET / HTTP/1.1\r\nHost: ") for _ in range(3)]
            with slow[0], slow[1], slow[2]:
                last = b"GET /screens/library/next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                assert serial(ask(site.server.port, last, source)) == 1
        assert not any(map(closed, clients)), "and nothing of it ended one that is held"
        site.publish(2)
        site.publications.published("library")
        assert [serial(answer_of(each)) for each in clients] == [2] * 18
    lines = [line for line in caplog.messages if "holds too many requests" in line]
    assert len(lines) == 1, lines


def test_a_proxy_on_this_machine_may_hold_them_all(tmp_path: Path, clients: list[socket]) -> None:
    with serving(tmp_path, FEW) as site:
        for number in range(1, 19):
            clients.append(site.hold())
            until(lambda number=number: site.waiting() == number, "it waits")


def test_there_are_descriptors_for_a_thousand_and_a_few_in_any_case() -> None:
    limits = ConnectionLimits()
    assert affordable_held(limits, 4096, limits.total) == limits.held > limits.held_per_address > 1000
    assert affordable_held(limits, 1024, 384) == 64
    assert affordable_held(limits, 256, 16) == 64


def test_the_end_of_the_server_ends_them_at_once_with_an_answer(tmp_path: Path, clients: list[socket]) -> None:
    with serving(tmp_path) as site:
        clients += [site.hold() for _ in range(50)]
        until(lambda: site.waiting() == 50, "they wait")
        began = time.monotonic()
    assert time.monotonic() - began < 0.9, "not after uvicorn's second of grace"
    for each in clients:
        said = answer_of(each)
        assert serial(said) == 1
        assert re.search(rb"(?i)connection: close", said) or closed(each)


@pytest.fixture(autouse=True)
def _quick_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here depends on how often the server looks, apart from the tests that set it."""
    monkeypatch.setattr(publications, "LOOK_SECONDS", 0.05)
