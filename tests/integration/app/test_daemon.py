"""`signage run` as it is used: a process, real edits of screens.toml, real HTTP, Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue
from typing import Any

import pytest
import requests

from signage.publishing.serials import SERIALS_FOLDER, SerialLedger
from tests.fixtures.paths import ROOT
from tests.fixtures.site import HEAD, PLAYLIST, Site

pytestmark = pytest.mark.browser
PATIENCE = 180.0  # seconds for a machine under load; what is waited for usually comes within two


class Running:
    """A daemon and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: Queue[str] = Queue()
        self.said = ""
        assert process.stderr is not None
        self.reader = threading.Thread(target=self._read, args=(process.stderr,), daemon=True)
        self.reader.start()
        self.address = self.says(r"(http://127\.0\.0\.1:\d+)/").group(1)

    def _read(self, stream: Any) -> None:
        with stream:  # closed by who reads it, and by nobody while it is being read
            for line in stream:
                self.lines.put(line)

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until it has said something."""
        until = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.said)
            if found:
                self.said = self.said[found.end() :]
                return found
            try:
                self.said += self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                raise AssertionError(f"never said {pattern!r}, but: {self.said}") from None

    def manifest(self, screen: str = "bibliotek") -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.address}/screens/{screen}/manifest.json", timeout=5).json()
        return found

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.address}/status.json", timeout=5).json()
        return found


@contextmanager
def running(site: Site, *more: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "signage", *site.arguments("run", "--host", "127.0.0.1", "--port", "0", *more)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    made: Running | None = None
    try:
        made = Running(process)
        yield made
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if made is not None:
            made.reader.join(PATIENCE)


def test_it_serves_follows_good_edits_survives_bad_ones_and_ends_cleanly(site: Site) -> None:
    site.write()
    with running(site) as daemon:
        daemon.says("1 screen published")
        first = daemon.manifest()
        assert first["pages"]

        site.path.write_text(site.path.read_text().replace('show = "today"', 'show = "todya"'))
        daemon.says("can't be used")
        daemon.says('did you mean "today"')
        assert any("todya" in problem for problem in daemon.status()["problems"])
        assert daemon.manifest() == first

        over = ', { show = "notice", title = "Slutt", until = 2020-01-01 }, { show = "agenda", categories = ["Kinno"] }'
        text = HEAD.format(url=site.portal.url, playlist=PLAYLIST + over, more="").replace(
            "Hemne bibliotek", "Halsa bibliotek"
        )
        site.path.write_text(text)
        daemon.says("is valid again")
        daemon.says("This is over: its last day was 2020-01-01.")
        daemon.says("published")
        daemon.says('No event has the category "Kinno", so this entry shows nothing.')
        assert daemon.manifest()["name"] == "Halsa bibliotek"
        assert daemon.status()["problems"] == []

        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(PATIENCE) == 0
        daemon.says("Stopped")


def test_the_demo_needs_no_source_and_shows_itself_on_the_start_page(site: Site) -> None:
    site.write(playlist='{ show = "today" }')
    with running(site, "--demo") as daemon:
        daemon.says("screens? published")
        assert "Hemne bibliotek" in requests.get(daemon.address, timeout=5).text
        assert daemon.status()["ok"]
        assert json.dumps(daemon.manifest())
        daemon.process.terminate()
        assert daemon.process.wait(PATIENCE) == 0


def test_a_clock_that_was_a_year_ahead_is_reported_and_nobody_publishes_another_day_meanwhile(site: Site) -> None:
    site.write()
    state = site.folder / "var"
    ahead = datetime.now(UTC) + timedelta(days=365)
    ledger = SerialLedger(state / SERIALS_FOLDER)
    serial = ledger.reserve("bibliotek", ahead)
    with running(site) as daemon:
        daemon.says("The server's clock was set back by 36[45] days")
        daemon.says("published")
        manifest, status = daemon.manifest(), daemon.status()
        assert manifest["serial"] > serial
        assert datetime.fromisoformat(manifest["generated"]) < ahead - timedelta(days=300)
        assert [alarm["kind"] for alarm in status["alarms"]] == ["clock_jumped"]
        assert "Klokka på serveren" in status["alarms"][0]["nb"]
        command = [sys.executable, "-m", "signage", *site.arguments("build", "--at", "2027-11-01 12:00")]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
        assert refused.returncode != 0
        assert "--out FOLDER" in refused.stderr
        assert daemon.manifest()["generated"] == manifest["generated"]
