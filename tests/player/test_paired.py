"""The whole player, as the service starts it: from a code on a real display to the picture and its heartbeat."""

from __future__ import annotations

import hashlib
import re
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.fixtures.office import Office
from tests.fixtures.player_process import NOBODY_AROUND, PATIENCE, PlayerProcess
from tests.fixtures.xvfb import xvfb
from tests.player.display.test_window import published, same

pytestmark = pytest.mark.window
FULL: dict[str, Any] = {"width": 1280, "height": 720}
TOKEN = bytes(range(32)).hex()


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(1280, 720) as name:
        yield name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    folder = tmp_path / "site"
    publish(folder, 1, page("a", dwell_seconds=600), evergreen(), poll_seconds=1, **FULL)
    publish(folder, 1, page("b", dwell_seconds=600), evergreen(), screen="radhuset", poll_seconds=1, **FULL)
    with serve(folder) as server:
        yield server


def service(display: str, tmp_path: Path, settings: str, within: Sequence[str] = ()) -> PlayerProcess:
    file = tmp_path / "signage-player.txt"
    file.write_text(settings)
    store = ("--store", str(tmp_path / "store"))
    return PlayerProcess(display, "--service", "--settings", str(file), *store, "--trust-clock", within=within)


def qr_on(screen: PlayerProcess) -> str:
    """What a telephone reads off the glass."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for found in zxingcpp.read_barcodes(screen.glass()):
            return found.text
        assert screen.process.poll() is None, screen.rest()
    raise AssertionError("there never was a QR code on the display")


def test_from_power_on_to_the_picture_by_the_code_on_the_glass(
    display: str, server: BundleServer, tmp_path: Path
) -> None:
    office = Office(server)
    with service(display, tmp_path, f"server = {server.url}\n") as screen:
        screen.says("not paired yet; the code to type is on the display")
        link = qr_on(screen)
        found = re.fullmatch(rf"{re.escape(server.url)}/status#pair=(\w{{5}}-\w{{5}})", link)
        assert found
        player_id = office.pair(found[1], "library")
        screen.says('paired: this is the screen "library"')
        screen.says("page a is on the display")
        assert same(screen.glass(), published("a", 1280, 720))
        office.assign(player_id, "radhuset", 2)
        screen.says('moved this player to the screen "radhuset"')
        screen.says("page b is on the display")
        assert same(screen.glass(), published("b", 1280, 720))
        office.assign(player_id, None, 3)
        screen.says("revoked this player")
        assert qr_on(screen) != link
        assert screen.end() == 0
    assert found[1].replace("-", "") not in "\n".join(screen.lines).replace("-", ""), "the journal is not the glass"


def test_at_a_desk_it_is_paired_in_a_window(display: str, server: BundleServer, tmp_path: Path) -> None:
    office = Office(server)
    at_a_desk = ("--server", server.url, "--store", str(tmp_path / "store"), "--size", "960x540", "--trust-clock")
    with PlayerProcess(display, *at_a_desk) as window:
        window.says("not paired yet; the code to type is on the display")
        found = re.search(r"#pair=(\w{5}-\w{5})", qr_on(window))
        assert found
        office.pair(found[1], "library")
        window.says("page a is on the display")
        assert window.end() == 0
    with PlayerProcess(display, *at_a_desk) as window:
        window.says("page a is on the display")
        assert window.end() == 0


def test_a_prepared_player_says_how_it_is_within_a_minute(display: str, server: BundleServer, tmp_path: Path) -> None:
    office = Office(server)
    key = KEY.verify_key.encode().hex()
    settings = f"server = {server.url}\nscreen = library\nkey = {key}\ntoken = {TOKEN}\n"
    with service(display, tmp_path, settings) as screen:
        screen.says("page a is on the display")
        assert office.heard.wait(PATIENCE + 30)
        who, told = office.beats[0]
        assert who == hashlib.sha256(bytes.fromhex(TOKEN)).hexdigest()[:16], "signed: it has made itself a key"
        assert sum(TOKEN in said for said in office.said) == 1, "which it shows once, with its token"
        assert (told["screen"], told["serial"], told["notice"]) == ("library", 1, None)
        assert told["page"]["id"] == "a"
        assert told["running"] < PATIENCE
        assert told["output"] == "x11"
        assert told["memory"]["pss"] > 10_000_000
        begun = time.monotonic()
        assert screen.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 2.0, "one second, and a busy machine"


def test_a_typo_on_the_card_is_said(display: str, tmp_path: Path) -> None:
    with service(
        display, tmp_path, "servr = http://192.0.2.1\nserver = http://127.0.0.1:1\nscreen = library\n"
    ) as screen:
        screen.says(r'signage-player.txt:1: Unknown setting "servr". Did you mean "server"\?')
        screen.says("nothing to show yet; Error in the settings")
        assert screen.end() == 0


def test_without_a_server_and_without_anybody_on_the_network_it_says_what_to_write(
    display: str, tmp_path: Path
) -> None:
    with service(display, tmp_path, "", NOBODY_AROUND) as screen:
        screen.says("nothing to show yet; .*Looking for the server|nothing to show yet; waiting for content")
        screen.says("no server answers on this network; write its address in the settings")
        screen.says("nothing to show yet; Server not found")
        assert screen.end() == 0


def test_the_first_picture_of_a_paired_player_needs_no_server(
    display: str, server: BundleServer, tmp_path: Path
) -> None:
    settings = f"server = {server.url}\nscreen = library\ntoken = {TOKEN}\n"
    with service(display, tmp_path, settings) as screen:
        screen.says("page a is on the display")
        assert screen.end() == 0
    with service(display, tmp_path, settings.replace(server.url, "http://127.0.0.1:1")) as screen:
        screen.says("page a is on the display")
        assert same(screen.glass(), published("a", 1280, 720))
        assert screen.end() == 0
