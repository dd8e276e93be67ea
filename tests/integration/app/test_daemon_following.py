"""What `signage run` does while it runs: edits during a slow fetch, builds that hang, SIGHUP."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from tests.fixtures.ending import PATIENCE, Server
from tests.fixtures.paths import LAYOUTS, ROOT
from tests.fixtures.portal import Handler, ok
from tests.fixtures.site import Site, listing

pytestmark = pytest.mark.browser
DRIPS = 50.0  # seconds that the slow source takes


@pytest.fixture
def started(site: Site) -> Iterator[list[Server]]:
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.kill()


def until(true: Callable[[], Any]) -> Any:
    """Wait until something is so, and give it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if found := true():
                return found
        except (requests.RequestException, OSError, ValueError, KeyError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Drip:
    """Answers with a calendar, a byte at a time: every read succeeds, and the whole takes half a minute."""

    def __init__(self, body: str) -> None:
        self.data = body.encode()
        self.done = threading.Event()

    def __call__(self, handler: Handler) -> None:
        handler.head(200, {"Content-Type": "application/json", "Content-Length": str(len(self.data))})
        for byte in self.data[:-1]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if handler.server.portal.closing.wait(DRIPS / len(self.data)):
                return
        self.done.set()
        handler.wfile.write(self.data[-1:])


SLOW = """
[[sources]]
id = "slow"
type = "wis"
url = "{url}/slow"
"""


KINO = """
[screens.kino]
place = "bibliotek"
size = "1280x720"
playlist = [{ show = "notice", title = "Vannet er stengt" }]
"""


def name_of(site: Site) -> Any:
    return site.manifest()["name"]


def asked(site: Site) -> set[str]:
    return {path.partition("?")[0] for path, _ in site.portal.asked}


def rename(site: Site, old: str, new: str) -> None:
    site.path.write_text(site.path.read_text("utf-8").replace(old, new), "utf-8")


@pytest.mark.parametrize("fresh", [False, True], ids=["known sources", "first build"])
def test_an_edit_while_a_source_drips_is_published_at_once(site: Site, started: list[Server], fresh: bool) -> None:
    site.write(more=SLOW.format(url=site.portal.url))
    slow = "/slow/wwdok/37199-0.html"
    body = json.dumps([listing(f"Kor {n}", "2026-11-24 18:00") for n in range(3)])
    if not fresh:
        site.portal.paths[slow] = ok(body)
        site.build_again(datetime.now(UTC) - timedelta(hours=1))  # so that all sources are due
    drip = Drip(body)
    site.portal.paths[slow] = drip
    site.portal.asked.clear()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    until(lambda: asked(site) >= {slow, "/wwdok/37199-0.html"})
    until(lambda: working_on(server) == {"slow"})
    rename(site, "Hemne bibliotek", "Halsa bibliotek")
    until(lambda: name_of(site) == "Halsa bibliotek")
    assert not drip.done.is_set(), "the edit waited for the source"
    status = requests.get(f"{server.address}/status.json", timeout=PATIENCE).json()
    assert status["problems"] == []
    assert server.end().wrong == []


def test_a_second_edit_loses_no_source_that_the_first_one_moved(site: Site, started: list[Server]) -> None:
    old, new = "/slow/wwdok/37199-0.html", "/moved/wwdok/37199-0.html"
    body = json.dumps([listing(f"Kor {n}", "2026-11-24 18:00") for n in range(3)])
    site.write(more=SLOW.format(url=site.portal.url))
    site.portal.paths[old] = ok(body)
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("published")
    site.portal.paths[new] = Drip(body)
    rename(site, "/slow", "/moved")
    until(lambda: new in asked(site))
    site.portal.paths[new] = ok(body)
    site.portal.asked.clear()
    rename(site, "Hemne bibliotek", "Halsa bibliotek")
    until(lambda: name_of(site) == "Halsa bibliotek")
    assert new in asked(site), "published without what it has"
    assert server.end().wrong == []


def test_a_build_that_failed_is_tried_again_before_the_next_refresh(site: Site, started: list[Server]) -> None:
    site.write()
    server = Impatient(site.path, site.folder / "var")
    started.append(server)
    server.says("published")
    pictures, away = (site.folder / "var" / name for name in ("pictures", "away"))
    pictures.rename(away)
    pictures.write_text("no folder")
    rename(site, "Hemne bibliotek", "Halsa bibliotek")
    server.says("can't be created")
    pictures.unlink()
    away.rename(pictures)
    until(lambda: name_of(site) == "Halsa bibliotek")
    assert server.end().wrong == []


def working_on(server: Server) -> set[str]:
    building = requests.get(f"{server.address}/status.json", timeout=PATIENCE).json()["building"]
    return {each["unit"] for each in building["working"]}


QUICK = """
import sys
from signage.app.signals import follow_signals, leave
follow_signals()
from pathlib import Path
from rich.console import Console
from signage.app.build_watch import BuildLimits
from signage.app.daemon import Daemon
from signage.app.folders import Folders
import logging
logging.basicConfig(level=logging.INFO)
config, layouts, var = map(Path, sys.argv[1:])
import signage.app.builder as builder
builder.KEPT_SECONDS = builder.AGAIN_SECONDS = 0.5
patience = BuildLimits(still=20.0, cancelled=1.0, killed=1.0)
leave(Daemon(config, layouts, Folders(var), "127.0.0.1", 0, False, Console(stderr=True), patience=patience).run())
"""


class Impatient(Server):
    """A server that bears with a build that hangs for 20 seconds, not for a quarter of an hour; it tries a failed one
    again after a second.
    """

    def command(self, config: Path, var: Path, *more: str) -> list[str]:
        return [sys.executable, "-c", QUICK, str(config), str(LAYOUTS), str(var)]


def test_a_build_that_hangs_in_this_process_does_not_keep_a_new_configuration_out(
    site: Site, started: list[Server]
) -> None:
    """A file on a dead network disk: opening it blocks for ever, and no thread can be killed."""
    dead = site.folder / "organisations.csv"
    os.mkfifo(dead)
    site.write()
    rename(site, "[site]", f'[site]\norganisations = "{dead}"')
    server = Impatient(site.path, site.folder / "var")
    started.append(server)
    pid = server.process.pid
    server.says("a build has made no progress for 20 s; cancelling and restarting it")
    server.says("restarting the server")
    rename(site, f'organisations = "{dead}"\n', "")
    server.says("published")
    assert server.process.pid == pid
    assert server.process.poll() is None
    assert server.end().wrong == []


def test_a_browser_that_hangs_is_killed_and_the_build_begins_again(site: Site, started: list[Server]) -> None:
    site.write()
    server = Impatient(site.path, site.folder / "var")
    started.append(server)
    server.says("rendering; on each screen")
    for browser in until(
        lambda: [pid for pid in server.family() if b"--headless" in of(pid) and b"--type=" not in of(pid)]
    ):
        os.kill(browser, signal.SIGSTOP)
    server.says("published")
    assert server.end().wrong == []


def of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_screen_that_is_taken_out_ends_at_once_and_its_players_are_named(site: Site, started: list[Server]) -> None:
    site.write(more=KINO)
    registry = Registry(site.folder / "var" / REGISTRY_FILE)
    player = registry.prepare("ab" * 32, "kino", datetime.now(UTC))
    registry.close()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    until(lambda: len(site.manifest("kino")["pages"]) > 1)
    assert "still shows it" not in server.said
    site.write()
    server.says(f'The screen "kino" is no longer in screens.toml. Player {player.id} still shows it.')
    until(lambda: [page["id"] for page in site.manifest("kino")["pages"]] == ["retired"])
    assert server.end().wrong == []


def test_sighup_reads_the_configuration_again_and_ends_nothing(site: Site, started: list[Server]) -> None:
    site.write()
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("published")
    os.kill(server.process.pid, signal.SIGHUP)
    server.says("SIGHUP: reading screens.toml again")
    assert requests.get(server.address, timeout=PATIENCE).status_code == 200
    assert server.end().wrong == []


def test_a_terminal_that_is_closed_and_a_journal_that_ends_cost_nothing(site: Site) -> None:
    """SIGHUP to the whole session, and a standard error that can't be written any more."""
    site.write()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "signage", *site.arguments("run", "--host", "127.0.0.1", "--port", "0")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        until(lambda: (site.folder / "var" / "server.json").exists())
        os.close(ours)  # the terminal is gone
        os.kill(process.pid, signal.SIGHUP)
        address = json.loads((site.folder / "var" / "server.json").read_text())["address"]
        until(lambda: requests.get(f"{address}/screens/bibliotek/manifest.json", timeout=5).json()["pages"])
        rename(site, "Hemne bibliotek", "Halsa bibliotek")
        until(lambda: name_of(site) == "Halsa bibliotek")
        process.terminate()
        assert process.wait(PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


PICTURES = '{ show = "pictures", folder = "plakater" }'
PROMISED = 5.0  # seconds from saving a picture until it is published


def test_pictures_come_change_and_go_within_five_seconds(site: Site, started: list[Server]) -> None:
    folder = site.folder / "plakater"
    folder.mkdir()
    site.write(playlist=PICTURES)
    server = Server(site.path, site.folder / "var")
    started.append(server)
    server.says("published")

    def shown() -> list[str]:
        return [page["asset"] for page in site.manifest()["pages"] if page["kind"] == "picture"]

    took = []
    for colour in ("#204060", "#602040", None):
        before, begun = shown(), time.monotonic()
        if colour:
            Image.new("RGB", (400, 600), colour).save(folder / "plakat.jpg")
        else:
            (folder / "plakat.jpg").unlink()
        until(lambda before=before, shows=bool(colour): shown() != before and len(shown()) == shows)
        took.append(time.monotonic() - begun)
    assert max(took) < PROMISED, took
    assert server.end().wrong == []
